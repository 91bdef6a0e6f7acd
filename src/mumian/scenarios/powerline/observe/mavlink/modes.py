"""Flight modes by autopilot: the number in HEARTBEAT.custom_mode to a name, and the numbers that start a mission.

ArduPilot: https://mavlink.io/en/messages/ardupilotmega.html#COPTER_MODE; PX4: px4_custom_mode.h.
"""

from __future__ import annotations

from typing import Literal

GENERIC, ARDUPILOT, INVALID, PX4 = 0, 3, 8, 12  # MAV_AUTOPILOT
_VTOLS = frozenset({19, 20, 21, 22, 23, 24, 25})  # MAV_TYPE: planes that can hover
_PLANES, _ROVERS = frozenset({1, 16, 19, 20, 21, 22, 23, 24, 25}), frozenset({10, 11})  # MAV_TYPE

_COPTER = {0: "STABILIZE", 1: "ACRO", 2: "ALT_HOLD", 3: "AUTO", 4: "GUIDED", 5: "LOITER", 6: "RTL", 7: "CIRCLE", 9: "LAND",
           11: "DRIFT", 13: "SPORT", 14: "FLIP", 15: "AUTOTUNE", 16: "POSHOLD", 17: "BRAKE", 18: "THROW", 19: "AVOID_ADSB",
           20: "GUIDED_NOGPS", 21: "SMART_RTL", 22: "FLOWHOLD", 23: "FOLLOW", 24: "ZIGZAG", 25: "SYSTEMID",
           26: "AUTOROTATE", 27: "AUTO_RTL", 28: "TURTLE"}  # fmt: skip
_PLANE = {0: "MANUAL", 1: "CIRCLE", 2: "STABILIZE", 3: "TRAINING", 4: "ACRO", 5: "FBWA", 6: "FBWB", 7: "CRUISE",
          8: "AUTOTUNE", 10: "AUTO", 11: "RTL", 12: "LOITER", 13: "TAKEOFF", 14: "AVOID_ADSB", 15: "GUIDED", 17: "QSTABILIZE",
          18: "QHOVER", 19: "QLOITER", 20: "QLAND", 21: "QRTL", 25: "LOITER_ALT_QLAND"}  # fmt: skip
_ROVER = {
    0: "MANUAL",
    1: "ACRO",
    3: "STEERING",
    4: "HOLD",
    5: "LOITER",
    10: "AUTO",
    11: "RTL",
    12: "SMART_RTL",
    15: "GUIDED",
}
_PX4_MAIN = {
    1: "MANUAL",
    2: "ALTCTL",
    3: "POSCTL",
    4: "AUTO",
    5: "ACRO",
    6: "OFFBOARD",
    7: "STABILIZED",
    8: "RATTITUDE",
}
_PX4_AUTO = {
    1: "READY",
    2: "TAKEOFF",
    3: "LOITER",
    4: "MISSION",
    5: "RTL",
    6: "LAND",
    8: "FOLLOW_TARGET",
    9: "PRECLAND",
}

MISSION_MODES = frozenset({"AUTO", "AUTO.MISSION", "MISSION"})
ENDING_MODES = frozenset(
    {"RTL", "LAND", "SMART_RTL", "AUTO_RTL", "QRTL", "QLAND", "AUTO.RTL", "AUTO.LAND", "AUTO.PRECLAND"}
)

_HOLDING = frozenset(
    {
        "LOITER",
        "POSHOLD",
        "BRAKE",
        "HOLD",
        "QLOITER",
        "QHOVER",
        "ALT_HOLD",
        "CIRCLE",
        "AUTO.LOITER",
        "POSCTL",
        "ALTCTL",
    }
)
_LANDING = frozenset({"LAND", "QLAND", "AUTO.LAND", "AUTO.PRECLAND", "LOITER_ALT_QLAND"})
_GUIDED = frozenset({"GUIDED", "GUIDED_NOGPS", "OFFBOARD", "AUTO.FOLLOW_TARGET", "FOLLOW"})
_TAKING_OFF = frozenset({"TAKEOFF", "AUTO.TAKEOFF"})
Doing = Literal["mission", "hold", "land", "return", "takeoff", "guided", "other", "unknown"]


def doing(mode: str) -> Doing:
    """What a mode of this name has the vehicle do, as far as a dispatcher needs to tell modes apart."""
    if mode == "UNKNOWN" or mode.startswith("MODE_"):
        return "unknown"
    kinds: tuple[tuple[frozenset[str], Doing], ...] = (
        (MISSION_MODES, "mission"), (_HOLDING, "hold"), (_LANDING, "land"), (ENDING_MODES, "return"),
        (_TAKING_OFF, "takeoff"), (_GUIDED, "guided"),
    )  # fmt: skip
    return next((kind for names, kind in kinds if mode in names), "other")


def name(autopilot: int, kind: int, base_mode: int, custom_mode: int) -> str:
    """The mode's name, such as AUTO (ArduPilot) or AUTO.MISSION (PX4); UNKNOWN where the vehicle tells none."""
    if autopilot == ARDUPILOT:
        return _ardupilot(kind).get(custom_mode, f"MODE_{custom_mode}")
    main, sub = custom_mode >> 16 & 0xFF, custom_mode >> 24
    if main in _PX4_MAIN:  # MAVSDK's own server numbers its modes as PX4 does
        named = _PX4_MAIN[main]
        return f"{named}.{_PX4_AUTO.get(sub, sub)}" if main == 4 and sub else named
    if custom_mode:
        return f"MODE_{custom_mode}"
    return "AUTO" if base_mode & 0x04 else "GUIDED" if base_mode & 0x08 else "UNKNOWN"


def mission(autopilot: int, kind: int) -> tuple[int, int]:
    """(param2, param3) of MAV_CMD_DO_SET_MODE that flies the mission."""
    return (_number(kind, "AUTO"), 0) if autopilot == ARDUPILOT else (4, 4)


def hold(autopilot: int, kind: int, custom_mode: int) -> tuple[tuple[int, int], ...]:
    """(param2, param3) of MAV_CMD_DO_SET_MODE for each mode in which it stops and waits, the best first; may be empty.

    custom_mode  as it flies now: who numbers his modes as PX4 does (MAVSDK's own server) knows PX4's hold
    """
    if autopilot == ARDUPILOT:
        return tuple((_number(kind, mode), 0) for mode in _ardupilot_holds(kind))
    return ((4, 3),) if autopilot == PX4 or custom_mode >> 16 & 0xFF in _PX4_MAIN else ()


def guided(kind: int) -> int:
    """ArduPilot's custom mode in which it arms without a radio controller."""
    return _number(kind, "GUIDED")


def _ardupilot(kind: int) -> dict[int, str]:
    return _PLANE if kind in _PLANES else _ROVER if kind in _ROVERS else _COPTER


def _ardupilot_holds(kind: int) -> tuple[str, ...]:
    if kind in _PLANES:
        return ("QLOITER", "LOITER") if kind in _VTOLS else ("LOITER",)
    return ("HOLD",) if kind in _ROVERS else ("BRAKE", "LOITER")


def _number(kind: int, wanted: str) -> int:
    return next(number for number, mode in _ardupilot(kind).items() if mode == wanted)
