"""The access log: who read whose data, for what purpose, and how much of it came back. Nothing deletes from it."""

from __future__ import annotations

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
    with store.tx() as cur:
        cur.execute("set local synchronous_commit = off")
        log(cur, scope, action, subject, n)
