"""One link to any number of vehicles: sends, hands what arrives to whoever asked for it, keeps heartbeat and clocks.

It commands nothing: a heartbeat says that a ground station listens, TIMESYNC and PING ask for the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Self

from mumian.scenarios.powerline.observe.mavlink.codec import Codec, Message, dialect
from mumian.scenarios.powerline.observe.mavlink.endpoint import Endpoint
from mumian.scenarios.powerline.observe.mavlink.framing import Framer
from mumian.scenarios.powerline.observe.mavlink.quality import LinkQuality, RoundTrip
from mumian.scenarios.powerline.observe.mavlink.transport import Address, Transport, connect

Handler = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Awaited:
    """A frame that is most likely to come next, as the codec packs it: it need not be unpacked when it does."""

    frame: bytes
    system: int
    component: int
    sequence: int
    then: Callable[[], None]


BEAT_S = 1.0
_SLOW_S, _LOSSY = 0.05, 0.03
_MOST_PEERS = 64  # senders kept apart; a flood of forged source addresses may not fill the memory
_ASKED_KEPT = 32


class Link:
    """`async with Link.opened(endpoint, codec) as link`. All of it runs in one event loop; handlers are called at once."""

    def __init__(self, codec: Codec) -> None:
        self.codec, self.quality = codec, LinkQuality()
        self.refused: Counter[str] = Counter()
        self._transport: Transport | None = None
        self._framers: dict[Address, Framer] = {}
        self._routes: dict[int, Address] = {}
        self._handlers: dict[str, list[Handler]] = {}
        self._asked: dict[int, int] = {}  # what we wrote into TIMESYNC or PING → monotonic ns of sending
        self._answers: dict[int, int] = {}  # system → the newest question that it has answered
        self._first_answered = 0
        self._pings = 0
        self.awaited: Awaited | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, endpoint: Endpoint, codec: Codec) -> AsyncIterator[Self]:
        """An open link with its heartbeat; Unavailable when the endpoint cannot be opened."""
        link = cls(codec)
        link._transport = await connect(endpoint, link._received)
        beating = asyncio.create_task(link._beat())
        try:
            yield link
        finally:
            beating.cancel()
            link._transport.close()

    def on(self, names: tuple[str, ...], handler: Handler) -> Callable[[], None]:
        """Call `handler` with each message of these types ("*": all); returns what ends it."""
        for name in names:
            self._handlers.setdefault(name, []).append(handler)

        def off() -> None:
            for name in names:
                with contextlib.suppress(ValueError):
                    self._handlers[name].remove(handler)

        return off

    def send(self, message: Message, system: int | None = None) -> None:
        """To one system where its address is known, else to everybody heard (or to the one address given)."""
        self.send_frame(self.codec.encode(message), system)

    def send_frame(self, frame: bytes, system: int | None = None) -> None:
        """As `send`, for a frame that the codec has packed already."""
        if self._transport is None:
            return
        route = self._routes.get(system) if system is not None else None
        if route is not None:
            self._transport.send(frame, route)
            return
        for address in self._peers():
            self._transport.send(frame, address)

    @contextlib.contextmanager
    def eagerly(self) -> Iterator[None]:
        """While a list is transferred: every message waits for the one before, so the next is awaited at once."""
        assert self._transport is not None
        self._transport.eager = True
        try:
            yield
        finally:
            self.no_longer_eager()

    def no_longer_eager(self) -> None:
        """The last message of a transfer has come."""
        if self._transport is not None:
            self._transport.eager = False
        self.awaited = None

    def is_lossy(self) -> bool:
        """So slow and lossy that saying a thing twice costs less than waiting for the answer to a lost one."""
        return self.round_trip_s(0.0) > _SLOW_S and (self.quality.loss() or 0.0) > _LOSSY

    def round_trip_s(self, otherwise: float = 0.5) -> float:
        """Smoothed round trip in seconds, or `otherwise` before the first answer."""
        smoothed = self.quality.round_trip.smoothed_us
        return smoothed / 1e6 if smoothed is not None else otherwise

    def _peers(self) -> list[Address]:
        assert self._transport is not None
        if self._transport.remote is not None:
            return [self._transport.remote]
        return list(set(self._routes.values()))

    def _received(self, data: bytes, address: Address) -> None:
        framer = self._framers.get(address)
        awaited = self.awaited
        if awaited is not None and data == awaited.frame and framer is not None and framer.is_new(data):
            self.awaited = None
            self.quality.heard(awaited.system, awaited.component, awaited.sequence)
            awaited.then()
            return
        if framer is None:
            if len(self._framers) >= _MOST_PEERS:
                self._framers.pop(next(iter(self._framers)))
            datagrams = self._transport is None or self._transport.datagrams
            framer = self._framers[address] = Framer(self.codec, datagrams=datagrams)
            framer.dropped = self.refused
        for message in framer.feed(data):
            self._heard(message, address)

    def _heard(self, message: Message, address: Address) -> None:
        system, header = message.get_srcSystem(), message.get_header()
        if system == self.codec.system and header.srcComponent == self.codec.component:
            return  # our own words, sent back
        self._routes[system] = address
        self.quality.heard(system, header.srcComponent, header.seq)
        name = message.get_type()
        if name in ("TIMESYNC", "PING"):
            self._timed(message, name)
        for handler in [*self._handlers.get(name, ()), *self._handlers.get("*", ())]:
            handler(message)

    async def _beat(self) -> None:
        """Heartbeat and both questions of the time, at once and every second; the first second asks twice more."""
        count = 0
        while True:
            if count >= 2 or count == 0:
                self.send(
                    dialect().MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3)
                )  # MAV_TYPE_GCS, no autopilot, active
            self._ask()
            await asyncio.sleep(BEAT_S if count >= 2 else 0.3)
            count += 1

    def _ask(self) -> None:
        now = time.monotonic_ns()
        stamp_us = time.time_ns() // 1000
        self._asked[stamp_us * 1000] = now
        self._asked[stamp_us] = now
        while len(self._asked) > _ASKED_KEPT:
            self._asked.pop(next(iter(self._asked)))
        self.send(dialect().MAVLink_timesync_message(0, stamp_us * 1000))
        if self.quality.round_trip.last_us is None or self._pings:
            self._pings += 1
            self.send(dialect().MAVLink_ping_message(stamp_us, self._pings % 2**32, 0, 0))

    def _timed(self, message: Message, name: str) -> None:
        if name == "PING":
            if message.target_system == 0:
                answer = dialect().MAVLink_ping_message(
                    message.time_usec, message.seq, message.get_srcSystem(), message.get_srcComponent()
                )
                self.send(answer, message.get_srcSystem())
            else:
                self._answered(message.time_usec, None, message.get_srcSystem())
        elif message.tc1 == 0:
            self.send(
                dialect().MAVLink_timesync_message(time.time_ns(), message.ts1), message.get_srcSystem()
            )
        else:
            self._pings = 0
            self._answered(message.ts1, message.tc1, message.get_srcSystem())

    def _answered(self, asked: int, theirs_ns: int | None, system: int) -> None:
        """One question goes to all; each system's first answer is its round trip, the first of all is the link's."""
        sent = self._asked.get(asked)
        if sent is None or self._answers.get(system, 0) >= asked:
            return
        round_trip_ns = time.monotonic_ns() - sent
        self._answers[system] = asked
        self.quality.round_trips.setdefault(system, RoundTrip()).measured(round_trip_ns // 1000, None)
        if self._first_answered >= asked:
            return
        self._first_answered = asked
        offset_us = None if theirs_ns is None else (theirs_ns - (asked + round_trip_ns / 2)) / 1000
        self.quality.round_trip.measured(round_trip_ns // 1000, offset_us)
