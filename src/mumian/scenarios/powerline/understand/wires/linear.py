"""Which points of an unclassified cloud lie on something long, thin and level: the candidates for conductors.

Principal components of each voxel with its neighbours (Demantké et al. 2011, DOI 10.5194/isprsarchives-XXXVIII-5-W12-97-2011:
linearity), at two scales, for dense and for sparse scans.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats

SCALES_M = (1.0, 3.0)
_THIN = 0.1  # second variance over first: a bundle of four with 0.45 m between still is
_LEVEL = 0.75  # vertical part of the direction at most: no poles, no stays
_LEAST = 4
_SHIFT = 21  # bits an axis in a voxel's key


def linear(points: Floats) -> NDArray[np.bool_]:
    """Of (n, 3) points, those whose surroundings are linear at one of the scales."""
    found = np.zeros(len(points), np.bool_)
    if len(points) < _LEAST:
        return found
    low = points.min(0)
    for scale in SCALES_M:
        found |= _linear_at(points - low, scale)
    return found


def _linear_at(points: Floats, scale: float) -> NDArray[np.bool_]:
    cells = (points // scale).astype(np.int64) + 1
    if cells.max() >= 1 << _SHIFT:
        return np.zeros(len(points), np.bool_)
    keys, voxel = np.unique(
        (cells[:, 0] << 2 * _SHIFT) | (cells[:, 1] << _SHIFT) | cells[:, 2], return_inverse=True
    )
    moments = _gathered(keys, _moments(points, voxel, len(keys)))
    count = np.maximum(moments[:, 0], 1.0)
    mean = moments[:, 1:4] / count[:, None]
    second = moments[:, 4:].reshape(-1, 3, 3) / count[:, None, None]
    variances, directions = np.linalg.eigh(second - mean[:, :, None] * mean[:, None, :])
    is_thin = variances[:, 1] <= _THIN * variances[:, 2]
    is_level = np.abs(directions[:, 2, 2]) <= _LEVEL
    result: NDArray[np.bool_] = (is_thin & is_level & (moments[:, 0] >= _LEAST))[voxel]
    return result


def _moments(points: Floats, voxel: NDArray[np.intp], voxels: int) -> Floats:
    """(voxels, 13): count, sums, and sums of products."""
    columns: list[NDArray[Any]] = [np.bincount(voxel, minlength=voxels).astype(np.float64)]
    columns += [np.bincount(voxel, points[:, a], voxels) for a in range(3)]
    columns += [
        np.bincount(voxel, points[:, a] * points[:, b], voxels)
        for a, b in itertools.product(range(3), repeat=2)
    ]
    return np.column_stack(columns)


def _gathered(keys: NDArray[np.int64], own: Floats) -> Floats:
    """Moments of each voxel and its 26 neighbours together."""
    total = np.zeros_like(own)
    for dx, dy, dz in itertools.product((-1, 0, 1), repeat=3):
        wanted = keys + ((dx << 2 * _SHIFT) + (dy << _SHIFT) + dz)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit = keys[at] == wanted
        total[hit] += own[at[hit]]
    return total
