"""The access log: who read whose data, for what purpose, and how much of it came back. Nothing deletes from it."""

from __future__ import annotations

from collections.abc import Sequence

from mumian.core.kernel.authorised import Scope
from mumian.core.store.database import Cursor, Store


def log(cur: Cursor, scope: Scope, action: str, subject: str, n: int) -> None:
    """Note one read in the caller's transaction."""
    cur.execute(
        "insert into store.access_log (at_us, actor, purpose, action, subject, n) values (%s, %s, %s, %s, %s, %s)",
        [cur.store.clock.now_us(), scope.actor, scope.purpose, action, subject, n],
    )


def log_read(store: Store, scope: Scope, action: str, subject: str, n: int) -> None:
    """Note a finished read before its rows are handed out.

    The read does not wait for the disk: if the machine (not the service) dies, the last half second of notes may be lost.
    """
    log_reads(store, scope, action, [(subject, n)])


def log_reads(store: Store, scope: Scope, action: str, reads: Sequence[tuple[str, int]]) -> None:
    """Note finished reads (subject, rows) of one kind, as `log_read` does, in one statement."""
    store.query(
        "with unhurried as (select set_config('synchronous_commit', 'off', true))"
        " insert into store.access_log (at_us, actor, purpose, action, subject, n)"
        " select %s, %s, %s, %s, r.subject, r.n from unhurried, unnest(%s::text[], %s::int8[]) as r(subject, n)",
        [
            store.clock.now_us(),
            scope.actor,
            scope.purpose,
            action,
            [r[0] for r in reads],
            [r[1] for r in reads],
        ],
    )
