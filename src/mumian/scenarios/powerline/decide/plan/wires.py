"""The space a wire can sweep, and the distance of points from it.

Between its holders a wire hangs in a catenary whose plane the wind turns about the chord. Over all temperatures and winds
flown in, it fills at every station s a sector of the vertical cross-section: from the cold sag to the hot sag plus the
insulator string, within the swing angle on both sides. Distances are to that sector, in three dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mumian.scenarios.powerline.domain.catenary import Floats, hung
from mumian.scenarios.powerline.domain.line import Phase

_COARSE, _FINE = (
    49,
    17,
)  # stations sampled over the span, then between the neighbours of the nearest: under 1 cm


@dataclass(frozen=True)
class SweptWire:
    """A wire between the holders of two towers; points are (x, y, height above home)."""

    start_number: int
    end_number: int
    circuit: int
    phase: Phase
    start: tuple[float, float, float]
    end: tuple[float, float, float]
    cold_c_m: float
    hot_c_m: float
    string_m: float
    swing_deg: float

    @cached_property
    def length_m(self) -> float:
        """Horizontal distance between the holders."""
        return math.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1])

    @cached_property
    def _along(self) -> tuple[float, float]:
        return (self.end[0] - self.start[0]) / self.length_m, (self.end[1] - self.start[1]) / self.length_m

    @cached_property
    def box(self) -> tuple[Floats, Floats]:
        """(lowest, highest) corner of a box that holds the swept space."""
        deep = float(self.drop(np.linspace(0, self.length_m, _COARSE))[1].max()) + 0.5
        ends = np.array([self.start, self.end])
        side = deep * math.sin(math.radians(self.swing_deg))
        return ends.min(0) - np.array([side, side, deep]), ends.max(0) + np.array([side, side, 0.0])

    def chord(self, s_m: Floats) -> Floats:
        """Height of the straight line between the holders at stations of any shape."""
        return self.start[2] + (self.end[2] - self.start[2]) / self.length_m * s_m

    def drop(self, s_m: Floats) -> tuple[Floats, Floats]:
        """(least, greatest) distance below the chord at stations: cold wire, hot wire with its string hanging."""
        rise = self.end[2] - self.start[2]
        cold = self.chord(s_m) - hung(self.length_m, rise, self.cold_c_m, self.start[2]).height(s_m)
        hot = self.chord(s_m) - hung(self.length_m, rise, self.hot_c_m, self.start[2]).height(s_m)
        return np.maximum(cold, 0.0), np.maximum(hot, 0.0) + self.string_m

    def stations(self, points: Floats) -> tuple[Floats, Floats]:
        """(s along the chord from `start`, offset to its right) of (n, 3) points."""
        x, y = points[:, 0] - self.start[0], points[:, 1] - self.start[1]
        ahead_x, ahead_y = self._along
        return x * ahead_x + y * ahead_y, x * ahead_y - y * ahead_x

    def distance(self, points: Floats) -> Floats:
        """Distance (n,) of (n, 3) points from the swept space; 0 inside."""
        s, across = self.stations(points)
        coarse = np.linspace(0.0, self.length_m, _COARSE)
        nearest = coarse[self._to_sectors(s, across, points[:, 2], coarse[None, :]).argmin(1)]
        step = self.length_m / (_COARSE - 1)
        fine = np.clip(nearest[:, None] + np.linspace(-step, step, _FINE), 0.0, self.length_m)
        return np.asarray(self._to_sectors(s, across, points[:, 2], fine).min(1))

    def _to_sectors(self, s: Floats, across: Floats, height: Floats, stations: Floats) -> Floats:
        """(n, m) distances of n points from the sectors at m stations each."""
        least, greatest = self.drop(stations)
        below, side = self.chord(stations) - height[:, None], np.abs(across)[:, None]
        sine, cosine = math.sin(math.radians(self.swing_deg)), math.cos(math.radians(self.swing_deg))
        beside, along = side * cosine - below * sine, side * sine + below * cosine
        edge = np.hypot(along - np.clip(along, least, greatest), beside)
        radius = np.hypot(side, below)
        within = np.maximum(0.0, np.maximum(least - radius, radius - greatest))
        flat = np.where((beside <= 0) & (below > 0), within, edge)
        return np.hypot(s[:, None] - stations, flat)
