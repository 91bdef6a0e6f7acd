"""What autopilots differ in: one table, filled from the vehicle's own word where it gives one.

Sources: AUTOPILOT_VERSION.capabilities (MAV_PROTOCOL_CAPABILITY), ArduPilot AP_Mission, PX4 mavlink_mission.cpp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mumian.scenarios.powerline.act.flight.items import (
    DO_JUMP,
    NAV_LAND,
    NAV_TAKEOFF,
    NAV_WAYPOINT,
    Item,
    MissionType,
)
from mumian.scenarios.powerline.observe.mavlink.modes import ARDUPILOT, PX4

_FENCE_BIT, _RALLY_BIT = 1 << 14, 1 << 15
_NAN_YAW = frozenset(
    {NAV_WAYPOINT, NAV_LAND, NAV_TAKEOFF, 82, 84, 85}
)  # ArduPilot takes NaN only as their param4


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One row: the autopilot's family, and what it keeps."""

    family: str
    home_is_item_0: bool  # ArduPilot keeps home as item 0 of the mission
    takes_nan: bool
    keeps: frozenset[MissionType]
    asks_ahead: (
        bool  # answers several questions for items at once; PX4 gives a list up when one is out of turn
    )
    arms_in_mission: bool  # PX4 is armed in mission mode; ArduPilot in GUIDED, and told to start
    instead: tuple[tuple[int, str], ...] = ()  # commands it is known to refuse, and what it takes

    def hint(self, command: int) -> str:
        """What to plan instead of a command that this autopilot does not take; empty when nothing is known."""
        return dict(self.instead).get(command, "")


_ALL = frozenset(MissionType)
_ROI = (
    (195, "plan MAV_CMD_DO_SET_ROI (201), which ArduPilot takes"),
    (197, "plan MAV_CMD_DO_SET_ROI (201) at 0, 0"),
)
_TABLE = {
    ARDUPILOT: Capabilities("ArduPilot", True, False, _ALL, True, False, _ROI),
    PX4: Capabilities(
        "PX4", False, True, _ALL, False, True, ((201, "plan MAV_CMD_DO_SET_ROI_LOCATION (195)"),)
    ),
}
_OTHER = Capabilities("other", False, True, _ALL, True, False)


def capabilities_of(autopilot: int, announced: int | None) -> Capabilities:
    """The row for MAV_AUTOPILOT `autopilot`; `announced` is AUTOPILOT_VERSION.capabilities, None where it gave none.

    An unknown autopilot that announces bits is believed; ArduPilot and PX4 are asked, whatever their bits say.
    """
    row = _TABLE.get(autopilot, _OTHER)
    if row is not _OTHER or announced is None:
        return row
    kept = {MissionType.MISSION}
    kept |= {MissionType.FENCE} if announced & _FENCE_BIT else set()
    kept |= {MissionType.RALLY} if announced & _RALLY_BIT else set()
    return replace(row, keeps=frozenset(kept))


def wire_items(
    items: tuple[Item, ...], home: tuple[float, float, float], row: Capabilities
) -> tuple[Item, ...]:
    """A plan's mission as this autopilot counts it: with home in front, jumps moved and NaN as it wants them."""
    made = items if row.takes_nan else tuple(_without_nan(item) for item in items)
    if not row.home_is_item_0:
        return made
    lat, lon, amsl_m = home
    first = Item(NAV_WAYPOINT, 0, (0.0, 0.0, 0.0, 0.0), round(lat * 1e7), round(lon * 1e7), amsl_m)
    return (first, *(_moved(replace(item, current=int(n == 0))) for n, item in enumerate(made)))


def _moved(item: Item) -> Item:
    return replace(item, params=(item.params[0] + 1, *item.params[1:])) if item.command == DO_JUMP else item


def _without_nan(item: Item) -> Item:
    kept = 3 if item.command in _NAN_YAW else None
    p = [0.0 if math.isnan(value) and n != kept else value for n, value in enumerate(item.params)]
    return replace(item, params=(p[0], p[1], p[2], p[3]))
