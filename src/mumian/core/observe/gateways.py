"""How a house plugs its field's protocols in: adapters for foreign MQTT topics, gateways for TCP. Types only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from mumian.core.observe.records import Record, Refused

Sink = Callable[
    [str, Sequence[Record | Refused], bytes, int], Awaitable[None]
]  # device, records, raw, received_us
KindOf = Callable[[str], str | None]  # device → its kind in the registry
Adapter = Callable[
    [str, bytes, int, KindOf], tuple[str, Sequence[Record | Refused]]
]  # topic, payload, received_us


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a house's devices, `{device}` standing for the device's id; `who`: what the device itself may do with it."""

    pattern: str
    who: Literal["write", "read"]

    def of(self, device: str) -> str:
        """The topic of one device, or a broker's pattern for all (`+`, `%u`)."""
        return self.pattern.replace("{device}", device)


class Listening(Protocol):
    """An open gateway."""

    @property
    def port(self) -> int: ...

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        ...


Gateway = Callable[
    [str, int, Sink], Awaitable[Listening]
]  # host, port, sink; the sink returns once all is durable
