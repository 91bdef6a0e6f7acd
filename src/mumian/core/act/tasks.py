"""Care tasks: what somebody should do when there is time, with who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ids
from mumian.core.kernel.clock import iso
from mumian.core.kernel.errors import NotFound

if TYPE_CHECKING:
    from mumian.core.identity.gate import Principal
    from mumian.core.store import Store


def add(cur: Any, text: str, now_us: int, *, person: str | None = None, alarm: str | None = None,
        due_us: int | None = None, assignee: str | None = None) -> str:  # fmt: skip
    """A new task in the caller's transaction; returns its id."""
    task = ids.new("T")
    cur.execute(
        "insert into act.tasks (id, person, alarm, text, made_us, due_us, assignee) values (%s, %s, %s, %s, %s, %s, %s)",
        (task, person, alarm, text, now_us, due_us, assignee),
    )
    return task


def open_tasks(store: Store, staff: str | None = None) -> list[dict[str, Any]]:
    """Undone tasks, of `staff` or unassigned; all when `staff` is None. Soonest due first."""
    found = store.query(
        "select id, person, alarm, text, made_us, due_us, assignee from act.tasks where done_us is null"
        " and (%s::text is null or assignee is null or assignee = %s) order by due_us nulls last, made_us",
        (staff, staff),
    )
    return [
        {"id": id, "person": person, "alarm": alarm, "text": text, "made_at": iso(made), "due_at": iso(due) if due else None,
         "assignee": assignee}
        for id, person, alarm, text, made, due, assignee in found
    ]  # fmt: skip


def done(store: Store, principal: Principal, task: str) -> None:
    """Mark as done. Raises NotFound when there is no such open task."""
    with store.tx() as cur:
        cur.execute(
            "update act.tasks set done_us = %s, done_by = %s where id = %s and done_us is null",
            (store.clock.now_us(), principal.staff or principal.actor, task),
        )
        if not cur.rowcount:
            raise NotFound(what="task", id=task)
