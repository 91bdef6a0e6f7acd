"""A goal and a dock's state become the next order: the cycle of a flight, and the charge that a battery is stored with. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mumian.scenarios.powerline.domain.dock import Dock

Goal = Literal["open", "close", "charge", "fly"]
STORAGE_PERCENT = (
    60.0  # lithium ages slower half full: 40–60 % when idle; handbook of this house, house policy
)
MISSION_PERCENT = 90.0  # house policy
IDLE_H = 24.0  # no flight within these hours: storage


@dataclass(frozen=True, slots=True)
class Order:
    """One service of the dock and its data."""

    method: str
    data: dict[str, float] = field(default_factory=dict)


def charge_to_percent(next_flight_h: float | None) -> float:
    """What the battery is charged to: for the mission where a flight is planned within IDLE_H hours, else for storage."""
    return MISSION_PERCENT if next_flight_h is not None and next_flight_h <= IDLE_H else STORAGE_PERCENT


def next_order(goal: Goal, dock: Dock, limit_percent: float = MISSION_PERCENT) -> Order | None:
    """The order that brings `dock` nearer to `goal`; None where there is nothing to order: it is reached, or a part still moves."""
    if goal == "close":
        return _closing(dock)
    if goal == "charge":
        return _closing(dock) or _charging(dock, limit_percent)
    return _opening(dock) or _flying(dock, goal)


def reached(goal: Goal, dock: Dock, limit_percent: float = MISSION_PERCENT) -> bool:
    """Whether the dock stands where `goal` wants it."""
    shut = dock.cover == "closed" and dock.putter == "closed"
    return {
        "open": dock.cover == "open" and dock.putter == "open",
        "close": shut and dock.drone == "in",
        "charge": shut and (dock.charging or dock.battery_percent >= limit_percent),
        "fly": dock.drone == "away",
    }[goal]


def _opening(dock: Dock) -> Order | None:
    if dock.drone != "in":
        return None
    if dock.charging:
        return Order("charge_close")
    if dock.cover == "closed":
        return Order("cover_open")
    return Order("putter_open") if dock.cover == "open" and dock.putter == "closed" else None


def _flying(dock: Dock, goal: Goal) -> Order | None:
    if goal != "fly" or dock.drone != "in" or (dock.cover, dock.putter) != ("open", "open"):
        return None
    return Order("flighttask_execute") if dock.powered else Order("drone_open")


def _closing(dock: Dock) -> Order | None:
    if dock.drone != "in":
        return None
    if dock.putter == "open":
        return Order("putter_close")
    return Order("cover_close") if dock.putter == "closed" and dock.cover == "open" else None


def _charging(dock: Dock, limit_percent: float) -> Order | None:
    seated = dock.drone == "in" and (dock.cover, dock.putter) == ("closed", "closed")
    wants = not dock.charging and dock.battery_percent < limit_percent
    return Order("charge_open", {"limit_percent": limit_percent}) if seated and wants else None
