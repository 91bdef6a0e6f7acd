"""QGroundControl's plan file (fileType Plan, version 1): SimpleItems, geofence, rally points, and our own key `mumian`.

Format: https://docs.qgroundcontrol.com/master/en/qgc-dev-guide/file_formats/plan.html. Reading is strict and names the item
(doJumpId) that is wrong; ground stations ignore keys they do not know, so `mumian` does not disturb them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.decide.formats.task_json import shot_json, task_json, task_of_json
from mumian.scenarios.powerline.decide.plan import mission as m
from mumian.scenarios.powerline.decide.plan.mission import Circle, Item, Mission, Polygon, RallyPoint, Shot

_FIRMWARE = {"ardupilot": 3, "px4": 12}  # MAV_AUTOPILOT
_MULTIROTOR = 2  # MAV_TYPE_QUADROTOR
_LARGEST_BYTES = 50_000_000
_LARGEST = 1e9
_MOST_ITEMS = 20_000


class PlanUnreadable(BadInput):
    """The file is no QGroundControl plan, or one of its items cannot be read."""

    code = "plan_unreadable"
    zh = "无法读取航线文件 {path}：{fault}"
    en = "Cannot read the plan {path}: {fault}"


def as_json(mission: Mission) -> dict[str, Any]:
    """The whole file. Heights above sea level are null where nobody knows them."""
    return {
        "fileType": "Plan",
        "geoFence": {
            "circles": [
                {
                    "circle": {"center": _pair(c.centre), "radius": c.radius_m},
                    "inclusion": c.is_inclusion,
                    "version": 1,
                }
                for c in mission.circles
            ],
            "polygons": [
                {"inclusion": p.is_inclusion, "polygon": [_pair(at) for at in p.corners], "version": 1}
                for p in mission.polygons
            ],
            "version": 2,
        },
        "groundStation": "Mumian",
        "mission": {
            "cruiseSpeed": mission.cruise_mps,
            "firmwareType": _FIRMWARE[mission.autopilot],
            "globalPlanAltitudeMode": 1,
            "hoverSpeed": mission.hover_mps,
            "items": [_item_json(item, mission) for item in mission.items],
            "plannedHomePosition": [*_pair(mission.home), mission.home_amsl_m],
            "vehicleType": _MULTIROTOR,
            "version": 2,
        },
        "rallyPoints": {"points": [[*_pair(r.at), r.height_m] for r in mission.rally], "version": 2},
        "version": 1,
        "mumian": {
            "version": 1,
            **({} if mission.task is None else task_json(mission.task)),
            "shots": [shot_json(shot, mission.task) for shot in mission.shots],
        },
    }


def _pair(at: Wgs84) -> list[float]:
    return [at.lat_deg, at.lon_deg]


def _item_json(item: Item, mission: Mission) -> dict[str, Any]:
    made: dict[str, Any] = {
        "autoContinue": True,
        "command": item.command,
        "doJumpId": item.jump_id,
        "frame": item.frame,
        "params": list(item.params),
        "type": item.kind,
    }
    if item.altitude is not None:
        is_known = mission.task is not None and mission.task.home_ground_m is not None
        made["AMSLAltAboveTerrain"] = round(mission.home_amsl_m + item.altitude, 3) if is_known else None
        made["Altitude"] = item.altitude
        made["AltitudeMode"] = item.altitude_mode
    return made


def _short(value: object) -> str:
    """A value for a message; long ones cut."""
    try:
        said = repr(value)
    except ValueError:  # more digits than Python prints
        return "a number of thousands of digits"
    return said if len(said) <= 60 else said[:57] + "..."


def load(path: Path) -> dict[str, Any]:
    """The file as JSON; PlanUnreadable if it is none, or no plan."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise PlanUnreadable(path=path, fault="it is larger than 50 MB")
        raw = path.read_bytes()
    except OSError as error:
        raise PlanUnreadable(path=path, fault=f"{error.strerror}; name a file that is there") from None
    return parsed(raw, path)


def parsed(raw: bytes, path: Path) -> dict[str, Any]:
    """The same of a file's content."""
    try:
        found = json.loads(raw.decode("utf-8-sig"))
        json.dumps(
            found, ensure_ascii=False
        ).encode()  # half of a surrogate pair is no text that could be written again
    except (ValueError, RecursionError) as error:
        raise PlanUnreadable(path=path, fault=f"not JSON ({error}); export the plan again") from None
    if not isinstance(found, dict) or found.get("fileType") != "Plan":
        raise PlanUnreadable(
            path=path, fault='its fileType is not "Plan"; save the mission as a QGroundControl plan'
        )
    return found


def read(parsed: dict[str, Any], path: Path) -> Mission:
    """The mission of a parsed file. PlanUnreadable names what is wrong."""
    return _Reader(path).mission(parsed)


class _Reader:
    """Carries the file's name to every complaint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, fault: str) -> PlanUnreadable:
        return PlanUnreadable(path=self.path, fault=fault)

    def mission(self, parsed: dict[str, Any]) -> Mission:
        flown = self._table(parsed.get("mission"), "mission")
        items = flown.get("items")
        if not isinstance(items, list) or not items:
            raise self.fail("mission.items is empty; a plan has at least one item")
        if len(items) > _MOST_ITEMS:
            raise self.fail(
                f"{len(items)} items; no autopilot keeps more than {_MOST_ITEMS}: make several plans of it"
            )
        home = flown.get("plannedHomePosition")
        if not isinstance(home, list) or len(home) < 2:
            raise self.fail("mission.plannedHomePosition: [latitude, longitude, height] is meant")
        ours = parsed.get("mumian")
        ours = ours if isinstance(ours, dict) else {}
        fence = parsed.get("geoFence") if isinstance(parsed.get("geoFence"), dict) else {}
        return Mission(
            tuple(self._item(n, item) for n, item in enumerate(items)),
            self._place(home, "plannedHomePosition"),
            self._number(home[2], "plannedHomePosition, height")
            if len(home) > 2 and home[2] is not None
            else 0.0,
            self._speed(flown.get("cruiseSpeed"), "mission.cruiseSpeed"),
            self._speed(flown.get("hoverSpeed"), "mission.hoverSpeed"),
            "px4" if flown.get("firmwareType") == _FIRMWARE["px4"] else "ardupilot",
            tuple(self._polygon(p) for p in self._rows(fence, "polygons")),
            tuple(self._circle(c) for c in self._rows(fence, "circles")),
            tuple(self._rally(p) for p in self._rows(parsed.get("rallyPoints"), "points")),
            tuple(self._shot(s) for s in self._rows(ours, "shots")),
            task_of_json(ours, f"{self.path}: mumian") if "line" in ours else None,
        )

    def _item(self, ordinal: int, item: Any) -> Item:
        if not isinstance(item, dict):
            raise self.fail(f"item {ordinal + 1} is no object")
        written = item.get("doJumpId")
        jump_id = ordinal + 1 if written is None else self._whole(written, f"item {ordinal + 1}: doJumpId")
        kind = item.get("type")
        if kind != m.SIMPLE:
            return Item(-1, -1, (None,) * 7, jump_id, kind=str(kind)[:40])
        where = f"item doJumpId {jump_id}"
        params = item.get("params")
        if not isinstance(params, list) or len(params) != 7:
            raise self.fail(f"{where}: params of seven numbers are meant")
        altitude, mode = item.get("Altitude"), item.get("AltitudeMode")
        return Item(
            self._whole(item.get("command"), f"{where}: command"),
            self._whole(item.get("frame"), f"{where}: frame"),
            tuple(
                None if p is None else self._number(p, f"{where}: params[{n}]") for n, p in enumerate(params)
            ),
            jump_id,
            None if altitude is None else self._number(altitude, f"{where}: Altitude"),
            None if mode is None else self._whole(mode, f"{where}: AltitudeMode"),
            continues=self._flag(item, "autoContinue", where),
        )

    def _polygon(self, polygon: Any) -> Polygon:
        corners = polygon.get("polygon") if isinstance(polygon, dict) else None
        if not isinstance(corners, list) or len(corners) < 3:
            raise self.fail("geoFence: a polygon has at least three corners")
        return Polygon(
            self._flag(polygon, "inclusion", "geoFence polygon"),
            tuple(self._place(c, "geoFence polygon") for c in corners),
        )

    def _circle(self, circle: Any) -> Circle:
        inner = circle.get("circle") if isinstance(circle, dict) else None
        if not isinstance(inner, dict):
            raise self.fail("geoFence: a circle has center and radius")
        radius = self._number(inner.get("radius"), "geoFence circle: radius")
        if radius <= 0:
            raise self.fail(f"geoFence circle: radius is {radius:g}; metres above 0 are meant")
        return Circle(
            self._flag(circle, "inclusion", "geoFence circle"),
            self._place(inner.get("center"), "geoFence circle"),
            radius,
        )

    def _rally(self, point: Any) -> RallyPoint:
        at = self._place(point, "rally point")
        return RallyPoint(at, self._number(point[2], "rally point, height") if len(point) > 2 else 0.0)

    def _shot(self, shot: Any) -> Shot:
        shot = self._table(shot, "mumian.shots")
        return Shot(
            str(shot.get("id")),
            self._whole(shot.get("tower"), "mumian.shots: tower"),
            self._whole(shot.get("circuit"), "mumian.shots: circuit"),
            str(shot.get("phase")),
            str(shot.get("part")),
            self._whole(shot.get("doJumpId"), "mumian.shots: doJumpId"),
        )

    def _place(self, pair: Any, what: str) -> Wgs84:
        if not isinstance(pair, list) or len(pair) < 2:
            raise self.fail(f"{what}: [latitude, longitude] is meant")
        try:
            return Wgs84(self._number(pair[0], what), self._number(pair[1], what))
        except PlanUnreadable:
            raise
        except BadInput as error:
            raise self.fail(f"{what}: {error.say('en')}") from None

    def _rows(self, holder: Any, name: str) -> list[Any]:
        rows = holder.get(name, []) if isinstance(holder, dict) else []
        if not isinstance(rows, list):
            raise self.fail(f"{name}: a list is meant")
        return rows

    def _table(self, value: Any, what: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(f"{what} is missing")
        return value

    def _flag(self, holder: dict[str, Any], name: str, what: str) -> bool:
        value = holder.get(name, True)
        if not isinstance(value, bool):
            raise self.fail(f"{what}: {name} is {_short(value)}; true or false is meant")
        return value

    def _number(self, value: Any, what: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            raise self.fail(f"{what} is {_short(value)}; a finite number up to {_LARGEST:g} is meant")
        return float(value)

    def _whole(self, value: Any, what: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not abs(value) <= _LARGEST:
            raise self.fail(f"{what} is {_short(value)}; a whole number is meant")
        return value

    def _speed(self, value: Any, what: str) -> float:
        speed = self._number(value, what)
        if not 0.1 <= speed <= 60:
            raise self.fail(f"{what} is {speed:g} m/s; 0.1 to 60 is meant")
        return speed
