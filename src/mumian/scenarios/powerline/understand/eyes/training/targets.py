"""What the maps should say about a view, and how wrong they are.

Heat: soft bump at each centre, penalty-reduced focal loss (Law & Deng, ECCV 2018). Sides: generalised IoU
(Rezatofighi et al., CVPR 2019) over the cells of the bump's upper part, as in TTFNet (Liu et al., AAAI 2020).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.understand.eyes.boxes import Boxes

_NEAR_CENTRE = 0.6  # bump height above which a cell is taught the sides


class Target(NamedTuple):
    """Of one class in one view, over its cells: heat (h, w), known (h, w) bool, box (4, h, w) in pixels, weight (h, w)."""

    heat: NDArray[np.float32]
    known: NDArray[np.bool_]
    box: NDArray[np.float32]
    weight: NDArray[np.float32]


def target(boxes: Boxes, unsure: Boxes, size: tuple[int, int], stride: int) -> Target:
    """For a view of `size` (height, width) in pixels."""
    rows, columns = size[0] // stride, size[1] // stride
    xs, ys = (np.arange(columns) + 0.5) * stride, (np.arange(rows) + 0.5) * stride
    heat, weight = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    box, known = np.zeros((4, rows, columns), np.float32), np.ones((rows, columns), np.bool_)
    for left, top, right, bottom in unsure:
        known &= ~(((xs >= left) & (xs <= right))[None] & ((ys >= top) & (ys <= bottom))[:, None])
    for left, top, right, bottom in sorted(boxes.tolist(), key=lambda b: -(b[2] - b[0]) * (b[3] - b[1])):
        x, y = (left + right) / 2, (top + bottom) / 2
        spread_x, spread_y = (max(extent / 6.5, stride * 0.6) for extent in (right - left, bottom - top))
        bump = np.exp(-(((xs - x) / spread_x) ** 2)[None] / 2 - (((ys - y) / spread_y) ** 2)[:, None] / 2)
        row, column = int(min(y // stride, rows - 1)), int(min(x // stride, columns - 1))
        heat = np.maximum(heat, bump).astype(np.float32)
        heat[row, column] = 1
        inner = (bump >= _NEAR_CENTRE) | (bump == bump[row, column])
        box[:, inner] = np.array([left, top, right, bottom], np.float32)[:, None]
        weight[inner] = bump[inner] / bump[inner].sum()
        known |= bump > 0.1
    return Target(heat, known, box, weight)


def heat_loss(logits: Any, heat: Any, known: Any) -> Any:
    """Focal loss over (n, h, w), divided by the number of centres."""
    import torch
    from torch.nn import functional

    chance = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    at_centre = (heat == 1).float()
    found = functional.logsigmoid(logits) * (1 - chance) ** 2 * at_centre
    quiet = functional.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4 * (1 - at_centre)
    return -((found + quiet) * known).sum() / at_centre.sum().clamp(min=1)


def sides_loss(sides: Any, box: Any, weight: Any, stride: int) -> Any:
    """1 − generalised IoU of predicted (n, 4, h, w) and wanted boxes, weighted (n, h, w)."""
    import torch

    where = weight > 0
    if not where.any():
        return sides.sum() * 0
    number, row, column = where.nonzero(as_tuple=True)
    reach = sides[number, :, row, column].clamp(-4, 5).exp() * stride
    centre = torch.stack([column, row], 1).float().add(0.5) * stride
    low, high = centre - reach[:, :2], centre + reach[:, 2:]
    wanted = box[number, :, row, column]
    shared = (torch.minimum(high, wanted[:, 2:]) - torch.maximum(low, wanted[:, :2])).clamp(min=0).prod(1)
    union = (high - low).prod(1) + (wanted[:, 2:] - wanted[:, :2]).prod(1) - shared
    hull = (torch.maximum(high, wanted[:, 2:]) - torch.minimum(low, wanted[:, :2])).prod(1)
    loss = 1 - shared / union + (hull - union) / hull
    return (loss * weight[where]).sum() / weight.sum()
