"""Quantities a device may send: name with its unit, and the range outside which a value is a fault of the sensor.

Ranges are what a living wearer and a working sensor can show, not what is healthy: 0 and 255 bpm are codes for
"no reading" on common wristbands, 127 % is SpO2's.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """`low ≤ value ≤ high`, in `unit`."""

    name: str
    unit: str
    low: float
    high: float


KNOWN = {
    q.name: q
    for q in (
        Quantity("heart_rate_bpm", "bpm", 20, 250),
        Quantity("spo2_percent", "%", 50, 100),
        Quantity("temperature_c", "°C", 25, 45),
        Quantity("systolic_mmhg", "mmHg", 40, 300),
        Quantity("diastolic_mmhg", "mmHg", 20, 200),
        Quantity("respiratory_rate_bpm", "bpm", 2, 80),
        Quantity("battery_percent", "%", 0, 100),
        Quantity("steps", "1", 0, 200_000),
        Quantity("lat_deg", "°", -90, 90),
        Quantity("lon_deg", "°", -180, 180),
        Quantity("speed_kmh", "km/h", 0, 400),
    )
}
FLAGS = ("worn", "occupancy", "contact", "bed_occupied", "tamper")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_UNITS = (
    ("_percent", "%"),
    ("_c", "°C"),
    ("_bpm", "bpm"),
    ("_mmhg", "mmHg"),
    ("_m", "m"),
    ("_s", "s"),
    ("_hz", "Hz"),
)


def unit(name: str) -> str:
    """The unit that `name` says, "1" for flags and counts."""
    if name in KNOWN:
        return KNOWN[name].unit
    return next((u for end, u in _UNITS if name.endswith(end)), "1")


def fault(name: str, value: object) -> tuple[str, str] | None:
    """(reason, message) when `value` cannot stand as `name`, else None."""
    if isinstance(value, bool):
        if name in KNOWN:
            return "malformed", f"{name} is {value}: send a number"
        return (
            None
            if _NAME.fullmatch(name)
            else ("malformed", "value names are lower case letters, digits and _")
        )
    if not isinstance(value, int | float):
        return (
            "not_a_number",
            f"{name}: send a JSON number such as 36.4, without thousands separators or quotes",
        )
    if not math.isfinite(value):
        return "not_a_number", f"{name} is not finite: leave the value out when there is no reading"
    known = KNOWN.get(name)
    if known and not known.low <= value <= known.high:
        return (
            "out_of_range",
            f"{name}: {known.low:g} to {known.high:g} {known.unit} is possible; leave out codes for no reading",
        )
    if not known and (not _NAME.fullmatch(name) or abs(value) > 1e12):
        return "malformed", "value names are lower case letters, digits and _; numbers below 1e12"
    return None
