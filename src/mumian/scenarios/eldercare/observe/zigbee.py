"""Zigbee2MQTT messages, docs/protocols/zigbee.md: topic and payload in, records out. Pure; never raises.

Sources: zigbee2mqtt.io, "MQTT topics and messages", "Device availability", and the device pages' exposes.
It refuses to guess: what it does not know goes to `extra`, what cannot be goes to `refused` with how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mumian.core.kernel.clock import iso, parse
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import DeviceId, name
from mumian.core.observe.device import AHEAD_US, EARLIEST_US
from mumian.core.observe.quantities import fault
from mumian.core.observe.records import Event, Observation, Record, Refused

BASE = "zigbee2mqtt"
MAX_PAYLOAD = 64 * 1024
COMMANDS = ("set", "get")  # what others ask of a device, not what it says
RELEASES = ("release", "hold_release", "")  # a button let go; "" follows each action in old set-ups
EMERGENCIES = ("hold", "long", "emergency", "sos", "panic")

_FLAGS = {"occupancy": "occupancy", "contact": "contact", "tamper": "tamper", "battery_low": "battery_low"}
_NUMBERS = {
    "battery": "battery_percent",
    "linkquality": "linkquality",
    "humidity": "humidity_percent",
    "temperature": "room_temperature_c",  # of the room, not of a body
    "voltage": "battery_voltage_mv",
}
_LIMITS = {"linkquality": (0, 255), "humidity_percent": (0, 100), "room_temperature_c": (-50, 80)}
_BED_FLAGS = ("occupancy", "presence", "pressure")
# A strap under the mattress; Tuya's reports its raw pressure under `illuminance`.
_BED_RAW = {"pressure": "bed_pressure", "illuminance": "bed_pressure"}
_BED_NAME = re.compile(r"(?:^|[^a-z])bed(?:$|[^a-z]*\d|[^a-z])", re.IGNORECASE)
_JSON = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one message says.

    device    the friendly name, `/` written as `:`; "" for the bridge
    online    the availability, None where the message does not tell
    bridge    the topic below `bridge/`, whose message is noted only
    extra     fields that are kept as they came: unknown ones, settings, firmware
    """

    device: str
    records: tuple[Record, ...] = ()
    refused: tuple[Refused, ...] = ()
    online: bool | None = None
    bridge: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def decode(topic: str, payload: bytes, received_us: int, kind: str | None = None) -> Decoded:
    """One message of `zigbee2mqtt/…`; `kind` "bed" says that occupancy means a bed, else its name does (`bed-12`).

    Values: occupancy, contact (true: closed), bed_occupied, tamper, battery_low (0 or 1), battery_percent,
    battery_voltage_mv, linkquality (0-255), humidity_percent, room_temperature_c, bed_pressure (the sensor's own unit).
    Events: "sos" for a long or emergency press, "button" for any other, with the action in `detail`.
    """
    parts = topic.split("/")
    if parts[0] != BASE or len(parts) < 2:
        return _refuse(
            "", payload, received_us, "malformed", f"topic {topic[:80]!r}: {BASE}/<friendly name> is meant"
        )
    if parts[1] == "bridge":
        return Decoded(
            "", bridge="/".join(parts[2:]), online=_state(payload) if parts[2:] == ["state"] else None
        )
    if len(parts) > 2 and (parts[-1] in COMMANDS or parts[-2] in COMMANDS):
        return Decoded(":".join(parts[1:-1]))
    availability = len(parts) > 2 and parts[-1] == "availability"
    device = ":".join(parts[1:-1] if availability else parts[1:])
    try:
        name(device, "Zigbee2MQTT friendly name")
    except BadInput as why:
        return _refuse(
            device[:64], payload, received_us, "malformed", f"{why}; rename the device in Zigbee2MQTT"
        )
    if availability:
        return _availability(device, payload, received_us)
    bed = kind == "bed" or (kind is None and _is_bed(device))
    return _device(device, payload, received_us, bed=bed)


def _is_bed(device: str) -> bool:
    return bool(_BED_NAME.search(device))


def _availability(device: str, payload: bytes, received_us: int) -> Decoded:
    online = _state(payload)
    if online is None:
        what = 'availability: online, offline or {"state": "online"} is meant'
        return _refuse(device, payload, received_us, "malformed", what)
    return Decoded(device, online=online)


def _state(payload: bytes) -> bool | None:
    """`online` (legacy) or `{"state": "online"}`."""
    text: Any = payload.strip()
    if text.startswith(b"{"):
        try:
            text = str(_JSON.decode(text).get("state")).encode()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    return {b"online": True, b"offline": False}.get(text)


def _device(device: str, payload: bytes, received_us: int, *, bed: bool) -> Decoded:
    if len(payload) > MAX_PAYLOAD:
        what = f"{len(payload)} bytes: a sensor's message has at most {MAX_PAYLOAD}"
        return _refuse(device, payload, received_us, "too_large", what)
    try:
        message = _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        nan = b"NaN" in payload or b"Infinity" in payload
        what = f"{why}; set `mqtt` and `output: json` in Zigbee2MQTT, and send no NaN"
        return _refuse(device, payload, received_us, "not_a_number" if nan else "malformed", what)
    if not isinstance(message, dict):
        what = "no JSON object: set `output: json` in Zigbee2MQTT, not `attribute`"
        return _refuse(device, payload, received_us, "malformed", what)
    return _Reading(device, received_us, payload, bed).read(message)


@dataclass(slots=True)
class _Reading:
    device: str
    received_us: int
    payload: bytes
    bed: bool
    values: dict[str, float] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def read(self, message: dict[str, Any]) -> Decoded:
        at_us = self._event_us(message.pop("last_seen", None))
        action = message.pop("action", None)
        battery = "battery" in message or "battery_low" in message
        for key, value in message.items():
            if value is None:
                continue  # the device has not said it yet
            if not self._field(key, value, battery=battery):
                self.extra[key] = value
        records: list[Record] = []
        if self.values:
            records.append(Observation(DeviceId(self.device), None, at_us, self.received_us, self.values))
        if (event := self._press(action, at_us)) is not None:
            records.append(event)
        return Decoded(self.device, tuple(records), tuple(self.refused), extra=self.extra)

    def _event_us(self, last_seen: object) -> int:
        """`last_seen`, where Zigbee2MQTT is set to send it, or the receipt: a retained message may be hours old."""
        if last_seen is None:
            return self.received_us
        try:
            at_us = parse(last_seen, "last_seen")
        except BadInput as why:
            self._refuse("clock", str(why))
            return self.received_us
        if EARLIEST_US <= at_us <= self.received_us + AHEAD_US:
            return at_us
        self._refuse("clock", f"last_seen {iso(at_us)} lies before 2020 or ahead: set the gateway's clock")
        return self.received_us

    def _field(self, key: str, value: object, *, battery: bool) -> bool:
        """Whether `key` is known, or was refused."""
        if self.bed and (key in _BED_FLAGS or key in _BED_RAW):
            return self._bed(key, value)
        if key in _FLAGS:
            self._flag(key, _FLAGS[key], value)
            return True
        if key in _NUMBERS and (
            key != "voltage" or battery
        ):  # a plug's voltage is in volts and of no use here
            self._number(key, _NUMBERS[key], value)
            return True
        return False

    def _bed(self, key: str, value: object) -> bool:
        if isinstance(value, bool):
            if key not in _BED_FLAGS:
                return False
            self.values["bed_occupied"] = float(value)
            return True
        if key not in _BED_RAW:
            self._refuse("malformed", f"{key} {value!r:.40}: true or false is meant")
        elif self._number(key, _BED_RAW[key], value) and key == "pressure":
            self.values.setdefault("bed_occupied", float(self.values["bed_pressure"] > 0))
        return True

    def _flag(self, key: str, quantity: str, value: object) -> None:
        if isinstance(value, bool):
            self.values[quantity] = float(value)
        else:
            self._refuse("malformed", f"{key} {value!r:.40}: true or false is meant")

    def _number(self, key: str, quantity: str, value: object) -> bool:
        if isinstance(value, bool):
            self._refuse("not_a_number", f"{key} is {value}: a number is meant")
            return False
        if why := fault(quantity, value):
            self._refuse(why[0], f"{key} {value!r:.40}: {why[1]}")
            return False
        assert isinstance(value, int | float)
        low, high = _LIMITS.get(quantity, (float("-inf"), float("inf")))
        if not low <= value <= high:
            self._refuse("out_of_range", f"{key} {value:g}: {low:g} to {high:g} is possible")
            return False
        self.values[quantity] = float(value)
        return True

    def _press(self, action: object, at_us: int) -> Event | None:
        if action is None or action in RELEASES:
            return None
        if not isinstance(action, str):
            self._refuse("malformed", f"action {action!r:.40}: a word such as single or hold is meant")
            return None
        kind = "sos" if action.lower() in EMERGENCIES else "button"
        return Event(DeviceId(self.device), None, at_us, self.received_us, kind, {"action": action[:64]})

    def _refuse(self, reason: str, message: str) -> None:
        self.refused.append(
            Refused(self.device, None, self.received_us, reason, message, self.payload[:2048])
        )


def _refuse(device: str, payload: bytes, received_us: int, reason: str, message: str) -> Decoded:
    return Decoded(device, refused=(Refused(device, None, received_us, reason, message, payload[:2048]),))
