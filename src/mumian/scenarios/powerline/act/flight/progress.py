"""How much of a mission is flown: by the vehicle's own word where it came through, and by its track where it did not.

MISSION_ITEM_REACHED is sent once and may be lost; MISSION_CURRENT implies what lies before it, unless somebody skipped items.
So an item that is only implied is held against the track: it counts unless the vehicle was seen to pass elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from mumian.core.kernel.geo import Wgs84, distance_m
from mumian.scenarios.powerline.act.flight.items import NAV_LAND, NAV_LAST, NAV_RTL, Item
from mumian.scenarios.powerline.observe.mavlink.vehicle import LANDED, Position, Vehicle

Evidence = Literal["reached", "track", "implied"]

_NEAR_M = 10.0  # horizontally; a vehicle may cut a corner within its acceptance radius
_ELSEWHERE_M = 30.0
_COMPLETE = 5  # MISSION_STATE_COMPLETE
_DEG_M = 111_195.0


@dataclass
class Progress:
    """One flight over `items` as the vehicle counts them, from `first` on (1 where item 0 is ArduPilot's home)."""

    items: tuple[Item, ...]
    first: int = 0
    evidence: dict[int, Evidence] = field(default_factory=dict)
    nearest_m: dict[int, float] = field(default_factory=dict)
    gap: bool = (
        False  # nobody watched until now: what is implied next was flown unseen, and no track can tell of it
    )
    unseen: set[int] = field(default_factory=set)
    _last: Position | None = None

    @property
    def moves(self) -> list[int]:
        """Items that move the vehicle, in order."""
        return [n for n in range(self.first, len(self.items)) if self.items[n].command < NAV_LAST]

    @property
    def final(self) -> int | None:
        return self.moves[-1] if self.moves else None

    @property
    def ends_on_ground(self) -> bool:
        """The last move is a landing or a return: the flight ends when the vehicle stands."""
        return self.final is not None and self.items[self.final].command in (NAV_LAND, NAV_RTL)

    @property
    def done(self) -> int:
        """How many moves are flown."""
        return sum(n in self.evidence for n in self.moves)

    def reached(self, seq: int) -> list[int]:
        """The vehicle said so; returns what that newly implies, the item itself last."""
        if not self.first <= seq < len(self.items):
            return []
        new = self._implied(seq)
        if self.evidence.get(seq) != "reached":
            self.evidence[seq] = "reached"
            new.append(seq)
        return new

    def current(self, seq: int) -> list[int]:
        """The vehicle flies towards `seq` (or is done, where `seq` is one more than there are)."""
        return self._implied(min(seq, len(self.items)))

    def moved(self, at: Position) -> None:
        """A position: how near the way from the last one came to each item."""
        before, self._last = self._last, at
        for n in self.moves:
            item = self.items[n]
            if item.is_place:
                near = _near_m(before or at, at, item)
                self.nearest_m[n] = min(near, self.nearest_m.get(n, math.inf))

    def missed(self) -> list[int]:
        """Moves to a place that are only implied although the track, which passes near others, stays away from them."""
        passes = any(near <= _NEAR_M for near in self.nearest_m.values())
        return [
            n for n in self.moves
            if passes and n not in self.unseen and self.evidence.get(n) == "implied" and self.items[n].is_place
            and self.nearest_m.get(n, math.inf) > max(_ELSEWHERE_M, self.items[n].params[1])
        ]  # fmt: skip

    def by_track(self) -> list[int]:
        """Take the track as evidence for moves without any, in order, as far as it leads; returns those it proves."""
        new: list[int] = []
        between: list[
            int
        ] = []  # moves without a place (a take-off where it stands) are proved by the next place
        for n in self.moves:
            if n in self.evidence:
                continue
            between.append(n)
            if not self.items[n].is_place:
                continue
            if self.nearest_m.get(n, math.inf) > _NEAR_M:
                break
            self.evidence.update(dict.fromkeys(between, "track"))
            new += between
            between = []
        return new

    def is_whole(self, vehicle: Vehicle, *, stands: bool) -> bool:
        """Every move is flown; of a landing or a return at the end it is enough that the vehicle stands."""
        final = self.final
        if final is None or self.missed():
            return False
        if vehicle.mission_state == _COMPLETE and vehicle.current is not None and vehicle.current >= final:
            self._implied(len(self.items))
        before = all(n in self.evidence for n in self.moves[:-1])
        return before and (final in self.evidence or (self.ends_on_ground and stands))

    def _implied(self, below: int) -> list[int]:
        new = [n for n in range(self.first, below) if n not in self.evidence]
        for n in new:
            self.evidence[n] = "implied"
        if self.gap:
            self.unseen.update(new)
            self.gap = False
        return new


def stands(vehicle: Vehicle) -> bool:
    """Disarmed, or on the ground by its own word."""
    return not vehicle.armed or vehicle.landed == LANDED


def _near_m(a: Position, b: Position, item: Item) -> float:
    """Horizontal metres from the straight way a → b to the item, on a plane that is good for a few kilometres."""
    lat0 = item.x / 1e7
    scale = _DEG_M * math.cos(math.radians(lat0))
    ax, ay = (a.lon_deg - item.y / 1e7) * scale, (a.lat_deg - lat0) * _DEG_M
    bx, by = (b.lon_deg - item.y / 1e7) * scale, (b.lat_deg - lat0) * _DEG_M
    if abs(ax) + abs(ay) > 1e6:
        return distance_m(Wgs84(a.lat_deg, a.lon_deg), Wgs84(item.x / 1e7, item.y / 1e7))
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    t = max(0.0, min(1.0, -(ax * dx + ay * dy) / length2)) if length2 else 0.0
    return math.hypot(ax + t * dx, ay + t * dy)
