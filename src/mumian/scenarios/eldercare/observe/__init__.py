"""The field's protocols, turned into records: elder watches over TCP, Zigbee sensors over MQTT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mumian.core.observe.gateways import KindOf, Listening, Sink
    from mumian.core.observe.records import Record, Refused
    from mumian.scenarios.eldercare.observe.watch import Frame


def zigbee_message(
    topic: str, payload: bytes, received_us: int, kind_of: KindOf
) -> tuple[str, Sequence[Record | Refused]]:
    """(device, records) of one Zigbee2MQTT message. What only describes the network makes none."""
    from mumian.scenarios.eldercare.observe import zigbee

    device = topic.split("/", 1)[1].replace("/", ":") if "/" in topic else topic
    said = zigbee.decode(topic, payload, received_us, kind_of(device))
    return said.device or device, (*said.records, *said.refused)


async def watch_gateway(host: str, port: int, sink: Sink) -> Listening:
    """Open the TCP port for elder watches; a frame is answered once its records are durable."""
    import time

    from mumian.scenarios.eldercare.observe.watch import records
    from mumian.scenarios.eldercare.observe.watch_server import serve_watches

    async def store(device: str, frame: Frame, raw: bytes) -> None:
        received_us = time.time_ns() // 1000
        await sink(device, records(frame, received_us), raw, received_us)

    return await serve_watches(host, port, store)
