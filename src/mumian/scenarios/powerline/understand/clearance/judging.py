"""Distances against rules: which points of a span come nearer than a rule of the pack allows, in which state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats, HungConductor
from mumian.scenarios.powerline.understand.clearance.conductors import SpanConductors, in_state, own_points
from mumian.scenarios.powerline.understand.clearance.corridor import OBJECT, OBJECT_NAMES, Codes, SpanPoints
from mumian.scenarios.powerline.understand.clearance.measure import Envelope, Measured, envelope, measure
from mumian.scenarios.powerline.understand.clearance.pack import MEASURED, Pack, Rule

_BLOCK = 1_000_000
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
class Judged:
    """A span's breaches and least distances, by state and kind of object."""

    breaches: tuple[Breaches, ...]
    nearest: tuple[Nearest, ...]
    own_points: int


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
    kinds = _kinds(points.codes, own)
    frame = points.span.track.along_across(points.xyz[:, :2])
    breaches: list[Breaches] = []
    nearest: list[Nearest] = []
    for state, hanging in hung_by_state(found, pack, scan_temperature_c).items():
        curves = [hung for _, hung in hanging]
        around = envelope(curves, points.span.track)
        for kind, rows in kinds.items():
            rules = _rules(pack, kind, state)
            if not rules and state != MEASURED:
                continue
            bound = _bounds(around, frame, points.xyz, rows)
            within = max((rule.required_m for _, rule in rules), default=0.0)
            got = measure(curves, around, points.xyz[rows], bound, within)
            xyz = points.xyz[rows[got.rows]]
            wires = np.array([number for number, _ in hanging])[got.conductor]
            at = got.nearest()
            if at is not None:
                place = (float(xyz[at, 0]), float(xyz[at, 1]), float(xyz[at, 2]))
                nearest.append(Nearest(state, kind, float(got.distance_m[at]), place, int(wires[at])))
            breaches += _broken(
                state, kind, xyz, got, wires, _is_below(curves, xyz, got), rules, points.span.number
            )
    return Judged(tuple(breaches), tuple(nearest), int(own.sum()))


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


def _is_below(curves: Sequence[HungConductor], xyz: Floats, got: Measured) -> NDArray[np.bool_]:
    """Within 45° of the plumb line under the foot point."""
    below = np.zeros(len(xyz), np.bool_)
    for number, curve in enumerate(curves):
        rows = np.flatnonzero(got.conductor == number)
        away = curve.points(got.station_m[rows]) - xyz[rows]
        below[rows] = away[:, 2] >= np.hypot(away[:, 0], away[:, 1])
    return below


def _broken(
    state: str, kind: str, xyz: Floats, got: Measured, wires: NDArray[np.intp], below: NDArray[np.bool_],
    rules: list[tuple[int, Rule]], span: int,
) -> list[Breaches]:  # fmt: skip
    """Of several broken rules the one that asks for most counts."""
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
    return [
        Breaches(state, kind, xyz[rows], got.distance_m[rows], required[rows], which[rows], wires[rows], span)
    ]


IS_UNKNOWN = OBJECT_NAMES[OBJECT]
