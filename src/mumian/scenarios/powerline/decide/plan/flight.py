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

Point = tuple[float, float, float]
# Commands that move nothing but camera, gimbal, heading or speed.
_STILL = {112, 114, 115, 197, 204, 530, 531, 532, m.IMAGE_STOP}
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
    for index, item in enumerate(mission.items):
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
        self.trigger_m, self.is_video, self.is_down = 0.0, False, False

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
            self._to(index, self.at, max(0.0, hold_s))
        elif item.command == m.RETURN:
            self._return(index)
        elif item.command == m.LAND:
            x, y = self._place(item)
            self._to(index, (x, y, self.at[2]))
            self._to(index, (x, y, 0.0))
            self.is_down = True
        elif item.command == m.TAKEOFF:
            height_m = self._height(index, item)
            self._to(index, (self.at[0], self.at[1], height_m))
            self._to(index, (*self._place(item), height_m))
        else:
            self._to(index, (*self._place(item), self._height(index, item)), max(0.0, hold_s))

    def _return(self, index: int) -> None:
        height_m = max(self.at[2], self.return_height_m)
        if math.hypot(self.at[0] - self.home[0], self.at[1] - self.home[1]) > 1.0:
            self._to(index, (self.at[0], self.at[1], height_m))
            self._to(index, (self.home[0], self.home[1], height_m))
        self._to(index, self.home)
        self.is_down = True

    def _to(self, index: int, end: Point, hold_s: float = 0.0) -> None:
        if end != self.at or hold_s:
            trigger_m = self.trigger_m
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
            self._agrees(index, item, height_m)
            return height_m
        task = self.mission.task
        is_measured = task is not None and task.home_ground_m is not None
        if item.frame in _FRAMES_AMSL:
            if not is_measured:
                self._refuse_frame(index, item, "the height of home above sea level is not measured")
            return height_m - self.mission.home_amsl_m
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

    def _agrees(self, index: int, item: Item, height_m: float) -> None:
        if item.altitude_mode not in (None, 1):
            self._refuse_frame(
                index, item, f"AltitudeMode {item.altitude_mode} says that it is no height above home"
            )
        elif item.altitude is not None and abs(item.altitude - height_m) > 0.01:
            self.refuse(
                index, "height-reference", abs(item.altitude - height_m), "Altitude 与 params[6] 不一致",
                f"Altitude says {item.altitude:g} m, params[6] says {height_m:g} m: ground stations differ in which they upload",
            )  # fmt: skip

    def _look(self, index: int, item: Item) -> bool:
        """Camera, gimbal and speed commands; False if it is none."""
        p = [value or 0.0 for value in item.params]
        if item.command in (m.SET_ROI, m.SET_ROI_LOCATION):
            self._look_at(item)
        elif item.command == m.MOUNT_CONTROL:
            self.roi, self.gimbal = None, (p[0], p[2])
        elif item.command == m.GIMBAL_PITCHYAW:
            self.roi, self.gimbal = None, (p[0], p[1])
        elif item.command == m.CHANGE_SPEED:
            self.speed_mps = p[1] if p[1] > 0 else self.speed_mps
        elif item.command == m.TRIGGER_DISTANCE:
            self.trigger_m = max(0.0, p[0])
        elif item.command in (m.VIDEO_START, m.VIDEO_STOP):
            self.is_video = item.command == m.VIDEO_START
        elif item.command == m.IMAGE_START or (item.command == m.DIGICAM_CONTROL and p[4] == 1):
            self.flight.photos.append(Photo(index, self.at, self.roi, len(self.flight.legs) - 1))
        elif item.command != m.DIGICAM_CONTROL:
            return False
        return True

    def _look_at(self, item: Item) -> None:
        lat, lon, height_m = item.params[4:7]
        if item.command == m.SET_ROI and item.params[0] == 0:
            self.roi = None
        elif lat is not None and lon is not None and height_m is not None:
            self.roi, self.gimbal = (*self._spot(item, lat, lon), height_m), None
