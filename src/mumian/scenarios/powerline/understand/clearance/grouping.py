"""From points that break a rule to hazards: what stands together is one tree, one roof, one mound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats

LINK_CELLS = 2  # cells of 1 m: points less than about 3 m apart belong together
_CELL_M = 1.0
_BITS = 31


def groups(xy: Floats) -> NDArray[np.intp]:
    """A group number for each of (n, 2) places; places in cells at most LINK_CELLS apart share one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(xy) == 0:
        return np.empty(0, np.intp)
    keys, cell = np.unique(_keys(xy, xy.min(0)), return_inverse=True)
    pairs = [_neighbours(keys, dx, dy) for dx, dy in _offsets()]
    first = np.concatenate([a for a, _ in pairs])
    second = np.concatenate([b for _, b in pairs])
    links = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(len(keys), len(keys)))
    _, labels = connected_components(links, directed=False)
    return np.asarray(labels, np.intp)[cell]


def _keys(xy: Floats, low: Floats) -> NDArray[np.int64]:
    cells = ((xy - low) // _CELL_M).astype(np.int64) + LINK_CELLS
    return (cells[:, 0] << _BITS) | cells[:, 1]


def _offsets() -> Sequence[tuple[int, int]]:
    reach = range(-LINK_CELLS, LINK_CELLS + 1)
    return [(dx, dy) for dx in reach for dy in reach if (dx, dy) > (0, 0)]


def _neighbours(keys: NDArray[np.int64], dx: int, dy: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    wanted = keys + (dx << _BITS) + dy
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = np.flatnonzero(keys[at] == wanted)
    return hit, at[hit]


def near_any(xy: Floats, others: Floats, within_m: float) -> NDArray[np.intp]:
    """For each of (n, 2) places the row of the nearest of `others` within reach, or -1."""
    from scipy.spatial import cKDTree

    if len(others) == 0 or len(xy) == 0:
        return np.full(len(xy), -1, np.intp)
    _, row = cKDTree(others).query(xy, distance_upper_bound=within_m)
    return np.where(row == len(others), -1, row)
