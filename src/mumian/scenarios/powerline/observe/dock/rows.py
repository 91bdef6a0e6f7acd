"""SQL of the docks' log, and which docks the register knows. A line of the log is sealed as an event in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.registry import rows as register
from mumian.core.store import Jsonb, events

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store

EVENT = "powerline_dock"  # the kind of the sealed events; body.event says what happened


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a dock's log. `body` has `event`, and `by`, `tid`, `method`, `cycle` where there are such."""

    sn: str
    origin: str
    at_us: int
    body: Mapping[str, Any]


def write(cur: Cursor, lines: Sequence[Line]) -> None:
    """Put lines into the log and seal them, in the caller's transaction."""
    for line in lines:
        cur.execute(
            "insert into powerline.dock_log (dock, at_us, body) values (%s, %s, %s)",
            (line.sn, line.at_us, Jsonb(dict(line.body))),
        )
    events.append_many(cur, [(EVENT, line.at_us, line.origin, line.sn, line.body) for line in lines])


def newest(store: Store, sn: str, many: int) -> list[tuple[int, dict[str, Any]]]:
    """(at_us, body) of the last `many` lines of one dock, oldest first."""
    found = store.query(
        "select at_us, body from powerline.dock_log where dock = %s order by id desc limit %s", (sn, many)
    )
    return [(at_us, body) for at_us, body in reversed(found)]


def is_ours(store: Store, tid: str) -> bool:
    """Whether an order of this tid left from here, in this life of the service or an earlier one."""
    return bool(store.query("select 1 from powerline.dock_orders where tid = %s", (tid,)))


def registered(store: Store) -> dict[str, tuple[str, str]]:
    """Serial number → (origin, name of its place) of every dock in use."""
    with store.tx() as cur:
        return register.in_use(cur, "dock")
