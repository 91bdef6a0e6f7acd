"""Reads a QGroundControl .plan: SimpleItems, fence and rally points; anything else is refused with how to mend it.

Format: https://docs.qgroundcontrol.com/master/en/qgc-dev-guide/file_formats/plan.html
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.act.flight.items import CAMERA_COMMANDS, DO_JUMP, Item

_MOST_BYTES = 16 << 20
_MOST_ITEMS = 65_534  # MISSION_COUNT.count is 16 bits, and ArduPilot wants one more for home
_INCLUDE_POLYGON, _EXCLUDE_POLYGON, _INCLUDE_CIRCLE, _EXCLUDE_CIRCLE, _RALLY = 5001, 5002, 5003, 5004, 5100
_GLOBAL, _RELATIVE, _MISSION = 0, 3, 2  # MAV_FRAME


class PlanUnusable(BadInput):
    """A .plan that cannot be flown as it stands."""

    code = "plan_unusable"
    zh = "{path}：{where}：{wrong}"
    en = "{path}: {where}: {wrong}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the file holds, ready for the wire (PX4's counting: the first item is 0; jumps point at such numbers)."""

    mission: tuple[Item, ...]
    fence: tuple[Item, ...]
    rally: tuple[Item, ...]
    home: tuple[float, float, float]  # degrees, degrees, metres above sea level
    jump_ids: tuple[int, ...]  # the file's doJumpId, item by item: what people call it
    sha256: str
    name: str  # the line's, where the file says one, and the file's: what people call it

    @property
    def photos(self) -> tuple[int, ...]:
        """Numbers of the items that take photographs."""
        return tuple(seq for seq, item in enumerate(self.mission) if _is_photo(item))


def read(path: Path) -> Plan:
    """The plan in `path`; PlanUnusable says where and why not."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PlanUnusable(
                path=path.name, where="file", wrong=f"larger than {_MOST_BYTES >> 20} MiB: no plan is"
            )
        raw = path.read_bytes()
        document = json.loads(raw)
    except OSError as fault:
        raise PlanUnusable(path=path.name, where="file", wrong=fault.strerror or str(fault)) from None
    except (ValueError, RecursionError) as fault:
        raise PlanUnusable(path=path.name, where="file", wrong=f"not JSON ({str(fault)[:80]})") from None
    return _Reader(path.name).plan(document, hashlib.sha256(raw).hexdigest())


class _Reader:
    """Walks one document; every refusal names the place in it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def refuse(self, where: str, wrong: str) -> PlanUnusable:
        return PlanUnusable(path=self.name, where=where, wrong=wrong)

    def plan(self, document: Any, sha256: str) -> Plan:
        if not isinstance(document, dict) or document.get("fileType") != "Plan":
            raise self.refuse(
                "fileType",
                "this is no QGroundControl plan: `mumian powerline plan … --out x.plan` writes one",
            )
        mission = self.table(document, "mission")
        listed = mission.get("items")
        if not isinstance(listed, list) or not listed:
            raise self.refuse("mission.items", "no items: there is nothing to fly")
        if len(listed) > _MOST_ITEMS:
            raise self.refuse("mission.items", f"{len(listed)} items: at most {_MOST_ITEMS} fit a mission")
        ids = tuple(self.jump_id(item, n) for n, item in enumerate(listed))
        items = tuple(self.item(item, f"mission.items[{n}]") for n, item in enumerate(listed))
        home = self.numbers(mission.get("plannedHomePosition"), 3, "mission.plannedHomePosition")
        self.place(home[0], home[1], "mission.plannedHomePosition")
        return Plan(
            self.jumps(items, ids),
            self.fence(document),
            self.rally(document),
            (home[0], home[1], home[2]),
            ids,
            sha256,
            self.called(document),
        )

    def called(self, document: dict[str, Any]) -> str:
        """The line's name, where the file carries its line, and the file's."""
        ours = document.get("mumian")
        line = ours.get("line") if isinstance(ours, dict) else None
        name = line.get("name") if isinstance(line, dict) else None
        return f"{name[:60]} · {self.name}" if isinstance(name, str) and name else self.name

    def table(self, document: dict[str, Any], key: str) -> dict[str, Any]:
        value = document.get(key, {})
        if not isinstance(value, dict):
            raise self.refuse(key, "an object is meant")
        return value

    def jump_id(self, item: Any, n: int) -> int:
        given = item.get("doJumpId", n + 1) if isinstance(item, dict) else n + 1
        if not isinstance(given, int) or isinstance(given, bool):
            raise self.refuse(f"mission.items[{n}].doJumpId", "a whole number is meant")
        return given

    def item(self, item: Any, where: str) -> Item:
        if not isinstance(item, dict) or item.get("type") != "SimpleItem":
            raise self.refuse(
                where, "only SimpleItem can be flown; let QGroundControl convert its scans to a mission first"
            )
        command, frame = (self.whole(item.get(key), 65535, f"{where}.{key}") for key in ("command", "frame"))
        params = item.get("params")
        if not isinstance(params, list) or len(params) != 7:
            raise self.refuse(f"{where}.params", "seven numbers (or null) are meant")
        p = [self.number(value, f"{where}.params[{n}]", nan=n < 4) for n, value in enumerate(params)]
        if frame == _MISSION:
            x, y = round(p[4]), round(p[5])
        else:
            self.place(p[4], p[5], f"{where}.params")
            x, y = round(p[4] * 1e7), round(p[5] * 1e7)
        return Item(
            command, frame, (p[0], p[1], p[2], p[3]), x, y, p[6], 0, int(bool(item.get("autoContinue", True)))
        )

    def jumps(self, items: tuple[Item, ...], ids: tuple[int, ...]) -> tuple[Item, ...]:
        """DO_JUMP names a doJumpId in the file, and a place in the list on the wire."""
        at = {id: n for n, id in enumerate(ids)}
        made = []
        for n, item in enumerate(items):
            if item.command == DO_JUMP:
                if item.params[0] not in at:
                    raise self.refuse(
                        f"mission.items[{n}].params[0]", f"no item has doJumpId {item.params[0]:g}"
                    )
                item = replace(item, params=(float(at[int(item.params[0])]), *item.params[1:]))  # noqa: PLW2901
            made.append(replace(item, current=int(n == 0)))
        return tuple(made)

    def fence(self, document: dict[str, Any]) -> tuple[Item, ...]:
        fence = self.table(document, "geoFence")
        made: list[Item] = []
        for n, polygon in enumerate(self.listed(fence, "polygons", "geoFence")):
            where = f"geoFence.polygons[{n}]"
            corners = self.listed(self.an_object(polygon, where), "polygon", where)
            if len(corners) < 3:
                raise self.refuse(where, "a polygon has at least three corners")
            command = _INCLUDE_POLYGON if self.inclusion(polygon, where) else _EXCLUDE_POLYGON
            made += [self.point(command, corner, where, float(len(corners))) for corner in corners]
        for n, circle in enumerate(self.listed(fence, "circles", "geoFence")):
            where = f"geoFence.circles[{n}]"
            inner = self.an_object(self.an_object(circle, where).get("circle"), f"{where}.circle")
            radius_m = self.number(inner.get("radius"), f"{where}.circle.radius")
            if radius_m <= 0:
                raise self.refuse(f"{where}.circle.radius", "more than 0 m is meant")
            command = _INCLUDE_CIRCLE if self.inclusion(circle, where) else _EXCLUDE_CIRCLE
            made.append(self.point(command, inner.get("center"), f"{where}.circle.center", radius_m))
        return tuple(made)

    def inclusion(self, drawn: dict[str, Any], where: str) -> bool:
        value = drawn.get("inclusion", True)
        if not isinstance(value, bool):
            raise self.refuse(f"{where}.inclusion", "true or false is meant")
        return value

    def rally(self, document: dict[str, Any]) -> tuple[Item, ...]:
        made = []
        for n, point in enumerate(self.listed(self.table(document, "rallyPoints"), "points", "rallyPoints")):
            where = f"rallyPoints.points[{n}]"
            lat, lon, alt_m = self.numbers(point, 3, where)
            made.append(replace(self.point(_RALLY, [lat, lon], where, 0.0), frame=_RELATIVE, z=alt_m))
        return tuple(made)

    def point(self, command: int, at: Any, where: str, first: float) -> Item:
        lat, lon = self.numbers(at, 2, where)
        self.place(lat, lon, where)
        return Item(command, _GLOBAL, (first, 0.0, 0.0, 0.0), round(lat * 1e7), round(lon * 1e7), 0.0)

    def listed(self, table: dict[str, Any], key: str, where: str) -> list[Any]:
        value = table.get(key, [])
        if not isinstance(value, list):
            raise self.refuse(f"{where}.{key}", "a list is meant")
        return value

    def an_object(self, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.refuse(where, "an object is meant")
        return value

    def whole(self, value: Any, most: int, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self.refuse(where, f"a whole number from 0 to {most} is meant")
        return value

    def number(self, value: Any, where: str, *, nan: bool = False) -> float:
        if value is None and nan:
            return math.nan
        if value is None:
            return 0.0
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 3e38:
            raise self.refuse(where, "a finite number is meant")
        return float(value)

    def numbers(self, value: Any, count: int, where: str) -> list[float]:
        if not isinstance(value, list) or len(value) < count:
            raise self.refuse(where, f"{count} numbers are meant")
        return [self.number(one, where) for one in value[:count]]

    def place(self, lat: float, lon: float, where: str) -> None:
        if abs(lat) > 90 or abs(lon) > 180:
            raise self.refuse(
                where, f"{lat}, {lon}: latitude within ±90 and longitude within ±180 degrees are meant"
            )


def _is_photo(item: Item) -> bool:
    """An order to stop triggering (distance 0, or 206 with no distance) is no photograph."""
    return item.command in CAMERA_COMMANDS and not (item.command == 206 and not item.params[0] > 0)
