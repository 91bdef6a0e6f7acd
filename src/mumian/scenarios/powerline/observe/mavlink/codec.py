"""pymavlink as codec: one frame in, one message out, and the other way round; with MAVLink 2 signing where a key is given.

Every frame of ours is packed and every frame of theirs is checked by pymavlink (dialect ardupilotmega, which contains
common); nothing here knows a payload's bytes. Signing: https://mavlink.io/en/guide/message_signing.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any, Literal

Message = Any  # a pymavlink message: fields as attributes, get_type(), get_srcSystem(), get_srcComponent()
Reason = Literal["garbage", "unknown", "unsigned", "forged", "replayed"]

_EPOCH_2015_S = 1_420_070_400  # signing timestamps count 10 µs steps from 2015-01-01T00:00:00Z
_SIGNED = 0x01


class FrameRefused(Exception):  # not a MumianError: counted and dropped, never shown
    """A frame that is not taken; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)


@cache
def dialect() -> ModuleType:
    """The message definitions; half a second to import, so only when a link is opened."""
    from pymavlink.dialects.v20 import ardupilotmega

    made: ModuleType = ardupilotmega
    return made


def name_of(enum: str, value: int) -> str:
    """The name that the MAVLink definitions give a value, such as MAV_MISSION_UNSUPPORTED; the digits if none."""
    entry = dialect().enums.get(enum, {}).get(value)
    return entry.name if entry is not None else str(value)


class Codec:
    """Packs as (system, component) and unpacks anybody; keeps the sending sequence and the signing clocks."""

    def __init__(self, system: int = 255, component: int = 190, key: bytes | None = None) -> None:
        self._mav = _checking_mavlink()(None, srcSystem=system, srcComponent=component)
        self._other = dialect().MAVLink(None)
        self.system, self.component, self.signs = system, component, key is not None
        if key is not None:
            signing = self._mav.signing
            signing.secret_key, signing.sign_outgoing, signing.link_id = key, True, 0
            signing.timestamp = int((time.time() - _EPOCH_2015_S) * 100_000)

    def encode(self, message: Message) -> bytes:
        """The frame to send; takes the next sequence number."""
        if self.signs:
            now = int((time.time() - _EPOCH_2015_S) * 100_000)
            self._mav.signing.timestamp = max(self._mav.signing.timestamp, now)
        frame: bytes = message.pack(self._mav)
        self._mav.seq = (self._mav.seq + 1) % 256
        return frame

    @property
    def sequence(self) -> int:
        """The number that the next frame takes."""
        return int(self._mav.seq)

    def packed(self, messages: Sequence[Message], sequence: int) -> list[bytes]:
        """The frames of several messages as they would be from this sequence number on; not with signing."""
        other, frames = self._other, []
        other.srcSystem, other.srcComponent = self.system, self.component
        for number, message in enumerate(messages, sequence):
            other.seq = number % 256
            frames.append(bytes(message.pack(other)))
        return frames

    def foreign(self, message: Message, system: int, component: int, sequence: int) -> bytes:
        """The frame that (system, component) would send with this sequence number: to know it at sight when it comes."""
        self._other.srcSystem, self._other.srcComponent, self._other.seq = system, component, sequence
        return bytes(message.pack(self._other))

    def used(self) -> None:
        """A frame from `packed` is sent now: count it."""
        self._mav.seq = (self._mav.seq + 1) % 256

    def decode(self, frame: bytes) -> Message:
        """The message of exactly one frame; FrameRefused for anything that is not one we take."""
        self._mav.refusal = None
        if (
            frame[0] == 0xFD and frame[2] & ~_SIGNED
        ):  # an incompatibility flag that we do not know: must be dropped
            raise FrameRefused("garbage")
        try:
            message = self._mav.decode(bytearray(frame))
        except Exception as fault:  # the codec raises whatever its struct and string code raises on garbage
            raise FrameRefused(self._why(frame)) from fault
        if (
            message.get_msgId() < 0
        ):  # pymavlink's word for an id that the dialect lacks; its checksum is unchecked
            raise FrameRefused("unknown")
        return message

    def _why(self, frame: bytes) -> Reason:
        if self._mav.refusal is not None:
            refusal: Reason = self._mav.refusal
            return refusal
        unsigned = frame[0] == 0xFE or not frame[2] & _SIGNED
        return "unsigned" if self.signs and unsigned else "garbage"


@cache
def _checking_mavlink() -> type[Any]:
    class CheckingMavlink(dialect().MAVLink):  # type: ignore[misc]
        """pymavlink moves a stream's clock before it has checked the signature, so that one forged frame silences
        the true sender; here the signature is checked first, and a replay is told from a forgery.
        """

        refusal: Reason | None = None

        def check_signature(self, msgbuf: bytearray, srcSystem: int, srcComponent: int) -> bool:  # noqa: N803  its names
            digest = hashlib.sha256(self.signing.secret_key + bytes(msgbuf[:-6])).digest()[:6]
            if not hmac.compare_digest(digest, bytes(msgbuf[-6:])):
                self.refusal = "forged"
                return False
            taken: bool = super().check_signature(msgbuf, srcSystem, srcComponent)
            self.refusal = None if taken else "replayed"
            return taken

    return CheckingMavlink
