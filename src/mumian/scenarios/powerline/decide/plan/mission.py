"""A mission as it is flown and as it is judged: items, fences, rally points, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.decide.plan.rules import Rules
from mumian.scenarios.powerline.domain.line import Line

Profile = Literal["tower", "corridor"]
Autopilot = Literal["ardupilot", "px4"]

# MAVLink common: MAV_CMD and MAV_FRAME (https://mavlink.io/en/messages/common.html).
WAYPOINT, LOITER_TIME, RETURN, LAND, TAKEOFF, DELAY = 16, 19, 20, 21, 22, 93
CONDITION_YAW = 115
CHANGE_SPEED, SET_ROI_LOCATION, SET_ROI_NONE, SET_ROI = 178, 195, 197, 201
DIGICAM_CONTROL, MOUNT_CONFIGURE, MOUNT_CONTROL, TRIGGER_DISTANCE, GIMBAL_PITCHYAW = 203, 204, 205, 206, 1000
SET_CAMERA_MODE = 530
IMAGE_START, IMAGE_STOP, VIDEO_START, VIDEO_STOP = 2000, 2001, 2500, 2501
FRAME_GLOBAL, FRAME_MISSION, FRAME_RELATIVE = 0, 2, 3
SIMPLE = "SimpleItem"


@dataclass(frozen=True, slots=True)
class Item:
    """One mission item. `params`: the seven of MAVLink, None where unset; 5 to 7 are latitude, longitude and height.

    altitude, altitude_mode   what QGroundControl keeps beside the parameters; None where the file has none
    kind                      anything but SimpleItem cannot be proved
    continues                 autoContinue; the flight stops at an item without it
    """

    command: int
    frame: int
    params: tuple[float | None, ...]
    jump_id: int
    altitude: float | None = None
    altitude_mode: int | None = None
    kind: str = SIMPLE
    continues: bool = True


@dataclass(frozen=True, slots=True)
class Polygon:
    """A polygon fence; a vehicle stays inside an inclusion and outside an exclusion."""

    is_inclusion: bool
    corners: tuple[Wgs84, ...]


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle fence."""

    is_inclusion: bool
    centre: Wgs84
    radius_m: float


@dataclass(frozen=True, slots=True)
class RallyPoint:
    """A place to land other than home; height above home at which it is approached."""

    at: Wgs84
    height_m: float


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph the plan takes: what it shows, and which item takes it."""

    id: str
    tower: int
    circuit: int
    phase: str
    part: str
    jump_id: int


@dataclass(frozen=True, slots=True)
class Task:
    """What a mission is for: which towers of which line, how, and under which rules. `verified`: shots already in hand."""

    line: Line
    first: int
    last: int
    profile: Profile | None  # None: nobody said, so photographs are not judged
    rules: Rules
    return_height_m: float | None
    home_ground_m: float | None = None  # above sea level, where the line's file knows it
    verified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mission:
    """A whole plan. `task` is None for a plan that was not made here and carries no line."""

    items: tuple[Item, ...]
    home: Wgs84
    home_amsl_m: float
    cruise_mps: float
    hover_mps: float
    autopilot: Autopilot
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    rally: tuple[RallyPoint, ...] = ()
    shots: tuple[Shot, ...] = ()
    task: Task | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Violation:
    """Which item breaks which rule, by how many metres (None: not a matter of metres), and the same in words."""

    index: int | None
    jump_id: int | None
    rule: str
    metres: float | None
    zh: str
    en: str
