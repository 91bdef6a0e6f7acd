"""decide's SQL: alarms, transitions, timers, outbox. Every function takes the caller's cursor and its transaction."""

from __future__ import annotations

import json
from typing import Any

COLUMNS = (
    "id", "finding", "kind", "person", "place", "floor", "device", "tier", "priority", "state", "resolution",
    "event_us", "raised_us", "updated_us", "reason", "evidence", "origin", "owner", "ladder", "step", "round",
    "shelved_until_us", "acknowledged_us", "resolved_us",
)  # fmt: skip
SELECT = f"select {', '.join(COLUMNS)} from decide.alarms"


def as_dict(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(COLUMNS, row, strict=True))


def lock(cur: Any, alarm: str) -> dict[str, Any] | None:
    """The alarm's row, locked until the transaction ends; None if there is none."""
    row = cur.execute(f"{SELECT} where id = %s for update", (alarm,)).fetchone()
    return as_dict(row) if row else None


def open_alarm(cur: Any, device: str | None, kind: str) -> dict[str, Any] | None:
    """The newest unresolved alarm of this device and kind, locked."""
    row = cur.execute(
        f"{SELECT} where device = %s and kind = %s and state <> 'resolved' order by raised_us desc limit 1 for update",
        (device, kind),
    ).fetchone()
    return as_dict(row) if row else None


def insert(cur: Any, alarm: dict[str, Any]) -> bool:
    """Add an alarm; False when its finding has one already."""
    names = list(alarm)
    values = [
        json.dumps(v, ensure_ascii=False) if n in ("reason", "evidence") else v for n, v in alarm.items()
    ]
    cur.execute(
        f"insert into decide.alarms ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})"
        " on conflict (finding) do nothing",
        values,
    )
    return bool(cur.rowcount)


def update(cur: Any, alarm: str, **changes: Any) -> None:
    names = ", ".join(f"{name} = %s" for name in changes)
    values = [json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v for v in changes.values()]
    cur.execute(f"update decide.alarms set {names} where id = %s", (*values, alarm))


def number(cur: Any) -> int:
    """The next transition number. Its row lock is held to commit, so numbers rise in commit order without gaps."""
    return int(cur.execute("update decide.stream_head set last = last + 1 returning last").fetchone()[0])


def add_transition(cur: Any, alarm: str, at_us: int, source: str | None, target: str, by: str, note: str | None,
                   action: str) -> int:  # fmt: skip
    transition = number(cur)
    cur.execute(
        "insert into decide.transitions (id, alarm, at_us, from_state, to_state, by, note, action)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (transition, alarm, at_us, source, target, by, note, action),
    )
    cur.execute("select pg_notify('transitions', %s)", (str(transition),))
    return transition


def set_timer(cur: Any, alarm: str, kind: str, due_us: int, step: int = 0) -> None:
    cur.execute(
        "insert into decide.timers (alarm, kind, due_us, step) values (%s, %s, %s, %s)"
        " on conflict (alarm, kind) do update set due_us = excluded.due_us, step = excluded.step",
        (alarm, kind, due_us, step),
    )
    cur.execute("select pg_notify('timers', '')")


def hasten(cur: Any, alarm: str, kind: str, due_us: int) -> None:
    """Bring a timer forward; one that is due earlier, or is not there, stays as it is."""
    cur.execute(
        "update decide.timers set due_us = %s where alarm = %s and kind = %s and due_us > %s",
        (due_us, alarm, kind, due_us),
    )
    cur.execute("select pg_notify('timers', '')")


def drop_timer(cur: Any, alarm: str, kind: str) -> None:
    cur.execute("delete from decide.timers where alarm = %s and kind = %s", (alarm, kind))


def order(cur: Any, *, id: str, kind: str, alarm: str, step: int, round: int, addressee: str, body: dict[str, Any],
          at_us: int) -> bool:  # fmt: skip
    """Put a page or a command into the outbox; False when this step of this round has already asked the addressee."""
    cur.execute(
        "insert into decide.outbox (id, kind, alarm, step, round, addressee, body, made_us, due_us)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (alarm, kind, step, round, addressee) do nothing",
        (id, kind, alarm, step, round, addressee, json.dumps(body, ensure_ascii=False), at_us, at_us),
    )
    if cur.rowcount:
        cur.execute("select pg_notify('outbox', %s)", (id,))
    return bool(cur.rowcount)
