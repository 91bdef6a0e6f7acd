"""From one photograph to its insulators and defects, in stored pixels.

The network learned defects of one size. So a photograph is brought to the scale it learned from before it looks; boxes
come back in the photograph's own pixels. A photograph whose EXIF says that it lies on its side is looked at lying and
upright, and what is seen more clearly counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mumian.scenarios.powerline.understand.eyes.boxes import Boxes, Scores, centres, none
from mumian.scenarios.powerline.understand.eyes.model import Eyes
from mumian.scenarios.powerline.understand.eyes.pictures import Picture

CATEGORIES = ("insulator", "defect")  # COCO numbers them from 1 in this order
FLOOR = 0.05  # scores below this are not reported even with `--all`
_STRIDES = {"defect": 8, "insulator": 16}
_CELL = 32  # the network's coarsest stride
_ON_ITS_SIDE = {
    5: 1,
    6: 3,
    7: 3,
    8: 1,
}  # EXIF orientation → quarter turns to the left that set it upright (mirroring aside)


@dataclass(frozen=True, slots=True)
class Detections:
    """What was seen of one category: boxes (n, 4) in stored pixels, clipped to the photograph, best first; scores (n,)."""

    boxes: Boxes
    scores: Scores

    def above(self, threshold: float) -> Detections:
        """Those that reach the threshold."""
        kept = self.scores >= threshold
        return Detections(self.boxes[kept], self.scores[kept])


Sight = dict[str, Detections]


def detect(eyes: Eyes, picture: Picture, floor: float = FLOOR) -> Sight:
    """Insulators and defects scored `floor` or more, by category."""
    lying = whole(eyes, picture.pixels, floor)
    turns = _ON_ITS_SIDE.get(picture.orientation)
    if turns is None:
        return lying
    upright = whole(eyes, np.ascontiguousarray(np.rot90(picture.pixels, turns)), floor)
    if _clarity(upright) <= _clarity(lying):
        return lying
    return {name: _turned_back(seen, turns, picture.pixels.shape) for name, seen in upright.items()}


def whole(eyes: Eyes, pixels: NDArray[np.uint8], floor: float) -> Sight:
    """The photograph (h, w, 3) looked at once, as a whole."""
    height, width = pixels.shape[:2]
    view, scale = fitted(pixels, eyes.long_side)
    maps = eyes.look(view)
    sight = {}
    for name in CATEGORIES:
        boxes, scores = centres(*maps[name], _STRIDES[name], FLOOR)
        sight[name] = Detections(clipped(boxes / scale, height, width), scores)
    defects = vouched(sight["defect"], sight["insulator"], eyes.strand_support).above(floor)
    return {"insulator": sight["insulator"].above(floor), "defect": defects}


def vouched(defects: Detections, strands: Detections, support: float) -> Detections:
    """Defects with the score each keeps where no string scored `support` or more lies around its centre.

    A broken disc hangs in a string: scaffolds and switchyards have gaps as well. The factor is the ratio of odds, so
    that it stays what it is when all insulator scores are shifted.
    """
    middles = (defects.boxes[:, :2] + defects.boxes[:, 2:]) / 2
    around = (middles[:, None] >= strands.boxes[None, :, :2]) & (
        middles[:, None] <= strands.boxes[None, :, 2:]
    )
    best = np.where(around.all(axis=2), strands.scores[None], 0).max(axis=1, initial=0)
    odds = best / np.maximum(1 - best, 1e-6) / (support / (1 - support))
    scores = np.asarray(defects.scores * np.minimum(odds, 1), np.float32)
    order = np.argsort(-scores, kind="stable")
    return Detections(defects.boxes[order], scores[order])


def fitted(pixels: NDArray[np.uint8], long_side: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """`pixels` resized to `long_side` and filled up to whole cells, and the scale by which x, y, x, y were multiplied."""
    height, width = pixels.shape[:2]
    wanted = long_side / max(height, width)
    size = max(round(width * wanted), 1), max(round(height * wanted), 1)
    if size != (width, height):
        image = Image.fromarray(pixels)
        manner = Image.Resampling.BOX if wanted < 1 else Image.Resampling.BILINEAR
        pixels = np.asarray(image.resize(size, manner))
    scale = np.array([size[0] / width, size[1] / height] * 2, np.float32)
    missing = [-extent % _CELL for extent in pixels.shape[:2]]
    if any(missing):
        pixels = np.pad(pixels, [(0, missing[0]), (0, missing[1]), (0, 0)], constant_values=127)
    return pixels, scale


def clipped(boxes: Boxes, height: int, width: int) -> Boxes:
    """Boxes cut to the photograph."""
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32)) if len(boxes) else none()


def _clarity(sight: Sight) -> float:
    return float(sum(seen.scores.max(initial=0) for seen in sight.values()))


def _turned_back(seen: Detections, turns: int, shape: tuple[int, ...]) -> Detections:
    """Boxes of the photograph turned `turns` quarters to the left, as they stand in the photograph of `shape`."""
    height, width = shape[:2]
    left, top, right, bottom = seen.boxes.T
    boxes = (
        (width - bottom, left, width - top, right)
        if turns == 1
        else (top, height - right, bottom, height - left)
    )
    return Detections(np.stack(boxes, axis=1).astype(np.float32), seen.scores)
