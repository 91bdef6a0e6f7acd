"""One frame: who sent what, what is wrong with it, and what to answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mumian.scenarios.eldercare.observe.watch import fields, replies
from mumian.scenarios.eldercare.observe.watch.fields import Fault

_UNREADABLE = frozenset({"truncated", "too_large"})
_NO_LENGTH = re.compile(rb"\A(?:[^*,]{0,8}\*){1,2}")  # what stands where index and length should


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, or a report of junk (`command` and `id` are then empty).

    offset, size   in bytes of the stream
    values         what the fields say: degrees, km/h, bpm, mmHg, °C, %, see docs/protocols/watch.md
    time_us        the frame's own time, None where it has none or an impossible one
    raw            the fields of a command that is not known, as sent
    payload        unescaped voice (AMR) or picture
    reply          bytes to send back once the frame is stored; empty where none is due
    wire           the frame as sent; of junk the first bytes
    """

    offset: int
    size: int
    head: str
    id: str
    index: str | None
    command: str
    values: Mapping[str, Any]
    time_us: int | None
    raw: list[str] | None
    payload: bytes | None
    faults: tuple[Fault, ...]
    reply: bytes
    wire: bytes

    @property
    def error(self) -> str | None:
        """What is wrong, as one sentence."""
        return "; ".join(fault.message for fault in self.faults) or None

    @property
    def whole(self) -> bool:
        """Whether the frame begins and ends where it should; its fields may still be wrong."""
        return not any(fault.reason in ("junk", "truncated", "too_large") for fault in self.faults)


def broken(offset: int, wire: bytes, size: int, fault: Fault) -> Frame:
    """Bytes that are no frame."""
    return Frame(offset, size, "", "", None, "", {}, None, None, None, (fault,), b"", wire)


def read(
    offset: int, wire: bytes, names: tuple[bytes, bytes, bytes | None], body: bytes, fault: Fault | None
) -> Frame:
    """The frame with `names` = (head, id, index) and content `body`; `fault` is what framing found wrong."""
    head, id = names[0].decode("ascii"), names[1].decode("ascii")
    index = None if names[2] is None else names[2].decode("ascii")
    if fault is not None and fault.reason == "header":
        body = _NO_LENGTH.sub(b"", body, count=1)
    name, _, content = body.partition(b",")
    command = name.decode("ascii", "backslashreplace")
    if fault is not None and fault.reason in _UNREADABLE:
        # A cut number is a wrong number, so nothing of it is read, and the watch shall send it again.
        known = command[:32] if len(name) < len(body) else ""
        return Frame(offset, len(wire), head, id, index, known, {}, None, None, None, (fault,), b"", wire)
    reading = fields.read(command, content)
    faults = ([fault] if fault else []) + reading.faults
    reply = b""
    if not id:
        faults.insert(0, Fault("malformed", "id", "the id is missing"))
    else:
        answer = replies.body(command, alarm=reading.alarm, voice=reading.voice)
        reply = replies.wire(head, id, index, answer) if answer else b""
    return Frame(
        offset, len(wire), head, id, index, command, reading.values, reading.time_us, reading.raw, reading.payload,
        tuple(faults), reply, wire,
    )  # fmt: skip
