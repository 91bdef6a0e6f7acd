"""From one photograph to its insulators and defects, in stored pixels: at which scale and which way up to look.

The network learned defects of one size. A photograph is first looked at as a whole, its longer side as long as in
training. Then, each only where it may help: a small photograph, which may be a cutting, at its own scale too; on a large
one every string that came out short, enlarged to about the length that strings had in training; a photograph that stands,
or that EXIF says was turned, lying too, since strings lie. Figures for each in docs/models/insulator.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.understand.eyes.looking import look
from mumian.scenarios.powerline.understand.eyes.model import Eyes
from mumian.scenarios.powerline.understand.eyes.pictures import Picture
from mumian.scenarios.powerline.understand.eyes.sight import (
    FLOOR,
    Detections,
    Sight,
    above,
    together,
    within,
)

_OWN_SCALE = 0.83  # of stored pixels, at which cuttings from the recordings look as in training
_ENLARGED = 1.1  # a photograph that the first look enlarges by more is small
_LARGE = 0.44  # one that it reduces below this is large: there is detail left to look at
_STRING = 0.8  # of the longer side: length to which they are enlarged; the first look overrates short ones
_SHORT = (
    0.56  # of the longer side: strings seen shorter are looked at again (in training they had 0.6 to 0.8)
)
_STRING_FROM = 0.5  # insulator score from which a string is worth a closer look
_MOST_AGAIN = 8
_FINEST = 1.25  # no use in enlarging stored pixels beyond
_LYING_FROM = {
    5: 1,
    6: 3,
    7: 3,
    8: 1,
}  # EXIF orientation → quarter turns to the left that undo it, mirroring aside


def detect(eyes: Eyes, picture: Picture, floor: float = FLOOR) -> Sight:
    """Insulators and defects scored `floor` or more, by category."""
    pixels = picture.pixels
    seen = _every_scale(eyes, pixels, floor)
    stands = pixels.shape[0] > pixels.shape[1]
    turns = _LYING_FROM.get(picture.orientation, 1 if stands else 0)
    if turns:
        turned = _every_scale(eyes, np.ascontiguousarray(np.rot90(pixels, turns)), floor)
        if _clarity(turned) > _clarity(seen):
            seen = {name: _turned_back(part, turns, pixels.shape) for name, part in turned.items()}
    return above(seen, floor)


def _every_scale(eyes: Eyes, pixels: NDArray[np.uint8], floor: float) -> Sight:
    whole = eyes.long_side / max(pixels.shape[:2])
    if whole < _LARGE:
        return _closer(eyes, pixels, look(eyes, pixels, whole, min(floor, _STRING_FROM)), whole, floor)
    first = look(eyes, pixels, whole, floor)
    if whole > _ENLARGED:
        return together([first, look(eyes, pixels, _OWN_SCALE, floor)])
    return first


def _closer(eyes: Eyes, pixels: NDArray[np.uint8], first: Sight, whole: float, floor: float) -> Sight:
    """`first`, with the defects in short strings replaced by what a closer look at each such string shows."""
    strands = first["insulator"].above(_STRING_FROM)
    lengths = (strands.boxes[:, 2:] - strands.boxes[:, :2]).max(axis=1, initial=1) * whole
    short = np.flatnonzero(lengths < _SHORT * eyes.long_side)[:_MOST_AGAIN]
    again = strands.boxes[short]
    elsewhere = ~np.asarray(within(first["defect"].middles(), again).any(axis=1))
    kept = first["defect"].only(elsewhere)
    looks: list[Sight] = [{**first, "defect": kept}]
    for box, length in zip(again, lengths[short].tolist(), strict=True):
        scale = min(whole * _STRING * eyes.long_side / length, _FINEST)
        left, top, right, bottom = _around(box, pixels.shape)
        seen = look(eyes, pixels[top:bottom, left:right], scale, floor)["defect"]
        moved = seen.boxes + np.array([left, top, left, top], np.float32)
        looks.append({"insulator": strands.above(np.inf), "defect": Detections(moved, seen.scores)})
    return together(looks)


def _around(box: NDArray[np.float32], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The box with a margin, in whole pixels of the photograph."""
    margin = 0.12 * float((box[2:] - box[:2]).max())
    left, top = np.maximum(box[:2] - margin, 0).astype(int).tolist()
    right, bottom = np.minimum(box[2:] + margin + 1, shape[1::-1]).astype(int).tolist()
    return left, top, right, bottom


def _clarity(sight: Sight) -> float:
    """How sure the eyes are of the best of each category."""
    return float(sum(seen.scores.max(initial=0) for seen in sight.values()))


def _turned_back(seen: Detections, turns: int, shape: tuple[int, ...]) -> Detections:
    """Boxes on the photograph turned `turns` quarters to the left, as they stand on the photograph of `shape`."""
    height, width = shape[:2]
    left, top, right, bottom = seen.boxes.T
    boxes = (
        (width - bottom, left, width - top, right)
        if turns == 1
        else (top, height - right, bottom, height - left)
    )
    return Detections(np.stack(boxes, axis=1).astype(np.float32), seen.scores)
