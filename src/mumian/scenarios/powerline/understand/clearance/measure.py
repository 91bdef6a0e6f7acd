"""Exact distances from a span's points to its conductors, without measuring what cannot matter.

A conductor is a curve whose place changes by at most m metres a metre of station; a point whose offset from the curve at its own
station is r is therefore at least r/√(1 + m²) away. Points are measured in the order of that bound until it exceeds all that is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats, HungConductor
from mumian.scenarios.powerline.understand.wires.wire import Track

_CELL_M = 1.0
_FIRST = 4_000  # points that are measured to learn how far the nearest is
_LOCAL_M = (
    40.0  # a foot point lies no farther along than its distance; nearer than this the local slope bounds it
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows of all points, their distances, the nearest conductor's index and the foot point's station on it."""

    rows: NDArray[np.intp]
    distance_m: Floats
    conductor: NDArray[np.intp]
    station_m: Floats

    def nearest(self) -> int | None:
        """Position of the least distance; None without points."""
        return int(self.distance_m.argmin()) if len(self.rows) else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """Box around all conductors by cells of station, for a bound that costs a few look-ups a point."""

    track: Track
    first_m: float
    t_low: Floats
    t_high: Floats
    z_low: Floats
    z_high: Floats
    shrink: Floats  # 1/√(1 + m²), for distances up to _LOCAL_M
    shrink_far: float

    def bound(self, s: Floats, t: Floats, z: Floats) -> Floats:
        """A distance (m) that no conductor's is less than, at span stations s, offsets t and heights z."""
        cell = np.clip((s - self.first_m) / _CELL_M, 0, len(self.z_low) - 1).astype(np.int32)
        gap = np.maximum(self.z_low[cell] - z, z - self.z_high[cell])
        np.maximum(gap, 0.0, out=gap)
        aside = np.maximum(self.t_low[cell] - t, t - self.t_high[cell])
        np.maximum(aside, 0.0, out=aside)
        np.hypot(gap, aside, out=gap)
        # Within _LOCAL_M the local slope bounds; farther off, at least _LOCAL_M does, and the steepest slope.
        near = np.minimum(gap * self.shrink[cell], _LOCAL_M)
        return np.maximum(near, gap * self.shrink_far, out=near)


def envelope(hanging: Sequence[HungConductor], track: Track) -> Envelope:
    """The envelope of at least one conductor over the stations of a span's track."""
    curves = []
    for one in hanging:
        points = one.points(np.arange(0.0, one.length_m + _CELL_M / 2, _CELL_M / 4).clip(max=one.length_m))
        curves.append((*track.along_across(points[:, :2]), points[:, 2]))
    first = float(np.floor(min(s.min() for s, _, _ in curves)))
    cells = int(np.ceil(max(s.max() for s, _, _ in curves) - first)) + 1
    low, high = np.full((2, cells), np.inf), np.full((2, cells), -np.inf)
    steep = np.zeros(cells)
    for s, t, z in curves:
        inside = np.concatenate(
            [[0], np.clip((s - first) / _CELL_M, 0, cells - 1).astype(np.int64), [cells - 1]]
        )
        reach = np.arange(cells)
        for axis, value in enumerate((t, z)):
            ended = np.concatenate([value[:1], value, value[-1:]])
            np.minimum.at(low[axis], inside, ended)
            np.maximum.at(high[axis], inside, ended)
            # Cells before and after this conductor's own are bounded by its ends.
            low[axis] = np.where(reach < inside[1], np.minimum(low[axis], value[0]), low[axis])
            low[axis] = np.where(reach > inside[-2], np.minimum(low[axis], value[-1]), low[axis])
            high[axis] = np.where(reach < inside[1], np.maximum(high[axis], value[0]), high[axis])
            high[axis] = np.where(reach > inside[-2], np.maximum(high[axis], value[-1]), high[axis])
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.hypot(np.diff(t), np.diff(z)) / np.diff(s)
        np.maximum.at(steep, inside[1:-2], np.where(np.isfinite(slope), np.abs(slope), 0.0))
    # A sample stands for the quarter metre to the next one.
    slack = float(steep.max()) * _CELL_M / 4 + 1e-3
    shrink = 1 / np.sqrt(1 + (_widened(steep) * 1.001) ** 2)
    return Envelope(
        track,
        first,
        low[0] - slack,
        high[0] + slack,
        low[1] - slack,
        high[1] + slack,
        shrink,
        float(shrink.min()),
    )


def _widened(steep: Floats) -> Floats:
    from scipy.ndimage import maximum_filter1d

    return np.asarray(maximum_filter1d(steep, 2 * int(_LOCAL_M / _CELL_M) + 5, mode="nearest"), np.float64)


def measure(
    hanging: Sequence[HungConductor], xyz: Floats, rows: NDArray[np.intp], bound: Floats, within_m: float
) -> Measured:
    """Distances of all `rows` of (n, 3) points within `within_m` of a conductor, and of the nearest point however far it is.

    `bound` is the envelope's, one for each of `rows`. Equal to measuring every point against every conductor.
    """
    if len(rows) == 0:
        return Measured(rows, np.empty(0), rows, np.empty(0))
    few = np.argpartition(bound, _FIRST)[:_FIRST] if len(bound) > _FIRST else np.arange(len(bound))
    nearest = float(nearest_of(hanging, xyz[rows[few]]).distance_m.min())
    rows = rows[np.flatnonzero(bound <= max(nearest, within_m))]
    found = nearest_of(hanging, xyz[rows])
    wanted = found.distance_m <= max(within_m, float(found.distance_m.min()))
    return Measured(rows[wanted], found.distance_m[wanted], found.conductor[wanted], found.station_m[wanted])


def moved_m(scanned: Sequence[HungConductor], hanging: Sequence[tuple[int, HungConductor]]) -> float:
    """How far no point of any conductor moves from the scanned state into another; `hanging` names the scanned one of each."""
    farthest = 0.0
    for number, one in hanging:
        stations = np.arange(0.0, one.length_m + _CELL_M, _CELL_M).clip(max=one.length_m)
        apart = one.points(stations) - scanned[number].points(stations)
        slack = (one.steepest + scanned[number].steepest) * _CELL_M / 2
        farthest = max(farthest, float(np.sqrt((apart**2).sum(1)).max()) + slack)
    return farthest


def nearest_of(hanging: Sequence[HungConductor], xyz: Floats) -> Measured:
    """Each point's nearest conductor: the likeliest first, then those that its distance does not rule out."""
    least = np.array([one.offset(xyz) / np.sqrt(1 + one.steepest**2) for one in hanging])
    likeliest = least.argmin(0)
    best, station = np.full(len(xyz), np.inf), np.zeros(len(xyz))
    conductor = np.zeros(len(xyz), np.intp)
    for is_first in (True, False):
        for number, one in enumerate(hanging):
            rows = np.flatnonzero(
                likeliest == number if is_first else (likeliest != number) & (least[number] < best)
            )
            if len(rows):
                d, s = one.distance(xyz[rows])
                nearer = d < best[rows]
                rows = rows[nearer]
                best[rows], station[rows], conductor[rows] = d[nearer], s[nearer], number
    return Measured(np.arange(len(xyz)), best, conductor, station)
