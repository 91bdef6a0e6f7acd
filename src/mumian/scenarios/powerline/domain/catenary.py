"""The curve of a hanging conductor, z = z0 + c·(cosh((s − s0)/c) − 1), and the exact 3-D distance to it.

c = T/w, horizontal tension over weight per metre (m). Lengths are metres; s runs horizontally along the span. Which tension
a temperature gives, and which angle a wind, stands in `tension`. No parabola is passed off as the curve here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.errors import BadInput

Floats = NDArray[np.float64]
_SAMPLES = 65  # of the curve, from whose nearest the exact foot point is sought
_ROWS = 16_384  # points at a time, so that the samples of all of them fit into the cache
_STEPS = 60  # of bisection at worst: 2^-60 of a span
SETTLED_M = 1e-10  # a foot point that moves less stands


@dataclass(frozen=True, slots=True)
class Catenary:
    """c_m > 0; the lowest point of the full curve lies at station s0_m and height z0_m."""

    c_m: float
    s0_m: float
    z0_m: float

    def __post_init__(self) -> None:
        if not (0 < self.c_m < math.inf and math.isfinite(self.s0_m) and math.isfinite(self.z0_m)):
            raise BadInput(
                detail=f"a catenary of c {self.c_m!r}, s0 {self.s0_m!r}, z0 {self.z0_m!r} m: c above 0 and finite figures are meant"
            )

    def height(self, s_m: Floats) -> Floats:
        """Heights at stations of any shape. 2·sinh² keeps the digits that cosh − 1 loses on a flat span."""
        return self.z0_m + 2 * self.c_m * np.sinh((s_m - self.s0_m) / (2 * self.c_m)) ** 2

    def slope(self, s_m: Floats) -> Floats:
        """dz/ds, metres per metre."""
        return np.sinh((s_m - self.s0_m) / self.c_m)

    def bend(self, s_m: Floats) -> Floats:
        """d²z/ds², per metre."""
        return np.cosh((s_m - self.s0_m) / self.c_m) / self.c_m

    def lowest(self, start_m: float, end_m: float) -> float:
        """The lowest height between two stations: z0 only if the curve's lowest point lies between them."""
        return float(self.height(np.array(min(max(self.s0_m, start_m), end_m))))

    def sag(self, start_m: float, end_m: float) -> float:
        """Greatest vertical distance (m) below the chord between two stations, where the slope is the chord's."""
        low, high = self.height(np.array([start_m, end_m]))
        rise = (high - low) / (end_m - start_m)
        at = self.s0_m + self.c_m * math.asinh(rise)
        return float(low + rise * (at - start_m) - self.height(np.array(at)))


def hung(span_m: float, rise_m: float, c_m: float, start_z_m: float = 0.0) -> Catenary:
    """The catenary of parameter c over a span: from (0, start_z) to (span, start_z + rise). BadInput for no span."""
    if not (span_m > 0 and c_m > 0 and span_m / c_m < 50):
        raise BadInput(
            detail=f"a span of {span_m!r} m with c {c_m!r} m: both above 0 and span/c below 50 are meant"
        )
    s0 = span_m / 2 - c_m * math.asinh(rise_m / (2 * c_m * math.sinh(span_m / (2 * c_m))))
    return Catenary(c_m, s0, start_z_m - 2 * c_m * math.sinh(s0 / (2 * c_m)) ** 2)


def c_of_sag(span_m: float, sag_m: float, rise_m: float = 0.0) -> float:
    """The parameter whose greatest sag below the chord is `sag_m`; by bisection over c, to 1e-12 of it."""
    if not (span_m > 0 and 0 < sag_m < 2 * span_m):
        raise BadInput(
            detail=f"a sag of {sag_m!r} m over {span_m!r} m: above 0 and below twice the span is meant"
        )
    low, high = span_m / 40, span_m**2 * 2 / sag_m + span_m + abs(rise_m) * span_m / sag_m
    while high / low > 1 + 1e-12:
        middle = math.sqrt(low * high)
        too_deep = hung(span_m, rise_m, middle).sag(0.0, span_m) > sag_m
        low, high = (middle, high) if too_deep else (low, middle)
    return math.sqrt(low * high)


@dataclass(frozen=True)
class HungConductor:
    """A conductor between two attachments (x, y, z in metres of one frame), swung by `swing_deg` about its chord.

    The plane of the curve turns about the chord: each sag vector leaves the vertical by the angle, to the right of start → end when
    positive (plane-swing model, as GB 50545 clearance checks use it; the tension under wind is in c). 0: hangs still.
    """

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    c_m: float
    swing_deg: float = 0.0

    @cached_property
    def length_m(self) -> float:
        """Horizontal distance between the attachments."""
        return math.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1])

    @cached_property
    def curve(self) -> Catenary:
        """The still curve over the station from `start`."""
        return hung(self.length_m, self.end[2] - self.start[2], self.c_m, self.start[2])

    @cached_property
    def _chord(self) -> Floats:
        return (np.array(self.end, np.float64) - np.array(self.start, np.float64)) / self.length_m

    @cached_property
    def _drop(self) -> Floats:
        """Unit vector from the chord to the curve."""
        angle = math.radians(self.swing_deg)
        ahead_x, ahead_y = self._chord[:2]
        return np.array([ahead_y * math.sin(angle), -ahead_x * math.sin(angle), -math.cos(angle)])

    @cached_property
    def steepest(self) -> float:
        """The most that the curve moves across and up or down, together, in metres a metre of station."""
        fall = self._chord[2] - self.curve.slope(np.array([0.0, self.length_m]))
        moved = self._chord[2] * np.array([0.0, 0.0, 1.0]) + fall[:, None] * self._drop
        return float(np.sqrt((moved**2).sum(1)).max())

    def offset(self, points: Floats) -> Floats:
        """How far (n, 3) points lie beside the curve, across and up or down, at their own stations (its ends beyond them).

        Their distance is at least this over √(1 + steepest²): a bound that costs no search.
        """
        ahead_x, ahead_y = self._chord[:2]
        away = points - np.array(self.start)
        at = self.points(np.clip(away[:, 0] * ahead_x + away[:, 1] * ahead_y, 0.0, self.length_m)) - points
        beside: Floats = np.hypot(at[:, 0] * ahead_y - at[:, 1] * ahead_x, at[:, 2])
        return beside

    def points(self, s_m: Floats) -> Floats:
        """(n, 3) points at stations (n,)."""
        sag = self.start[2] + self._chord[2] * s_m - self.curve.height(s_m)
        made: Floats = np.array(self.start) + s_m[:, None] * self._chord + sag[:, None] * self._drop
        return made

    def distance(self, points: Floats) -> tuple[Floats, Floats]:
        """Distance (m) of each of (n, 3) points from the curve between its ends, and the station of the foot point.

        Exact to 1e-9 m (1e-8 m at coordinates of millions): the derivative of the squared distance is solved in a bracket.
        """
        found = [self._near(points[at : at + _ROWS]) for at in range(0, len(points), _ROWS)]
        if not found:
            return np.empty(0), np.empty(0)
        return np.concatenate([d for d, _ in found]), np.concatenate([s for _, s in found])

    def _near(self, points: Floats) -> tuple[Floats, Floats]:
        ahead = self._chord[:2]
        beside = np.clip((points[:, :2] - self.start[:2]) @ ahead, 0.0, self.length_m)
        reach = np.sqrt(((self.points(beside) - points) ** 2).sum(1))
        # The foot point lies within `reach` of `beside`; that near the curve, the squared distance is convex between.
        is_near = reach < self.c_m / 8
        distance, station = self._foot(points, beside, beside - reach, beside + reach)
        rows = np.flatnonzero(~is_near)
        if len(rows):
            distance[rows], station[rows] = self._far(points[rows])
        return distance, station

    def _far(self, points: Floats) -> tuple[Floats, Floats]:
        """Far off there may be two minima: the nearest sample, and the outer sampled minima, are all followed."""
        stations = np.linspace(0.0, self.length_m, _SAMPLES)
        samples = self.points(stations) - self._middle
        # Squared distances up to a constant of each point: enough to compare samples.
        squares = (samples**2).sum(1) - 2 * (points - self._middle) @ samples.T
        best = np.full(len(points), np.inf)
        station = np.zeros(len(points))
        for near in (squares.argmin(1), *_outer_minima(squares)):
            low, high = stations[np.maximum(near - 1, 0)], stations[np.minimum(near + 1, _SAMPLES - 1)]
            d, s = self._foot(points, stations[near], low, high)
            nearer = d < best
            best[nearer], station[nearer] = d[nearer], s[nearer]
        return best, station

    @cached_property
    def _middle(self) -> Floats:
        made: Floats = (np.array(self.start) + np.array(self.end)) / 2
        return made

    def _foot(self, points: Floats, s: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """The foot point between `low` and `high` (and the ends): Newton from s, kept inside the shrinking bracket."""
        low, high = np.maximum(low, 0.0), np.minimum(high, self.length_m)
        for _ in range(_STEPS):
            away, tangent, bend = self._local(points, s)
            gradient = (away * tangent).sum(1)
            low, high = np.where(gradient < 0, s, low), np.where(gradient > 0, s, high)
            steepness = (tangent**2).sum(1) + bend * (away @ self._drop)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = s - gradient / steepness
            inside = (steepness > 0) & (step >= low) & (step <= high)
            moved = np.where(inside, step, (low + high) / 2)
            moved = np.where(gradient == 0, s, moved)
            settled, s = bool(np.abs(moved - s).max(initial=0) < SETTLED_M), moved
            if settled:
                break
        return np.sqrt(((self.points(s) - points) ** 2).sum(1)), s

    def _local(self, points: Floats, s: Floats) -> tuple[Floats, Floats, Floats]:
        """Curve minus point, first derivative, and second derivative along the drop, at stations s."""
        fall = self._chord[2] - self.curve.slope(s)
        return self.points(s) - points, self._chord + fall[:, None] * self._drop, -self.curve.bend(s)


def _outer_minima(squares: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last sampled local minimum of each row: beyond the centre of curvature there are two."""
    padded = np.pad(squares, ((0, 0), (1, 1)), constant_values=np.inf)
    is_low = (padded[:, 1:-1] <= padded[:, :-2]) & (padded[:, 1:-1] <= padded[:, 2:])
    return is_low.argmax(1), _SAMPLES - 1 - is_low[:, ::-1].argmax(1)
