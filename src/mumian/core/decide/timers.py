"""Durable timers: one table, the injected clock. A timer fires once, however often the process dies around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mumian.core.decide import rows, writer
from mumian.core.decide.ladder import Ladder

if TYPE_CHECKING:
    from mumian.core.store import Store


def next_due(store: Store) -> int | None:
    """When the next timer is due, in microseconds; None when there is none."""
    due = store.query("select min(due_us) from decide.timers")[0][0]
    return None if due is None else int(due)


def fire(store: Store, seconds: tuple[float, ...], limit: int = 100) -> int:
    """Fire what is due, each in a transaction of its own; returns how many."""
    fired = 0
    while fired < limit and _fire_one(store, seconds):
        fired += 1
    return fired


def _fire_one(store: Store, seconds: tuple[float, ...]) -> bool:
    now_us = store.clock.now_us()
    due = store.query(
        "select alarm, kind from decide.timers where due_us <= %s order by due_us limit 1", (now_us,)
    )
    if not due:
        return False
    alarm, kind = due[0]
    with store.tx() as cur:
        row = rows.lock(cur, alarm)  # the alarm first, as people's acts do: one order of locks, no deadlock
        taken = cur.execute(
            "delete from decide.timers where alarm = %s and kind = %s and due_us <= %s returning step",
            (alarm, kind, now_us),
        ).fetchone()
        if row and taken:
            _ring(cur, row, kind, taken[0], seconds, now_us)
    return True


def _ring(
    cur: Any, row: dict[str, Any], kind: str, step: int, seconds: tuple[float, ...], now_us: int
) -> None:
    if kind == "escalate" and row["state"] == "new":
        writer.climb(cur, row, step, seconds, now_us)
    if kind == "unshelve" and row["state"] == "shelved" and "gone_us" in row["evidence"]:
        writer.move(cur, row, "lapse", "system", now_us, "condition is gone", shelved_until_us=None)
    elif kind == "unshelve" and row["state"] == "shelved":
        again = writer.move(
            cur, row, "unshelve", "system", now_us, round=row["round"] + 1, shelved_until_us=None
        )
        first = Ladder(tuple(again["ladder"]), seconds).first()
        writer.climb(cur, again, first, seconds, now_us)
