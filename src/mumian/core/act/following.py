"""Care tasks follow alarms: each transition is read once, in order, and makes or closes tasks in the same transaction.

The place in the stream is durable, a task's id comes from its transition: after a crash nothing is made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store

BATCH = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """One transition of an alarm, as a house's `tasks_after` sees it."""

    number: int
    alarm: str
    kind: str
    action: str
    to: str
    resolution: str | None
    person: str | None
    device: str | None
    at_us: int


@dataclass(frozen=True, slots=True)
class CareTask:
    """What somebody should do. `closes` True: no new task, the open ones of this alarm are done instead."""

    text: str = ""
    due_us: int | None = None
    assignee: str | None = None
    closes: bool = False


def follow(store: Store, tasks_after: Callable[[Moved], Sequence[CareTask]]) -> int:
    """Read what is new; returns how many transitions were followed."""
    with store.tx() as cur:
        last = cur.execute("select last from act.followed for update").fetchone()
        assert last is not None
        found = cur.execute(
            "select t.id, t.alarm, a.kind, t.action, t.to_state, a.resolution, a.person, a.device, t.at_us"
            " from decide.transitions t join decide.alarms a on a.id = t.alarm where t.id > %s order by t.id limit %s",
            (last[0], BATCH),
        ).fetchall()
        for row in found:
            moved = Moved(*row)
            for i, task in enumerate(tasks_after(moved)):
                _apply(cur, moved, i, task)
        if found:
            cur.execute("update act.followed set last = %s", (found[-1][0],))
    return len(found)


def _apply(cur: Cursor, moved: Moved, i: int, task: CareTask) -> None:
    if task.closes:
        cur.execute(
            "update act.tasks set done_us = %s, done_by = 'system' where alarm = %s and done_us is null",
            (moved.at_us, moved.alarm),
        )
        return
    cur.execute(
        "insert into act.tasks (id, person, alarm, text, made_us, due_us, assignee) values (%s, %s, %s, %s, %s, %s, %s)"
        " on conflict (id) do nothing",
        (
            f"T-{moved.number}-{i}",
            moved.person,
            moved.alarm,
            task.text,
            moved.at_us,
            task.due_us,
            task.assignee,
        ),
    )
