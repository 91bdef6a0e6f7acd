"""Unattended cycles: take-off, flight, return, closing, charging as one order that runs in the service, one thread a cycle.

A cycle has a row from before its first order until its end. What a killed service leaves open is ended as interrupted at the next
start: it is told, sealed, and not taken up again, as nobody knows what the dock was doing meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from mumian.core.kernel.errors import Conflict, MumianError, NotFound
from mumian.scenarios.powerline.act.dock import rows
from mumian.scenarios.powerline.act.dock.client import Forbidden
from mumian.scenarios.powerline.act.dock.doing import PHASES, cycle
from mumian.scenarios.powerline.act.dock.giving import (
    CycleRuns,
    again,
    client_of,
    notes_of,
    number,
    percent,
    refusals,
)
from mumian.scenarios.powerline.act.dock.notes import SealedNotes
from mumian.scenarios.powerline.domain.dock import Dock, forbids_cycle
from mumian.scenarios.powerline.observe.dock.rows import Line, write

if TYPE_CHECKING:
    from mumian.scenarios.powerline.act.dock.client import DockClient
    from mumian.scenarios.powerline.act.dock.post import Docks

log = structlog.get_logger()
LEG_S, FLIGHT_S, STOP_S = (
    180.0,
    3 * 3600.0,
    3.0,
)  # opening and take-off, or closing; the longest flight; the service's end
METHOD, STOP = "cycle", "stop"


class Halted(Conflict):
    """Somebody ended the cycle."""

    code = "dock_halted"
    zh, en = "{zh}", "{en}"


@dataclass
class Running:
    """One cycle under way; `row` is what stands in the table."""

    row: dict[str, Any]
    notes: SealedNotes
    client: DockClient
    halt: Halted | None = None
    over: Event = field(default_factory=Event)


class Cycles:
    """The cycles of one service."""

    def __init__(self, docks: Docks) -> None:
        self._docks = docks
        self._running: dict[str, Running] = {}

    def start(self) -> None:
        """End what an earlier service left open, and show the last cycle of each dock."""
        self._recover()
        for sn, row in rows.last_cycles(self._docks.store).items():
            self._show(sn, row)

    def stop(self) -> None:
        """The service ends: what runs is interrupted, and says so."""
        halt = Halted(zh="服务停了", en="the service was stopped", state="", action="")
        for running in list(self._running.values()):
            running.halt = running.halt or halt
        for running in list(self._running.values()):
            running.over.wait(STOP_S)

    def runs(self, sn: str) -> bool:
        return sn in self._running

    @property
    def count(self) -> int:
        return len(self._running)

    def begin(self, sn: str, by: str, tid: str, limit: str) -> Mapping[str, Any]:
        """Begin a cycle and return. Raises Forbidden where an interlock forbids it as a whole, else as `give` does."""
        named, limit_percent = number(tid), percent(limit)
        notes = notes_of(self._docks, sn, by)
        with self._docks.turn(sn):
            if known := notes.claim(named, METHOD):
                return again(known, notes, METHOD)
            with refusals(notes, named, METHOD):
                client = client_of(self._docks, notes)
                self._allowed(client, notes, named)
                client.start()
                self._begun(notes, client, named, limit_percent)
        return {"result": "begun", "tid": named}

    def halt(self, sn: str, by: str) -> Mapping[str, Any]:
        """No more orders of this cycle. A drone in the air comes home all the same: the dock lets it in by itself."""
        running = self._running.get(sn)
        if running is None:
            raise NotFound(what="cycle", id=sn)
        running.halt = Halted(zh=f"{by} 停下了循环", en=f"{by} stopped it", state=by, action="")
        running.over.wait(STOP_S)
        return {"result": "stopping"}

    # — within ——————————————————————————————————————————————————————————————————————————————————————————————————————————

    @staticmethod
    def _allowed(client: DockClient, notes: SealedNotes, tid: str) -> None:
        assert client.seen is not None
        if lock := forbids_cycle(client.seen):
            notes.add("forbidden", tid=tid, method=METHOD, interlock=lock.name)
            raise Forbidden(METHOD, lock)

    def _begun(self, notes: SealedNotes, client: DockClient, id: str, limit_percent: float) -> None:
        standing, at_us = notes.standing, self._docks.clock.now_us()
        row = {"id": id, "dock": standing.sn, "origin": standing.origin, "by": notes.by, "limit_percent": limit_percent, "begun_us": at_us,
               "phase": PHASES[0], "phase_us": at_us, "flown": False}  # fmt: skip
        own = SealedNotes(notes.store, notes.clock, notes.watch, standing, notes.by, id)
        running = Running(row, own, client)
        with notes.store.tx() as cur:
            if not rows.add(cur, "dock_cycles", row):  # an end that could not be stored
                raise CycleRuns(state="", action=METHOD)
            rows.answered(cur, id, at_us, "acknowledged", "", "")
            self._write(cur, row, at_us, {"event": "cycle begun", "limit_percent": limit_percent})
        self._running[standing.sn] = running
        client.journal = own
        self._told(row, at_us, {"event": "cycle begun", "limit_percent": limit_percent})
        Thread(target=self._run, args=(running,), daemon=True, name=f"cycle-{standing.sn}").start()

    def _run(self, running: Running) -> None:
        row = running.row
        try:
            done = cycle(running.client, row["limit_percent"], LEG_S, FLIGHT_S, lambda phase, _: self._going(running, phase))  # fmt: skip
            self._ended(running, "done", "", "", done.dock)
        except Halted as halted:
            self._ended(
                running,
                "stopped" if halted.facts["state"] else "interrupted",
                halted.say("zh"),
                halted.say("en"),
            )
        except MumianError as fault:
            self._ended(running, "broken", fault.say("zh"), fault.say("en"))
        except Exception as fault:  # a cycle that ends must say so, whatever ended it
            log.exception("a cycle broke", dock=row["dock"])
            self._ended(
                running, "broken", f"程序内部出错：{fault!r}"[:200], f"internal fault: {fault!r}"[:200]
            )
        finally:
            running.client.stop()
            running.over.set()

    def _going(self, running: Running, phase: str) -> None:
        """At every look: a halt ends it, a new phase is written down."""
        if running.halt is not None:
            raise running.halt
        if phase == running.row["phase"]:
            return
        at_us = self._docks.clock.now_us()
        flown = running.row["flown"] or phase == PHASES[1]
        self._change(
            running.row,
            at_us,
            {"event": "cycle phase", "phase": phase},
            phase=phase,
            phase_us=at_us,
            flown=flown,
        )

    def _ended(self, running: Running, outcome: str, zh: str, en: str, dock: Dock | None = None) -> None:
        row, at_us = running.row, self._docks.clock.now_us()
        seen = dock or running.client.seen
        state = (
            {k: v for k, v in asdict(seen).items() if k != "faults"} | {"faults": sorted(seen.faults)}
            if seen
            else None
        )
        body = {"event": "cycle ended", "outcome": outcome, "zh": zh, "en": en, "flown": row["flown"], "limit_percent": row["limit_percent"], "dock": state}  # fmt: skip
        try:
            self._change(row, at_us, body, ended_us=at_us, outcome=outcome, zh=zh, en=en)
        except (
            MumianError
        ) as fault:  # the store is away: the row stays open, and the next start ends it as interrupted
            log.warning("the end of a cycle is not stored", dock=row["dock"], error=str(fault)[:200])
            row |= {"ended_us": at_us, "outcome": outcome, "zh": zh, "en": en}
            self._show(row["dock"], row)
        self._running.pop(row["dock"], None)

    def _change(self, row: dict[str, Any], at_us: int, body: dict[str, Any], **changes: Any) -> None:
        with self._docks.store.tx() as cur:
            rows.cycle_changed(cur, row["id"], **changes)
            self._write(cur, row, at_us, body)
        row |= changes
        self._told(row, at_us, body)

    def _write(self, cur: Any, row: Mapping[str, Any], at_us: int, body: dict[str, Any]) -> None:
        write(cur, [Line(row["dock"], row["origin"], at_us, {**body, "cycle": row["id"], "by": row["by"]})])

    def _told(self, row: dict[str, Any], at_us: int, body: dict[str, Any]) -> None:
        self._show(row["dock"], row)
        self._docks.watch.told(row["dock"], at_us, {**body, "cycle": row["id"], "by": row["by"]})

    def _show(self, sn: str, row: Mapping[str, Any]) -> None:
        self._docks.watch.board.put(f"cycle {sn}", msgspec.json.encode({"of": "cycle", "key": sn, **row}))

    def _recover(self) -> None:
        """What a killed service left: cycles are interrupted, orders without a reply stay unknown. Nothing is sent again."""
        store, at_us = self._docks.store, self._docks.clock.now_us()
        zh, en = (
            "服务中断了：机巢做到哪一步不知道，没有接着做",
            "the service was cut off: how far the dock came is not known, nothing was taken up again",
        )
        with store.tx() as cur:
            for order in rows.unanswered(cur):
                rows.answered(cur, order["tid"], at_us, "unknown", "服务中断，不知道机巢做了没有", "the service was cut off: whether it was done is not known")  # fmt: skip
                body = {
                    "event": "unknown",
                    "tid": order["tid"],
                    "method": order["method"],
                    "by": order["by"],
                    "cycle": order["cycle"],
                }
                write(cur, [Line(order["dock"], order["origin"], at_us, body)])
            for row in rows.open_cycles(cur):
                rows.cycle_changed(cur, row["id"], ended_us=at_us, outcome="interrupted", zh=zh, en=en)
                self._write(cur, row, at_us, {"event": "cycle ended", "outcome": "interrupted", "zh": zh, "en": en, "flown": row["flown"],
                                              "limit_percent": row["limit_percent"], "dock": None})  # fmt: skip
