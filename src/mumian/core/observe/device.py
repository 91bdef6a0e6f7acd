"""Our device protocol (docs/protocols/device.md): one message's bytes to one record, or to a reason why not.

Pure: bytes in, record out. A MessagePack map begins above 0x7f; anything else is read as JSON.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np

from mumian.core.kernel import clock
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import DeviceId
from mumian.core.observe.quantities import fault
from mumian.core.observe.records import Event, Observation, Record, Refused, Reply, Waveform

CHANNELS = ("obs", "accel", "event", "reply")
URGENT = ("event", "reply")
EARLIEST_US = 1_577_836_800 * clock.SECOND_US  # 2020-01-01: no device of ours is older
AHEAD_US = 120 * clock.SECOND_US
SEQ_MAX = 2**53
G_MPS2 = 9.80665
ACCEL_MAX_MPS2 = 40 * G_MPS2
SAMPLES_MAX = 6000
PAYLOAD_MAX = 256 * 1024
EVENT_KINDS = ("sos", "button")
_COMMAND = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SEQ = re.compile(rb'"seq"\s*:\s*(\d{1,16})(?![\d.])')

Stamp = str | int | float


class _Obs(msgspec.Struct):
    seq: int
    time: Stamp
    values: dict[str, Any]


class _Accel(msgspec.Struct):
    seq: int
    time: Stamp
    rate_hz: float
    unit: str
    x: list[float]
    y: list[float]
    z: list[float]
    gx: list[float] | None = None
    gy: list[float] | None = None
    gz: list[float] | None = None


class _Event(msgspec.Struct):
    seq: int
    time: Stamp
    kind: str


class _Reply(msgspec.Struct):
    seq: int
    time: Stamp
    command: str
    answer: str


class _Numbered(msgspec.Struct):
    seq: int


_SHAPES: dict[str, type] = {"obs": _Obs, "accel": _Accel, "event": _Event, "reply": _Reply}
_JSON: dict[str, msgspec.json.Decoder[Any]] = {
    channel: msgspec.json.Decoder(shape) for channel, shape in _SHAPES.items()
}
_PACK: dict[str, msgspec.msgpack.Decoder[Any]] = {
    channel: msgspec.msgpack.Decoder(shape) for channel, shape in _SHAPES.items()
}
_JSON_NUMBER = msgspec.json.Decoder(_Numbered)
_PACK_NUMBER = msgspec.msgpack.Decoder(_Numbered)


class _Fault(Exception):
    """Why a message cannot become a record."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


def decode(device: str, channel: str, payload: bytes, received_us: int) -> Record | Refused:
    """One message of `mumian/{device}/{channel}`. Never raises."""
    is_json = payload[:1] < b"\x80"
    try:
        _check_size(payload)
        message = (_JSON if is_json else _PACK)[channel].decode(payload)
        _check_seq(message.seq)
        record: Record = _READ[channel](DeviceId(device), message, received_us)
        return record
    except _Fault as why:
        return _refused(device, payload, received_us, why.reason, why.message, is_json=is_json)
    except BadInput as why:
        return _refused(device, payload, received_us, "clock", str(why), is_json=is_json)
    except (
        msgspec.DecodeError,
        msgspec.ValidationError,
        UnicodeDecodeError,
        RecursionError,
        OverflowError,
    ) as why:
        reason = "not_a_number" if b"NaN" in payload or b"Infinity" in payload else "malformed"
        said = f"{channel} message: {why}; send JSON or MessagePack as docs/protocols/device.md shows"
        return _refused(device, payload, received_us, reason, said, is_json=is_json)


def observation(
    device: str, seq: int, time: Stamp, values: dict[str, Any], received_us: int
) -> Observation | Refused:
    """The same for a message already taken apart (HTTP batch, file)."""
    try:
        _check_seq(seq)
        return _obs(DeviceId(device), _Obs(seq, time, values), received_us)
    except _Fault as why:
        return Refused(
            device, _possible(seq), received_us, why.reason, why.message, repr(values).encode()[:2048]
        )
    except BadInput as why:
        return Refused(device, _possible(seq), received_us, "clock", str(why), repr(time).encode()[:2048])


def event_time(value: object, received_us: int) -> int:
    """Event time in µs; _Fault when no clock that works can have given it."""
    at_us = clock.parse(value)
    if at_us < EARLIEST_US:
        raise _Fault(
            "clock",
            f"time {clock.iso(at_us)} lies before 2020: set the device's clock; numbers are milliseconds, not seconds",
        )
    if at_us > received_us + AHEAD_US:
        raise _Fault(
            "clock",
            f"time {clock.iso(at_us)} lies more than 2 min ahead of the server: set the device's clock",
        )
    return at_us


def _check_size(payload: bytes) -> None:
    if len(payload) > PAYLOAD_MAX:
        raise _Fault(
            "too_large", f"{len(payload)} bytes: a message holds at most {PAYLOAD_MAX}; send shorter batches"
        )


def _possible(seq: int | None) -> int | None:
    return seq if seq is not None and 1 <= seq <= SEQ_MAX else None


def _check_seq(seq: int) -> None:
    if _possible(seq) is None:
        raise _Fault("malformed", f"seq {seq}: number messages from 1 without gaps")


def _obs(device: DeviceId, message: _Obs, received_us: int) -> Observation:
    at_us = event_time(message.time, received_us)
    if not message.values:
        raise _Fault("malformed", "values is empty: send at least one value")
    values: dict[str, float] = {}
    for name, value in message.values.items():
        if why := fault(name, value):
            raise _Fault(*why)
        values[name] = float(value)
    return Observation(device, message.seq, at_us, received_us, values)


def _accel(device: DeviceId, message: _Accel, received_us: int) -> Waveform:
    at_us = event_time(message.time, received_us)
    if not 1 <= message.rate_hz <= 1000:
        raise _Fault("out_of_range", f"rate_hz {message.rate_hz:g}: 1 to 1000 is possible")
    scale = {"m/s2": 1.0, "g": G_MPS2}.get(message.unit)
    if scale is None:
        raise _Fault("malformed", f'unit {message.unit[:16]!r}: "m/s2" or "g"')
    axes = [message.x, message.y, message.z]
    turns = [a for a in (message.gx, message.gy, message.gz) if a is not None]
    if (
        len({len(a) for a in axes + turns}) != 1
        or len(turns) not in (0, 3)
        or not 1 <= len(axes[0]) <= SAMPLES_MAX
    ):
        raise _Fault("malformed", f"x, y, z (and gx, gy, gz) need the same length, 1 to {SAMPLES_MAX}")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused below
        samples = np.array(axes + turns, dtype=np.float32).T
    samples[:, :3] *= scale
    if not np.isfinite(samples).all():
        raise _Fault("not_a_number", "samples are not finite: send a shorter batch instead of filling gaps")
    if np.abs(samples[:, :3]).max() > ACCEL_MAX_MPS2:
        raise _Fault("out_of_range", f"acceleration above 40 g: is unit {message.unit!r} right?")
    return Waveform(
        device, message.seq, at_us, received_us, float(message.rate_hz), np.ascontiguousarray(samples)
    )


def _event(device: DeviceId, message: _Event, received_us: int) -> Event:
    if message.kind not in EVENT_KINDS:
        raise _Fault("malformed", f"kind {message.kind[:32]!r}: one of {', '.join(EVENT_KINDS)}")
    return Event(device, message.seq, event_time(message.time, received_us), received_us, message.kind, {})


def _reply(device: DeviceId, message: _Reply, received_us: int) -> Reply:
    if message.answer not in ("ok", "help"):
        raise _Fault("malformed", f'answer {message.answer[:32]!r}: "ok" or "help"')
    if not _COMMAND.fullmatch(message.command):
        raise _Fault("malformed", f"command {message.command[:32]!r}: repeat the id of the question")
    at_us = event_time(message.time, received_us)
    return Reply(device, message.seq, at_us, received_us, message.command, message.answer)


_READ: dict[str, Any] = {"obs": _obs, "accel": _accel, "event": _event, "reply": _reply}


def _refused(
    device: str, payload: bytes, received_us: int, reason: str, message: str, *, is_json: bool
) -> Refused:
    return Refused(device, _number(payload, is_json=is_json), received_us, reason, message, payload[:2048])


def _number(payload: bytes, *, is_json: bool) -> int | None:
    """The sequence number of a message that is otherwise broken, so that its quarantine counts as durable."""
    try:
        return _possible((_JSON_NUMBER if is_json else _PACK_NUMBER).decode(payload).seq)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError):
        written = (
            _SEQ.findall(payload) if is_json else []
        )  # broken JSON still names its number, if it names one
        return _possible(int(written[0])) if len(written) == 1 else None
