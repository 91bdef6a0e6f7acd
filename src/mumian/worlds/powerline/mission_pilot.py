"""Flies a list of mission items with a multirotor: what an autopilot does between two waypoints, and what it tells of it.

Commands: https://mavlink.io/en/messages/common.html#mav_commands. Those it does not fly by are passed over, as by an
autopilot without the part they speak to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.worlds.powerline.flight_model import Multirotor, Vector

_WAYPOINT, _LOITER_TIME, _RTL, _LAND, _TAKEOFF, _DELAY = 16, 19, 20, 21, 22, 93
_JUMP, _SPEED, _DIGICAM, _BY_DISTANCE, _CAPTURE = 177, 178, 203, 206, 2000
_ACCEPT_M, _HOME_HEIGHT_M, _TOUCH_M = 0.8, 30.0, 0.25


class Entry(Protocol):
    """A mission item as MAVSDK hands it out; x, y in 1e-7 degrees, z in metres."""

    command: int
    frame: int
    param1: float
    param2: float
    param3: float
    x: int
    y: int
    z: float


@dataclass
class Pilot:
    """One flight. `photo` is called at each exposure, `complete` when an item is done; both with the item's number."""

    craft: Multirotor
    frame: LocalFrame
    home_amsl_m: float
    photo: Callable[[int], None]
    complete: Callable[[int], None]
    items: Sequence[Entry] = ()
    at_item: int = 0
    mode: str = "hold"
    armed: bool = False
    _until_s: float | None = None
    _begun: int | None = None
    _now_s: float = 0.0
    _every_m: float = 0.0
    _last_photo: Vector = (0.0, 0.0, 0.0)
    _jumps: dict[int, int] = field(default_factory=dict)

    def load(self, items: Sequence[Entry]) -> None:
        self.items, self.at_item, self._begun, self._every_m = items, 0, None, 0.0
        self._jumps.clear()

    def arm(self, *, armed: bool) -> None:
        self.armed = armed
        if not armed:
            self.craft.flying, self.mode = False, "hold"

    def fly(self, mode: str) -> None:
        """mission, hold, return or land; a mission that was held goes on where it was."""
        if mode == self.mode:
            return
        self.mode, self._begun, self._until_s = mode, None, None
        if mode == "hold":
            self.craft.go(self.craft.at)

    def step(self, seconds: float) -> None:
        """Let time pass: move, and do whatever falls due."""
        self._now_s += seconds
        self.craft.step(seconds)
        if not self.armed:
            return
        if self.mode == "mission":
            self._mission()
        elif self.mode in ("return", "land"):
            self._home(land_here=self.mode == "land")
        if (
            self._every_m
            and math.dist(self.craft.at, self._last_photo) >= self._every_m
            and self.mode == "mission"
        ):
            self._last_photo = self.craft.at
            self.photo(max(0, self.at_item - 1))

    @property
    def is_landed(self) -> bool:
        return not self.craft.flying

    def _mission(self) -> None:
        for _ in range(
            50
        ):  # orders in a row are done at once; a jump that goes round is not followed for ever
            if self.at_item >= len(self.items) or self.mode != "mission":
                return
            if not self._done(self.items[self.at_item]):
                return
            done, self.at_item, self._begun, self._until_s = self.at_item, self.at_item + 1, None, None
            self.complete(done)

    def _done(self, item: Entry) -> bool:
        """Do what is due of this item; whether it is over."""
        if item.command == _TAKEOFF:
            return self._reached((*self.craft.at[:2], max(2.0, self._up(item))), 0.0)
        if item.command in (_WAYPOINT, _LOITER_TIME):
            return self._reached(self._place(item), item.param1)
        if item.command == _DELAY:
            return self._waited(item.param1)
        if item.command in (_RTL, _LAND):
            place = self._place(item) if item.command == _LAND and (item.x or item.y) else None
            return self._home(land_here=item.command == _LAND, over=place)
        self._order(item)
        return True

    def _order(self, item: Entry) -> None:
        if item.command in (_DIGICAM, _CAPTURE):
            for _ in range(max(1, int(item.param3)) if item.command == _CAPTURE else 1):
                self.photo(self.at_item)
        elif item.command == _BY_DISTANCE:
            self._every_m, self._last_photo = max(0.0, item.param1), self.craft.at
            if item.param3 == 1 and item.param1 > 0:
                self.photo(self.at_item)
        elif item.command == _SPEED and item.param2 > 0:
            self.craft.cruise_mps = item.param2
        elif item.command == _JUMP:
            left = self._jumps.setdefault(self.at_item, int(item.param2))
            if left:
                self._jumps[self.at_item] = left - 1
                self.at_item = int(item.param1) - 1

    def _reached(self, place: Vector, hold_s: float) -> bool:
        if self._begun != self.at_item:
            self._begun, self.craft.flying = self.at_item, True
            self.craft.go(place)
        if self._until_s is None and self.craft.is_at(place, _ACCEPT_M):
            self._until_s = self._now_s + (hold_s if hold_s > 0 else 0.0)
        return self._until_s is not None and self._now_s >= self._until_s

    def _waited(self, seconds: float) -> bool:
        if self._until_s is None:
            self._until_s = self._now_s + max(0.0, seconds)
        return self._now_s >= self._until_s

    def _home(self, *, land_here: bool, over: Vector | None = None) -> bool:
        """Back over home (or the landing place) at a safe height, then down; disarms on the ground."""
        above = self.craft.at[:2] if land_here and over is None else (over or (0.0, 0.0, 0.0))[:2]
        high = max(self.craft.at[2], _HOME_HEIGHT_M if not land_here else 0.0)
        if self._begun != -1:
            self._begun = -1
            self.craft.go((*above, high))
        if math.dist(self.craft.at[:2], above) <= _ACCEPT_M and self.craft.target[2] > 0:
            self.craft.go((*above, -1.0))
        if self.craft.target[2] < 0 and self.craft.at[2] <= _TOUCH_M:
            self.craft.at = (*self.craft.at[:2], 0.0)
            self.arm(armed=False)
            return True
        return False

    def _place(self, item: Entry) -> Vector:
        east, north = self.frame.to_enu(Wgs84(item.x / 1e7, item.y / 1e7))
        return east, north, self._up(item)

    def _up(self, item: Entry) -> float:
        return item.z - self.home_amsl_m if item.frame in (0, 5) else item.z
