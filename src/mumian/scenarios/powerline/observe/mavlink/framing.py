"""Bytes to messages: finds frames in what arrives, however it was cut, garbled or repeated, and counts what it drops.

Frame layout: https://mavlink.io/en/guide/serialization.html (MAVLink 1 and 2).
"""

from __future__ import annotations

import re
from collections import Counter

from mumian.scenarios.powerline.observe.mavlink.codec import Codec, FrameRefused, Message

_V1, _V2 = 0xFE, 0xFD
_MARKER = re.compile(rb"[\xfd\xfe]")
_LONGEST = 280  # MAVLink 2: 10 header, 255 payload, 2 checksum, 13 signature
_REMEMBERED = 64  # frames; a repetition comes within a few, and the 8-bit sequence comes round only after 256


class Framer:
    """One sender's bytes. A frame may run over several reads; a byte of garbage costs itself and no frame behind it."""

    def __init__(self, codec: Codec, *, datagrams: bool) -> None:
        self._codec, self._datagrams, self._rest = codec, datagrams, b""
        self._recent: dict[bytes, None] = {}
        self.dropped: Counter[str] = Counter()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. A datagram is read by itself first: most hold whole frames."""
        if self._datagrams or not self._rest:
            messages, rest = self._split(data)
            if messages or not self._rest:
                self._rest = rest
                return messages
        messages, self._rest = self._split(self._rest + data)
        return messages

    def _split(self, data: bytes) -> tuple[list[Message], bytes]:
        """(messages, what may become one). A stream waits for a frame that is cut off; a datagram is searched on."""
        messages: list[Message] = []
        rest, at = b"", 0
        while (marker := _MARKER.search(data, at)) is not None:
            start, at = marker.start(), marker.end()
            end = _end(data, start)
            if end > len(data):
                rest = rest or data[start : start + _LONGEST]
                if self._datagrams:
                    continue
                break
            try:
                message = self._codec.decode(data[start:end])
            except FrameRefused as refused:
                self.dropped[refused.reason] += 1
                continue
            at, rest = end, b""
            if self.is_new(data[start:end]):
                messages.append(message)
        return messages, rest

    def is_new(self, frame: bytes) -> bool:
        """False for the very same frame again: networks repeat datagrams, senders never repeat a sequence number so soon."""
        if frame in self._recent:
            self.dropped["repeated"] += 1
            return False
        self._recent[frame] = None
        if len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]
        return True


def _end(data: bytes, start: int) -> int:
    """Where the frame that may begin at `start` would end; beyond `data` where even that is cut off."""
    if data[start] == _V1:
        return start + 8 + data[start + 1] if start + 1 < len(data) else len(data) + 1
    if start + 2 >= len(data):
        return len(data) + 1
    return start + 12 + data[start + 1] + (13 if data[start + 2] & 1 else 0)
