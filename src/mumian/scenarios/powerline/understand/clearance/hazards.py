"""Hazards of a line: breaches of all spans put together into objects, graded, each with its place and its distance in every state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.understand.clearance.grouping import groups, near_any
from mumian.scenarios.powerline.understand.clearance.judging import IS_UNKNOWN, Breaches
from mumian.scenarios.powerline.understand.clearance.pack import MEASURED, Grade, Pack, Rule

ATTACHED_M = 3.0  # a breach of another state so near a hazard is that hazard's
CONFIRMED_BY = (
    3  # points within CONFIRMING_M that an unclassified object needs; fewer may be a bird or an echo
)
CONFIRMING_M = 1.5


@dataclass(frozen=True, slots=True)
class Hazard:
    """One object too near. `state` is the scanned one, or the state of the pack in which alone it comes too near.

    Place, clearance and rule are its nearest point's; `shortfall_m` and the grade are the worst of all its points, which may lie
    under a rule that asks for more.
    """

    object: str
    state: str
    xyz: tuple[float, float, float]
    clearance_m: float
    shortfall_m: float
    rule: Rule
    grade: Grade
    span: int
    conductor: int
    points: int
    extent_m: tuple[float, float]  # along x and y
    is_confirmed: bool


def hazards(breaches: Sequence[Breaches], pack: Pack, obstacles: Floats) -> list[Hazard]:
    """Worst first. `obstacles` are (n, 3) unclassified points, among which an unclassified object must not stand alone."""
    found: list[Hazard] = []
    for kind in sorted({one.object for one in breaches}):
        of_kind = [one for one in breaches if one.object == kind]
        scanned = [one for one in of_kind if one.state == MEASURED]
        found += _grouped(scanned, pack, obstacles)
        known = _places(scanned)
        for state in pack.states:
            coming = [_away_from(one, known) for one in of_kind if one.state == state.name]
            coming = [one for one in coming if len(one.xyz)]
            found += _grouped(coming, pack, obstacles)
            known = np.concatenate([known, _places(coming)])
    return sorted(found, key=lambda one: one.clearance_m / one.rule.required_m)


def _places(breaches: Sequence[Breaches]) -> Floats:
    return np.concatenate([np.empty((0, 2)), *(one.xyz[:, :2] for one in breaches)])


def _away_from(one: Breaches, known: Floats) -> Breaches:
    rows = np.flatnonzero(near_any(one.xyz[:, :2], known, ATTACHED_M) < 0)
    return Breaches(
        one.state, one.object, one.xyz[rows], one.distance_m[rows], one.required_m[rows], one.rule[rows], one.conductor[rows], one.span
    )  # fmt: skip


def _grouped(breaches: Sequence[Breaches], pack: Pack, obstacles: Floats) -> list[Hazard]:
    if not breaches:
        return []
    xyz = np.concatenate([one.xyz for one in breaches])
    distance = np.concatenate([one.distance_m for one in breaches])
    source = np.concatenate([np.full(len(one.xyz), k) for k, one in enumerate(breaches)])
    inside = np.concatenate([np.arange(len(one.xyz)) for one in breaches])
    required = np.concatenate([one.required_m for one in breaches])
    labels = groups(xyz[:, :2])
    order = np.lexsort((distance, labels))
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    return [
        _hazard(
            breaches[source[rows[0]]],
            int(inside[rows[0]]),
            xyz[rows],
            distance[rows],
            required[rows],
            pack,
            obstacles,
        )
        for rows in np.split(order, starts[1:])
    ]


def _hazard(
    one: Breaches, row: int, group: Floats, distance: Floats, required: Floats, pack: Pack, obstacles: Floats
) -> Hazard:
    worst = int(np.argmin(distance / required))
    rule, clearance = pack.rules[int(one.rule[row])], float(one.distance_m[row])
    place = one.xyz[row]
    extent = np.ptp(group[:, :2], axis=0)
    return Hazard(
        object=one.object, state=one.state, xyz=(float(place[0]), float(place[1]), float(place[2])),
        clearance_m=clearance, shortfall_m=float((required - distance).max()), rule=rule,
        grade=pack.grade(float(distance[worst]), float(required[worst])), span=one.span,
        conductor=int(one.conductor[row]), points=len(np.unique(group, axis=0)),
        extent_m=(float(extent[0]), float(extent[1])),
        is_confirmed=one.object != IS_UNKNOWN or _company(group[:1], obstacles) >= CONFIRMED_BY,
    )  # fmt: skip


def _company(place: Floats, obstacles: Floats) -> int:
    near: NDArray[np.bool_] = ((obstacles - place) ** 2).sum(1) <= CONFIRMING_M**2
    return int(near.sum())
