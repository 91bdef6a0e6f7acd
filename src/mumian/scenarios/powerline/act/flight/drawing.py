"""A plan as the map draws it: the route, the places of its photographs, and its fences."""

from __future__ import annotations

from typing import Any

from mumian.scenarios.powerline.act.flight.plan_file import Plan

_MISSION_FRAME = 2
_INCLUDE = 5001


def of_plan(plan: Plan, name: str) -> dict[str, Any]:
    """{"of": "route", "route": [[lon, lat], …], "photos": [[lon, lat], …], "fences": [[[lon, lat], …], …], "home": [lon, lat]}."""
    route: list[list[float]] = []
    photos: list[list[float]] = []
    taken = set(plan.photos)
    for number, item in enumerate(plan.mission):
        if item.frame != _MISSION_FRAME and (item.x or item.y):
            route.append([item.y / 1e7, item.x / 1e7])
        if number in taken and route:
            photos.append(route[-1])
    home = [plan.home[1], plan.home[0]]
    return {
        "of": "route",
        "name": name,
        "home": home,
        "route": route,
        "photos": photos,
        "fences": _fences(plan),
    }


def _fences(plan: Plan) -> list[list[list[float]]]:
    """The polygons that the flight stays within; corners of one stand together."""
    made: list[list[list[float]]] = []
    left = 0
    for item in plan.fence:
        if item.command != _INCLUDE:
            continue
        if left == 0:
            made.append([])
            left = int(item.params[0])
        made[-1].append([item.y / 1e7, item.x / 1e7])
        left -= 1
    return made
