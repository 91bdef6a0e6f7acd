"""TCP gateways that the houses declare, each frame answered only after its records are durable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from mumian.core.kernel import ports
from mumian.core.kernel.errors import BadInput
from mumian.core.observe.records import Event, Record, Refused
from mumian.service.incoming import Incoming, promise

if TYPE_CHECKING:
    from mumian.core.observe.gateways import Listening
    from mumian.service.up import Service

STORE_TIMEOUT_S = 20.0


async def serve(service: Service, host: str, port: int) -> Listening | None:
    """Open the watch port of the first house that has one; None where no house has any."""
    gateway = next((s.gateway for s in service.scenarios if s.gateway is not None), None)
    if gateway is None:
        return None
    loop = asyncio.get_running_loop()

    async def store(device: str, records: Sequence[Record | Refused], raw: bytes, received_us: int) -> None:
        waits = []
        for record in records:
            future: Future[str] = promise()
            lane = service.pipeline.urgent if isinstance(record, Event) else service.pipeline.bulk
            lane.put(Incoming(device, "watch", raw, received_us, record=record, settled=future.set_result))
            waits.append(asyncio.wrap_future(future, loop=loop))
        if waits:
            await asyncio.wait_for(asyncio.gather(*waits), STORE_TIMEOUT_S)

    try:
        return await gateway(host, port or ports.free(host), store)
    except OSError as error:
        raise port_taken(port, str(error.strerror)) from None


def port_taken(port: int, why: str) -> BadInput:
    """What to say when the watch port cannot be opened."""
    return BadInput(
        detail=f"watch port {port} cannot be used ({why}): choose another with --watch-port, 0 takes a free one"
    )
