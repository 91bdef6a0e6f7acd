"""Judges distances to wires and towers, passing under conductors, and the way straight up from every place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from mumian.scenarios.powerline.decide.plan.airspace import samples
from mumian.scenarios.powerline.decide.plan.case import Case
from mumian.scenarios.powerline.decide.plan.keepout import SLACK_M, nearest
from mumian.scenarios.powerline.decide.plan.mission import Violation
from mumian.scenarios.powerline.domain.catenary import Floats

_CLIMB_EVERY_M, _MOST_CLIMBS = 2.0, 2000  # places on a leg from which a return is judged
_MIDWAY_M = 0.25  # a return from between two places may come nearer by so much: planning looks at the places
_WITHIN_M = 1.0  # distances are exact up to this beyond what is required


def conductors(case: Case) -> Iterator[Violation]:
    """Conductors and earth wires, sagged and swung."""
    yield from _distances(
        case, "conductor-distance", case.keepout.to_wires, ("导地线", "the swept conductors")
    )


def towers(case: Case) -> Iterator[Violation]:
    """Masts and cross-arms."""
    yield from _distances(case, "tower-distance", case.keepout.to_towers, ("杆塔", "the tower"))


def _distances(
    case: Case, rule: str, ask: Callable[[Floats], Floats], what: tuple[str, str]
) -> Iterator[Violation]:
    if not case.legs:
        return
    rules, required = case.rules, case.rules.required_m
    near = nearest(case.starts, case.ends, ask, required + _WITHIN_M)
    case.worst[rule] = round(float(near.distance_m.min()), 2)
    for n, leg in enumerate(case.legs):
        distance = float(near.distance_m[n])
        if distance >= required and float(near.bound_m[n]) >= required - SLACK_M:
            continue
        if near.share[n] == 0 and case.follows_another(n):
            continue
        standoff, gnss = rules.structure.standoff_m, rules.limits.gnss_m
        yield case.violation(
            leg.index, rule, max(required - distance, 0.01),
            f"距{what[0]} {distance:.2f} m，应不小于 {required:.2f} m（{standoff:g} + {gnss:g} 定位误差）",
            f"{distance:.2f} m from {what[1]}; {required:.2f} m are required ({standoff:g} stand-off + {gnss:g} position error)",
        )  # fmt: skip


def under(case: Case) -> Iterator[Violation]:
    """Passing between or under conductors, however far from each."""
    if not case.legs:
        return
    which, points = samples(case.starts, case.ends)
    deep = case.keepout.under(points)
    for n, leg in enumerate(case.legs):
        mine = deep[which == n]
        if mine.max() <= 0 or (case.follows_another(n) and mine.argmax() == 0):
            continue
        yield case.violation(
            leg.index, "under-conductors", float(mine.max()) + case.rules.required_m,
            f"从导线之间或下方穿越，深入 {mine.max():.2f} m", f"passes under or between conductors, {mine.max():.2f} m inside their outline",
        )  # fmt: skip


def climbs(case: Case, guilty: set[int | None]) -> Iterator[Violation]:
    """A return begins straight up: from everywhere on the way that must be clear. Items already found guilty are left out."""
    ups, starts = _low_places(case, guilty)
    if not ups:
        return
    required = case.rules.required_m
    ends = np.column_stack([starts[:, :2], np.full(len(starts), case.return_height_m)])
    near = np.minimum(
        *(
            nearest(starts, ends, ask, required + _WITHIN_M).distance_m
            for ask in (case.keepout.to_wires, case.keepout.to_towers)
        )
    )
    for n in sorted(set(ups)):
        row = min((row for row, leg in enumerate(ups) if leg == n), key=lambda row: float(near[row]))
        midway_m = 0.0 if np.allclose(starts[row], case.ends[n]) else _MIDWAY_M
        if near[row] < required - midway_m:
            yield case.violation(
                case.legs[n].index, "return-path", required - float(near[row]),
                f"从此处垂直上升返航时距线路 {near[row]:.2f} m", f"a return from here climbs {near[row]:.2f} m from the line; {required:.2f} m are required",
            )  # fmt: skip


def _low_places(case: Case, guilty: set[int | None]) -> tuple[list[int], Floats]:
    """Places below the return height, every 2 m along each leg and at its end, home left out; and the leg of each."""
    ups, places = [], []
    for n, leg in enumerate(case.legs):
        if leg.index in guilty:
            continue
        shares = np.linspace(
            0.0, 1.0, max(1, min(_MOST_CLIMBS, math.ceil(leg.length_m / _CLIMB_EVERY_M))) + 1
        )[1:]
        along = case.starts[n] + shares[:, None] * (case.ends[n] - case.starts[n])
        away = np.hypot(along[:, 0] - case.home[0], along[:, 1] - case.home[1]) > 1.0
        low = along[away & (along[:, 2] < case.return_height_m)]
        if leg.is_vertical:
            low = low[-1:]
        ups += [n] * len(low)
        places.append(low)
    return ups, np.concatenate(places) if places else np.empty((0, 3))
