"""The works of a simulated dock: cover, putter, charger, drone, their times, interlocks and faults. Pure but for its own state.

The clock is handed in (seconds); `order` answers at once with a result code, `tick` lets time pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

OK, BUSY, INTERLOCK, FAULT, UNKNOWN, MALFORMED = 0, 1, 2, 3, 4, 5
COVER_S, PUTTER_S, RISE_S, LAND_S, WAIT_S = 8.0, 5.0, 4.0, 6.0, 30.0
CHARGE_PER_S, FLIGHT_PER_S = 0.03, 0.05  # percent a second: 0 to 90 in 50 minutes, 30 minutes of flight
FAULTS = ("cover-jam", "putter-jam", "no-current", "rain", "gust")
_PASSING = ("rising", "approaching", "landing")


@dataclass
class Body:
    """Parts are "closed", "moving", "open" or "abnormal"; `events` are what happened since they were last taken."""

    cover: str = "closed"
    putter: str = "closed"
    drone: str = "in"
    powered: bool = False
    charging: bool = False
    battery: float = 60.0
    limit: float = 95.0
    faults: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    now: float = 0.0
    _moves: dict[str, tuple[float, str]] = field(default_factory=dict)

    def order(self, method: str, data: dict[str, Any]) -> int:
        """Do `method` where the dock's own interlocks let it; its result code."""
        part, _, way = method.partition("_")
        if part in ("cover", "putter") and way in ("open", "close"):
            return self._move(part, "open" if way == "open" else "closed")
        does = {"drone_open": self._power_on, "drone_close": self._power_off, "charge_open": lambda: self._charge(data),
                "charge_close": self._stop_charging, "flighttask_execute": self._rise}  # fmt: skip
        return does[method]() if method in does else UNKNOWN

    def approach(self) -> None:
        """The drone comes home, over its own radio: the dock makes way whatever the broker does."""
        if self.drone != "away":
            return
        self._place("approaching")
        self._moves["drone"] = (self.now + WAIT_S, "diverted")
        self._make_way()

    def fault(self, name: str) -> None:
        """`name` begins."""
        if name in FAULTS:
            self.faults.add(name)
            self._tell("hms", {"fault": name, "is_on": True})
        if name == "no-current":
            self.charging = False
        self._jam()

    def mend(self, name: str) -> None:
        """`name` is gone; a jammed part is known again by its stop."""
        self.faults.discard(name)
        for part in ("cover", "putter"):
            if name == f"{part}-jam" and getattr(self, part) == "abnormal":
                self._go(part, "open")

    def tick(self, seconds: float) -> None:
        """Let `seconds` pass."""
        until = self.now + seconds
        while self._moves:
            part, (at, to) = min(self._moves.items(), key=lambda item: item[1][0])
            if at > until:
                break
            self._pass(at - self.now)
            del self._moves[part]
            self._arrive(part, to)
        self._pass(until - self.now)

    def osd(self) -> dict[str, Any]:
        """As the dock tells it: the DJI Cloud API's fields, and `drone_place` and `faults`, which are ours."""
        number = {"closed": 0, "open": 1, "moving": 2, "abnormal": 3}
        charge = {"state": int(self.charging), "capacity_percent": round(self.battery, 2)}
        air = {"air_conditioner_state": 1 if self.charging else 0}
        return {"mode_code": 4 if self.drone != "in" else 0, "cover_state": number[self.cover], "putter_state": number[self.putter],
                "drone_in_dock": int(self.drone == "in"), "drone_place": self.drone, "drone_powered": int(self.powered),
                "drone_charge_state": charge, "air_conditioner": air, "temperature": 28.0 if self.charging else 24.0,
                "wind_speed": 15.0 if "gust" in self.faults else 3.0, "rainfall": int("rain" in self.faults),
                "faults": sorted(self.faults)}  # fmt: skip

    def _move(self, part: str, to: str) -> int:
        if getattr(self, part) == to:
            return OK
        if self.charging or not self._may(part, to):
            return INTERLOCK
        if f"{part}-jam" in self.faults:
            return FAULT
        if part in self._moves:
            return BUSY
        self._go(part, to)
        return OK

    def _may(self, part: str, to: str) -> bool:
        if to == "closed":
            loose = part == "cover" and self.drone == "in" and self.putter != "closed"
            return self.drone not in _PASSING and not loose
        if part == "putter":
            return self.cover == "open"
        return not ("rain" in self.faults and self.drone == "in")

    def _go(self, part: str, to: str) -> None:
        setattr(self, part, "moving")
        self._moves[part] = (self.now + (COVER_S if part == "cover" else PUTTER_S), to)

    def _arrive(self, part: str, to: str) -> None:
        if part != "drone":
            setattr(self, part, to)
            self._tell("part", {"part": part, "is": to})
        elif to == "diverted":
            self._place("diverted")
        else:
            self._place(to)
            self.powered = to != "in" or self.powered
        if self.drone == "approaching":
            self._make_way()

    def _make_way(self) -> None:
        """Open what is in the way of a drone that returns; land once all is open."""
        if self.cover == "open" and self.putter == "open":
            self._place("landing")
            self._moves["drone"] = (self.now + LAND_S, "in")
            return
        for part in ("cover", "putter"):
            heading = self._moves.get(part, (0.0, getattr(self, part)))[1]
            if heading != "open" and f"{part}-jam" not in self.faults:
                self._go(part, "open")

    def _jam(self) -> None:
        for part in ("cover", "putter"):
            if f"{part}-jam" in self.faults and part in self._moves:
                del self._moves[part]
                setattr(self, part, "abnormal")

    def _power_on(self) -> int:
        if self.drone != "in" or self.charging:
            return INTERLOCK
        self.powered = True
        return OK

    def _power_off(self) -> int:
        if self.drone != "in":
            return INTERLOCK
        self.powered = False
        return OK

    def _charge(self, data: dict[str, Any]) -> int:
        limit = data.get("limit_percent", 95.0)
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= 100:
            return MALFORMED
        if self.drone != "in" or (self.putter, self.cover) != ("closed", "closed"):
            return INTERLOCK
        if "no-current" in self.faults:
            return FAULT
        self.powered, self.limit, self.charging = False, float(limit), self.battery < limit
        self._tell("charge", {"charging": self.charging})
        return OK

    def _stop_charging(self) -> int:
        self.charging = False
        return OK

    def _rise(self) -> int:
        if (self.drone, self.cover, self.putter, self.powered) != (
            "in",
            "open",
            "open",
            True,
        ) or self.battery < 30:
            return INTERLOCK
        if self.faults:
            return FAULT
        if self._moves:
            return BUSY
        self._place("rising")
        self._moves["drone"] = (self.now + RISE_S, "away")
        return OK

    def _place(self, to: str) -> None:
        self.drone = to
        self._tell("drone", {"is": to})

    def _pass(self, seconds: float) -> None:
        self.now += seconds
        if self.drone in ("rising", "away", "approaching", "landing"):
            self.battery = max(0.0, self.battery - FLIGHT_PER_S * seconds)
        if self.charging:
            self.battery = min(self.limit, self.battery + CHARGE_PER_S * seconds)
            self.charging = self.battery < self.limit

    def _tell(self, method: str, data: dict[str, Any]) -> None:
        self.events.append({"method": method, "data": data})
