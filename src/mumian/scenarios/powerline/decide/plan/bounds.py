"""Judges heights above the ground, fences, rally points, the return height, and energy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mumian.scenarios.powerline.decide.plan import energy, fences
from mumian.scenarios.powerline.decide.plan.airspace import samples
from mumian.scenarios.powerline.decide.plan.case import Case
from mumian.scenarios.powerline.decide.plan.flight import Leg, Point, flat
from mumian.scenarios.powerline.decide.plan.mission import RallyPoint, Violation

_AT_HOME_M = 3.0


def heights(case: Case) -> Iterator[Violation]:
    """Neither above the ceiling nor, except straight up and down at home, below the floor."""
    if not case.legs:
        return
    limits = case.rules.limits
    which, points = samples(case.starts, case.ends)
    height = case.air.above_ground(points)
    case.worst["ceiling"] = round(float(height.max()), 2)
    for n, leg in enumerate(case.legs):
        mine, follows = height[which == n], case.follows_another(n)
        if mine.max() > limits.ceiling_m and not (follows and mine.argmax() == 0):
            yield case.violation(
                leg.index, "ceiling", float(mine.max()) - limits.ceiling_m,
                f"离地 {mine.max():.1f} m，上限 {limits.ceiling_m:g} m", f"{mine.max():.1f} m above the ground; {limits.ceiling_m:g} m are the most",
            )  # fmt: skip
        if mine.min() < limits.floor_m and not _is_free(case, n) and not (follows and mine.argmin() == 0):
            yield case.violation(
                leg.index, "floor", limits.floor_m - float(mine.min()),
                f"离地 {mine.min():.1f} m，下限 {limits.floor_m:g} m", f"{mine.min():.1f} m above the ground; {limits.floor_m:g} m are the least",
            )  # fmt: skip


def _is_free(case: Case, n: int) -> bool:
    """Straight up and down at home may be low, unless what follows sets out from there below the floor."""
    after = case.legs[n + 1] if n + 1 < len(case.legs) else None
    sets_out_low = (
        after is not None and not _is_at_home(case, after) and case.legs[n].end[2] < case.rules.limits.floor_m
    )
    return _is_at_home(case, case.legs[n]) and not sets_out_low


def _is_at_home(case: Case, leg: Leg) -> bool:
    return leg.is_vertical and math.dist(leg.end[:2], case.home[:2]) < _AT_HOME_M


def fenced(case: Case) -> Iterator[Violation]:
    """Inside every inclusion and outside every exclusion, with the position error to spare; one inclusion at least."""
    drawn, margin = fences.fences(case.mission, case.frame), case.rules.limits.gnss_m
    if not any(fence.is_inclusion for fence in drawn):
        first = case.legs[0].index if case.legs else 0
        yield case.violation(
            first,
            "fence-present",
            None,
            "没有包含围栏",
            "there is no inclusion fence: nothing holds the vehicle back",
        )
    rooms = []
    for fence in drawn:
        for n, leg in enumerate(case.legs):
            room = fence.room_m(fences.piece(leg))
            rooms.append(room)
            if room >= margin or _is_outside_already(case, fence, n, room):
                continue
            where = "inside the edge of" if fence.is_inclusion else "outside the edge of"
            yield case.violation(
                leg.index, "fence", margin - room,
                f"围栏 {fence.name} 余量 {room:.1f} m，应不小于 {margin:g} m", f"{room:.1f} m {where} fence {fence.name}; {margin:g} m are required",
            )  # fmt: skip
    if rooms:
        case.worst["fence"] = round(min(rooms), 2)


def _is_outside_already(case: Case, fence: fences.Fence, n: int, room: float) -> bool:
    """Whether the worst of a leg is its start, which another item chose."""
    leg = case.legs[n]
    return case.follows_another(n) and fence.room_m(fences.piece(replace(leg, end=leg.start))) <= room + 0.02


def rally(case: Case) -> Iterator[Violation]:
    """Rally points: clear of the line from the ground up, inside the fences, below the ceiling."""
    for number, point in enumerate(case.mission.rally, 1):
        for missing, zh, en in _rally_lacks(case, point):
            if missing > 0:
                yield case.violation(
                    case.last, "rally", missing,
                    f"备降点 {number} {zh}还差 {missing:.1f} m", f"rally point {number} lacks {missing:.1f} m {en}",
                )  # fmt: skip


def _rally_lacks(case: Case, point: RallyPoint) -> list[tuple[float, str, str]]:
    x, y = flat(case.frame, point.at)
    column = np.array([(x, y, z) for z in np.linspace(0.0, max(point.height_m, 1.0), 50)])
    near = min(float(ask(column).min()) for ask in (case.keepout.to_wires, case.keepout.to_towers))
    spot = fences.piece(_hover((x, y, 0.0)))
    room = min((f.room_m(spot) for f in fences.fences(case.mission, case.frame)), default=math.inf)
    limits = case.rules.limits
    return [
        (case.rules.required_m - near, "距线路", "to the line"),
        (limits.gnss_m - room, "距围栏边", "inside the fence"),
        (point.height_m - limits.ceiling_m, "低于高度上限", "below the ceiling"),
        (
            case.needed_m - point.height_m - 0.05,
            "到越过线路的高度",
            "to the height that clears the line on the way to it",
        ),
    ]


def _hover(at: Point) -> Leg:
    return Leg(0, at, at, 1.0)


def return_height(case: Case) -> Iterator[Violation]:
    """A return flies straight home above everything, and below the ceiling."""
    missing, above = case.needed_m - case.return_height_m, case.return_height_m - case.rules.limits.ceiling_m
    if missing > 0.05:
        yield case.violation(
            case.last, "return-height", missing,
            f"返航高度 {case.return_height_m:.1f} m，应不小于 {case.needed_m:.1f} m", f"returns at {case.return_height_m:.1f} m; {case.needed_m:.1f} m clear the line",
        )  # fmt: skip
    elif above > 0:
        yield case.violation(
            case.last,
            "return-height",
            above,
            "返航高度超过高度上限",
            "the return height is above the ceiling",
        )


def enough_energy(case: Case) -> Iterator[Violation]:
    """From everywhere home without touching the reserve; the first item from which that fails."""
    vehicle = case.rules.vehicle
    usable = vehicle.battery_wh * (1 - case.rules.limits.reserve)
    account = energy.spent(case.legs, case.return_height_m, vehicle)
    if not account:
        return
    case.worst["energy_wh"] = round(max(one.used_wh + one.home_wh for one in account), 1)
    case.worst["energy_usable_wh"] = round(usable, 1)
    case.worst["seconds"] = round(account[-1].seconds)
    for leg, one in zip(case.legs, account, strict=True):
        needed = one.used_wh + one.home_wh
        if needed > usable:
            metres = (needed - usable) / energy.wh_per_m(vehicle)
            yield case.violation(
                leg.index, "energy", metres,
                f"到此并返航需 {needed:.0f} Wh，可用 {usable:.0f} Wh",
                f"to here and home takes {needed:.0f} Wh; {usable:.0f} Wh may be used ({metres:.0f} m of cruise too far)",
            )  # fmt: skip
            return
