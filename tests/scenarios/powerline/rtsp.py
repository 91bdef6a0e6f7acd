"""A small RTSP 1.0 server (RFC 2326, H.264 over interleaved RTP by RFC 6184) for one client after another, which can be made to fail.

The client under test is FFmpeg's own, so nothing of this file is shared with what it proves.
"""

from __future__ import annotations

import base64
import socket
import struct
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

import numpy as np
from tests.scenarios.powerline.films import Pixels, library

MTU = 1200


class Server:
    """Plays `pictures` in a loop at `fps`; after `cut_after` frames the connection breaks, `silent` plays nothing at all."""

    def __init__(
        self, pictures: list[Pixels], fps: int = 25, *, cut_after: int | None = None, silent: bool = False
    ) -> None:
        self._units, self._fps, self._cut_after, self._silent = encoded(pictures, fps), fps, cut_after, silent
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"rtsp://127.0.0.1:{self._socket.getsockname()[1]}/live"
        self.clients = 0
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._socket.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.clients += 1
            try:
                self._talk(client)
            except OSError:
                pass
            finally:
                client.close()

    def _talk(self, client: socket.socket) -> None:
        client.settimeout(20)
        asked = b""
        while not self._stop.is_set():
            got = client.recv(4096)
            if not got:
                return
            asked += got
            while b"\r\n\r\n" in asked:
                one, _, asked = asked.partition(b"\r\n\r\n")
                head = one.decode().splitlines()
                number = next(
                    line.split(":", 1)[1].strip() for line in head if line.lower().startswith("cseq")
                )
                method = head[0].split()[0]
                client.sendall(self._answer(method, number))
                if method == "PLAY":
                    self._play(client)
                    return

    def _answer(self, method: str, number: str) -> bytes:
        more, body = {"SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "OPTIONS": "Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"}.get(method, ""), ""  # fmt: skip
        if method == "DESCRIBE":
            sets = ",".join(base64.b64encode(u).decode() for u in self._units[0] if u[0] & 31 in (7, 8))
            body = ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
                    f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:track1\r\n")  # fmt: skip
            more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        return f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nSession: 1\r\n{more}\r\n{body}".encode()

    def _play(self, client: socket.socket) -> None:
        sequence = sent = 0
        while not self._stop.is_set():
            for units in self._units:
                if self._silent:
                    self._stop.wait(30)
                if self._stop.is_set() or (self._cut_after is not None and sent >= self._cut_after):
                    return
                packets = [p for unit in units for p in packed(unit)]
                for k, payload in enumerate(packets):
                    last = 0x80 if k == len(packets) - 1 else 0
                    head = struct.pack(
                        ">BBHII",
                        0x80,
                        last | 96,
                        sequence & 0xFFFF,
                        (sent * 90000 // self._fps) & 0xFFFFFFFF,
                        7,
                    )
                    client.sendall(b"$\0" + struct.pack(">H", len(head) + len(payload)) + head + payload)
                    sequence += 1
                sent += 1
                time.sleep(1 / self._fps)


def encoded(pictures: list[Pixels], fps: int) -> list[list[bytes]]:
    """Each picture's NAL units."""
    coder: Any = library().CodecContext.create("libx264", "w")
    coder.height, coder.width = pictures[0].shape[:2]
    coder.pix_fmt, coder.framerate, coder.time_base = "yuv420p", Fraction(fps), Fraction(1, fps)
    coder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "10", "repeat-headers": "1"}
    out = []
    for number, pixels in enumerate(pictures):
        frame = library().VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame.pts = number
        out += [list(units(bytes(packet))) for packet in coder.encode(frame)]
    return out


def units(stream: bytes) -> Iterator[bytes]:
    """Annex B → NAL units."""
    for part in stream.split(b"\0\0\1")[1:]:
        yield part.rstrip(b"\0")


def packed(unit: bytes) -> Iterator[bytes]:
    """A NAL unit as RTP payloads: itself, or fragments (FU-A)."""
    if len(unit) <= MTU:
        yield unit
        return
    for at in range(1, len(unit), MTU):
        start, end = at == 1, at + MTU >= len(unit)
        yield bytes([unit[0] & 0xE0 | 28, start << 7 | end << 6 | unit[0] & 31]) + unit[at : at + MTU]
