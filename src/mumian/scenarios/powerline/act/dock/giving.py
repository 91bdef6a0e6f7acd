"""One order to a dock by a person at a page. The same tid twice is one order: the second gets the first one's outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ids
from mumian.core.kernel.errors import BadInput, Conflict, MumianError, Unavailable
from mumian.scenarios.powerline.act.dock.client import DockClient
from mumian.scenarios.powerline.act.dock.notes import SealedNotes
from mumian.scenarios.powerline.decide.dock.next_order import MISSION_PERCENT, STORAGE_PERCENT
from mumian.scenarios.powerline.domain.dock import ORDERS, Dock
from mumian.scenarios.powerline.observe.dock import broker

if TYPE_CHECKING:
    from mumian.scenarios.powerline.act.dock.post import Docks

_TID = re.compile(r"[A-Za-z0-9-]{8,64}")
LIMITS = {"storage": STORAGE_PERCENT, "mission": MISSION_PERCENT}


class CycleRuns(Conflict):
    """A cycle orders the dock; two hands at once are one too many."""

    code = "dock_cycle"
    zh, en = (
        "无人值守循环正在进行，先停下循环再下指令",
        "an unattended cycle runs: stop it before giving orders",
    )


class Busy(Conflict):
    """Another order to the same dock has no answer yet."""

    code = "dock_busy"
    zh, en = "这个机巢的上一条指令还没有应答", "the last order to this dock is not answered yet"


class Repeated(Conflict):
    """A tid that stands for another order, or for one that was not done."""

    code = "dock_tid"
    zh, en = (
        "编号 {tid} 的指令已经有结果：{what_zh}。没有再发",
        "order {tid} was given before: {what_en}. Nothing was sent again",
    )


class Silent(Unavailable):
    """No order leaves on a state that is not known."""

    code = "dock_silent"
    zh, en = (
        "机巢 {sn} 没有信号，不知道它现在什么样，不下指令",
        "dock {sn} is silent: its state is not known, nothing is ordered",
    )


def give(docks: Docks, sn: str, method: str, by: str, tid: str, limit: str) -> Mapping[str, Any]:
    """Give one order and wait for the dock's reply; runs in a thread of the web.

    limit  "storage" or "mission": what `charge_open` charges to
    Raises Forbidden (an interlock), Refused (the dock), CycleRuns, Busy, Silent, Repeated, Unavailable, NotFound.
    """
    if method not in ORDERS:
        raise BadInput(detail=f"do={method[:40]!r}: one of {', '.join(ORDERS)}, cycle or stop is meant")
    data = {"limit_percent": percent(limit)} if method == "charge_open" else {}
    notes, named = notes_of(docks, sn, by), number(tid)
    with docks.turn(sn):
        if known := notes.claim(named, method):
            return again(known, notes, method)
        with refusals(notes, named, method):
            client = client_of(docks, notes)
            try:
                client.start()
                client.order(method, data, named)
            finally:
                client.stop()
    return {"result": "acknowledged", "tid": named}


class refusals:  # noqa: N801 - a context, read as a word
    """Whatever keeps an order from the dock is written down once, and raised."""

    def __init__(self, notes: SealedNotes, tid: str, method: str) -> None:
        self._notes, self._tid, self._method = notes, tid, method

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, fault: BaseException | None, _at: object) -> None:
        if isinstance(fault, MumianError) and not self._notes.ended:
            self._notes.add(
                "refused", tid=self._tid, method=self._method, code=fault.code, zh=fault.say("zh"), en=fault.say("en")
            )  # fmt: skip


def again(known: Mapping[str, Any], notes: SealedNotes, method: str) -> Mapping[str, Any]:
    """The outcome of an order whose tid comes a second time; Repeated unless it was this same order and done."""
    if (known["dock"], known["method"], known["by"]) != (notes.standing.sn, method, notes.by):
        raise Repeated(
            tid=known["tid"],
            what_zh="那是另一条指令",
            what_en="that is another order",
            state="",
            action=method,
        )
    if known["outcome"] != "acknowledged":
        raise Repeated(
            tid=known["tid"], what_zh=known["zh"] or "还没有应答", what_en=known["en"] or "no answer yet", state="", action=method
        )  # fmt: skip
    return {"result": "acknowledged", "tid": known["tid"], "again": True}


def client_of(docks: Docks, notes: SealedNotes) -> DockClient:
    """A client that judges by the dock's newest state. CycleRuns, Silent."""
    if docks.cycles.runs(notes.standing.sn):
        raise CycleRuns(state="", action="")
    client = connected(docks, notes)
    client.seen = fresh(docks, notes)
    return client


def connected(docks: Docks, notes: SealedNotes) -> DockClient:
    """A client of the home's broker, not started yet."""
    url, own = broker.url(docks.settings)
    return DockClient(url, notes.standing.sn, notes, insecure_tls=own)


def fresh(docks: Docks, notes: SealedNotes) -> Dock:
    """The dock as it stands now; Silent where that is not known."""
    seen = notes.standing.fresh(docks.clock.now_us())
    if seen is None:
        raise Silent(sn=notes.standing.sn, part="", detail="")
    return seen


def notes_of(docks: Docks, sn: str, by: str, cycle: str | None = None) -> SealedNotes:
    return SealedNotes(docks.store, docks.clock, docks.watch, docks.watch.standing(sn), by, cycle)


def number(tid: str) -> str:
    """The tid as asked, or a fresh one. BadInput for what no tid may be."""
    if tid and not _TID.fullmatch(tid):
        raise BadInput(detail="tid: 8 to 64 letters, digits and -")
    return tid or ids.new("T")


def percent(limit: str) -> float:
    """What the battery is charged to: storage unless `mission` is said."""
    if (limit or "storage") not in LIMITS:
        raise BadInput(detail=f"limit={limit[:20]!r}: {' or '.join(LIMITS)} is meant")
    return LIMITS[limit or "storage"]
