"""The DJI Cloud API's envelope and a dock's osd: bytes in, values out. Bad input is BadInput with its reason."""

from __future__ import annotations

import json
import math
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.dock import PARTS, PLACES, Dock

PATTERN = "thing/product/{sn}/{channel}"


def topic(sn: str, channel: str) -> str:
    """`thing/product/{sn}/{channel}`; a serial number holds letters, digits, `-` and `_` only, so that it names one dock."""
    if not sn or not all(c.isascii() and (c.isalnum() or c in "-_") for c in sn):
        raise BadInput(detail=f"serial number {sn!r}: letters, digits, - and _")
    return PATTERN.format(sn=sn, channel=channel)


def read(payload: bytes) -> dict[str, Any]:
    """The envelope; `data` is an object and `tid`, `bid`, `method` are strings where they stand."""
    try:
        said = json.loads(payload, parse_constant=_no_number)
        if b"\\u" in payload:
            _is_text(said)
    except (RecursionError, ValueError) as fault:
        raise BadInput(detail=f"not JSON: {fault}") from None
    if not isinstance(said, dict) or not isinstance(said.get("data"), dict):
        raise BadInput(detail='an object {"tid", "bid", "timestamp", "data": {…}} is meant')
    if any(not isinstance(said.get(key, ""), str) for key in ("tid", "bid", "method")):
        raise BadInput(detail="tid, bid and method are strings")
    return said


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _is_text(said: Any) -> None:
    """Raises ValueError for what no database takes: half a surrogate pair, NUL."""
    if "\\u0000" in json.dumps(said):
        raise ValueError("a text holds NUL")
    json.dumps(said, ensure_ascii=False).encode()


def dock(data: dict[str, Any]) -> Dock:
    """A dock's state from the data of its osd. Raises BadInput."""
    try:
        charge = data["drone_charge_state"]
        figures = [float(charge["capacity_percent"]), float(data["wind_speed"]), float(data["temperature"])]
        place = PLACES[PLACES.index(data["drone_place"])]
        parts = [
            PARTS[("0", "1", "2", "3").index(str(data[part]))] for part in ("cover_state", "putter_state")
        ]
        powered, charging = bool(data["drone_powered"]), bool(charge["state"])
        rain = bool(data["rainfall"])
        faults = frozenset(str(fault) for fault in data["faults"])
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise BadInput(detail=f"osd of a dock: {fault!r}") from None
    if not all(map(math.isfinite, figures)) or not 0 <= figures[0] <= 100:
        raise BadInput(detail=f"osd of a dock: {figures} are no percent, m/s and °C")
    percent, wind, temperature = figures
    return Dock(parts[0], parts[1], place, powered, charging, percent, wind, rain, temperature, faults)
