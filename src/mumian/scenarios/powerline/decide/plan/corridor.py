"""Corridor legs beside a span that follow the catenary, and how much of a span a flight's photographs cover.

Near towers the corridor is the fine inspection's: within TOWER_ZONE_M, and farther on the inside of a bend, where no place
beside one span keeps clear of the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mumian.scenarios.powerline.decide.plan.airspace import Airspace
from mumian.scenarios.powerline.decide.plan.flight import Flight, Leg, Point
from mumian.scenarios.powerline.decide.plan.refusals import NoLeg
from mumian.scenarios.powerline.decide.plan.rules import Rules
from mumian.scenarios.powerline.decide.plan.structure import Pylon, Works
from mumian.scenarios.powerline.domain.catenary import Floats

TOWER_ZONE_M = 25.0
_BREAK_M = 60.0  # between places at which the leg's height follows the curve
_OFFSETS_M = tuple(float(n) for n in np.arange(10.0, 20.5, 1.0))
_ROUNDED_M = 0.05  # by which a speed of one decimal may be off, times the interval
_RAISED_M = 2.0  # above the uppermost wire


@dataclass(frozen=True)
class Strip:
    """One span with its own axis: s along it from `start`, across to its right."""

    works: Works
    start: Pylon
    end: Pylon

    @property
    def length_m(self) -> float:
        """Tower to tower."""
        return math.hypot(self.end.x - self.start.x, self.end.y - self.start.y)

    @property
    def _ahead(self) -> tuple[float, float]:
        return (self.end.x - self.start.x) / self.length_m, (self.end.y - self.start.y) / self.length_m

    def at(self, s_m: float, across_m: float, height_m: float) -> Point:
        """The place in the frame."""
        ahead_x, ahead_y = self._ahead
        return (
            self.start.x + ahead_x * s_m + ahead_y * across_m,
            self.start.y + ahead_y * s_m - ahead_x * across_m,
            height_m,
        )

    def local(self, at: Point) -> tuple[float, float, float]:
        """(s, across, height) of a place."""
        x, y = at[0] - self.start.x, at[1] - self.start.y
        ahead_x, ahead_y = self._ahead
        return x * ahead_x + y * ahead_y, x * ahead_y - y * ahead_x, at[2]

    def zone(self) -> tuple[float, float]:
        """The stations between which photographs must cover the span; empty (from ≥ to) where the towers are near."""
        first, last = self._zone_at(self.start), self.length_m - self._zone_at(self.end)
        return first, last

    def _zone_at(self, pylon: Pylon) -> float:
        reach = self.works.structure.arm_m + _OFFSETS_M[-1]
        return TOWER_ZONE_M + reach * math.tan(math.radians(min(pylon.turn_deg, 150.0)) / 2)

    def heights(self, s_m: Floats) -> tuple[Floats, Floats]:
        """(uppermost, lowest) height of the span's wires at stations: cold earth wire, hot lowest conductor."""
        wires = [w for w in self.works.wires if w.start_number == self.start.number]
        tops = [w.chord(s_m) - w.drop(s_m)[0] for w in wires]
        lows = [w.chord(s_m) - w.drop(s_m)[1] for w in wires]
        return np.max(tops, axis=0), np.min(lows, axis=0)


def strips(works: Works, first: int, last: int) -> list[Strip]:
    """The spans between two towers, by their numbers."""
    within = [p for p in works.pylons if first <= p.number <= last]
    return [Strip(works, a, b) for a, b in pairwise(within)]


def leg(air: Airspace, strip: Strip, side: int) -> list[Point]:
    """Places along one side of the span, in the line's direction: the nearest clear offset from 10 to 20 m beyond the arms."""
    first, last = strip.zone()
    if first >= last:
        return []
    stations = np.linspace(first, last, max(3, math.ceil((last - first) / _BREAK_M) + 1))
    tops = strip.heights(stations)[0] + _RAISED_M
    for offset_m in _OFFSETS_M:
        across = side * (strip.works.structure.arm_m + offset_m)
        places = [strip.at(float(s), across, float(z)) for s, z in zip(stations, tops, strict=True)]
        if air.is_clear(places):
            return places
    side_zh, side_en = ("右", "right") if side > 0 else ("左", "left")
    raise NoLeg(start=strip.start.number, end=strip.end.number, side_zh=side_zh, side_en=side_en)


def gimbal(strip: Strip, places: list[Point], hand: int) -> tuple[float, float]:
    """(pitch, yaw against the nose) that looks at the middle of the wires. hand: +1 if they are kept to the left, -1 to the right."""
    s, across, height = strip.local(places[len(places) // 2])
    top, low = strip.heights(np.array([s]))
    down = height - float(top[0] + low[0]) / 2
    return -math.degrees(math.atan2(down, abs(across))), -90.0 * hand


def spacing_m(rules: Rules, strip: Strip, places: list[Point]) -> float:
    """Metres between photographs for the overlap, at the distance of the nearest conductors."""
    across = min(abs(strip.local(place)[1]) for place in places)
    return rules.camera.footprint_m(across - strip.works.structure.arm_m) * (1 - rules.photo.overlap)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a span that no photograph covers from one side."""

    strip: Strip
    side: int
    from_m: float
    to_m: float
    uncovered_m: float


def frames(flight: Flight) -> tuple[int, list[float]]:
    """How many photographs are taken by the way flown, and the spacings (m) at which, without two alike."""
    legs = [leg for leg in flight.legs if leg.trigger_m > 0]
    return sum(math.ceil(leg.length_m / leg.trigger_m) for leg in legs), sorted(
        {leg.trigger_m for leg in legs}
    )


def gaps(flight: Flight, rules: Rules, wanted: list[Strip]) -> list[Gap]:
    """The uncovered stretches, the largest of each span and side first."""
    return [
        gap for strip in wanted for side in (1, -1) if (gap := _gap(flight, rules, strip, side)) is not None
    ]


def _gap(flight: Flight, rules: Rules, strip: Strip, side: int) -> Gap | None:
    first, last = strip.zone()
    if first >= last:
        return None
    covered = sorted(c for leg in flight.legs if (c := _covers(leg, rules, strip, side)) is not None)
    holes, reached = [], first
    for start, end in [*covered, (last, last)]:
        if min(start, last) > reached + 0.5:
            holes.append((reached, min(start, last)))
        reached = max(reached, end)
    if not holes:
        return None
    widest = max(holes, key=lambda hole: hole[1] - hole[0])
    return Gap(strip, side, *widest, sum(b - a for a, b in holes))


def _covers(leg: Leg, rules: Rules, strip: Strip, side: int) -> tuple[float, float] | None:
    """The stations a leg's photographs show of the wires on their side, if they are near, dense and aimed enough."""
    if not (leg.trigger_m > 0 or leg.is_video) or leg.length_m < 0.1:
        return None
    (s0, a0, z0), (s1, a1, z1) = strip.local(leg.start), strip.local(leg.end)
    near = min(a0 * side, a1 * side) - strip.works.structure.arm_m
    if near <= 0 or max(s0, s1) < 0 or min(s0, s1) > strip.length_m:
        return None
    middle = (s0 + s1) / 2
    top, low = strip.heights(np.array([min(max(middle, 0.0), strip.length_m)]))
    down = (z0 + z1) / 2 - float(top[0] + low[0]) / 2
    far = math.hypot(max(a0 * side, a1 * side), down)
    footprint = rules.camera.footprint_m(near)
    every_m = max(
        leg.trigger_m, leg.speed_mps * rules.camera.interval_s - _ROUNDED_M
    )  # the camera skips what comes too soon
    dense = leg.is_video or every_m <= footprint * (1 - rules.photo.overlap) + 0.01
    if not dense or far > rules.camera.reach_m(rules.photo.corridor_gsd_mm):
        return None
    if not _is_aimed(leg, strip, side, math.degrees(math.atan2(-down, (a0 + a1) * side / 2)), rules):
        return None
    return min(s0, s1) - footprint / 2, max(s0, s1) + footprint / 2


def _is_aimed(leg: Leg, strip: Strip, side: int, pitch_deg: float, rules: Rules) -> bool:
    if leg.gimbal is None:
        return False
    course = math.degrees(math.atan2(leg.end[0] - leg.start[0], leg.end[1] - leg.start[1]))
    ahead = math.degrees(math.atan2(strip.end.x - strip.start.x, strip.end.y - strip.start.y))
    wanted = ahead - 90.0 * side
    yaw_off = abs((course + leg.gimbal[1] - wanted + 180.0) % 360.0 - 180.0)
    return yaw_off <= 2 * rules.photo.aim_deg and abs(leg.gimbal[0] - pitch_deg) <= 2 * rules.photo.aim_deg
