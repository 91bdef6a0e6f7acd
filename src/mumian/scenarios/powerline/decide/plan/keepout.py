"""How far legs stay from wires and towers, and whether they pass under or between conductors.

Distances along a leg are searched with a bound: a distance changes by no more than the way flown, so an interval between
two samples can hide nothing below (d0 + d1 − length)/2. Intervals that could are halved until the bound is within SLACK_M.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.decide.plan.structure import Pylon, Works
from mumian.scenarios.powerline.domain.catenary import Floats

Indices = NDArray[np.intp]
SLACK_M = 0.05
REACH_M = 30.0  # nothing farther away is measured; it is "at least this"
_FIRST_STEP_M, _MOST_PIECES = 8.0, 2000
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each leg: the least distance found, a bound nothing is below, and where (share of the leg) it was found."""

    distance_m: Floats
    bound_m: Floats
    share: Floats


def nearest(starts: Floats, ends: Floats, distance: Callable[[Floats], Floats], within_m: float) -> Nearest:
    """Least distance along each of the (m, 3) legs; exact only where it lies below `within_m`."""
    legs = np.arange(len(starts))
    lengths = np.sqrt(((ends - starts) ** 2).sum(1))
    pieces = np.clip(np.ceil(lengths / _FIRST_STEP_M), 1, _MOST_PIECES).astype(int)
    leg = np.repeat(legs, pieces)
    ordinal = np.arange(len(leg)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    low, high = ordinal / pieces[leg], (ordinal + 1) / pieces[leg]

    def at(which: Indices, share: Floats) -> Floats:
        points = starts[which] + share[:, None] * (ends - starts)[which]
        parts = [distance(points[n : n + _BATCH]) for n in range(0, len(points), _BATCH)]
        return np.concatenate(parts) if parts else np.empty(0)

    d_low, d_high = at(leg, low), at(leg, high)
    best, share = np.full(len(legs), np.inf), np.zeros(len(legs))
    bound = np.full(len(legs), np.inf)

    def note(which: Indices, shares: Floats, values: Floats) -> None:
        order = np.argsort(values, kind="stable")
        found, first = np.unique(which[order], return_index=True)
        row = order[first]
        lower = values[row] < best[found]
        best[found[lower]], share[found[lower]] = values[row][lower], shares[row][lower]

    note(np.concatenate([leg, leg]), np.concatenate([low, high]), np.concatenate([d_low, d_high]))
    while len(leg):
        floor = (d_low + d_high - (high - low) * lengths[leg]) / 2
        is_open = floor < np.minimum(best[leg], within_m) - SLACK_M
        np.minimum.at(bound, leg[~is_open], floor[~is_open])
        leg, low, high, d_low, d_high = (a[is_open] for a in (leg, low, high, d_low, d_high))
        middle = (low + high) / 2
        d_middle = at(leg, middle)
        note(leg, middle, d_middle)
        leg = np.concatenate([leg, leg])
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
        d_low, d_high = np.concatenate([d_low, d_middle]), np.concatenate([d_middle, d_high])
    return Nearest(best, np.minimum(bound, best), share)


@dataclass(frozen=True)
class KeepOut:
    """The works as obstacles."""

    works: Works

    @cached_property
    def _boxes(self) -> tuple[Floats, Floats]:
        boxes = [wire.box for wire in self.works.wires]
        return np.array([low for low, _ in boxes]) - REACH_M, np.array([high for _, high in boxes]) + REACH_M

    def to_wires(self, points: Floats) -> Floats:
        """Distance (n,) to the nearest swept wire, at most REACH_M."""
        found = np.full(len(points), REACH_M)
        for n in self._near(points):
            wire, (low, high) = self.works.wires[n], (self._boxes[0][n], self._boxes[1][n])
            rows = np.flatnonzero(((points >= low) & (points <= high)).all(1))
            if len(rows):
                found[rows] = np.minimum(found[rows], wire.distance(points[rows]))
        return found

    def _near(self, points: Floats) -> Indices:
        if not len(points):
            return np.empty(0, np.intp)
        lows, highs = self._boxes
        return np.flatnonzero(((highs >= points.min(0)) & (lows <= points.max(0))).all(1))

    def to_towers(self, points: Floats) -> Floats:
        """Distance (n,) to the nearest mast (a cylinder) or cross-arm, at most REACH_M."""
        found = np.full(len(points), REACH_M)
        reach = REACH_M + self.works.structure.arm_m
        for n in self._pylons_near(points, reach):
            pylon = self.works.pylons[n]
            rows = np.flatnonzero(np.hypot(points[:, 0] - pylon.x, points[:, 1] - pylon.y) < reach)
            if len(rows):
                found[rows] = np.minimum(found[rows], self._to_pylon(pylon, points[rows]))
        return found

    @cached_property
    def _spots(self) -> Floats:
        return np.array([(pylon.x, pylon.y) for pylon in self.works.pylons])

    def _pylons_near(self, points: Floats, reach_m: float) -> Indices:
        if not len(points):
            return np.empty(0, np.intp)
        low, high = points[:, :2].min(0) - reach_m, points[:, :2].max(0) + reach_m
        return np.flatnonzero(((self._spots >= low) & (self._spots <= high)).all(1))

    def _to_pylon(self, pylon: Pylon, points: Floats) -> Floats:
        beside = np.hypot(points[:, 0] - pylon.x, points[:, 1] - pylon.y) - self.works.structure.body_m
        beyond = np.maximum(points[:, 2] - pylon.top_m, pylon.ground_m - points[:, 2])
        found = np.hypot(np.maximum(0.0, beside), np.maximum(0.0, beyond))
        across = np.array([*pylon.right, 0.0]) * self.works.structure.arm_m
        for height_m in (*pylon.arms_m, pylon.top_m):
            middle = np.array([pylon.x, pylon.y, height_m])
            found = np.minimum(found, _to_segment(points, middle - across, middle + across))
        return found

    def under(self, points: Floats) -> Floats:
        """How deep (n,) points are under or between conductors: the way out sideways or over the top; 0 outside."""
        deep = np.zeros(len(points))
        if not len(points):
            return deep
        reach = self.works.structure.arm_m
        low, high = points[:, :2].min(0) - reach, points[:, :2].max(0) + reach
        starts, ends = self._spots[:-1], self._spots[1:]
        is_near = ((np.maximum(starts, ends) >= low) & (np.minimum(starts, ends) <= high)).all(1)
        for n in np.flatnonzero(is_near):
            deep = np.maximum(deep, self._under_span(self.works.pylons[n], self.works.pylons[n + 1], points))
        return deep

    def _under_span(self, start: Pylon, end: Pylon, points: Floats) -> Floats:
        across_x, across_y = end.x - start.x, end.y - start.y
        length = math.hypot(across_x, across_y)
        ahead = (across_x / length, across_y / length)
        x, y = points[:, 0] - start.x, points[:, 1] - start.y
        s, side = x * ahead[0] + y * ahead[1], np.abs(x * ahead[1] - y * ahead[0])
        half = self.works.structure.arm_m * min(
            1.0,
            max(abs(p.right[0] * ahead[1] - p.right[1] * ahead[0]) for p in (start, end)),
        )
        top = start.top_m + (end.top_m - start.top_m) * np.clip(s / length, 0.0, 1.0)
        deep = np.minimum(half - side, top - points[:, 2])
        return np.where((s >= 0) & (s <= length), np.maximum(0.0, deep), 0.0)


def _to_segment(points: Floats, start: Floats, end: Floats) -> Floats:
    along = end - start
    share = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
    return np.asarray(np.sqrt(((points - start - share[:, None] * along) ** 2).sum(1)))
