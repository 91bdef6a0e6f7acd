"""From one place to the next: straight if that is clear, around the sag of a span, or over everything."""

from __future__ import annotations

import math

from mumian.scenarios.powerline.decide.plan.airspace import Airspace, apart_m
from mumian.scenarios.powerline.decide.plan.flight import Point
from mumian.scenarios.powerline.decide.plan.refusals import NoWayOver

_OUTWARDS_M = (3.0, 6.0, 10.0, 15.0, 20.0, 30.0)
_INSETS_M = (10.0, 25.0)


def way(air: Airspace, start: Point, end: Point, side: int) -> list[Point]:
    """The places to pass on the way from start to end, without either. NoWayOver if even the way over is barred.

    side: +1 if the line runs to the left of start → end and places may move to the right of it, -1 the other way round.
    """
    if air.is_clear([start, end]):
        return []
    for passed in _around(start, end, side):
        if air.is_clear([start, *passed, end]):
            return passed
    return over(air, start, end)


def _around(start: Point, end: Point, side: int) -> list[list[Point]]:
    """Ways that leave the straight one sidewards, away from the line, soon after the start."""
    length = apart_m(start, end)
    if side == 0 or length < 1.0:
        return []
    ahead = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    out = (ahead[1] * side, -ahead[0] * side)

    def at(along_m: float, outwards_m: float) -> Point:
        share = along_m / length
        x = start[0] + ahead[0] * along_m + out[0] * outwards_m
        y = start[1] + ahead[1] * along_m + out[1] * outwards_m
        return x, y, start[2] + (end[2] - start[2]) * share

    insets = [inset for inset in _INSETS_M if inset < length / 3] or [length / 3]
    return [
        [at(inset, outwards_m), at(length - inset, outwards_m)]
        for outwards_m in _OUTWARDS_M
        for inset in insets
    ]


def over(air: Airspace, start: Point, end: Point) -> list[Point]:
    """Straight up, across above everything, straight down."""
    height_m = max(air.over([start[:2], end[:2]]), start[2], end[2])
    above, beyond = (start[0], start[1], height_m), (end[0], end[1], height_m)
    passed = [p for p, q in ((above, start), (beyond, end)) if math.dist(p, q) > 0.01]
    if not air.is_clear([start, *passed, end]):
        raise NoWayOver(needed_m=height_m, free_m=air.roof_m)
    return passed
