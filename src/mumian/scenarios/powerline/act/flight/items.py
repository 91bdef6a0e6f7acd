"""Mission items as they travel: what is sent, and whether what came back is the same.

MISSION_ITEM_INT: https://mavlink.io/en/messages/common.html#MISSION_ITEM_INT. Latitude and longitude are integers of
1e-7 degrees throughout; float32 never touches them.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from mumian.scenarios.powerline.observe.mavlink.codec import Message, dialect, name_of
from mumian.scenarios.powerline.observe.mavlink.modes import ARDUPILOT

NAV_WAYPOINT, NAV_RTL, NAV_LAND, NAV_TAKEOFF = 16, 20, 21, 22
NAV_LAST, DO_JUMP = 95, 177  # MAV_CMD_NAV_LAST: commands below it move the vehicle
CAMERA_COMMANDS = frozenset(
    {203, 206, 2000}
)  # DO_DIGICAM_CONTROL, DO_SET_CAM_TRIGG_DIST, IMAGE_START_CAPTURE
_SAME_FRAME = {
    5: 0,
    6: 3,
    11: 10,
}  # GLOBAL_INT, GLOBAL_RELATIVE_ALT_INT, GLOBAL_TERRAIN_ALT_INT: old names of 0, 3, 10
_NO_PLACE = frozenset({2, 1})  # MAV_FRAME_MISSION, LOCAL_NED: param5 and param6 are no degrees
_ALT_TOLERANCE_M = 0.011  # ArduPilot keeps centimetres
_RELATIVE = 1e-5


class MissionType(IntEnum):
    """MAV_MISSION_TYPE."""

    MISSION = 0
    FENCE = 1
    RALLY = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One item; `x`, `y` in 1e-7 degrees (or as they are, where the frame is none of the globe), `z` in metres."""

    command: int
    frame: int
    params: tuple[float, float, float, float]  # NaN: the autopilot's own choice
    x: int
    y: int
    z: float
    current: int = 0
    autocontinue: int = 1

    @property
    def is_place(self) -> bool:
        """Whether the vehicle flies to x, y."""
        return self.command < NAV_LAST and self.frame not in _NO_PLACE and (self.x != 0 or self.y != 0)

    @property
    def named(self) -> str:
        """MAV_CMD_… and its number."""
        return f"{name_of('MAV_CMD', self.command)} ({self.command})"


def message_of(item: Item, seq: int, system: int, component: int, kind: MissionType) -> Message:
    """The MISSION_ITEM_INT to send."""
    return dialect().MAVLink_mission_item_int_message(
        system, component, seq, item.frame, item.command, item.current, item.autocontinue, *item.params,
        item.x, item.y, item.z, int(kind))  # fmt: skip


def item_of(message: Message) -> Item:
    """The item that a MISSION_ITEM_INT carries."""
    params = (message.param1, message.param2, message.param3, message.param4)
    return Item(
        message.command,
        message.frame,
        params,
        message.x,
        message.y,
        message.z,
        message.current,
        message.autocontinue,
    )


def as_float32(value: float) -> float:
    """What is left of a number after it has travelled as a MAVLink float."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def differences(sent: Item, back: Item, autopilot: int) -> list[str]:
    """What differs, in words; nothing where the vehicle holds what was sent.

    Told apart from a difference: frames that are two names of one, NaN returned as 0 (no preference), centimetre
    rounding of heights, and parameters that ArduPilot does not keep and returns as 0.
    """
    found = []
    if sent.command != back.command:
        found.append(f"command {sent.named} came back as {back.named}")
    if _SAME_FRAME.get(sent.frame, sent.frame) != _SAME_FRAME.get(back.frame, back.frame) and _frame_counts(
        sent
    ):
        found.append(f"frame {sent.frame} came back as {back.frame}")
    for name, a, b in (("latitude", sent.x, back.x), ("longitude", sent.y, back.y)):
        if a != b and _place_counts(sent):
            found.append(f"{name} {a} came back as {b} (1e-7 degrees)")
    if not _same(sent.z, back.z, _ALT_TOLERANCE_M):
        found.append(f"height {sent.z:g} m came back as {back.z:g} m")
    found.extend(
        f"param{number} {a:g} came back as {b:g}"
        for number, (a, b) in enumerate(zip(sent.params, back.params, strict=True), 1)
        if not _same(a, b, 1e-6)
        and not (autopilot == ARDUPILOT and b == 0 and number in _unkept(sent.command))
    )
    return found


def _frame_counts(item: Item) -> bool:
    return item.command < NAV_LAST or item.frame not in (2, 0, 3)


def _place_counts(item: Item) -> bool:
    return item.x != 0 or item.y != 0


def _same(a: float, b: float, tolerance: float) -> bool:
    if math.isnan(a):
        return math.isnan(b) or b == 0
    return abs(as_float32(a) - b) <= max(tolerance, _RELATIVE * abs(a))


def _unkept(command: int) -> tuple[int, ...]:
    """Parameters that ArduPilot drops: AP_Mission::mavlink_int_to_mission_cmd keeps what its vehicle uses."""
    return {16: (2, 3, 4), 20: (1, 2, 3, 4), 21: (2, 3, 4), 22: (2, 3, 4)}.get(command, ())
