"""A conductor found in a cloud: a catenary standing on a straight ground track, and the stretch that points support."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mumian.scenarios.powerline.domain.catenary import Catenary, Floats, HungConductor


@dataclass(frozen=True, slots=True)
class Track:
    """A vertical plane: through (x_m, y_m), along `heading_rad` from x towards y."""

    x_m: float
    y_m: float
    heading_rad: float

    def along_across(self, xy: Floats) -> tuple[Floats, Floats]:
        """Stations along the track and offsets to its left, of (n, 2) points."""
        east, north = xy[:, 0] - self.x_m, xy[:, 1] - self.y_m
        cos, sin = math.cos(self.heading_rad), math.sin(self.heading_rad)
        return east * cos + north * sin, north * cos - east * sin

    def at(self, s_m: float) -> tuple[float, float]:
        """(x, y) at a station."""
        return self.x_m + s_m * math.cos(self.heading_rad), self.y_m + s_m * math.sin(self.heading_rad)


@dataclass(frozen=True, slots=True)
class Wire:
    """A fitted conductor. `start_m` and `end_m` bound the points' stations; root mean squares are of z and of the offset."""

    track: Track
    curve: Catenary
    c_stderr_m: float
    start_m: float
    end_m: float
    points: int
    rmse_m: float
    across_rmse_m: float

    def point(self, s_m: float) -> tuple[float, float, float]:
        """(x, y, z) at a station."""
        x, y = self.track.at(s_m)
        return x, y, float(self.curve.height(np.array(s_m)))

    def hanging(self, start_m: float | None = None, end_m: float | None = None) -> HungConductor:
        """The same curve between two stations (by default those that points support), for distances in 3-D."""
        start, end = self.start_m if start_m is None else start_m, self.end_m if end_m is None else end_m
        return HungConductor(self.point(start), self.point(end), self.curve.c_m)

    def moved(self, dx_m: float, dy_m: float, dz_m: float) -> Wire:
        """The same wire in a frame whose origin lies at minus the shift."""
        track = Track(self.track.x_m + dx_m, self.track.y_m + dy_m, self.track.heading_rad)
        curve = Catenary(self.curve.c_m, self.curve.s0_m, self.curve.z0_m + dz_m)
        return Wire(
            track,
            curve,
            self.c_stderr_m,
            self.start_m,
            self.end_m,
            self.points,
            self.rmse_m,
            self.across_rmse_m,
        )
