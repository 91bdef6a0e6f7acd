"""DJI WPML: a KMZ with wpmz/template.kml and wpmz/waylines.wpml, heights relative to the start point.

Format: Cloud API, WPML 1.0.2 (https://developer.dji.com/doc/cloud-api-tutorial/en/api-reference/dji-wpml/). The aircraft named is
an M350 RTK with an H20; whoever flies another edits droneEnumValue and payloadEnumValue. Fences are not part of the format.
"""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape

from mumian.core.kernel.geo import LocalFrame
from mumian.scenarios.powerline.decide.plan.flight import Flight, Leg, Photo, Point, fly
from mumian.scenarios.powerline.decide.plan.proof import Proof

_KML = "http://www.opengis.net/kml/2.2"
_WPML = "http://www.dji.com/wpmz/1.0.2"
_DRONE, _PAYLOAD = 89, 42  # M350 RTK, H20
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of the archive's entries: the same plan gives the same bytes


@dataclass
class _Place:
    """A waypoint with what is done there."""

    at: Point
    speed_mps: float
    photos: list[Photo] = field(default_factory=list)
    every_m: float = 0.0  # photographs on the way from here to the place `until`
    until: int = 0
    gimbal: tuple[float, float] | None = None
    course_deg: float = 0.0


def archive(proof: Proof) -> bytes:
    """The KMZ."""
    mission, task = proof.mission, proof.task
    frame = LocalFrame(next(t.at for t in task.line.towers if t.number == task.first))
    flight = fly(mission, frame, proof.return_height_m)
    places = _places(flight)
    template = _document(
        _template_head(proof), _folder_head(proof, places, is_template=True), frame, places, is_template=True
    )
    waylines = _document(
        "",
        _folder_head(proof, places, is_template=False),
        frame,
        places,
        is_template=False,
        config=_config(proof),
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as kmz:
        for name, text in (("wpmz/template.kml", template), ("wpmz/waylines.wpml", waylines)):
            kmz.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _places(flight: Flight) -> list[_Place]:
    """Waypoints after takeoff and before the descent at home; the way home is the finish action's."""
    places: list[_Place] = []
    reached: dict[int, int] = {}
    for n, leg in enumerate(flight.legs):
        if leg.end[2] <= 0.0:
            continue
        if not places or math.dist(places[-1].at, leg.end) > 0.01:
            if places and leg.trigger_m > 0:
                _trigger(places, leg)
            places.append(_Place(leg.end, leg.speed_mps))
        reached[n] = len(places) - 1
    for photo in flight.photos:
        if photo.arrived_by in reached:
            places[reached[photo.arrived_by]].photos.append(photo)
    return places


def _trigger(places: list[_Place], leg: Leg) -> None:
    """Photographs every so often on the way to the next place: goes on with the stretch before, or begins one."""
    here = len(places) - 1
    for place in places:
        if place.every_m == leg.trigger_m and place.until == here and place.gimbal == leg.gimbal:
            place.until = here + 1
            return
    last = places[here]
    last.every_m, last.until, last.gimbal, last.course_deg = leg.trigger_m, here + 1, leg.gimbal, _course(leg)


def _course(leg: Leg) -> float:
    return math.degrees(math.atan2(leg.end[0] - leg.start[0], leg.end[1] - leg.start[1]))


def _tag(name: str, value: object) -> str:
    return f"<wpml:{name}>{escape(str(value))}</wpml:{name}>"


def _config(proof: Proof) -> str:
    drone = _tag("droneEnumValue", _DRONE) + _tag("droneSubEnumValue", 0)
    payload = (
        _tag("payloadEnumValue", _PAYLOAD) + _tag("payloadSubEnumValue", 0) + _tag("payloadPositionIndex", 0)
    )
    height = round(proof.return_height_m, 1)
    return (
        "<wpml:missionConfig>"
        + _tag("flyToWaylineMode", "safely")
        + _tag("finishAction", "goHome")
        + _tag("exitOnRCLost", "executeLostAction")
        + _tag("executeRCLostAction", "goBack")
        + _tag("takeOffSecurityHeight", height)
        + _tag("globalTransitionalSpeed", proof.mission.cruise_mps)
        + _tag("globalRTHHeight", height)
        + f"<wpml:droneInfo>{drone}</wpml:droneInfo><wpml:payloadInfo>{payload}</wpml:payloadInfo></wpml:missionConfig>"
    )


def _template_head(proof: Proof) -> str:
    return _tag("author", "Mumian") + _config(proof)


def _folder_head(proof: Proof, places: list[_Place], *, is_template: bool) -> str:
    speed = _tag("autoFlightSpeed", proof.mission.cruise_mps)
    if not is_template:
        distance = sum(math.dist(a.at, b.at) for a, b in pairwise(places))
        duration = proof.worst.get("seconds", 0)
        return (
            _tag("templateId", 0) + _tag("executeHeightMode", "relativeToStartPoint") + _tag("waylineId", 0)
            + _tag("distance", round(distance, 1)) + _tag("duration", duration) + speed
        )  # fmt: skip
    system = (
        _tag("coordinateMode", "WGS84")
        + _tag("heightMode", "relativeToStartPoint")
        + _tag("positioningType", "GPS")
    )
    return (
        _tag("templateType", "waypoint") + _tag("templateId", 0)
        + f"<wpml:waylineCoordinateSysParam>{system}</wpml:waylineCoordinateSysParam>" + speed
        + _tag("gimbalPitchMode", "usePointSetting")
        + f"<wpml:globalWaypointHeadingParam>{_heading()}</wpml:globalWaypointHeadingParam>"
        + _tag("globalWaypointTurnMode", "toPointAndStopWithDiscontinuityCurvature") + _tag("globalUseStraightLine", 1)
    )  # fmt: skip


def _heading() -> str:
    return (
        _tag("waypointHeadingMode", "followWayline")
        + _tag("waypointHeadingAngle", 0)
        + _tag("waypointHeadingPathMode", "followBadArc")
    )


def _document(
    head: str, folder: str, frame: LocalFrame, places: list[_Place], *, is_template: bool, config: str = ""
) -> str:
    groups = 0
    marks = []
    for index, place in enumerate(places):
        actions = _groups(place, index, groups)
        groups += len(actions)
        marks.append(_placemark(frame, place, index, "".join(actions), is_template=is_template))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="{_KML}" xmlns:wpml="{_WPML}"><Document>{head}{config}'
        f"<Folder>{folder}{''.join(marks)}</Folder></Document></kml>\n"
    )


def _placemark(frame: LocalFrame, place: _Place, index: int, actions: str, *, is_template: bool) -> str:
    at, height = frame.to_wgs84(place.at[0], place.at[1]), round(place.at[2], 2)
    where = f"<Point><coordinates>{at.lon_deg:.8f},{at.lat_deg:.8f}</coordinates></Point>" + _tag(
        "index", index
    )
    turn = _tag("waypointTurnMode", "toPointAndStopWithDiscontinuityCurvature") + _tag(
        "waypointTurnDampingDist", 0
    )
    turning = f"<wpml:waypointTurnParam>{turn}</wpml:waypointTurnParam>"
    heading = f"<wpml:waypointHeadingParam>{_heading()}</wpml:waypointHeadingParam>"
    if is_template:
        settled = (
            _tag("ellipsoidHeight", height) + _tag("height", height) + _tag("useGlobalHeight", 0) + _tag("useGlobalSpeed", 0)
            + _tag("waypointSpeed", place.speed_mps) + _tag("useGlobalHeadingParam", 1) + _tag("useGlobalTurnParam", 1)
            + _tag("useStraightLine", 1) + _tag("gimbalPitchAngle", 0)
        )  # fmt: skip
    else:
        settled = (
            _tag("executeHeight", height)
            + _tag("waypointSpeed", place.speed_mps)
            + heading
            + turning
            + _tag("useStraightLine", 1)
        )
    return f"<Placemark>{where}{settled}{actions}</Placemark>"


def _groups(place: _Place, index: int, first: int) -> list[str]:
    """Action groups: the photographs on arrival, and the ones on the way to the next place."""
    found = []
    if place.photos:
        steps = [step for photo in place.photos for step in _photograph(photo)]
        found.append(_group(first, (index, index), "reachPoint", None, steps))
    if place.every_m > 0:
        pitch, yaw = place.gimbal or (0.0, 0.0)
        aim = _gimbal(pitch, place.course_deg + yaw)
        found.append(_group(first + len(found), (index, index), "reachPoint", None, [aim]))
        found.append(
            _group(
                first + len(found),
                (index, place.until),
                "multipleDistance",
                place.every_m,
                [_shutter("corridor")],
            )
        )
    return found


def _photograph(photo: Photo) -> list[tuple[str, str]]:
    towards = photo.towards or photo.at
    x, y, z = (t - a for t, a in zip(towards, photo.at, strict=True))
    yaw, pitch = math.degrees(math.atan2(x, y)), math.degrees(math.atan2(z, math.hypot(x, y)))
    heading = _tag("aircraftHeading", round(yaw, 1)) + _tag("aircraftPathMode", "counterClockwise")
    return [("rotateYaw", heading), _gimbal(pitch, yaw), _shutter(f"item{photo.index + 1}")]


def _gimbal(pitch_deg: float, yaw_deg: float) -> tuple[str, str]:
    yaw = (yaw_deg + 180.0) % 360.0 - 180.0
    params = (
        _tag("gimbalRotateMode", "absoluteAngle") + _tag("gimbalPitchRotateEnable", 1) + _tag("gimbalPitchRotateAngle", round(pitch_deg, 1))
        + _tag("gimbalRollRotateEnable", 0) + _tag("gimbalRollRotateAngle", 0) + _tag("gimbalYawRotateEnable", 1)
        + _tag("gimbalYawRotateAngle", round(yaw, 1)) + _tag("gimbalRotateTimeEnable", 0) + _tag("gimbalRotateTime", 0)
        + _tag("payloadPositionIndex", 0)
    )  # fmt: skip
    return "gimbalRotate", params


def _shutter(suffix: str) -> tuple[str, str]:
    return "takePhoto", _tag("fileSuffix", suffix) + _tag("payloadPositionIndex", 0)


def _group(
    id: int, span: tuple[int, int], trigger: str, param: float | None, steps: list[tuple[str, str]]
) -> str:
    condition = _tag("actionTriggerType", trigger) + (
        "" if param is None else _tag("actionTriggerParam", param)
    )
    actions = "".join(
        f"<wpml:action>{_tag('actionId', n)}{_tag('actionActuatorFunc', name)}"
        f"<wpml:actionActuatorFuncParam>{params}</wpml:actionActuatorFuncParam></wpml:action>"
        for n, (name, params) in enumerate(steps)
    )
    return (
        f"<wpml:actionGroup>{_tag('actionGroupId', id)}{_tag('actionGroupStartIndex', span[0])}{_tag('actionGroupEndIndex', span[1])}"
        f"{_tag('actionGroupMode', 'sequence')}<wpml:actionTrigger>{condition}</wpml:actionTrigger>{actions}</wpml:actionGroup>"
    )
