"""Distances against rules: which points of a span come nearer than a rule of the pack allows, in which state."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats, HungConductor
from mumian.scenarios.powerline.understand.clearance.conductors import (
    SpanConductors,
    in_state,
    own_points,
    strays,
)
from mumian.scenarios.powerline.understand.clearance.corridor import (
    OBJECT,
    OBJECT_NAMES,
    WIRE,
    Codes,
    SpanPoints,
)
from mumian.scenarios.powerline.understand.clearance.measure import (
    Envelope,
    Measured,
    envelope,
    measure,
    moved_m,
)
from mumian.scenarios.powerline.understand.clearance.pack import MEASURED, Pack, Rule

_BLOCK = 65_536  # points whose columns fit into the cache
SIDES = {"vegetation": "vegetation", "building": "building", "ground": "ground", "object": "vegetation"}


@dataclass(frozen=True, slots=True)
class Breaches:
    """(n,) columns: the points that break a rule in one state, and how."""

    state: str
    object: str
    xyz: Floats
    distance_m: Floats
    required_m: Floats
    rule: NDArray[np.intp]  # index into the pack's rules
    conductor: NDArray[np.intp]
    span: int


@dataclass(frozen=True, slots=True)
class Nearest:
    """The point of a kind that comes nearest to the span's conductors in a state."""

    state: str
    object: str
    distance_m: float
    xyz: tuple[float, float, float]
    conductor: int


@dataclass(frozen=True, slots=True)
class Stray:
    """Points classified as wire or tower that belong to nothing of the line that was found: told, not judged."""

    las_class: int  # 14 wire, 15 tower (ASPRS LAS 1.4)
    points: int
    distance_m: float  # of the nearest one to the conductors as scanned
    xyz: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """A span's breaches and least distances, by state and kind of object."""

    breaches: tuple[Breaches, ...]
    nearest: tuple[Nearest, ...]
    own_points: int
    strays: tuple[Stray, ...]


def hung_by_state(
    found: SpanConductors, pack: Pack, scan_temperature_c: float
) -> dict[str, list[tuple[int, HungConductor]]]:
    """State → (conductor's index, how it hangs), the scanned state first."""
    states = {MEASURED: list(enumerate(found.measured))}
    for state in pack.states:
        states[state.name] = [
            (number, hung)
            for number, scanned in enumerate(found.measured)
            for hung in in_state(scanned, pack, state, scan_temperature_c)
        ]
    return states


def judge(points: SpanPoints, found: SpanConductors, pack: Pack, scan_temperature_c: float) -> Judged:
    """Every rule of the pack on every obstacle of a span that has conductors."""
    own = own_points(points, found)
    frame = points.span.track.along_across(points.xyz[:, :2])
    around = envelope(found.measured, points.span.track)
    states = hung_by_state(found, pack, scan_temperature_c)
    breaches: list[Breaches] = []
    nearest: list[Nearest] = []
    for kind, rows in _kinds(points.codes, own).items():
        bound, least = _bounds(around, frame, points.xyz, rows), math.inf
        for state, hanging in states.items():
            rules = _rules(pack, kind, state)
            if not rules and state != MEASURED:
                continue
            within = max((rule.required_m for _, rule in rules), default=0.0)
            few, least_few = (
                (rows, bound)
                if state == MEASURED
                else _reachable(points, frame, found, hanging, rows, bound, max(within, least))
            )
            got = measure([hung for _, hung in hanging], points.xyz, few, least_few, within)
            least = min(least, float(got.distance_m.min())) if state == MEASURED else least
            told = _nearest(points.xyz, got, state, kind, hanging)
            nearest.append(told)
            breaches += _broken(points, got, state, kind, hanging, rules)
    told_apart = tuple(
        _stray(code, rows, points.xyz, states[MEASURED], _bounds(around, frame, points.xyz, rows))
        for code, rows in strays(points, found).items()
    )
    return Judged(tuple(breaches), tuple(nearest), int(own.sum()), told_apart)


def _stray(
    code: int, rows: NDArray[np.intp], xyz: Floats, hanging: list[tuple[int, HungConductor]], bound: Floats
) -> Stray:
    got = measure([hung for _, hung in hanging], xyz, rows, bound, 0.0)
    at = int(got.distance_m.argmin())
    x, y, z = (float(one) for one in xyz[got.rows[at]])
    return Stray(14 if code == WIRE else 15, len(rows), float(got.distance_m[at]), (x, y, z))


def _reachable(
    points: SpanPoints, frame: tuple[Floats, Floats], found: SpanConductors, hanging: list[tuple[int, HungConductor]],
    rows: NDArray[np.intp], bound: Floats, asked_m: float,
) -> tuple[NDArray[np.intp], Floats]:  # fmt: skip
    """The rows that may matter in another state, with their bounds there.

    No conductor moves by more than d: the nearest point comes within what it was plus d, and each bound falls by d at most.
    """
    moved = moved_m(found.measured, hanging)
    few = rows[bound <= asked_m + 2 * moved]
    return few, _bounds(envelope([hung for _, hung in hanging], points.span.track), frame, points.xyz, few)


def _nearest(
    xyz: Floats, got: Measured, state: str, kind: str, hanging: list[tuple[int, HungConductor]]
) -> Nearest:
    at = int(got.distance_m.argmin())
    x, y, z = (float(one) for one in xyz[got.rows[at]])
    return Nearest(state, kind, float(got.distance_m[at]), (x, y, z), hanging[got.conductor[at]][0])


def _kinds(codes: Codes, own: NDArray[np.bool_]) -> dict[str, NDArray[np.intp]]:
    kinds = {name: np.flatnonzero((codes == code) & ~own) for code, name in OBJECT_NAMES.items()}
    return {name: rows for name, rows in kinds.items() if len(rows)}


def _rules(pack: Pack, kind: str, state: str) -> list[tuple[int, Rule]]:
    """The rules that bind: each in its own state, all of them in the scanned one, which is as real as it gets."""
    side = SIDES[kind]
    return [
        (index, rule)
        for index, rule in enumerate(pack.rules)
        if rule.object == side and state in (MEASURED, rule.state)
    ]


def _bounds(around: Envelope, frame: tuple[Floats, Floats], xyz: Floats, rows: NDArray[np.intp]) -> Floats:
    s, t = frame
    bound = np.empty(len(rows))
    for at in range(0, len(rows), _BLOCK):
        some = rows[at : at + _BLOCK]
        bound[at : at + _BLOCK] = around.bound(s[some], t[some], xyz[some, 2])
    return bound


def _is_below(hanging: list[tuple[int, HungConductor]], xyz: Floats, got: Measured) -> NDArray[np.bool_]:
    """Within 45° of the plumb line under the foot point."""
    below = np.zeros(len(xyz), np.bool_)
    for number, (_, curve) in enumerate(hanging):
        rows = np.flatnonzero(got.conductor == number)
        away = curve.points(got.station_m[rows]) - xyz[rows]
        below[rows] = away[:, 2] >= np.hypot(away[:, 0], away[:, 1])
    return below


def _broken(
    points: SpanPoints, got: Measured, state: str, kind: str, hanging: list[tuple[int, HungConductor]],
    rules: list[tuple[int, Rule]],
) -> list[Breaches]:  # fmt: skip
    """Of several broken rules the one that asks for most counts."""
    xyz = points.xyz[got.rows]
    below = _is_below(hanging, xyz, got)
    required, which = np.zeros(len(xyz)), np.zeros(len(xyz), np.intp)
    for index, rule in rules:
        binds = (
            below if rule.measure == "vertical" else ~below if rule.measure == "net" else np.ones_like(below)
        )
        harder = binds & (got.distance_m < rule.required_m) & (rule.required_m > required)
        required[harder], which[harder] = rule.required_m, index
    rows = np.flatnonzero(required > 0)
    if len(rows) == 0:
        return []
    wires = np.array([number for number, _ in hanging])[got.conductor[rows]]
    return [
        Breaches(
            state,
            kind,
            xyz[rows],
            got.distance_m[rows],
            required[rows],
            which[rows],
            wires,
            points.span.number,
        )
    ]


IS_UNKNOWN = OBJECT_NAMES[OBJECT]
