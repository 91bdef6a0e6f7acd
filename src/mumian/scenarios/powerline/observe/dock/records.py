"""What a dock publishes becomes records: osd an observation, events events. Replies and requests are for whoever ordered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import DeviceId
from mumian.core.observe.records import Event, Observation, Record, Refused
from mumian.scenarios.powerline.domain.dock import PARTS, PLACES
from mumian.scenarios.powerline.observe.dock import envelope

if TYPE_CHECKING:
    from mumian.core.observe.gateways import KindOf


def dock(
    topic: str, payload: bytes, received_us: int, kind_of: KindOf
) -> tuple[str, Sequence[Record | Refused]]:
    """(device, records) of one message on `thing/product/{sn}/…`; the device is the topic's, never the message's."""
    _, _, sn, channel = (*topic.split("/"), "", "", "")[:4]
    if channel not in ("osd", "events"):
        return sn, []
    try:
        said = envelope.read(payload)
        event_us = _event_us(said.get("timestamp"))
        return sn, [_record(sn, channel, said, event_us, received_us)]
    except BadInput as fault:
        return sn, [Refused(sn, None, received_us, "malformed", fault.say("en"), payload[:2048])]


def _event_us(timestamp_ms: object) -> int:
    if isinstance(timestamp_ms, bool) or not isinstance(timestamp_ms, int) or not 0 < timestamp_ms < 10**14:
        raise BadInput(detail=f"timestamp {timestamp_ms!r}: milliseconds since 1970 are meant")
    return timestamp_ms * 1000


def _record(sn: str, channel: str, said: dict[str, object], event_us: int, received_us: int) -> Record:
    data = said["data"]
    assert isinstance(data, dict)
    if channel == "events":
        return Event(DeviceId(sn), None, event_us, received_us, f"dock_{said.get('method') or 'event'}", data)
    seen = envelope.dock(data)
    values = {"cover_state": PARTS.index(seen.cover), "putter_state": PARTS.index(seen.putter), "drone_place": PLACES.index(seen.drone),
              "charging": seen.charging, "battery_percent": seen.battery_percent, "wind_mps": seen.wind_mps,
              "dock_temperature_c": seen.temperature_c, "rain": seen.rain, "faults": len(seen.faults)}  # fmt: skip
    return Observation(DeviceId(sn), None, event_us, received_us, {k: float(v) for k, v in values.items()})
