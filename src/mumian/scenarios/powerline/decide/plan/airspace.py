"""Where a vehicle may be: one place that answers for wires, towers, the space under them, ground and ceiling.

Planner and proof ask the same questions; the planner asks for MARGIN_M more, so that what it makes is proved with room to spare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mumian.scenarios.powerline.decide.plan.flight import Point
from mumian.scenarios.powerline.decide.plan.keepout import REACH_M, Indices, KeepOut, nearest
from mumian.scenarios.powerline.decide.plan.rules import Rules
from mumian.scenarios.powerline.decide.plan.structure import Pylon
from mumian.scenarios.powerline.domain.catenary import Floats

MARGIN_M = 0.5
_CEILING_MARGIN_M = 2.0
_ASIDE_M = 60.0  # what stands this near to a way over the line is flown over as well
_MOST_SAMPLES = 5000
_STEP_M = 1.0  # between points tested for passing under conductors, and for ground


@dataclass(frozen=True)
class Airspace:
    """The keep-out of one line under one set of rules."""

    keepout: KeepOut
    rules: Rules

    @property
    def margin_m(self) -> float:
        """What the planner keeps from wires and towers."""
        return self.rules.required_m + MARGIN_M

    @property
    def roof_m(self) -> float:
        """The planner's own ceiling above the ground."""
        return self.rules.limits.ceiling_m - _CEILING_MARGIN_M

    def is_clear(self, way: list[Point]) -> bool:
        """Whether every leg of the way keeps the planner's distances, and stays between floor and roof."""
        points = np.array(way, np.float64)
        starts, ends = points[:-1], points[1:]
        inner = samples(starts, ends)[1]
        height = self.above_ground(inner)
        if height.min(initial=np.inf) < self.rules.limits.floor_m or height.max(initial=0.0) > self.roof_m:
            return False
        if self.keepout.under(inner).max(initial=0.0) > 0:
            return False
        within = self.margin_m + 0.1
        return all(
            float(nearest(starts, ends, ask, within).distance_m.min(initial=REACH_M)) >= self.margin_m
            for ask in (self.keepout.to_towers, self.keepout.to_wires)
        )

    def are_clear(self, points: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Which of (n, 3) places keep the planner's distances."""
        clear = self.keepout.under(points) <= 0
        for ask in (self.keepout.to_towers, self.keepout.to_wires):
            clear &= ask(points) >= self.margin_m
        return clear

    def above_ground(self, points: Floats) -> Floats:
        """Heights above the ground, which is taken to run straight from tower to tower along the nearest span."""
        return points[:, 2] - self.ground(points)

    def ground(self, points: Floats) -> Floats:
        """Height of the ground above home below (n, 3) points."""
        pylons = self.keepout.works.pylons
        if all(pylon.ground_m == pylons[0].ground_m for pylon in pylons):
            return np.full(len(points), pylons[0].ground_m)
        best, ground = np.full(len(points), np.inf), np.zeros(len(points))
        for start, end in pairwise(pylons):
            along = np.array([end.x - start.x, end.y - start.y])
            share = np.clip((points[:, :2] - (start.x, start.y)) @ along / float(along @ along), 0.0, 1.0)
            away = np.hypot(*(points[:, :2] - (start.x, start.y) - share[:, None] * along).T)
            nearer = away < best
            best = np.where(nearer, away, best)
            ground = np.where(nearer, start.ground_m + (end.ground_m - start.ground_m) * share, ground)
        return ground

    def over(self, places: list[tuple[float, float]], distance_m: float | None = None) -> float:
        """The lowest height above home at which straight legs between the places clear everything below them.

        They keep `distance_m`, or what the planner keeps.
        """
        points = np.array(places, np.float64)
        low, high = points.min(0) - _ASIDE_M, points.max(0) + _ASIDE_M
        pylons = self.keepout.works.pylons
        tops = [
            max(start.top_m, end.top_m)
            for start, end in pairwise(pylons)
            if _box_meets(start, end, low, high)
        ]
        grounds = [float(g) for g in self.ground(np.column_stack([points, np.zeros(len(points))]))]
        highest = max([*tops, *(g + self.rules.limits.floor_m for g in grounds)])
        return highest + (self.margin_m + 0.1 if distance_m is None else distance_m)


def _box_meets(start: Pylon, end: Pylon, low: Floats, high: Floats) -> bool:
    xs, ys = sorted((start.x, end.x)), sorted((start.y, end.y))
    return bool(xs[1] >= low[0] and xs[0] <= high[0] and ys[1] >= low[1] and ys[0] <= high[1])


def samples(starts: Floats, ends: Floats) -> tuple[Indices, Floats]:
    """(leg of each point, points): both ends of each (m, 3) leg and points at most 1 m apart between (of 5 km or more: 5000)."""
    lengths = np.sqrt(((ends - starts) ** 2).sum(1))
    pieces = np.clip(np.ceil(lengths / _STEP_M), 1, _MOST_SAMPLES).astype(int)
    leg = np.repeat(np.arange(len(starts)), pieces + 1)
    ordinal = np.arange(len(leg)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
    share = ordinal / pieces[leg]
    return leg, starts[leg] + share[:, None] * (ends - starts)[leg]


def apart_m(a: Point, b: Point) -> float:
    """Distance seen from above."""
    return math.hypot(a[0] - b[0], a[1] - b[1])
