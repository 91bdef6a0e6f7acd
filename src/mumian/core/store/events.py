"""The journal: everything that figures rest on, one row an event, sealed into segments beside the telemetry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.authorised import Authorised, Scope
from mumian.core.store import catalogue, scan
from mumian.core.store.access import log_read
from mumian.core.store.database import Cursor, Store
from mumian.core.store.hot import live

EVER = 2**62


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was appended. `id` rises in the order of appending."""

    id: int
    at_us: int
    kind: str
    origin: str
    subject: str
    body: dict[str, Any]


def append(cur: Cursor, kind: str, at_us: int, origin: str, subject: str, body: Mapping[str, Any]) -> None:
    """Note an event in the caller's transaction. `subject` is the id of what it is about: an alarm, a device, a person."""
    append_many(cur, [(kind, at_us, origin, subject, body)])


def append_many(cur: Cursor, events: Sequence[tuple[str, int, str, str, Mapping[str, Any]]]) -> None:
    """The same for many: (kind, at_us, origin, subject, body)."""
    if not events:
        return
    generation = live(cur, "events")
    texts = [json.dumps(body, ensure_ascii=False, sort_keys=True, allow_nan=False) for *_, body in events]
    cur.execute(
        f"""
        insert into store.event_{generation} (kind, at_us, origin, subject, body)
        select * from unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[])
        """,
        [*([event[i] for event in events] for i in range(4)), texts],
    )


def read(
    store: Store,
    authorised: Authorised[Scope],
    kinds: Sequence[str] | None = None,
    from_us: int = -EVER,
    until_us: int = EVER,
    *,
    sealed_only: bool = False,
) -> list[Event]:
    """Events of `kinds` (None: all) in [from_us, until_us), by id; each exactly once, whether sealed or not yet.

    They name persons, so they need the gate's word like any read; what is given to whom the caller decides.
    """
    names = None if kinds is None else list(kinds)
    with catalogue.view(store, "events", from_us, until_us) as (cur, segments):
        cur.execute(
            """
            select id, at_us, kind, origin, subject, body from store.events
            where not %s and at_us >= %s and at_us < %s and (%s::text[] is null or kind = any(%s))
            """,
            [sealed_only, from_us, until_us, names, names],
        )
        rows = cur.fetchall()
    rows += scan.rows(
        store,
        segments,
        "id, at_us, kind, origin, subject, body",
        "at_us >= $from_us and at_us < $until_us and ($kinds is null or list_contains($kinds, kind))",
        {"from_us": from_us, "until_us": until_us, "kinds": names},
    )
    events = [
        Event(number, at, of, origin, subject, json.loads(body))
        for number, at, of, origin, subject, body in sorted(rows, key=lambda row: int(row[0]))
    ]
    log_read(store, authorised.value, "events", ",".join(names or ["all"]), len(events))
    return events
