"""Frames to stored records. What is wrong in a frame is refused beside the records that its sound fields make."""

from __future__ import annotations

from mumian.core.kernel.clock import iso
from mumian.core.kernel.ids import DeviceId
from mumian.core.observe.device import AHEAD_US, EARLIEST_US
from mumian.core.observe.records import Event, Observation, Record, Refused
from mumian.scenarios.eldercare.observe.watch.frame import Frame

_QUANTITIES = {
    "battery_percent": "battery_percent",
    "steps": "steps",
    "heart_rate_bpm": "heart_rate_bpm",
    "systolic_mmhg": "systolic_mmhg",
    "diastolic_mmhg": "diastolic_mmhg",
    "spo2_percent": "spo2_percent",
    "temperature_c": "temperature_c",
    "speed_kmh": "speed_kmh",
    "worn": "worn",
}
_REASONS = dict.fromkeys(("junk", "header", "length", "truncated", "escape"), "malformed")
_RAW_BYTES = 2048


def records(frame: Frame, received_us: int) -> list[Record | Refused]:
    """The rows to store. Watches do not number their messages, so `seq` is None.

    An alarm is never lost to a wrong clock: it then carries the time of its receipt, and `detail["clock"]` says so.
    Values of a position with a wrong clock are refused, since UD2 replays what may be hours old.
    """
    wrong_clock = _wrong_clock(frame, received_us)
    at_us = received_us if frame.time_us is None or wrong_clock else frame.time_us
    timeless = any(fault.reason == "clock" for fault in frame.faults) or wrong_clock is not None
    rows: list[Record | Refused] = list(_events(frame, at_us, received_us, timeless=timeless))
    values = {} if timeless else _values(frame)
    if values:
        rows.append(Observation(DeviceId(frame.id), None, at_us, received_us, values))
    rows += _refused(frame, received_us, wrong_clock)
    return rows


def _wrong_clock(frame: Frame, received_us: int) -> str | None:
    if frame.time_us is None or EARLIEST_US <= frame.time_us <= received_us + AHEAD_US:
        return None
    return f"time_utc {iso(frame.time_us)} lies before 2020 or ahead of the server: set the watch's clock"


def _events(frame: Frame, at_us: int, received_us: int, *, timeless: bool) -> list[Event]:
    if not frame.id:
        return []
    detail = {
        key: frame.values[key] for key in ("status", "lat", "lon", "battery_percent") if key in frame.values
    }
    detail["command"] = frame.command
    if timeless:
        detail["clock"] = "wrong"
    alarms = frame.values.get("alarms", ())
    return [Event(DeviceId(frame.id), None, at_us, received_us, kind, detail) for kind in alarms]


def _values(frame: Frame) -> dict[str, float]:
    if not frame.id:
        return {}
    values = {name: float(frame.values[key]) for key, name in _QUANTITIES.items() if key in frame.values}
    if "lat" in frame.values and "lon" in frame.values:  # half a place is no place
        values |= {"lat_deg": frame.values["lat"], "lon_deg": frame.values["lon"]}
    return values


def _refused(frame: Frame, received_us: int, wrong_clock: str | None) -> list[Refused]:
    found = [(_REASONS.get(fault.reason, fault.reason), fault.message) for fault in frame.faults]
    if wrong_clock:
        found.append(("clock", wrong_clock))
    raw = frame.wire[:_RAW_BYTES]
    return [Refused(frame.id, None, received_us, reason, message, raw) for reason, message in found]
