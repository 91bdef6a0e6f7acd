"""What a vehicle does with the items: the straight legs it flies, where it looks, and where it photographs.

Commands whose effect on the path is not known here are not guessed at: they become violations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import MEAN_RADIUS_M, LocalFrame, Wgs84, distance_m
from mumian.scenarios.powerline.decide.plan import mission as m
from mumian.scenarios.powerline.decide.plan.mission import Item, Mission, Violation
from mumian.scenarios.powerline.decide.plan.parameters import faults

Point = tuple[float, float, float]
# Commands that move nothing but camera, gimbal, heading or speed.
_STILL = {112, 114, 531, 532}
_MAVLINK_TARGETING = 2  # MAV_MOUNT_MODE: the gimbal obeys what the mission says
_NOT_AGAINST_THE_NOSE = 1 | 2 | 16  # GIMBAL_MANAGER_FLAGS: retract, neutral, yaw locked to north
_RELATIVE, _ABSOLUTE = 1, 2  # QGroundControl's AltitudeMode
_FRAMES_RELATIVE, _FRAMES_AMSL, _FRAMES_TERRAIN = {3, 6}, {0, 5}, {10, 11}


@dataclass(frozen=True, slots=True)
class Leg:
    """A straight piece of the path, flown because of item `index`; points are (x, y, height above home)."""

    index: int
    start: Point
    end: Point
    speed_mps: float
    hold_s: float = 0.0
    trigger_m: float = 0.0  # a photograph every so many metres; 0 for none
    gimbal: tuple[float, float] | None = None  # pitch, and yaw relative to the nose, degrees
    is_video: bool = False

    @property
    def length_m(self) -> float:
        """Metres flown."""
        return math.dist(self.start, self.end)

    @property
    def is_vertical(self) -> bool:
        """Straight up or down."""
        return math.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1]) < 0.1


@dataclass(frozen=True, slots=True)
class Photo:
    """A single photograph: from where, towards what (None: nobody told the gimbal), and which leg led there."""

    index: int
    at: Point
    towards: Point | None
    arrived_by: int


@dataclass
class Flight:
    """The path of a mission in its local frame."""

    legs: list[Leg] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)


def flat(frame: LocalFrame, at: Wgs84) -> tuple[float, float]:
    """(x, y) in the frame; what lies beyond its reach is placed at its true distance and bearing."""
    try:
        return frame.to_enu(at)
    except BadInput:
        a, b = frame.origin, at
        turn = math.radians(b.lon_deg - a.lon_deg)
        phi_a, phi_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
        north = math.cos(phi_a) * math.sin(phi_b) - math.sin(phi_a) * math.cos(phi_b) * math.cos(turn)
        bearing = math.atan2(math.sin(turn) * math.cos(phi_b), north)
        away = min(distance_m(a, b), math.pi * MEAN_RADIUS_M)
        return away * math.sin(bearing), away * math.cos(bearing)


def fly(mission: Mission, frame: LocalFrame, return_height_m: float) -> Flight:
    """Follow the items from home, on the ground, to the landing."""
    pilot = _Pilot(mission, frame, return_height_m)
    seen: set[int] = set()
    for index, item in enumerate(mission.items):
        if item.jump_id in seen:
            pilot.refuse(
                index,
                "command",
                None,
                "doJumpId 重复",
                "its doJumpId stands at another item too: give it its own",
            )
        seen.add(item.jump_id)
        pilot.obey(index, item)
    if not pilot.is_down and mission.items:
        pilot.refuse(
            len(mission.items) - 1,
            "command",
            None,
            "航线在空中结束",
            "the plan ends in the air: end it with 20 or 21",
        )
    return pilot.flight


class _Pilot:
    """The vehicle's state while it obeys one item after the other."""

    def __init__(self, mission: Mission, frame: LocalFrame, return_height_m: float) -> None:
        self.mission, self.frame, self.return_height_m = mission, frame, return_height_m
        self.flight = Flight()
        self.home = (*flat(frame, mission.home), 0.0)
        self.at: Point = self.home
        self.speed_mps = mission.hover_mps
        self.roi: Point | None = None
        self.gimbal: tuple[float, float] | None = None
        self.trigger_m, self.is_video, self.is_up, self.is_down = 0.0, False, False, False
        self.takes_stills = True
        task = mission.task
        self.is_photographed = task is not None and task.profile is not None

    def refuse(self, index: int, rule: str, metres: float | None, zh: str, en: str) -> None:
        jump_id = self.mission.items[index].jump_id
        told_m = None if metres is None else round(metres, 2)
        self.flight.violations.append(Violation(index, jump_id, rule, told_m, zh, en))

    def obey(self, index: int, item: Item) -> None:
        if item.kind != m.SIMPLE:
            self.refuse(
                index,
                "simple-items",
                None,
                f"{item.kind} 无法证明",
                f"a {item.kind} cannot be proved: turn it into waypoints",
            )
            return
        for fault in faults(item, self.near_m, is_photographed=self.is_photographed):
            self.refuse(index, "command", fault.metres, fault.zh, fault.en)
        command = item.command
        if command in (m.WAYPOINT, m.LOITER_TIME, m.TAKEOFF, m.LAND, m.RETURN, m.DELAY):
            if self.is_down:
                self.refuse(
                    index,
                    "command",
                    None,
                    "着陆之后还有飞行指令",
                    "it flies on after landing: end the plan there",
                )
                return
            self._move(index, item)
        elif not self._look(index, item) and command not in _STILL:
            self.refuse(
                index, "command", None,
                f"指令 {command} 对航迹的影响无法证明", f"what command {command} does to the path cannot be proved: take it out",
            )  # fmt: skip

    def _move(self, index: int, item: Item) -> None:
        hold_s = item.params[0] or 0.0
        if item.command == m.DELAY:
            self._to(index, self.at, max(0.0, hold_s))  # a negative hold means a time of day: refused above
        elif item.command == m.RETURN:
            self._return(index)
        elif item.command == m.LAND:
            x, y = self._place(item)
            self._to(index, (x, y, self.at[2]))
            self._to(index, (x, y, 0.0))
            self.is_down = True
        elif item.command == m.TAKEOFF:
            self._take_off(index, item)
        else:
            if not self.is_up:
                self.refuse(
                    index, "command", None, "没有先起飞", "it flies before it has taken off: begin with 22"
                )
            if self.mission.autopilot == "px4" and item.params[3] is not None:
                self.gimbal = None  # the nose is turned, by the waypoint, to where nobody knows from the leg
            self._to(index, (*self._place(item), self._height(index, item)), max(0.0, hold_s))

    def _take_off(self, index: int, item: Item) -> None:
        """Straight up. ArduPilot's multirotors do not read the place, so it is not flown to; others may, so it must be home."""
        if self.is_up:
            self.refuse(
                index, "command", None, "已在空中又起飞", "it takes off in the air: make it a waypoint"
            )
        self.is_up = True
        here, height_m = (self.at[0], self.at[1]), self._height(index, item)
        away_m = math.dist(here, self._place(item))
        if away_m > self.near_m and self.mission.autopilot != "ardupilot":
            self.refuse(
                index, "command", away_m, f"起飞点离家 {away_m:.1f} m，先去哪里无法证明",
                f"takes off {away_m:.1f} m from home: whether it climbs or goes there first cannot be proved; take off at home",
            )  # fmt: skip
        self._to(index, (*here, height_m))

    def _return(self, index: int) -> None:
        height_m = max(self.at[2], self.return_height_m)
        if math.hypot(self.at[0] - self.home[0], self.at[1] - self.home[1]) > 1.0:
            self._to(index, (self.at[0], self.at[1], height_m))
            self._to(index, (self.home[0], self.home[1], height_m))
        self._to(index, self.home)
        self.is_down = True

    def _to(self, index: int, end: Point, hold_s: float = 0.0) -> None:
        if end != self.at or hold_s:
            trigger_m = self.trigger_m if self.takes_stills else 0.0
            self.flight.legs.append(
                Leg(index, self.at, end, self.speed_mps, hold_s, trigger_m, self.gimbal, self.is_video)
            )
        self.at = end

    def _place(self, item: Item) -> tuple[float, float]:
        lat, lon = item.params[4], item.params[5]
        if item.command in (m.TAKEOFF, m.LAND) and (lat is None or lon is None or (lat == 0 and lon == 0)):
            return self.at[0], self.at[1]  # MAVLink: 0 or NaN mean "here"
        if lat is None or lon is None:
            raise BadInput(
                detail=f"item doJumpId {item.jump_id}: latitude or longitude is missing; give degrees"
            )
        return self._spot(item, lat, lon)

    def _spot(self, item: Item, lat: float, lon: float) -> tuple[float, float]:
        try:
            return flat(self.frame, Wgs84(lat, lon))
        except BadInput as error:
            raise BadInput(detail=f"item doJumpId {item.jump_id}: {error.say('en')}") from None

    def _height(self, index: int, item: Item) -> float:
        """Above home. What hangs on a height nobody measured is refused, and judged at the nearest reading all the same."""
        height_m = item.params[6]
        if height_m is None:
            raise BadInput(
                detail=f"item doJumpId {item.jump_id}: the height is missing; give metres above home"
            )
        if item.frame in _FRAMES_RELATIVE:
            self._agrees(index, item, height_m, _RELATIVE)
            return height_m
        task = self.mission.task
        ground_m = None if task is None else task.home_ground_m
        if item.frame in _FRAMES_AMSL:
            if ground_m is None:
                self._refuse_frame(index, item, "the height of home above sea level is not measured")
            self._agrees(index, item, height_m, _ABSOLUTE)
            return height_m - (self.mission.home_amsl_m if ground_m is None else ground_m)
        if item.frame in _FRAMES_TERRAIN:
            self._refuse_frame(index, item, "the terrain is not known here")
        else:
            self._refuse_frame(index, item, "the frame is not a height above home")
        return height_m

    def _refuse_frame(self, index: int, item: Item, why: str) -> None:
        self.refuse(
            index, "height-reference", None,
            f"坐标系 {item.frame} 的高度无法证明", f"frame {item.frame}: {why}; use frame 3, metres above home",
        )  # fmt: skip

    def _agrees(self, index: int, item: Item, height_m: float, meant: int) -> None:
        """Whether what QGroundControl keeps beside the parameters says the same as they do."""
        if item.altitude_mode not in (None, meant):
            self._refuse_frame(index, item, f"AltitudeMode {item.altitude_mode} says another kind of height")
        elif item.altitude is not None and abs(item.altitude - height_m) > 0.01:
            self.refuse(
                index, "height-reference", abs(item.altitude - height_m), "Altitude 与 params[6] 不一致",
                f"Altitude says {item.altitude:g} m, params[6] says {height_m:g} m: ground stations differ in which they upload",
            )  # fmt: skip

    def _look(self, index: int, item: Item) -> bool:
        """Camera, gimbal and speed commands; False if it is none."""
        return self._aim(index, item) or self._shoot(index, item)

    def _aim(self, index: int, item: Item) -> bool:
        """Where the camera looks; what cannot be told from the item is told by nobody."""
        p = [value or 0.0 for value in item.params]
        if item.command in (m.SET_ROI, m.SET_ROI_LOCATION):
            self._look_at(index, item)
        elif item.command == m.SET_ROI_NONE or (
            item.command == m.MOUNT_CONFIGURE and p[0] != _MAVLINK_TARGETING
        ):
            self.roi, self.gimbal = None, None
        elif item.command == m.MOUNT_CONTROL:
            self.roi, self.gimbal = None, (p[0], p[2]) if p[6] == _MAVLINK_TARGETING else None
        elif item.command == m.GIMBAL_PITCHYAW:
            against_nose = not int(p[4]) & _NOT_AGAINST_THE_NOSE
            self.roi, self.gimbal = None, (p[0], p[1]) if against_nose else None
        elif item.command == m.CONDITION_YAW:
            self.gimbal = None  # the nose is turned away from the leg
        else:
            return item.command == m.MOUNT_CONFIGURE
        return True

    def _shoot(self, index: int, item: Item) -> bool:
        p = [value or 0.0 for value in item.params]
        if item.command == m.CHANGE_SPEED:
            self.speed_mps = p[1] if p[1] > 0 else self.speed_mps
        elif item.command == m.SET_CAMERA_MODE:
            self.takes_stills = p[1] != 1
        elif item.command in (m.TRIGGER_DISTANCE, m.IMAGE_STOP):
            self.trigger_m = max(0.0, p[0]) if item.command == m.TRIGGER_DISTANCE else 0.0
        elif item.command in (m.VIDEO_START, m.VIDEO_STOP):
            self.is_video = item.command == m.VIDEO_START
        elif item.command == m.IMAGE_START or (item.command == m.DIGICAM_CONTROL and p[4] == 1):
            if self.takes_stills:
                self.flight.photos.append(Photo(index, self.at, self.roi, len(self.flight.legs) - 1))
        else:
            return item.command == m.DIGICAM_CONTROL
        return True

    def _look_at(self, index: int, item: Item) -> None:
        lat, lon, height_m = item.params[4:7]
        if lat is None or lon is None or height_m is None or (lat == lon == height_m == 0):
            self.roi = None  # MAVLink: no place means no region of interest
        elif item.command == m.SET_ROI and item.params[0] != 3:
            self.roi = None
        else:
            self.roi, self.gimbal = (*self._spot(item, lat, lon), self._height(index, item)), None

    @property
    def near_m(self) -> float:
        """How far from a place counts as being there: the position error of the rules, 2 m where there are none."""
        return self.mission.task.rules.limits.gnss_m if self.mission.task else 2.0
