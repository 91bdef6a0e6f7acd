"""Which points of an unclassified cloud are ground: a progressive morphological filter on a 1 m grid of lowest heights.

Zhang et al. 2003, DOI 10.1109/TGRS.2003.810682: openings with growing windows cut off what stands higher than the terrain's slope
explains, so that a canopy or roof is no ground although nothing lower was measured beneath it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats

CELL_M = 1.0
WINDOWS = (3, 7, 15, 31, 61)  # cells; the last is wider than any crown or house along a line
SLOPE = 0.35  # metres a metre that terrain may rise
FIRST_STEP_M = 0.4
MOST_STEP_M = 4.0
ABOVE_M = 0.5  # what stands higher over the terrain is an object
_LOW_OUTLIER_M = 2.0  # a cell so far below all its neighbours holds a multipath echo
_MOST_CELLS = 6_000_000


@dataclass(frozen=True, slots=True)
class Terrain:
    """Ground heights on a grid; `low` is the corner (x, y) of its first cell."""

    low: Floats
    cell_m: float
    heights: Floats

    def at(self, xy: Floats) -> Floats:
        """Heights under (n, 2) places, bilinear between cell centres; outside of the grid its edge counts."""
        place = (xy - self.low) / self.cell_m - 0.5
        rows, columns = self.heights.shape
        y = np.clip(place[:, 1], 0, rows - 1)
        x = np.clip(place[:, 0], 0, columns - 1)
        y0, x0 = (
            np.minimum(y.astype(np.int64), max(rows - 2, 0)),
            np.minimum(x.astype(np.int64), max(columns - 2, 0)),
        )
        y1, x1 = np.minimum(y0 + 1, rows - 1), np.minimum(x0 + 1, columns - 1)
        fy, fx = y - y0, x - x0
        grid = self.heights
        near = grid[y0, x0] * (1 - fx) + grid[y0, x1] * fx
        result: Floats = near * (1 - fy) + (grid[y1, x0] * (1 - fx) + grid[y1, x1] * fx) * fy
        return result


def terrain(xyz: Floats) -> Terrain:
    """The ground under (n, 3) points, n ≥ 1, of one span's corridor."""
    from scipy import ndimage

    low = xyz[:, :2].min(0)
    extent = xyz[:, :2].max(0) - low
    cell = max(CELL_M, float(np.sqrt(max(extent[0], 1.0) * max(extent[1], 1.0) / _MOST_CELLS)))
    lowest = _lowest(xyz, low, extent, cell)
    empty = ~np.isfinite(lowest)
    nearest = ndimage.distance_transform_edt(empty, return_distances=False, return_indices=True)
    surface = lowest[tuple(nearest)]
    around = ndimage.median_filter(surface, 5, mode="nearest")
    surface = np.where(surface < around - _LOW_OUTLIER_M, around, surface)
    is_ground = ~empty
    narrower = 1
    for window in WINDOWS:
        opened = ndimage.grey_opening(surface, (window, window), mode="nearest")
        step = min(FIRST_STEP_M + SLOPE * (window - narrower) * cell, MOST_STEP_M)
        is_ground &= surface - opened <= step
        surface, narrower = opened, window
    return Terrain(low, cell, _filled(lowest, is_ground))


def _lowest(xyz: Floats, low: Floats, extent: Floats, cell: float) -> Floats:
    columns, rows = (extent // cell).astype(np.int64) + 1
    index = ((xyz[:, 1] - low[1]) // cell).astype(np.int64) * columns
    index += ((xyz[:, 0] - low[0]) // cell).astype(np.int64)
    lowest = np.full(rows * columns, np.inf)
    np.minimum.at(lowest, index, xyz[:, 2])
    return lowest.reshape(rows, columns)


def _filled(lowest: Floats, is_ground: NDArray[np.bool_]) -> Floats:
    """Ground cells as they are; the others by the mean of ground around, over windows that grow until all are filled."""
    from scipy import ndimage

    if not is_ground.any():
        return np.full_like(lowest, float(np.min(lowest[np.isfinite(lowest)])))
    height, weight = np.where(is_ground, lowest, 0.0), is_ground.astype(np.float64)
    filled = np.where(is_ground, lowest, np.nan)
    for window in (3, 7, 15, 31, 61):
        missing = np.isnan(filled)
        if not missing.any():
            return filled
        share = ndimage.uniform_filter(weight, window, mode="constant")
        mean = ndimage.uniform_filter(height, window, mode="constant")
        usable = missing & (share > 1e-9)
        filled[usable] = mean[usable] / share[usable]
    nearest = ndimage.distance_transform_edt(np.isnan(filled), return_distances=False, return_indices=True)
    return np.asarray(filled[tuple(nearest)], np.float64)
