"""UDP and TCP under a link: bytes with the address they came from. It reads no frame."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import select
import socket
import time
from collections.abc import Callable
from typing import Protocol, cast

from mumian.core.kernel.errors import Unavailable
from mumian.core.kernel.ports import family
from mumian.scenarios.powerline.observe.mavlink.endpoint import Endpoint

Address = tuple[str, int]
Received = Callable[[bytes, Address], None]

_TAKEN = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)
_BUFFER_BYTES = 1 << 20
_RECONNECT_S = 1.0
_EAGER_S, _EAGER_POLL_MS = 0.02, 1


class Transport(Protocol):
    """Sends to one address; `remote` is the one it was told to speak to, None where it listens."""

    datagrams: bool
    eager: bool  # a transfer runs in which each message waits for the one before
    remote: Address | None

    def send(self, frame: bytes, to: Address) -> None: ...

    def close(self) -> None: ...


async def connect(endpoint: Endpoint, received: Received) -> Transport:
    """Open `endpoint`; Unavailable when its port is taken or its host is unknown."""
    try:
        if endpoint.scheme.startswith("udp"):
            return await Udp(received).open(endpoint)
        return await Tcp(received).open(endpoint)
    except OSError as fault:
        raise Unavailable(part=str(endpoint), detail=fault.strerror or str(fault)) from fault


class Udp(asyncio.DatagramProtocol):
    """`udp` binds the port; where another process (the vehicle) holds it, it speaks to that one instead."""

    datagrams = True

    def __init__(self, received: Received) -> None:
        self._received = received
        self._transport: asyncio.DatagramTransport | None = None
        self._socket: socket.socket | None = None
        self._poll = select.poll()
        self.eager = False
        self.remote: Address | None = None

    async def open(self, endpoint: Endpoint) -> Udp:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_DGRAM)
        kind, address = found[0][0], (str(found[0][4][0]), endpoint.port)
        opened = socket.socket(kind, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        opened.setblocking(False)
        if endpoint.scheme == "udpout":
            self.remote = address
        else:
            try:
                opened.bind(address)
            except OSError as fault:
                if endpoint.scheme == "udpin" or fault.errno not in _TAKEN:
                    opened.close()
                    raise
                self.remote = address
        self._socket = opened
        self._poll.register(opened, select.POLLIN)
        await loop.create_datagram_endpoint(lambda: self, sock=opened)
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            "asyncio.DatagramTransport", transport
        )  # the loop's own class does not derive from it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._received(data, (addr[0], addr[1]))
        if self.eager:
            self._read_on()

    def _read_on(self) -> None:
        """The answer to what we just said comes within a millisecond on a near link: wait for it right here, for the way
        through the event loop takes as long again. Other tasks wait 20 ms at the most.
        """
        assert self._socket is not None
        end = time.monotonic() + _EAGER_S
        while self.eager and time.monotonic() < end and self._poll.poll(_EAGER_POLL_MS):
            try:
                data, addr = self._socket.recvfrom(65536)
            except OSError:
                return
            self._received(data, (addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """A port that is closed at the moment (ICMP): the vehicle may be starting; the heartbeat goes on."""

    def send(self, frame: bytes, to: Address) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        assert self._socket is not None
        try:
            self._socket.sendto(frame, to)
        except OSError:  # full for the moment: the loop's transport sends it when there is room
            self._transport.sendto(frame, to)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Tcp:
    """One connection, taken up again every second when it falls; or a listener for many."""

    datagrams = False

    def __init__(self, received: Received) -> None:
        self._received = received
        self.eager = False
        self._writers: dict[Address, asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.remote: Address | None = None

    async def open(self, endpoint: Endpoint) -> Tcp:
        if endpoint.scheme == "tcpin":
            self._server = await asyncio.start_server(
                self._read, endpoint.host, endpoint.port, family=family(endpoint.host)
            )
            return self
        self.remote = (endpoint.host, endpoint.port)
        streams = await asyncio.open_connection(endpoint.host, endpoint.port)
        self._task = asyncio.create_task(self._keep(streams))
        return self

    async def _keep(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        assert self.remote is not None
        while True:
            with contextlib.suppress(OSError):
                await self._read(*streams, self.remote)
            await asyncio.sleep(_RECONNECT_S)
            with contextlib.suppress(OSError):
                streams = await asyncio.open_connection(*self.remote)

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, named: Address | None = None
    ) -> None:
        peer = writer.get_extra_info("peername")
        address = named or (str(peer[0]), int(peer[1]))
        self._writers[address] = writer
        try:
            while data := await reader.read(65536):
                self._received(data, address)
        finally:
            self._writers.pop(address, None)
            writer.close()

    def send(self, frame: bytes, to: Address) -> None:
        writer = self._writers.get(to)
        if writer is not None and not writer.is_closing():
            writer.write(frame)

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers.values()):
            writer.close()
