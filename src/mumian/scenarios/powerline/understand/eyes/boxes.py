"""Boxes as arrays (n, 4) of left, top, right, bottom, and how heat maps become boxes. Pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]  # (n, 4): left, top, right, bottom in pixels
Scores = NDArray[np.float32]  # (n,): 0 … 1

MERGED = 0.4  # overlap above which the weaker of two boxes is taken for the same thing


def none() -> Boxes:
    """No box."""
    return np.zeros((0, 4), np.float32)


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """(n,) of boxes (n, 4), in square pixels; a box turned inside out has none."""
    return np.asarray(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1))


def overlaps(one: Boxes, other: Boxes) -> NDArray[np.float32]:
    """Intersection over union, (n, m), of boxes (n, 4) and (m, 4)."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    union = areas(one)[:, None] + areas(other)[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def strongest(boxes: Boxes, scores: Scores, limit: float = MERGED) -> NDArray[np.int64]:
    """Numbers of the boxes that remain, best first, when each silences those it overlaps by more than `limit`."""
    order, kept = np.argsort(-scores, kind="stable"), list[int]()
    alike = overlaps(boxes, boxes)
    for number in order.tolist():
        if not any(alike[number, other] > limit for other in kept):
            kept.append(number)
    return np.array(kept, np.int64)


def centres(
    heat: NDArray[np.float32], sides: NDArray[np.float32], stride: int, floor: float
) -> tuple[Boxes, Scores]:
    """Boxes at the peaks of `heat` (h, w) above `floor`; `sides` (4, h, w) are pixels to left, top, right, bottom.

    A peak's box is the mean over its 3 × 3 cells, weighted by heat: neighbours see the same thing from next door.
    """
    if not (heat >= floor).any():
        return none(), np.zeros(0, np.float32)
    rim = np.pad(heat, 1)
    rows, columns = heat.shape
    around = np.stack([rim[y : y + rows, x : x + columns] for y in range(3) for x in range(3)])
    ys, xs = np.nonzero((heat >= floor) & (heat >= around.max(axis=0)))
    boxes = np.stack(
        [_mean_box(heat, sides, stride, y, x) for y, x in zip(ys.tolist(), xs.tolist(), strict=True)]
    )
    scores = heat[ys, xs]
    kept = strongest(boxes, scores)
    return boxes[kept], scores[kept]


def _mean_box(
    heat: NDArray[np.float32], sides: NDArray[np.float32], stride: int, row: int, column: int
) -> NDArray[np.float32]:
    window = tuple(
        slice(max(at - 1, 0), min(at + 2, extent))
        for at, extent in zip((row, column), heat.shape, strict=True)
    )
    ys, xs = (axis.astype(np.float32) for axis in np.mgrid[window])
    x, y, weight = (xs + 0.5) * stride, (ys + 0.5) * stride, heat[window]
    left, top, right, bottom = sides[(slice(None), *window)]
    edges = np.stack([x - left, y - top, x + right, y + bottom])
    return np.asarray((edges * weight).sum(axis=(1, 2)) / weight.sum(), np.float32)
