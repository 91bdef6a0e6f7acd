"""The TCP server for elder watches: bytes in, each frame to `sink`, the answer only after `sink` has stored it.

It refuses to believe that a peer means well: connections, bytes, junk and time are limited, see `Limits`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from mumian.scenarios.eldercare.observe.watch import Codec, Frame

log = structlog.get_logger()

# device ("" for junk before the first frame), frame, the frame's bytes. It returns once everything is durable.
Sink = Callable[[str, Frame, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer may take.

    per_address    connections from one address; mobile carriers put many watches behind one
    frame_s        for a whole frame, from its first byte (and from connecting, for the first)
    idle_s         between frames; watches send LK every 5 to 8 min
    junk_bytes     in a row, then the connection is closed
    """

    connections: int = 10_000
    per_address: int = 500
    frame_s: float = 30.0
    idle_s: float = 600.0
    junk_bytes: int = 64 * 1024
    bytes_per_s: float = 32 * 1024
    burst_bytes: float = 256 * 1024
    send_s: float = 10.0


@dataclass(slots=True)
class Counters:
    """What has happened since the start; for the metrics page."""

    open: int = 0
    accepted: int = 0
    refused: int = 0
    frames: int = 0
    broken: int = 0
    junk_bytes: int = 0
    replies: int = 0
    closed_slow: int = 0
    closed_idle: int = 0
    closed_junk: int = 0
    throttled: int = 0
    not_stored: int = 0


class WatchServer:
    """Make it with `serve_watches`."""

    def __init__(self, sink: Sink, limits: Limits) -> None:
        self.counters = Counters()
        self._sink, self._limits = sink, limits
        self._addresses: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 was asked for."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def listen(self, host: str, port: int) -> None:
        """Bind; raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=_READ_BYTES)

    async def close(self) -> None:
        """Stop listening and drop every connection; frames not yet stored were not answered, so watches send them again."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ("?",))[0])
        limits, counters = self._limits, self.counters
        if counters.open >= limits.connections or self._addresses[address] >= limits.per_address:
            counters.refused += 1
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._addresses[address] += 1
        counters.open += 1
        counters.accepted += 1
        try:
            await _Connection(reader, writer, self._sink, limits, counters).run()
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # the peer went away, reads nothing, or the server closes
        finally:
            self._tasks.discard(task)
            counters.open -= 1
            self._addresses -= Counter({address: 1})  # drops addresses that have none left
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), limits.send_s)


async def serve_watches(host: str, port: int, sink: Sink, limits: Limits | None = None) -> WatchServer:
    """Listen on host:port and hand every frame to `sink`.

    When `sink` raises, the connection is closed without an answer, so that the watch sends the frame again.
    Raises OSError when the port is taken.
    """
    server = WatchServer(sink, limits or Limits())
    await server.listen(host, port)
    return server


_READ_BYTES = 8192


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sink: Sink
    limits: Limits
    counters: Counters
    codec: Codec = field(default_factory=Codec)
    device: str = ""
    junk: int = 0
    whole_by: float | None = None  # when a frame has to be whole, on the loop's clock
    tokens: float = 0.0
    filled_at: float = 0.0

    async def run(self) -> None:
        now = asyncio.get_running_loop().time
        self.tokens, self.filled_at = self.limits.burst_bytes, now()
        self.whole_by = now() + self.limits.frame_s
        while data := await self._read(now()):
            await self._throttle(len(data), now())
            whole = await self._handle(self.codec.feed(data))
            if whole is None or self._too_much_junk():
                return
            if not self.codec.pending and whole:
                self.whole_by = None
            elif whole or self.whole_by is None:
                self.whole_by = now() + self.limits.frame_s
        await self._handle(self.codec.finish())

    async def _read(self, now: float) -> bytes:
        """The next bytes; empty at the end and when the time is up."""
        wait_s = self.limits.idle_s if self.whole_by is None else self.whole_by - now
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                return await self.reader.read(_READ_BYTES)
        except TimeoutError:
            if self.whole_by is None:
                self.counters.closed_idle += 1
            else:
                self.counters.closed_slow += 1
            return b""

    async def _throttle(self, size: int, now: float) -> None:
        """Read no faster than allowed: TCP then holds the peer back by itself."""
        limits = self.limits
        self.tokens = (
            min(limits.burst_bytes, self.tokens + (now - self.filled_at) * limits.bytes_per_s) - size
        )
        self.filled_at = now
        if self.tokens < 0:
            self.counters.throttled += 1
            await asyncio.sleep(-self.tokens / limits.bytes_per_s)

    async def _handle(self, frames: list[Frame]) -> int | None:
        """Store and answer each; how many were whole, None when one could not be stored."""
        whole = 0
        for frame in frames:
            self._count(frame)
            whole += frame.whole
            try:
                await self.sink(self.device, frame, frame.wire)
            except Exception:  # whatever it was: no answer, and the watch sends the frame again
                log.exception("watch frame not stored", device=self.device, command=frame.command)
                self.counters.not_stored += 1
                return None
            if frame.reply:
                self.writer.write(frame.reply)
                async with asyncio.timeout(self.limits.send_s):
                    await self.writer.drain()
                self.counters.replies += 1
        return whole

    def _count(self, frame: Frame) -> None:
        self.device = frame.id or self.device
        if not frame.command and not frame.id:
            self.counters.junk_bytes += frame.size
            self.junk += frame.size
            return
        self.counters.frames += 1
        self.counters.broken += bool(frame.faults)
        self.junk = 0 if frame.whole else self.junk + frame.size

    def _too_much_junk(self) -> bool:
        """Whether to close: junk in a row, reported or still growing."""
        if self.junk < self.limits.junk_bytes and self.codec.junk + self.junk < self.limits.junk_bytes:
            return False
        self.counters.closed_junk += 1
        return True
