"""What the fields of each command mean. A value that cannot be is left out and named in `faults`, the others stay.

Sources: the vendor's published server protocol (field order, appendix I, health section), traccar's WatchProtocolDecoder
(order, WT, PULSE, BLOOD, TEMP). Ranges are those of every device of ours (core.observe.quantities).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mumian.core.observe.quantities import KNOWN
from mumian.scenarios.eldercare.observe.watch import status
from mumian.scenarios.eldercare.observe.watch.voice import unescape

YEARS = range(2014, 2050)  # the protocol is of 2014; a watch without a clock says 1970, 1980, 2000 or 2099
POSITION_FIELDS = 16
_EPOCH = date(1970, 1, 1).toordinal()
_POSITION = re.compile(r"(UD|AL|WT)(?:\d+|_[A-Z0-9]+|CUSTOMER\d*)?")
_NUMBER = re.compile(r" *-?\d{1,12}(?:\.\d{0,12})?")
_DAY = re.compile(r"\d{6}")
_STATUS = re.compile(r"[0-9A-Fa-f]{1,8}")

_LIMITS: dict[str, tuple[float, float, str]] = {q.name: (q.low, q.high, q.unit) for q in KNOWN.values()} | {
    "lat": (-90, 90, "°"),
    "lon": (-180, 180, "°"),
    "course_deg": (0, 360, "°"),
    "altitude_m": (-500, 9000, "m"),
    "satellites": (0, 100, "satellites"),
    "gsm_percent": (0, 100, "%"),
    "rolls": (0, 100_000, "rolls"),
}
_WHOLE = frozenset({"steps", "rolls", "satellites", "heart_rate_bpm", "systolic_mmhg", "diastolic_mmhg"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a stable word (junk, header, length, truncated, too_large, malformed, not_a_number, out_of_range, clock,
    escape), the field if it is one field's, and a sentence.
    """

    reason: str
    field: str | None
    message: str


@dataclass(slots=True)
class Reading:
    """What one frame says. `values` are as written to the JSON line; `payload` is unescaped voice or picture."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    raw: list[str] | None = None
    time_us: int | None = None
    payload: bytes | None = None
    voice: str | None = None  # "1" received, "0" to be sent again
    alarm: bool = False

    def number(self, name: str, text: str) -> float | None:
        """Read `text` as `name` and keep it; None where there is nothing or nothing possible."""
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            self.wrong("not_a_number", name, f"{name} {text[:24]!r} is not a number")
            return None
        value = float(text)
        low, high, unit = _LIMITS[name]
        if not low <= value <= high:
            shown = text.strip()
            self.wrong("out_of_range", name, f"{name} {shown}: {low:g} to {high:g} {unit} is possible")
            return None
        self.values[name] = int(value) if name in _WHOLE else value
        return value

    def wrong(self, reason: str, name: str | None, message: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(reason, name, message))


def read(command: str, content: bytes) -> Reading:
    """The reading of `content`, the bytes after `<command>,`."""
    reading = Reading()
    if reader := _BINARY.get(command):
        reader(reading, content)
        return reading
    args = content.decode("utf-8", "backslashreplace").split(",") if content else []
    if kind := _POSITION.fullmatch(command):
        reading.alarm = kind[1] == "AL"
        _position(reading, args)
    elif named := _NAMED.get(command.lower()):
        named(reading, args)
    else:
        reading.raw = args
    return reading


def _position(reading: Reading, args: list[str]) -> None:
    if len(args) < POSITION_FIELDS:
        reading.wrong("malformed", None, f"a position has {POSITION_FIELDS} fields, this one {len(args)}")
        args = args + [""] * (POSITION_FIELDS - len(args))
    _time(reading, args[0], args[1])
    fix = args[2] == "A"
    if args[2] not in ("A", "V"):
        reading.wrong("malformed", "fix", f"fix {args[2][:8]!r}: A or V is meant")
    reading.values["fix"] = fix
    _coordinate(reading, "lat", args[3], args[4], "NS", keep=fix)
    _coordinate(reading, "lon", args[5], args[6], "EW", keep=fix)
    if fix:
        _no_null_island(reading)
        for name, text in zip(("speed_kmh", "course_deg", "altitude_m"), args[7:10], strict=True):
            reading.number(name, text)
    for name, text in zip(
        ("satellites", "gsm_percent", "battery_percent", "steps", "rolls"), args[10:15], strict=True
    ):
        reading.number(name, text)
    _status(reading, args[15])
    if len(args) > POSITION_FIELDS:
        reading.values["network"] = args[POSITION_FIELDS:]  # cells and Wi-Fi, as sent


def _time(reading: Reading, day: str, clock: str) -> None:
    if not day and not clock:
        return
    if not _DAY.fullmatch(day) or not _DAY.fullmatch(clock):
        reading.wrong("clock", "time_utc", f"time_utc {day[:12]},{clock[:12]}: ddmmyy,hhmmss is meant")
        return
    year, hour, minute, second = 2000 + int(day[4:]), int(clock[:2]), int(clock[2:4]), int(clock[4:])
    try:
        days = date(year, int(day[2:4]), int(day[:2])).toordinal() - _EPOCH
    except ValueError:
        days = None
    if days is None or hour > 23 or minute > 59 or second > 59:
        reading.wrong("clock", "time_utc", f"time_utc {day},{clock} is no time of any day (ddmmyy,hhmmss)")
        return
    if year not in YEARS:
        reading.wrong(
            "clock", "time_utc", f"time_utc {day},{clock}: the year {day[4:]} says that the clock is not set"
        )
        return
    reading.time_us = (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000
    reading.values["time_utc"] = f"{year}-{day[2:4]}-{day[:2]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}Z"


def _coordinate(reading: Reading, name: str, text: str, side: str, sides: str, *, keep: bool) -> None:
    """Degrees; firmware is seen that sends a sign and a hemisphere, the sign then counts (traccar does the same)."""
    value = reading.number(name, text)
    if value is None:
        if keep and not text:
            reading.wrong("malformed", name, f"{name} is missing though the position is said to be valid")
        return
    del reading.values[name]
    if not keep:
        return  # V: the last known place or zeros, not where the watch is
    if side not in (sides[0], sides[1]):
        reading.wrong("malformed", name, f"{name} {text.strip()}: {sides[0]} or {sides[1]} is missing")
        return
    reading.values[name] = -abs(value) if side == sides[1] else value


def _no_null_island(reading: Reading) -> None:
    if reading.values.get("lat") == 0 and reading.values.get("lon") == 0:
        del reading.values["lat"], reading.values["lon"]
        reading.wrong(
            "out_of_range", "lat", "lat 0, lon 0: no place, though the position is said to be valid"
        )


def _status(reading: Reading, text: str) -> None:
    bits = 0
    if _STATUS.fullmatch(text):
        bits = int(text, 16)
        reading.values["status"] = text
        reading.values["worn"] = status.worn(bits)
    elif text:
        reading.wrong("malformed", "status", f"status {text[:16]!r}: up to eight hex digits are meant")
    if names := status.alarms(bits, alarmed=reading.alarm):
        reading.values["alarm"] = names[0]
        reading.values["alarms"] = names


def _link(reading: Reading, args: list[str]) -> None:
    if len(args) < 3:  # `LK`, or `LK,0,100` of old firmware, where it is unclear which two
        reading.raw = args or None
        return
    for name, text in zip(("steps", "rolls", "battery_percent"), args, strict=False):
        reading.number(name, text)


def _heart(reading: Reading, args: list[str]) -> None:
    _vital(reading, "heart_rate_bpm", args[0] if args else "")


def _pressure(reading: Reading, args: list[str]) -> None:
    """bphrt,<systolic>,<diastolic>,<heart rate>,<height>,<sex>,<age>,<weight> and BLOOD,<systolic>,<diastolic>.

    Who wears the watch is the registry's to say, so the last four are not read.
    """
    args = [*args, "", "", ""]
    high = _vital(reading, "systolic_mmhg", args[0])
    low = _vital(reading, "diastolic_mmhg", args[1])
    if high is not None and low is not None and low >= high:
        del reading.values["systolic_mmhg"], reading.values["diastolic_mmhg"]
        what = f"diastolic_mmhg {low:g} is not below systolic_mmhg {high:g}"
        reading.wrong("out_of_range", "diastolic_mmhg", what)
    reading.number("heart_rate_bpm", args[2])


def _oxygen(reading: Reading, args: list[str]) -> None:
    _vital(reading, "spo2_percent", args[1] if len(args) > 1 else "".join(args))


def _temperature(reading: Reading, args: list[str]) -> None:
    """TEMP,<°C> and btemp2,<0 forehead|1 wrist>,<°C>; the vendor says 0 and 1 °C for a failed measurement."""
    if len(args) > 1 and args[0] in ("0", "1"):
        reading.values["site"] = ("forehead", "wrist")[int(args[0])]
    _vital(reading, "temperature_c", args[1] if len(args) > 1 else "".join(args))


def _vital(reading: Reading, name: str, text: str) -> float | None:
    if not text:
        reading.wrong("malformed", name, f"{name} is missing")
        return None
    return reading.number(name, text)


def _card(reading: Reading, args: list[str]) -> None:
    reading.values["iccid"] = args[0] if args else ""


def _voice(reading: Reading, content: bytes) -> None:
    if content in (b"", b"0", b"1"):  # the watch's answer to a voice message of ours
        reading.values["received"] = content == b"1"
    else:
        _payload(reading, content, "voice_bytes")


def _voice_part(reading: Reading, content: bytes) -> None:
    """JXTK,<n>,<name>,<part>,<parts>,<AMR>: a long voice message in parts."""
    parts = content.split(b",", 4)
    if len(parts) < 5 or not (parts[2].isdigit() and parts[3].isdigit()):
        reading.voice = "0"
        reading.wrong(
            "malformed", None, "a voice part needs a number, a name, its part, the parts and the voice"
        )
        return
    reading.values["part"], reading.values["parts"] = int(parts[2][:6]), int(parts[3][:6])
    _payload(reading, parts[4], "voice_bytes")


def _picture(reading: Reading, content: bytes) -> None:
    """img,<5: remote snapshot>,<yymmddhhmmss>,<JPEG>; the time's zone is not said, so it is not read."""
    _payload(reading, content.split(b",", 2)[-1], "picture_bytes")


def _payload(reading: Reading, content: bytes, name: str) -> None:
    plain, wrong = unescape(content)
    reading.voice = "1" if wrong is None else "0"
    if wrong is not None:
        reading.wrong(
            "escape", name, f"{name}: no code 01 to 05 follows the byte 7d at {wrong} of the binary part"
        )
        return
    reading.payload = plain
    reading.values[name] = len(plain)


_BINARY: dict[str, Callable[[Reading, bytes], None]] = {"TK": _voice, "JXTK": _voice_part, "img": _picture}
_NAMED: dict[str, Callable[[Reading, list[str]], None]] = {
    "lk": _link,
    "heart": _heart,
    "pulse": _heart,
    "bphrt": _pressure,
    "blood": _pressure,
    "oxygen": _oxygen,
    "temp": _temperature,
    "btemp2": _temperature,
    "iccid": _card,
    "ccid": _card,
}
