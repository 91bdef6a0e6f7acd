"""One look of the network at a photograph or a piece of it, at a given scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mumian.scenarios.powerline.understand.eyes.boxes import Boxes, centres, none
from mumian.scenarios.powerline.understand.eyes.model import Eyes
from mumian.scenarios.powerline.understand.eyes.sight import CATEGORIES, Detections, Sight

_STRIDES = {"defect": 8, "insulator": 16}
_CELL = 32  # the network's coarsest stride
_GREY = 127


def look(eyes: Eyes, pixels: NDArray[np.uint8], scale: float, floor: float) -> Sight:
    """Insulators and defects scored `floor` or more on `pixels` (h, w, 3) seen enlarged by `scale`; boxes in `pixels`, clipped to it."""
    height, width = pixels.shape[:2]
    view, scales = scaled(pixels, scale)
    maps = eyes.look(view)
    seen = {}
    for name in CATEGORIES:
        boxes, scores = centres(*maps[name], _STRIDES[name], floor)
        seen[name] = Detections(_clipped(boxes / scales, height, width), scores)
    return seen


def scaled(pixels: NDArray[np.uint8], scale: float) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """`pixels` resized by `scale` and filled up to whole cells, and the exact factors of left, top, right, bottom."""
    height, width = pixels.shape[:2]
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if size != (width, height):
        manner = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
        pixels = np.asarray(Image.fromarray(pixels).resize(size, manner))
    factors = np.array([size[0] / width, size[1] / height] * 2, np.float32)
    missing = [-extent % _CELL for extent in pixels.shape[:2]]
    if any(missing):
        pixels = np.pad(pixels, [(0, missing[0]), (0, missing[1]), (0, 0)], constant_values=_GREY)
    return pixels, factors


def _clipped(boxes: Boxes, height: int, width: int) -> Boxes:
    return np.clip(boxes, 0, np.array([width, height, width, height], np.float32)) if len(boxes) else none()
