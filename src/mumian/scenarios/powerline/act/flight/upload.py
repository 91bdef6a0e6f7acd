"""Sending a list of items: the vehicle asks for each, we answer at once, and at the end it says yes or no.

Mission protocol: https://mavlink.io/en/services/mission.html. The vehicle sets the pace and repeats its questions; we repeat
only MISSION_COUNT, and on a bad link each answer. An item that was not asked for is never sent: a vehicle that appends
whatever comes (MAVSDK's server before 4.1) would hold it twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from mumian.scenarios.powerline.act.flight.capabilities import Capabilities
from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.act.flight.items import Item, MissionType, message_of
from mumian.scenarios.powerline.act.flight.refusals import MissionRefused, TransferFailed, quoted
from mumian.scenarios.powerline.observe.mavlink.codec import Message, dialect, name_of
from mumian.scenarios.powerline.observe.mavlink.link import Awaited

ACCEPTED, ERROR, INVALID_SEQUENCE, CANCELLED = 0, 1, 13, 15  # MAV_MISSION_RESULT
_PASSING = frozenset({ERROR, CANCELLED})  # the transfer is over, but nothing is said against the items
_SILENCE_S = 9.0  # ArduPilot gives an upload up after 8 s, PX4 after 5 s, MAVSDK's server after 3 s
_LAST_SILENCE_S = 2.5  # after the last item: a vehicle that lacks it asks again within a second
_ATTEMPTS, _COUNTS = 5, 6
_TEXT_S = 0.3
_PACKED_AHEAD = 2000  # items

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How a list went up. `acknowledged` is False where every item was asked for but the last word was lost."""

    attempts: int
    acknowledged: bool
    seconds: float


class _Attempt:
    """One pass from MISSION_COUNT to MISSION_ACK. Everything happens inside the handler, as the question arrives."""

    def __init__(
        self, connection: Connection, items: tuple[Item, ...], kind: MissionType, progress: Progress | None, *, strict: bool,
    ) -> None:  # fmt: skip
        self._strict = strict
        self._connection, self._kind, self._progress = connection, kind, progress
        system, component = connection.address
        self._messages = [message_of(item, seq, system, component, kind) for seq, item in enumerate(items)]
        self._packed: list[bytes] = []  # frames as they will be if nothing else of ours goes out in between
        self._packed_from = 0  # the sequence number of the first
        self._question = dialect().MAVLink_mission_request_int_message(
            connection.link.codec.system, connection.link.codec.component, 0, int(kind)
        )
        self.asked: int | None = None
        self.furthest = -1
        self.wrong_type = 0
        self.heard_at = asyncio.get_running_loop().time()
        self.answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def heard(self, message: Message) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        if message.get_type() == "MISSION_ACK":
            self._acknowledged(message)
        else:
            self._requested(message)

    def announce(self) -> None:
        system, component = self._connection.address
        count = dialect().MAVLink_mission_count_message(
            system, component, len(self._messages), int(self._kind)
        )
        self._pack()
        self._connection.send(count)

    def _pack(self) -> None:
        """Pack ahead, before the vehicle waits for us: packing takes as long as a near link's round trip."""
        codec = self._connection.link.codec
        if codec.signs:  # a signature holds the time of sending
            return
        self._packed_from = codec.sequence + 1
        self._packed = codec.packed(self._messages[:_PACKED_AHEAD], self._packed_from)

    def _requested(self, message: Message) -> None:
        seq = message.seq
        if message.mission_type != self._kind:
            self.wrong_type += 1
            if (
                message.mission_type or self.wrong_type > 3
            ):  # MAVLink 1 peers leave the type out: 0 may mean ours
                return
        if not 0 <= seq < len(self._messages) or self.answer.done():
            return
        self._answer(seq)

    def _answer(self, seq: int) -> None:
        if self.answer.done():
            return
        self._send(seq)
        self.heard_at = asyncio.get_running_loop().time()
        self.asked, self.furthest = seq, max(self.furthest, seq)
        if self._progress is not None:
            self._progress(seq + 1, len(self._messages))
        self._prepare(seq + 1)

    def _send(self, seq: int) -> None:
        link = self._connection.link
        if seq < len(self._packed) and link.codec.sequence == (self._packed_from + seq) % 256:
            link.codec.used()
            link.send_frame(self._packed[seq], self._connection.vehicle.system)
        else:
            self._connection.send(self._messages[seq])
        if not self._strict and link.is_lossy():
            self._connection.send(self._messages[seq])

    def _prepare(self, seq: int) -> None:
        """While the vehicle stores this item: pack its next question, so that it is known at sight."""
        link, vehicle = self._connection.link, self._connection.vehicle
        gaps = link.quality.gaps.get((vehicle.system, vehicle.component))
        if seq >= len(self._messages) or link.codec.signs or gaps is None or gaps.last is None:
            return
        coming = (gaps.last + 1) % 256
        self._question.seq = seq
        frame = link.codec.foreign(self._question, vehicle.system, vehicle.component, coming)
        link.awaited = Awaited(frame, vehicle.system, vehicle.component, coming, partial(self._answer, seq))

    def _acknowledged(self, message: Message) -> None:
        if message.mission_type not in (self._kind, 0) or self.answer.done():
            return
        if message.type != INVALID_SEQUENCE:  # the vehicle goes on, or falls silent and is asked anew
            self.answer.set_result(message.type)
            self._connection.link.no_longer_eager()

    @property
    def is_served(self) -> bool:
        """Every item was asked for."""
        return self.furthest == len(self._messages) - 1


async def upload(
    connection: Connection,
    items: tuple[Item, ...],
    kind: MissionType,
    row: Capabilities,
    progress: Progress | None = None,
    *,
    strict: bool = False,
) -> Uploaded:
    """Send the list until the vehicle has it whole; MissionRefused with its words, or TransferFailed.

    On a slow and lossy link each answer goes out twice, unless `strict`: autopilots drop the second, and what does not is
    found out by the read-back.

    After either error the vehicle's list of this type is cleared, so that it holds no half of ours.
    """
    loop = asyncio.get_running_loop()
    began, detail = loop.time(), ""
    for number in range(1, _ATTEMPTS + 1):
        attempt = _Attempt(connection, items, kind, progress, strict=strict)
        off = connection.on(("MISSION_REQUEST_INT", "MISSION_REQUEST", "MISSION_ACK"), attempt.heard)
        try:
            with connection.link.eagerly():
                result = await _run(connection, attempt)
        finally:
            off()
        if result == ACCEPTED or (result is None and attempt.is_served):
            return Uploaded(number, result == ACCEPTED and attempt.is_served, loop.time() - began)
        detail = _detail(attempt, result, len(items))
        if result is None and attempt.furthest < 0 and attempt.wrong_type == 0:
            break  # it never asked: more counts would not help
        if result is not None and (result not in _PASSING or number == 2):
            await asyncio.sleep(_TEXT_S)  # the text that explains a refusal may follow it
            await clear(connection, kind)
            raise _refusal(connection, items, kind, row, attempt.asked, result, began)
    await clear(connection, kind)
    raise TransferFailed(what=kind.name.lower(), attempts=number, detail=detail)


async def _run(connection: Connection, attempt: _Attempt) -> int | None:
    """MAV_MISSION_RESULT, or None where the vehicle fell silent."""
    loop = asyncio.get_running_loop()
    pause_s = max(1.0, 3 * connection.link.round_trip_s())
    for _ in range(_COUNTS):
        attempt.announce()
        if await _settled(attempt, pause_s, first=True) or attempt.furthest >= 0 or attempt.answer.done():
            break
        pause_s = min(pause_s * 1.5, 4.0)
    else:
        return None
    while not attempt.answer.done():
        limit_s = _LAST_SILENCE_S if attempt.is_served else _SILENCE_S
        limit_s += 2 * connection.link.round_trip_s()
        left_s = attempt.heard_at + limit_s - loop.time()
        if left_s <= 0:
            return None
        await _settled(attempt, left_s)
    return attempt.answer.result()


async def _settled(attempt: _Attempt, seconds: float, *, first: bool = False) -> bool:
    """Wait for the answer (or, `first`, for the first question too); whether it is there."""
    end = asyncio.get_running_loop().time() + seconds
    while not attempt.answer.done() and not (first and attempt.furthest >= 0):
        left_s = end - asyncio.get_running_loop().time()
        if left_s <= 0:
            return False
        await asyncio.wait({attempt.answer}, timeout=min(left_s, 0.05) if first else left_s)
    return attempt.answer.done()


async def clear(connection: Connection, kind: MissionType) -> bool:
    """Empty the vehicle's list of this type; whether it said that it did."""
    done = asyncio.get_running_loop().create_future()

    def told(message: Any) -> None:
        if not done.done():
            done.set_result(message.type)

    off = connection.on(("MISSION_ACK",), told)
    try:
        for _ in range(4):
            connection.send(dialect().MAVLink_mission_clear_all_message(*connection.address, int(kind)))
            await asyncio.wait({done}, timeout=max(0.6, 2 * connection.link.round_trip_s()))
            if done.done():
                return bool(done.result() == ACCEPTED)
    finally:
        off()
    return False


def _detail(attempt: _Attempt, result: int | None, count: int) -> str:
    if result is not None:
        return f"{name_of('MAV_MISSION_RESULT', result)} after item {attempt.asked}"
    if attempt.furthest < 0:
        return "the vehicle never asked for the first item"
    return f"the vehicle stopped asking after item {attempt.furthest} of {count - 1}"


def _refusal(
    connection: Connection, items: tuple[Item, ...], kind: MissionType, row: Capabilities,
    asked: int | None, result: int, since: float,
) -> MissionRefused:  # fmt: skip
    item = items[asked] if asked is not None else None
    hint = row.hint(item.command) if item is not None else ""
    return MissionRefused(
        what=kind.name.lower(),
        result=name_of("MAV_MISSION_RESULT", result),
        where=f"item {asked}: {item.named}" if item is not None else "the first word",
        said=quoted(connection.said_since(since, severity=6)),
        hint=f" ({hint})" if hint else "",
        state="refused", action="upload", item=asked,
    )  # fmt: skip
