"""What the vehicle does when something fails, told before it flies; and what is failing, told while it flies.

Before: parameters that switch a failsafe off (ArduPilot's FS_GCS_ENABLE is 0 as delivered). While flying: loss of the link,
battery, GNSS, wind, and the vehicle's own alarms. It only speaks: the autopilot acts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mumian.scenarios.powerline.observe.mavlink.modes import ARDUPILOT, PX4
from mumian.scenarios.powerline.observe.mavlink.vehicle import CRITICAL, Vehicle

LINK_LOST_S = 3.0
_WIND_MPS, _BATTERY_PERCENT, _FIX_3D = 12.0, 20, 3

# parameter, what its being 0 means
_ARDUPILOT = {
    "FS_GCS_ENABLE": "nothing happens when the ground station is lost",
    "BATT_FS_LOW_ACT": "nothing happens when the battery is low",
    "FENCE_ENABLE": "the fence is not watched",
}
_PX4 = {
    "NAV_DLL_ACT": "nothing happens when the ground station is lost",
    "COM_LOW_BAT_ACT": "nothing happens when the battery is low, but a warning",
    "GF_ACTION": "nothing happens when the fence is crossed",
}
_BY_AUTOPILOT = {ARDUPILOT: _ARDUPILOT, PX4: _PX4}


def asked(autopilot: int) -> tuple[str, ...]:
    """Parameters worth reading before a flight."""
    return tuple(_BY_AUTOPILOT.get(autopilot, ()))


def switched_off(autopilot: int, values: dict[str, float]) -> list[str]:
    """One sentence a failsafe that is off; what the vehicle did not tell is not judged."""
    meanings = _BY_AUTOPILOT.get(autopilot, {})
    return [
        f"{name} = 0: {meanings[name]}" for name, value in values.items() if value == 0 and name in meanings
    ]


@dataclass
class Watch:
    """What is failing now; `changes` gives each beginning and end once."""

    active: set[str] = field(default_factory=set)

    def changes(self, vehicle: Vehicle, silent_s: float) -> list[tuple[str, bool, str]]:
        """(condition, whether it begins, detail), for what changed since the last call."""
        now = conditions(vehicle, silent_s)
        begun = [(name, True, now[name]) for name in now if name not in self.active]
        ended = [(name, False, "over") for name in sorted(self.active - set(now))]
        self.active = set(now)
        return begun + ended


def conditions(vehicle: Vehicle, silent_s: float) -> dict[str, str]:
    """Each failing thing and its figure."""
    found = {}
    if silent_s >= LINK_LOST_S:
        found["link"] = f"no heartbeat for {silent_s:.0f} s"
    if vehicle.battery_percent is not None and vehicle.battery_percent <= _BATTERY_PERCENT:
        found["battery"] = f"{vehicle.battery_percent} % left"
    if vehicle.fix is not None and vehicle.fix < _FIX_3D and "GPS_RAW_INT" in vehicle.seen:
        found["gps"] = f"fix type {vehicle.fix}, {vehicle.satellites} satellites"
    if vehicle.wind_mps is not None and vehicle.wind_mps >= _WIND_MPS:
        found["wind"] = f"{vehicle.wind_mps:.1f} m/s"
    if vehicle.status >= CRITICAL and vehicle.armed:
        found["vehicle"] = (
            f"its state is {'critical' if vehicle.status == CRITICAL else 'emergency or worse'}"
        )
    return found
