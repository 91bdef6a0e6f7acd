"""The catalogue of sealed segments, and the one way to read it together with the hot tables so that no row is missed
or seen twice while a sealing is under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mumian.core.kernel.errors import BadInput
from mumian.core.store.database import Cursor, Store

HOT = {"points": "hot", "waves": "wave", "events": "event"}  # kind → stem of its two hot tables
COLUMNS = "id, kind, path, sha256, rows, bytes, first_us, last_us, sealed_us, leaf, dropped_us"


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed file. `path` is relative to the home; first_us and last_us bound the event times in it, both included."""

    id: int
    kind: str
    path: str
    sha256: str
    rows: int
    bytes: int
    first_us: int
    last_us: int
    sealed_us: int
    leaf: int
    dropped_us: int | None


def segments(store: Store, kind: str | None = None, *, dropped: bool = False) -> list[Segment]:
    """All segments of a kind (None: of all), oldest first; with `dropped`, those too whose files retention took."""
    rows = store.query(
        f"""
        select {COLUMNS} from store.segments
        where (%s::text is null or kind = %s) and (dropped_us is null or %s) order by id
        """,
        [kind, kind, dropped],
    )
    return [Segment(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file to read: a segment, or the copy that several were joined into (merging.py)."""

    path: str


@contextmanager
def view(store: Store, kind: str, from_us: int, until_us: int) -> Iterator[tuple[Cursor, list[Sealed]]]:
    """A cursor that sees the hot rows, and the files that may hold the rest, of one moment.

    The locks come first: the snapshot, taken after them, then either sees a sealing's catalogue row and an emptied table
    or neither (TRUNCATE is not seen through snapshots, but waits for these locks).
    """
    stem = HOT.get(kind)
    if stem is None:
        raise BadInput(detail=f"kind {kind!r}: one of {', '.join(HOT)}")
    with store.tx() as cur:
        cur.execute(
            "set transaction isolation level repeatable read, read only; "
            f"lock table store.{stem}_a, store.{stem}_b in access share mode"
        )
        cur.execute(
            """
            select distinct coalesce(m.path, s.path)
            from store.segments s left join store.merges m on m.id = s.merged
            where s.kind = %s and s.dropped_us is null and s.last_us >= %s and s.first_us < %s order by 1
            """,
            [kind, from_us, until_us],
        )
        yield cur, [Sealed(row[0]) for row in cur.fetchall()]
