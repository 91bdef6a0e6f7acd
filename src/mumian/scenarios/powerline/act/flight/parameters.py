"""Parameters by name: read with repetition, in the byte-wise or the C-cast encoding that the vehicle uses.

https://mavlink.io/en/services/parameter.html#parameter-encoding
"""

from __future__ import annotations

import asyncio
import contextlib
import struct

from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.observe.mavlink.codec import Message, dialect
from mumian.scenarios.powerline.observe.mavlink.modes import ARDUPILOT

_REAL32 = 9  # MAV_PARAM_TYPE_REAL32
_INTEGERS = {1: "<B", 2: "<b", 3: "<H", 4: "<h", 5: "<I", 6: "<i"}


async def read(connection: Connection, names: tuple[str, ...], wait_s: float = 2.0) -> dict[str, float]:
    """The values of those `names` that the vehicle has; what it does not answer within `wait_s` is left out."""
    found: dict[str, float] = {}
    news = asyncio.Event()

    def heard(message: Message) -> None:
        if message.param_id in names:
            found[message.param_id] = value_of(message, c_cast=connection.vehicle.autopilot == ARDUPILOT)
            news.set()

    off = connection.on(("PARAM_VALUE",), heard)
    end = asyncio.get_running_loop().time() + wait_s
    system, component = connection.address
    try:
        while (
            missing := [name for name in names if name not in found]
        ) and asyncio.get_running_loop().time() < end:
            for name in missing:
                connection.send(
                    dialect().MAVLink_param_request_read_message(system, component, name.encode(), -1)
                )
            news.clear()
            pause_s = max(0.5, 1.5 * connection.link.round_trip_s())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), pause_s)
            await asyncio.sleep(0.1)
    finally:
        off()
    return found


def value_of(message: Message, *, c_cast: bool) -> float:
    """A PARAM_VALUE's number: integers travel as their bytes, but ArduPilot casts them to float."""
    form = _INTEGERS.get(message.param_type)
    if c_cast or message.param_type == _REAL32 or form is None:
        return float(message.param_value)
    raw = struct.pack("<f", message.param_value)
    return float(struct.unpack(form, raw[: struct.calcsize(form)])[0])
