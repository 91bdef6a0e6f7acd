"""Reading a list back: we ask for each item, repeat what is not answered, and start over where the vehicle gave up."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal

from mumian.scenarios.powerline.act.flight.capabilities import Capabilities
from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.act.flight.items import Item, MissionType, differences, item_of
from mumian.scenarios.powerline.act.flight.refusals import ReadBackDiffers, TransferFailed
from mumian.scenarios.powerline.act.flight.upload import Progress
from mumian.scenarios.powerline.observe.mavlink.codec import Message, dialect

_ATTEMPTS, _LISTS, _REPEATS = 6, 5, 14
_LIST_S = 1.6  # a vehicle repeats its MISSION_COUNT by itself; a second request for the list may start a second transfer
_CANCELLED = 15  # MAV_MISSION_OPERATION_CANCELLED
_WINDOW, _NEAR_S = 4, 0.05
_UNSUPPORTED = 3  # MAV_MISSION_UNSUPPORTED
_SHOWN = 4  # differences named; more do not help

ReadBack = Literal["same", "not offered"]


class _Attempt:
    """One pass from MISSION_REQUEST_LIST to the last item. The next question goes out as an answer comes in.

    On a slow link up to `window` questions are under way (go-back-N), where the autopilot answers questions as they come:
    stop-and-wait over 300 ms would take minutes, and MAVSDK's server gives a list up after five lost words in a row.
    """

    def __init__(
        self, connection: Connection, kind: MissionType, window: int, progress: Progress | None
    ) -> None:
        self._connection, self._kind, self._window, self._progress = connection, kind, window, progress
        self.count: int | None = None
        self.refused: int | None = None
        self._held: dict[int, Item] = {}
        self._asked = 0  # the first item that no question is under way for
        self._last = -1  # the item that came last
        self.base = 0  # the first item that is missing
        self.news, self.news_at = asyncio.Event(), 0.0

    def heard(self, message: Message) -> None:
        name = message.get_type()
        if message.mission_type != self._kind:
            return
        if name == "MISSION_COUNT" and self.count is None:
            self.count = message.count
            self._go_on()
        elif name == "MISSION_ITEM_INT" and self.count is not None and message.seq < self.count:
            self._hold(message)
        elif name == "MISSION_ACK" and message.type:
            self.refused = message.type
            self.news.set()

    def again(self) -> None:
        """Nothing came for a while: ask anew from the first that is missing, or from where the vehicle stands.

        MAVSDK's server answers only the next in turn or an earlier one; its turn follows the item that it sent last, and may
        lie behind ours.
        """
        self._asked = max(0, min(self.base, self._last + 1))
        self._go_on()

    @property
    def is_whole(self) -> bool:
        return self.count is not None and self.base == self.count

    @property
    def items(self) -> list[Item]:
        return [self._held[seq] for seq in range(self.base)]

    def _hold(self, message: Message) -> None:
        self._held.setdefault(message.seq, item_of(message))
        self._last = message.seq
        if message.seq != self.base:
            return
        while self.base in self._held:
            self.base += 1
        if self._progress is not None:
            self._progress(self.base, self.count or 0)
        self._asked = max(self._asked, self.base)
        self._go_on()

    def _go_on(self) -> None:
        """The next questions, or our thanks after the last answer."""
        self.news_at = asyncio.get_running_loop().time()
        self.news.set()
        definitions, (system, component), kind = dialect(), self._connection.address, int(self._kind)
        if self.count is None:
            self._connection.send(definitions.MAVLink_mission_request_list_message(system, component, kind))
        elif self.is_whole:
            self._connection.send(definitions.MAVLink_mission_ack_message(system, component, 0, kind))
        else:
            first, self._asked = self._asked, max(self._asked, min(self.base + self._window, self.count))
            for seq in range(first, self._asked):
                for _ in range(self._copies):
                    self._connection.send(
                        definitions.MAVLink_mission_request_int_message(system, component, seq, kind)
                    )

    @property
    def _copies(self) -> int:
        """On a slow and lossy link a question costs less than waiting for the answer to a lost one."""
        return 2 if self._window > 1 and self._connection.link.is_lossy() else 1


async def download(
    connection: Connection, kind: MissionType, asks_ahead: bool = False, progress: Progress | None = None  # noqa: FBT001, FBT002
) -> list[Item] | None:  # fmt: skip
    """The vehicle's list; None where it does not hand one out; TransferFailed where the link did not carry it."""
    attempt = _Attempt(connection, kind, 1, progress)
    for number in range(_ATTEMPTS):
        if number:
            await _cancel(connection, kind)
        window = _WINDOW if asks_ahead and connection.link.round_trip_s(0.0) > _NEAR_S else 1
        attempt = _Attempt(connection, kind, window, progress)
        off = connection.on(("MISSION_COUNT", "MISSION_ITEM_INT", "MISSION_ACK"), attempt.heard)
        try:
            with connection.link.eagerly():
                await _run(connection, attempt)
        finally:
            off()
        if attempt.is_whole:
            return attempt.items
        if attempt.count is None and attempt.refused in (None, _UNSUPPORTED):
            return None
    detail = f"{attempt.base} of {attempt.count} items came"
    raise TransferFailed(what=f"{kind.name.lower()} read-back", attempts=_ATTEMPTS, detail=detail)


async def _run(connection: Connection, attempt: _Attempt) -> None:
    loop = asyncio.get_running_loop()
    attempt.again()
    repeats = 0
    while not attempt.is_whole and attempt.refused is None:
        attempt.news.clear()
        patience_s = _patience_s(connection, repeats)
        if attempt.count is None:
            patience_s = max(_LIST_S, 2 * connection.link.round_trip_s())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(attempt.news.wait(), patience_s)
        if attempt.news.is_set():
            repeats = 0
        elif loop.time() >= attempt.news_at + patience_s:
            repeats += 1
            if repeats >= (_LISTS if attempt.count is None else _REPEATS):
                return
            attempt.again()


async def _cancel(connection: Connection, kind: MissionType) -> None:
    """End what the vehicle may still take for a running transfer, so that the next begins on its own."""
    for _ in range(3):
        connection.send(dialect().MAVLink_mission_ack_message(*connection.address, _CANCELLED, int(kind)))
        await asyncio.sleep(0.1)
    await asyncio.sleep(connection.link.round_trip_s())


def _patience_s(connection: Connection, repeats: int) -> float:
    """A little more than a round trip, and longer after the fourth repetition (the vehicle counts them too)."""
    return min(max(0.3, connection.link.round_trip_s() + 0.12) * 1.4 ** max(0, repeats - 3), 3.0)


async def verify(
    connection: Connection,
    sent: tuple[Item, ...],
    kind: MissionType,
    row: Capabilities,
    progress: Progress | None = None,
) -> ReadBack:
    """Read the list back and compare it item by item (but for ArduPilot's home, item 0, which it sets itself).

    ReadBackDiffers names the items; "not offered" is for the caller to weigh.
    """
    skip = 1 if row.home_is_item_0 and kind is MissionType.MISSION else 0
    back = await download(connection, kind, row.asks_ahead, progress)
    if back is None:
        return "not offered"
    found = [] if len(back) == len(sent) else [f"{len(sent)} items were sent and {len(back)} came back"]
    for seq, (ours, theirs) in enumerate(zip(sent, back, strict=False)):
        if seq >= skip:
            found += [
                f"item {seq}: {what}" for what in differences(ours, theirs, connection.vehicle.autopilot)
            ]
    if found:
        more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
        raise ReadBackDiffers(
            what=kind.name.lower(),
            differences="; ".join(found[:_SHOWN]) + more,
            state="different",
            action="arm",
        )
    return "same"
