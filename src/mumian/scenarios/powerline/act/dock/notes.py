"""What a dock client writes down, in a home: each step is a row, a line of the log and a sealed event, committed before an order leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.scenarios.powerline.act.dock import rows
from mumian.scenarios.powerline.act.dock.client import Refused
from mumian.scenarios.powerline.domain.dock import INTERLOCKS
from mumian.scenarios.powerline.observe.dock.rows import Line, write

if TYPE_CHECKING:
    from mumian.core.kernel.clock import Clock
    from mumian.core.store import Cursor, Store
    from mumian.scenarios.powerline.observe.dock.standing import Standing
    from mumian.scenarios.powerline.observe.dock.watch import Watch

_LOCKS = {lock.name: lock for lock in INTERLOCKS}
_ENDS = ("reply", "no reply", "forbidden", "refused")


@dataclass
class SealedNotes:
    """Steps of one dock's orders by one person, or within one cycle. `ended`: the last order has its outcome."""

    store: Store
    clock: Clock
    watch: Watch
    standing: Standing
    by: str
    cycle: str | None = None
    ended: bool = False

    def add(self, step: str, **facts: Any) -> None:
        """Steps of DockClient (forbidden, order, reply, no reply), and `refused` where nothing reached it.

        Raises Unavailable where the store is away.
        """
        at_us = self.clock.now_us()
        body = {"event": step, "by": self.by, "cycle": self.cycle} | {
            k: v for k, v in facts.items() if k != "sn"
        }
        with self.store.tx() as cur:
            self._row(cur, step, facts, at_us)
            write(cur, [Line(self.standing.sn, self.standing.origin, at_us, body)])
        self.ended = step in _ENDS
        self.watch.told(self.standing.sn, at_us, body)

    def claim(self, tid: str, method: str) -> dict[str, Any] | None:
        """Take `tid` for this order; None where it is free, else the order that has it. Nothing is sent on one that was taken."""
        with self.store.tx() as cur:
            row = self._order(tid, method, self.clock.now_us())
            return None if rows.add(cur, "dock_orders", row) else rows.order(cur, tid)

    def _order(self, tid: str, method: str, at_us: int) -> dict[str, Any]:
        return {"tid": tid, "dock": self.standing.sn, "origin": self.standing.origin, "method": method, "by": self.by,
                "cycle": self.cycle, "made_us": at_us}  # fmt: skip

    def _row(self, cur: Cursor, step: str, facts: dict[str, Any], at_us: int) -> None:
        rows.add(cur, "dock_orders", self._order(facts["tid"], facts["method"], at_us))
        if step in _ENDS:
            rows.answered(cur, facts["tid"], at_us, *_outcome(step, facts))


def _outcome(step: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    """(outcome, Chinese, English) of the last step of an order."""
    if step == "forbidden":
        lock = _LOCKS[facts["interlock"]]
        return "dock_interlock", f"联锁：{lock.zh}", f"interlock: {lock.en}"
    if step == "no reply":
        return "unanswered", "机巢没有应答", "the dock did not reply"
    if step == "refused":
        return facts["code"], facts["zh"], facts["en"]
    result = facts["result"]
    if result == 0:
        return "acknowledged", "", ""
    refused = Refused(facts["method"], result)
    return refused.code, refused.say("zh"), refused.say("en")
