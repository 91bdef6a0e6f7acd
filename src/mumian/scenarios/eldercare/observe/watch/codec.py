"""Where frames begin and end in the byte stream of a watch, however TCP cut it, and whatever the length field claims.

`[<head>*<id>*<length>*<content>]`, with `<index>*` before the length on ZJ watches. The length counts the bytes of the
content as sent (escaped). Binary content carries `[` and `]` only escaped; the name of a Wi-Fi network may carry them
as they are. Three rules follow, and no other input than the bytes themselves decides:

1. If the byte after `length` bytes is `]` and no other frame starts before it, the frame ends there.
2. Otherwise the length lies: the frame ends at its first `]`, or is truncated where the next frame starts.
3. What stands between frames is junk, reported with its offset and size.
"""

from __future__ import annotations

import re

from mumian.scenarios.eldercare.observe.watch.fields import Fault
from mumian.scenarios.eldercare.observe.watch.frame import Frame, broken, read
from mumian.scenarios.eldercare.observe.watch.voice import unescape

MAX_CONTENT = (
    0xFFFF  # bytes: what four hex digits can state; 15 s of AMR, the longest voice message, is 24 kB
)
MAX_JUNK = 0x10000  # bytes of junk that one report covers
SAMPLE = 32  # bytes of junk kept, so that an engineer can see what came

_HEAD = re.compile(rb"\[([0-9A-Z]{2})\*([0-9A-Za-z]{0,32})\*")
_LENGTH = re.compile(rb"(?:([0-9A-Fa-f]{4})\*)?([0-9A-Fa-f]{4})\*")
_START = re.compile(rb"\[[0-9A-Z]{2}\*")
# What may still become a head, or a length, once more bytes arrive.
_HALF_HEAD = re.compile(rb"\[(?:[0-9A-Z]{0,2}|[0-9A-Z]{2}\*[0-9A-Za-z]{0,32})\Z")
_HALF_LENGTH = re.compile(rb"(?:[0-9A-Fa-f]{4}\*)?[0-9A-Fa-f]{0,4}\Z")
_HEAD_MAX, _START_SIZE, _CLOSE = 37, 4, 0x5D
_INDEXED = b"ZJ"

_End = tuple[int, int, Fault | None]  # end of the content, where to go on, what is wrong


class Codec:
    """The state of one connection. Memory stays below `MAX_CONTENT` + the largest chunk, whatever arrives.

    Any cut of the same bytes into chunks gives the same frames.
    """

    __slots__ = ("_buffer", "_junk_at", "_junk_size", "_offset", "_sample", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offset = 0  # of the buffer's first byte in the stream
        self._scanned = 0  # no frame starts between the content's begin and here
        self._junk_at = self._junk_size = 0
        self._sample = b""

    @property
    def pending(self) -> int:
        """Bytes that belong to no reported frame yet."""
        return len(self._buffer) + self._junk_size

    @property
    def junk(self) -> int:
        """Bytes of junk that no report covers yet."""
        return self._junk_size

    def feed(self, data: bytes) -> list[Frame]:
        """The frames, and reports of junk, that `data` completes, in order of arrival."""
        self._buffer += data
        return self._take(final=False)

    def finish(self) -> list[Frame]:
        """The stream has ended: what is left is junk or a truncated frame."""
        frames = self._take(final=True)
        self._flush(frames)
        return frames

    def _take(self, *, final: bool) -> list[Frame]:
        frames: list[Frame] = []
        at = 0
        while at < len(self._buffer):
            head = _HEAD.search(self._buffer, at)
            if head is None:
                at = self._without_head(at, frames, final=final)
                break
            self._junk(at, head.start(), frames)
            self._flush(frames)
            at = head.start()
            following = self._frame(head, frames, final=final)
            if following is None:
                break
            at, self._scanned = following, 0
        del self._buffer[:at]
        self._offset += at
        self._scanned = max(0, self._scanned - at)
        return frames

    def _without_head(self, at: int, frames: list[Frame], *, final: bool) -> int:
        """No frame starts in the rest: all of it is junk, but for a tail that may become a head."""
        buffer, have = self._buffer, len(self._buffer)
        half = _HALF_HEAD.search(buffer, max(at, have - _HEAD_MAX))
        self._junk(at, half.start() if half else have, frames)
        if half is None or not final:
            return half.start() if half else have
        self._flush(frames)
        what = f"the stream ended inside the head of a frame: {have - half.start()} bytes"
        wire = bytes(buffer[half.start() :])
        frames.append(broken(self._offset + half.start(), wire, len(wire), Fault("truncated", None, what)))
        return have

    def _frame(self, head: re.Match[bytes], frames: list[Frame], *, final: bool) -> int | None:
        """Append the frame that begins with `head`; where to go on, None while bytes are missing."""
        buffer, begin = self._buffer, head.end()
        form = _LENGTH.match(buffer, begin)
        if not final and (form is None or form[1] is None) and _HALF_LENGTH.match(buffer, begin, begin + 10):
            return None  # `0007*` may be a length, or the index before one
        index, length, content = None, None, begin
        if form is not None and (form[1] or head[1] != _INDEXED):
            index, length, content = form[1], int(form[2], 16), form.end()
        end = self._end(content, length, final=final)
        if end is None:
            return None
        stop, following, fault = end
        start = head.start()
        wire = bytes(buffer[start:following])
        body = wire[content - start : stop - start]
        frames.append(read(self._offset + start, wire, (head[1], head[2], index), body, fault))
        return following

    def _end(self, content: int, length: int | None, *, final: bool) -> _End | None:
        """Rules 1 and 2 of the module; None while bytes are missing."""
        buffer, have = self._buffer, len(self._buffer)
        stated = -1 if length is None else content + length
        seen = max(content, self._scanned)
        closed = 0 <= stated < have and buffer[stated] == _CLOSE
        if closed and _START.search(buffer, seen, stated) is None:
            return stated, stated + 1, None
        limit = content + MAX_CONTENT + 1
        start = _START.search(buffer, seen, limit + _START_SIZE)
        if start is None and have <= stated and not final:
            self._wait(content)
            return None
        stop = start.start() if start else min(have, limit)
        close = buffer.find(b"]", content, stop)
        if close >= 0:
            return close, close + 1, _lie(length, bytes(buffer[content:close]))
        if start is None and have < limit + _START_SIZE and not final:
            self._wait(content)
            return None
        return stop, stop, _cut(length, stop - content, at_end=start is None and stop == have)

    def _wait(self, content: int) -> None:
        """Remember how far no start was found, so that a frame that drips in costs no more than one that arrives."""
        self._scanned = max(content, len(self._buffer) - _START_SIZE + 1)

    def _junk(self, begin: int, end: int, frames: list[Frame]) -> None:
        """Count buffer[begin:end] as junk; report each full `MAX_JUNK` at once, so that it is seen while it comes."""
        while begin < end:
            if not self._junk_size:
                self._junk_at, self._sample = self._offset + begin, b""
            part = min(end - begin, MAX_JUNK - self._junk_size)
            if len(self._sample) < SAMPLE:
                self._sample = (self._sample + self._buffer[begin : begin + min(part, SAMPLE)])[:SAMPLE]
            self._junk_size += part
            begin += part
            if self._junk_size == MAX_JUNK:
                self._flush(frames)

    def _flush(self, frames: list[Frame]) -> None:
        if self._junk_size:
            what = f"junk of {self._junk_size} bytes at offset {self._junk_at}, between frames"
            fault = Fault("junk", None, what)
            frames.append(broken(self._junk_at, bytes(self._sample), self._junk_size, fault))
            self._junk_size = 0


def _lie(length: int | None, body: bytes) -> Fault | None:
    if length is None:
        return Fault(
            "header", None, "the length (on ZJ watches the index and the length) is not four hex digits"
        )
    # Some firmware counts voice before escaping; the frame is whole all the same.
    if b"}" in body and len(unescape(body)[0]) == length:
        return None
    return Fault("length", None, f"the length says {length} bytes, the content has {len(body)}")


def _cut(length: int | None, got: int, *, at_end: bool) -> Fault:
    of = "" if length is None else f" of {length}"
    if at_end:
        return Fault(
            "truncated", None, f"the stream ended inside the frame, after {got}{of} bytes of content"
        )
    if got > MAX_CONTENT:
        return Fault("too_large", None, f"no end within {MAX_CONTENT} bytes of content")
    return Fault("truncated", None, f"the next frame starts after {got}{of} bytes of content")
