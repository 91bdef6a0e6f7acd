"""From batches at any rate to one grid of 40 ms cells, causally and independently of how the samples were cut.

A cell is the exact mean over 40 ms of the straight lines between samples. That box filter is what SisFall's own
recordings are (means of four at 200 Hz), it damps what a 20 Hz device could not have seen, and it needs no state
but the open cell's integral.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID_HZ = 25
CELL_S = 1 / GRID_HZ
_EDGE_S = (
    1e-9  # a cell that ends within a nanosecond of a sample has ended: rounding must not depend on the cut
)


@dataclass(frozen=True, slots=True)
class OpenCell:
    """The cell that is still filling: the last sample seen, its distance from the cell's start, the integral so far."""

    last: NDArray[np.float64]  # (3,) m/s²
    since_start_s: float
    integral: NDArray[np.float64]  # (3,) m/s


@dataclass(frozen=True, slots=True)
class Cells:
    """Finished cells. `completed_by[k]` is the index of the newest sample that cell k rests on."""

    means: NDArray[np.float64]  # (m, 3) m/s²
    ends_s: NDArray[np.float64]  # (m,) end of each cell after the first sample of the batch
    completed_by: NDArray[np.int64]  # (m,)


def open_cell(first: NDArray[np.float64]) -> OpenCell:
    """A grid that begins at the sample `first`, (3,) m/s²; that sample must not be fed again."""
    return OpenCell(first, 0.0, np.zeros(3))


def fill(cell: OpenCell, samples: NDArray[np.float64], rate_hz: float) -> tuple[OpenCell, Cells]:
    """Feed evenly spaced samples, (n, 3) m/s² with n ≥ 1, the first one step after the cell's last."""
    step, n = 1 / rate_hz, len(samples)
    line = np.concatenate((cell.last[None], samples))
    area = np.concatenate((cell.integral[None], samples + line[:-1]))
    area[1:] *= step / 2
    area = area.cumsum(axis=0)
    reach = cell.since_start_s + n * step
    ends = np.arange(1, int((reach + _EDGE_S) / CELL_S) + 1) * CELL_S
    place = (ends - cell.since_start_s) / step
    before = np.minimum(place.astype(np.int64), n - 1)
    part = (place - before)[:, None]
    slope = (line[before + 1] - line[before]) * part
    until = area[before] + part * step * (line[before] + slope / 2)
    means = until / CELL_S
    means[1:] -= until[:-1] / CELL_S
    rest = OpenCell(line[-1], reach - len(ends) * CELL_S, area[-1] - (until[-1] if len(ends) else 0.0))
    newest = np.ceil(place - _EDGE_S * rate_hz).astype(np.int64) - 1
    return rest, Cells(means, np.asarray(ends - cell.since_start_s - step, np.float64), newest)
