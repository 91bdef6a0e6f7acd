"""Assumed towers and wires of a line in one local frame: what maps do not carry, derived from voltage, span and sag.

Heights are metres above home, x east and y north of the frame's origin. All of it is assumed and labelled so in the plan;
measured ground and tower heights are used where the line's file gives them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame
from mumian.scenarios.powerline.decide.plan.refusals import TowerTooLow
from mumian.scenarios.powerline.decide.plan.rules import Rules, Structure
from mumian.scenarios.powerline.decide.plan.wires import SweptWire
from mumian.scenarios.powerline.domain.catenary import Floats, hung
from mumian.scenarios.powerline.domain.line import Line, Phase
from mumian.scenarios.powerline.domain.tension import Weather, changed_c, swing_deg

_SHORTEST_SPAN_M, _LONGEST_SPAN_M = 0.5, 30_000.0
_EARTH_WIRE_ARM = 0.6  # of the cross-arm's half width
_EARTH_WIRE_SAG = 0.8  # earth wires are strung tighter than conductors


class SpanUnusable(BadInput):
    """Two neighbouring towers stand in one place, or too far apart for any conductor."""

    code = "span_unusable"
    zh = "杆塔 {tower} 之后的档距 {length_m:.1f} m 无法使用：请检查杆塔坐标"
    en = "The span after tower {tower} is {length_m:.1f} m long: check the towers' coordinates"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a wire is held: across the line (share of the arm's half width, right positive) and level above the lowest arm."""

    circuit: int
    phase: Phase
    share: float
    level: int


@dataclass(frozen=True, slots=True)
class Pylon:
    """A tower with its cross-arms. `right`: unit vector across the line, to the right of its direction."""

    number: int
    x: float
    y: float
    ground_m: float
    right: tuple[float, float]
    turn_deg: float
    arms_m: tuple[float, ...]  # heights of the arms above home, lowest first
    top_m: float  # height of the earth wire's holder above home
    is_height_assumed: bool

    def tip(self, structure: Structure, position: Position) -> tuple[float, float, float]:
        """Where the position's insulator string begins."""
        across = position.share * structure.arm_m
        height_m = self.top_m if position.phase == "earth" else self.arms_m[position.level]
        return self.x + across * self.right[0], self.y + across * self.right[1], height_m


@dataclass(frozen=True)
class Works:
    """The line as it is assumed to stand: towers, and the wires of each span with everything they can sweep."""

    frame: LocalFrame
    structure: Structure
    positions: tuple[Position, ...]
    pylons: tuple[Pylon, ...]
    wires: tuple[SweptWire, ...]

    def pylon(self, number: int) -> Pylon:
        """The tower of that number; BadInput if the line has none."""
        for pylon in self.pylons:
            if pylon.number == number:
                return pylon
        raise BadInput(
            detail=f"the line has no tower {number}: {self.pylons[0].number} to {self.pylons[-1].number} are there"
        )


def positions(circuits: int) -> tuple[Position, ...]:
    """How wires hang: one circuit as a triangle, two as a column on each side, three and four as double columns; two earth wires."""
    phases: tuple[Phase, Phase, Phase] = ("A", "B", "C")
    if circuits == 1:
        held = [Position(1, "A", -1.0, 0), Position(1, "B", 0.0, 1), Position(1, "C", 1.0, 0)]
    else:
        held = [
            Position(circuit, phase, 1.0 if circuit % 2 else -1.0, 3 * ((circuit - 1) // 2) + 2 - n)
            for circuit in range(1, circuits + 1)
            for n, phase in enumerate(phases)
        ]
    earth = [Position(0, "earth", _EARTH_WIRE_ARM, 0), Position(0, "earth", -_EARTH_WIRE_ARM, 0)]
    return tuple(held + earth)


def works(line: Line, frame: LocalFrame, rules: Rules, home_ground_m: float | None) -> Works:
    """Stand the line up. Ground heights count relative to `home_ground_m`; unknown ground lies at home's height."""
    held = positions(line.circuits)
    spots = np.array([frame.to_enu(tower.at) for tower in line.towers])
    grounds = [
        0.0 if t.ground_m is None or home_ground_m is None else float(t.ground_m) - home_ground_m
        for t in line.towers
    ]
    lengths = [float(length) for length in np.hypot(*np.diff(spots, axis=0).T)]
    for tower, length in zip(line.towers, lengths, strict=False):
        if not _SHORTEST_SPAN_M <= length <= _LONGEST_SPAN_M:
            raise SpanUnusable(tower=tower.number, length_m=length)
    deepest_m = _deepest_m(held, rules)
    tensions = [_everyday_c_m(length, deepest_m, rules) for length in lengths]
    sags = [_sag_m(length, c_m, rules) for length, c_m in zip(lengths, tensions, strict=True)]
    pylons = []
    for n, tower in enumerate(line.towers):
        need_m = rules.structure.clearance_m + max(sags[max(0, n - 1) : n + 1]) + rules.structure.string_m
        right, turn = _across(spots, n)
        pylons.append(
            _pylon(tower.number, (float(spots[n, 0]), float(spots[n, 1])), grounds[n], right, turn, need_m, tower.height_m, rules, held)
        )  # fmt: skip
    return Works(frame, rules.structure, held, tuple(pylons), _wires(pylons, tensions, held, rules))


def _pylon(
    number: int,
    at: tuple[float, float],
    ground_m: float,
    right: tuple[float, float],
    turn: float,
    lowest_m: float,
    height_m: float | None,
    rules: Rules,
    held: tuple[Position, ...],
) -> Pylon:
    structure, levels = rules.structure, 1 + max(position.level for position in held)
    crown_m = (levels - 1) * structure.phase_gap_m + structure.earth_gap_m
    if height_m is not None:
        lowest_m = height_m - crown_m
        if lowest_m < structure.string_m + 2:
            raise TowerTooLow(number=number, height_m=height_m, levels=levels)
    arms = tuple(ground_m + lowest_m + n * structure.phase_gap_m for n in range(levels))
    return Pylon(
        number, at[0], at[1], ground_m, right, turn, arms, ground_m + lowest_m + crown_m, height_m is None
    )


def _deepest_m(held: tuple[Position, ...], rules: Rules) -> float:
    """The sag that towers of the usual greatest height carry over flat ground."""
    structure = rules.structure
    levels = max(position.level for position in held)
    crown_m = levels * structure.phase_gap_m + structure.earth_gap_m
    return max(3.0, structure.tallest_m - crown_m - structure.string_m - structure.clearance_m)


def _everyday_c_m(span_m: float, deepest_m: float, rules: Rules) -> float:
    """The everyday catenary parameter: the voltage's, or more where a long span would else sag too deep."""
    needed = 1.1 * span_m**2 / (8 * deepest_m)  # a tenth more, because the hot conductor sags more
    usual = rules.structure.everyday_c_m
    return max(usual, min(needed, rules.weather.tightest_c_m))


def _sag_m(span_m: float, everyday_c_m: float, rules: Rules) -> float:
    """Greatest sag of a span that a plan may meet: the hot conductor's."""
    return hung(span_m, 0.0, _c_m(span_m, everyday_c_m, rules, rules.weather.hot_c)).sag(0.0, span_m)


def _c_m(span_m: float, everyday_c_m: float, rules: Rules, temperature_c: float) -> float:
    conductor, everyday_c = rules.structure.conductor, rules.weather.everyday_c
    return changed_c(conductor, span_m, everyday_c_m, everyday_c, Weather(temperature_c))


def _across(spots: Floats, n: int) -> tuple[tuple[float, float], float]:
    """(unit vector to the right, bisecting the turn; by how much the line turns, degrees)."""
    ahead = spots[min(n + 1, len(spots) - 1)] - spots[min(n, len(spots) - 2)]
    behind = spots[max(n, 1)] - spots[max(n - 1, 0)]
    ahead, behind = ahead / math.hypot(*ahead), behind / math.hypot(*behind)
    along = ahead + behind
    size = math.hypot(*along)
    along = along / size if size > 1e-6 else ahead
    turn = math.degrees(math.acos(max(-1.0, min(1.0, float(ahead @ behind)))))
    return (float(along[1]), -float(along[0])), turn


def _wires(
    pylons: list[Pylon], tensions: list[float], held: tuple[Position, ...], rules: Rules
) -> tuple[SweptWire, ...]:
    structure = rules.structure
    wind = Weather(rules.weather.everyday_c, wind_mps=rules.limits.wind_mps, wind_factor=1.0)
    swing = swing_deg(structure.conductor, wind)
    wires = []
    for (start, end), everyday_c_m in zip(pairwise(pylons), tensions, strict=True):
        span_m = math.hypot(end.x - start.x, end.y - start.y)
        hot, cold = (
            _c_m(span_m, everyday_c_m, rules, t) for t in (rules.weather.hot_c, rules.weather.cold_c)
        )
        for position in held:
            is_earth = position.phase == "earth"
            wires.append(
                SweptWire(
                    start.number,
                    end.number,
                    position.circuit,
                    position.phase,
                    start.tip(structure, position),
                    end.tip(structure, position),
                    cold / (_EARTH_WIRE_SAG if is_earth else 1.0),
                    hot,
                    0.0 if is_earth else structure.string_m,
                    swing,
                )
            )
    return tuple(wires)
