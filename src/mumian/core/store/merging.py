"""Reading copies of points. A sealed segment stays as it was sealed and alone is evidence; beside it, twelve at a time are
joined into one sorted file, and twelve of those again, so that a curve of a day opens tens of files and not a thousand.

A copy is never proof: it can be thrown away at any time, and what it held is read from the segments again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from mumian.core.store import parquet, scan
from mumian.core.store.database import Cursor, Store
from mumian.core.store.faults import translated

FAN = 12  # so many files become one
MOST_ROWS = 4_000_000  # of a copy
LEVELS = 2
_ORDER = "order by device, quantity, event_us, received_us"


@dataclass(frozen=True, slots=True)
class _Part:
    id: int
    path: str
    rows: int


def merge(store: Store) -> int:
    """Join what can be joined; the number of copies made. The caller holds the sealer."""
    made = 0
    for level in range(LEVELS):
        while parts := _next(store, level):
            _join(store, parts, level)
            made += 1
    return made


def forget(cur: Cursor, segments: Sequence[int]) -> list[str]:
    """Drop the copies that hold any of these segments; the caller removes the files after its commit."""
    cur.execute(
        "delete from store.merges where id in (select merged from store.segments where id = any(%s)) returning path",
        [list(segments)],
    )
    return [str(row[0]) for row in cur]


def discard(store: Store, path: str) -> bool:
    """Throw away a copy that does not read. True if `path` (relative) is one."""
    gone = store.query("delete from store.merges where path = %s returning id", [path])
    if gone:
        remove(store, [path])
    return bool(gone)


def remove(store: Store, paths: Sequence[str]) -> None:
    """Remove files under the home; those that have gone are no fault."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            (store.home / path).unlink()


def _next(store: Store, level: int) -> list[_Part]:
    """The oldest twelve files of a level, if there are so many and the copy would not grow too large."""
    sql = (
        """
        select id, path, rows from store.segments
        where kind = 'points' and dropped_us is null and merged is null and rows < %s order by id limit %s
        """
        if level == 0
        else "select id, path, rows from store.merges where rows < %s and level = %s order by id limit %s"
    )
    most = MOST_ROWS // FAN
    found = store.query(sql, [most, FAN] if level == 0 else [most, level, FAN])
    return [_Part(*row) for row in found] if len(found) == FAN else []


def _join(store: Store, parts: list[_Part], level: int) -> None:
    folder = store.home / "merged"
    folder.mkdir(exist_ok=True)
    draft = folder / f"{parts[0].id}-{level + 1}.tmp"
    with translated():
        scan.copy(store, parts, _ORDER, draft)
        parquet.sync(draft)
    digests = parquet.digest(draft)
    path = f"merged/points-{level + 1}-{digests.sha256.hex()[:16]}.parquet"
    draft.rename(store.home / path)
    parquet.sync(folder)
    ids = [part.id for part in parts]
    with store.tx() as cur:
        cur.execute(
            "insert into store.merges (path, sha256, rows, bytes, level) values (%s, %s, %s, %s, %s) returning id",
            [path, digests.sha256.hex(), sum(part.rows for part in parts), digests.size, level + 1],
        )
        (number,) = cur.fetchall()[0]
        of = "id" if level == 0 else "merged"
        cur.execute(f"update store.segments set merged = %s where {of} = any(%s)", [number, ids])
        if level:
            cur.execute("delete from store.merges where id = any(%s)", [ids])
    if level:
        remove(store, [part.path for part in parts])
