"""A bad radio between two UDP ends: loss, delay, repetition, reordering; the same seed loses the same datagrams.

Run: `python -m mumian.worlds.powerline.lossy --listen 127.0.0.1:14550 --to 127.0.0.1:14540 --loss 0.2 --round-trip-ms 300`.
Loss is drawn for each way by itself; each way takes half the round trip.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

Address = tuple[str, int]


@dataclass
class Weather:
    """Probabilities a datagram and way; change them while it runs. `cut` loses everything."""

    loss: float = 0.0
    round_trip_s: float = 0.0
    jitter_s: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    cut: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def fates(self) -> list[float]:
        """Delays in seconds of the copies that arrive; empty when the datagram is lost."""
        if self.cut or self.chance.random() < self.loss:
            return []
        copies = 2 if self.chance.random() < self.duplicate else 1
        return [self._delay_s() for _ in range(copies)]

    def _delay_s(self) -> float:
        late_s = self.round_trip_s / 2 + self.chance.random() * self.jitter_s
        return late_s + (0.02 if self.chance.random() < self.reorder else 0.0)


class _End(asyncio.DatagramProtocol):
    """One socket of the proxy; hands what it hears to the other."""

    def __init__(self, weather: Weather, to: Address | None) -> None:
        self.weather, self.to = weather, to
        self.other: _End | None = None
        self.transport: asyncio.DatagramTransport | None = None
        self.carried = self.lost = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        assert self.other is not None
        if self.to is None or self.learns:
            self.to = addr
        fates = self.weather.fates()
        self.lost += not fates
        for delay_s in fates:
            if delay_s:
                asyncio.get_running_loop().call_later(delay_s, self.other.emit, data)
            else:
                self.other.emit(data)

    learns = False

    def emit(self, data: bytes) -> None:
        if self.to is not None and self.transport is not None and not self.transport.is_closing():
            self.transport.sendto(data, self.to)
            self.carried += 1


@contextlib.asynccontextmanager
async def lossy(listen: Address, to: Address, weather: Weather) -> AsyncIterator[tuple[_End, _End]]:
    """A proxy that runs while the block does: who sends to `listen` speaks to `to`, and hears its answers."""
    loop = asyncio.get_running_loop()
    near, far = _End(weather, None), _End(weather, to)
    near.other, far.other, near.learns = far, near, True
    for end, bound in ((near, listen), (far, (to[0] if to[0] != "localhost" else "127.0.0.1", 0))):
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        opened.setblocking(False)
        opened.bind(bound)
        await loop.create_datagram_endpoint(lambda end=end: end, sock=opened)  # type: ignore[misc]
    try:
        yield near, far
    finally:
        for end in (near, far):
            if end.transport is not None:
                end.transport.close()


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host or "127.0.0.1", int(port)


async def _run(given: argparse.Namespace) -> None:
    weather = Weather(given.loss, given.round_trip_ms / 1000, given.jitter_ms / 1000, given.duplicate, given.reorder,
                      chance=random.Random(given.seed))  # fmt: skip
    async with lossy(given.listen, given.to, weather) as (near, far):
        print(f"ready: {given.listen[0]}:{given.listen[1]} → {given.to[0]}:{given.to[1]}", flush=True)
        try:
            await asyncio.Event().wait()
        finally:
            print(f"carried {near.carried + far.carried}, lost {near.lost + far.lost}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--listen", type=_address, required=True, metavar="HOST:PORT")
    parser.add_argument("--to", type=_address, required=True, metavar="HOST:PORT")
    for name in ("--loss", "--duplicate", "--reorder"):
        parser.add_argument(name, type=float, default=0.0, help="probability a datagram, 0 to 1")
    for name in ("--round-trip-ms", "--jitter-ms"):
        parser.add_argument(name, type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
