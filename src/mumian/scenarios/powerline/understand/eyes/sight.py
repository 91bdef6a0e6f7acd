"""What is seen on a photograph: boxes and scores by category, and how two looks at it become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.understand.eyes.boxes import Boxes, Scores, none, strongest

CATEGORIES = ("insulator", "defect")  # COCO numbers them from 1 in this order
FLOOR = 0.05  # scores below this are not reported even with `--all`


@dataclass(frozen=True, slots=True)
class Detections:
    """What was seen of one category: boxes (n, 4) in stored pixels, best first; scores (n,)."""

    boxes: Boxes
    scores: Scores

    def above(self, threshold: float) -> Detections:
        """Those that reach the threshold."""
        return self.only(self.scores >= threshold)

    def only(self, kept: NDArray[np.bool_]) -> Detections:
        """Those marked in `kept`, (n,)."""
        return Detections(self.boxes[kept], self.scores[kept])

    def middles(self) -> NDArray[np.float32]:
        """(n, 2): x, y of the centres."""
        return np.asarray((self.boxes[:, :2] + self.boxes[:, 2:]) / 2, np.float32)


Sight = Mapping[str, Detections]


def above(sight: Sight, threshold: float) -> Sight:
    """What reaches the threshold, of each category."""
    return {name: seen.above(threshold) for name, seen in sight.items()}


def together(sights: Iterable[Sight]) -> Sight:
    """Several looks as one: of boxes of the same thing the better scored remains."""
    every = list(sights)
    if len(every) == 1:
        return every[0]
    merged = {}
    for name in CATEGORIES:
        boxes = np.concatenate([none(), *(sight[name].boxes for sight in every)])
        scores = np.concatenate([np.zeros(0, np.float32), *(sight[name].scores for sight in every)])
        kept = strongest(boxes, scores)
        merged[name] = Detections(boxes[kept], scores[kept])
    return merged


def within(points: NDArray[np.float32], boxes: Boxes) -> NDArray[np.bool_]:
    """Whether each of the points (n, 2) lies in each of the boxes (m, 4): (n, m)."""
    inside = (points[:, None] >= boxes[None, :, :2]) & (points[:, None] <= boxes[None, :, 2:])
    return np.asarray(inside.all(axis=2))
