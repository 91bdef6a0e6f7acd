"""SQL of orders to docks and of unattended cycles. An order is one row by its tid: whoever brings the same tid again finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store

ORDER = ("tid", "dock", "origin", "method", "by", "cycle", "made_us", "ended_us", "outcome", "zh", "en")
CYCLE = ("id", "dock", "origin", "by", "limit_percent", "begun_us", "phase", "phase_us", "flown", "ended_us", "outcome", "zh", "en")  # fmt: skip


def add(cur: Cursor, table: str, row: Mapping[str, Any]) -> bool:
    """Insert a row of `dock_orders` or `dock_cycles`; False where its id, or another open cycle of the dock, is there already."""
    cur.execute(
        f"insert into powerline.{table} ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) on conflict do nothing",
        list(row.values()),
    )
    return bool(cur.rowcount)


def order(cur: Cursor, tid: str) -> dict[str, Any] | None:
    """The order of this tid, locked until the transaction ends."""
    found = cur.execute(
        f"select {', '.join(ORDER)} from powerline.dock_orders where tid = %s for update", (tid,)
    ).fetchone()
    return dict(zip(ORDER, found, strict=True)) if found else None


def answered(cur: Cursor, tid: str, at_us: int, outcome: str, zh: str, en: str) -> None:
    """What came of an order; the first word stays."""
    cur.execute(
        "update powerline.dock_orders set ended_us = %s, outcome = %s, zh = %s, en = %s where tid = %s and ended_us is null",
        (at_us, outcome, zh, en, tid),
    )


def unanswered(cur: Cursor) -> list[dict[str, Any]]:
    """Orders of which nobody knows what came."""
    found = cur.execute(
        f"select {', '.join(ORDER)} from powerline.dock_orders where ended_us is null for update"
    ).fetchall()
    return [dict(zip(ORDER, row, strict=True)) for row in found]


def cycle_changed(cur: Cursor, cycle: str, **changes: Any) -> None:
    cur.execute(
        f"update powerline.dock_cycles set {', '.join(f'{name} = %s' for name in changes)} where id = %s",
        [*changes.values(), cycle],
    )


def open_cycles(cur: Cursor) -> list[dict[str, Any]]:
    """Cycles that were begun and not ended."""
    found = cur.execute(
        f"select {', '.join(CYCLE)} from powerline.dock_cycles where ended_us is null for update"
    ).fetchall()
    return [dict(zip(CYCLE, row, strict=True)) for row in found]


def last_cycles(store: Store) -> dict[str, dict[str, Any]]:
    """The newest cycle of each dock."""
    found = store.query(
        f"select distinct on (dock) {', '.join(CYCLE)} from powerline.dock_cycles order by dock, begun_us desc"
    )
    return {row[1]: dict(zip(CYCLE, row, strict=True)) for row in found}


def cycle(store: Store, id: str) -> dict[str, Any] | None:
    found = store.query(f"select {', '.join(CYCLE)} from powerline.dock_cycles where id = %s", (id,))
    return dict(zip(CYCLE, found[0], strict=True)) if found else None
