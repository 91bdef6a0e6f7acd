"""Sealing: a hot generation becomes a segment file, a catalogue row and a leaf of the ledger, exactly once.

1. switch   new writers go to the other generation; waits for those that still write the old one
2. write    the old generation, now still, is written to a file: whole, synced, then renamed
3. commit   catalogue row, ledger leaf and TRUNCATE of the old generation in one transaction

Killed before 3, the next sealing finds rows in the generation that is not live and writes them again; a file without a
catalogue row is removed. So nothing is lost and nothing is sealed twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakSet

import numpy as np
import psycopg
import pyarrow as pa

from mumian.core.store import hot, ledger, merging, parquet
from mumian.core.store.catalogue import HOT, Segment
from mumian.core.store.database import Connection, Cursor, Row, Store
from mumian.core.store.faults import translated

SEAL_KEY = 0x7365616C  # "seal": one sealer, backup or retention at a time
SWITCH_KEY = 0x737769746368  # "switch": as in the function store.live of the first migration
MOST_ROWS = {"points": 1_000_000, "waves": 50_000, "events": 500_000}  # of one file


@dataclass(frozen=True, slots=True)
class Limits:
    """When an open generation is due: at so many rows, or when its oldest row was received so long ago.

    few  rows for which it is not worth a file yet: fewer of them wait ten times as long
    """

    rows: Mapping[str, int]
    age_s: float
    few: Mapping[str, int] = field(default_factory=dict)


# A small home's telemetry makes no file a minute: its hot rows are read as well. Events are sealed early even when few,
# because a figure counts sealed ones only.
LIMITS = Limits(
    {"points": 100_000, "waves": 20_000, "events": 100_000}, 60.0, {"points": 20_000, "waves": 4_000}
)


def seal(
    store: Store,
    kind: str | None = None,
    *,
    force: bool = False,
    origins: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
) -> list[Segment]:
    """Seal what is due, or with `force` everything that is open; the new segments.

    kind     points, waves or events; None means all
    origins  device → origin, from the registry. A device that is not named is written with origin "", which no figure
             counts
    Waits while another sealing or a backup's snapshot is under way.
    """
    made: list[Segment] = []
    with sealer(store):
        _tidy_once(store)
        for each in HOT if kind is None else (kind,):
            made += _left_behind(store, each, origins or {})
            if _due(store, each, limits, force=force):
                _switch(store, each)
                made += _left_behind(store, each, origins or {})
        _objects(store)
        if any(segment.kind == "points" for segment in made):
            merging.merge(store)
    return made


@contextmanager
def sealer(store: Store) -> Iterator[Connection]:
    """Hold the one right to change the set of segments."""
    with store.connection() as connection:
        connection.execute("select pg_advisory_lock(%s)", [SEAL_KEY])
        try:
            yield connection
        finally:
            if not connection.closed and not connection.broken:
                connection.execute("select pg_advisory_unlock(%s)", [SEAL_KEY])


def _due(store: Store, kind: str, limits: Limits, *, force: bool) -> bool:
    stamp = "at_us" if kind == "events" else "received_us"
    table = f"store.{HOT[kind]}_{_live(store, kind)}"
    rows, oldest = store.query(f"select count(*), min({stamp}) from {table}")[0]
    if not rows or force:
        return bool(rows)
    wait_s = limits.age_s * (10 if rows < limits.few.get(kind, 0) else 1)
    return bool(rows >= limits.rows[kind] or oldest <= store.clock.now_us() - wait_s * 1e6)


def _live(store: Store, kind: str) -> str:
    return str(store.query("select live from store.generation where kind = %s", [kind])[0][0])


def _switch(store: Store, kind: str) -> None:
    with store.tx() as cur:
        cur.execute("select pg_advisory_xact_lock(%s)", [SWITCH_KEY])
        cur.execute(
            "update store.generation set live = case live when 'a' then 'b' else 'a' end where kind = %s",
            [kind],
        )


def _left_behind(store: Store, kind: str, origins: Mapping[str, str]) -> list[Segment]:
    """Seal the generation that is not live, if it holds rows."""
    table = f"store.{HOT[kind]}_{'a' if _live(store, kind) == 'b' else 'b'}"
    written = [_write(store, kind, piece) for piece in _pieces(store, kind, table, origins)]
    if not written:
        return []
    for attempt in range(20):
        try:
            return _commit(store, table, written)
        except psycopg.errors.LockNotAvailable:  # a long reader; let others pass before the next try
            time.sleep(0.05 * attempt)
    return _commit(store, table, written, wait_s=120)


@dataclass(frozen=True, slots=True)
class _Written:
    id: int
    kind: str
    path: str
    digests: parquet.Digests
    rows: int
    first_us: int
    last_us: int
    sealed_us: int


def _commit(store: Store, table: str, written: Sequence[_Written], wait_s: float = 1) -> list[Segment]:
    with store.untranslated() as cur:
        cur.execute("select set_config('lock_timeout', %s, true)", [f"{round(wait_s * 1000)}ms"])
        cur.execute(f"truncate {table}")
        leaves = ledger.append_many(cur, [("segment", w.path, w.digests.sha256) for w in written])
        return [_catalogue(cur, w, leaf) for w, leaf in zip(written, leaves, strict=True)]


def _catalogue(cur: Cursor, w: _Written, leaf: int) -> Segment:
    sha = w.digests.sha256.hex()
    cur.execute(
        """
        insert into store.segments
            (id, kind, path, sha256, blocks, rows, bytes, first_us, last_us, sealed_us, leaf)
        overriding system value values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            w.id,
            w.kind,
            w.path,
            sha,
            w.digests.blocks,
            w.rows,
            w.digests.size,
            w.first_us,
            w.last_us,
            w.sealed_us,
            leaf,
        ],
    )
    size = w.digests.size
    return Segment(w.id, w.kind, w.path, sha, w.rows, size, w.first_us, w.last_us, w.sealed_us, leaf, None)


@dataclass(frozen=True, slots=True)
class _Piece:
    table: pa.Table
    first_us: int
    last_us: int


def _pieces(store: Store, kind: str, table: str, origins: Mapping[str, str]) -> Iterator[_Piece]:
    """The rows of a still generation, in tables of at most MOST_ROWS."""
    if kind == "points":
        yield from _points(store, table, origins)
        return
    for rows in _chunks(store, kind, table):
        if kind == "waves":
            ends = [row[2] + round(row[5] * 1e6 / row[4]) for row in rows]
            yield _Piece(parquet.waves_table(rows, origins), min(row[2] for row in rows), max(ends))
        else:
            stamps = [row[1] for row in rows]
            yield _Piece(parquet.events_table(rows), min(stamps), max(stamps))


def _points(store: Store, table: str, origins: Mapping[str, str]) -> Iterator[_Piece]:
    with store.tx() as cur:
        cur.execute("select id, device, quantity, unit from store.series")
        series = {row[0]: (row[1], row[2], row[3]) for row in cur}
        for rows in hot.read_points(cur, table, MOST_ROWS["points"]):
            first, last = int(np.min(rows["e"])), int(np.max(rows["e"]))
            yield _Piece(parquet.points_table(rows, series, origins), first, last)


_TYPES = {
    "waves": ["text", "text", "int8", "int8", "float4", "int4", "int2", "bytea"],
    "events": ["int8", "int8", "text", "text", "text", "text"],
}


def _chunks(store: Store, kind: str, table: str) -> Iterator[list[Row]]:
    with store.tx() as cur, cur.copy(f"copy {table} to stdout (format binary)") as copy:
        copy.set_types(_TYPES[kind])
        rows: list[Row] = []
        for row in copy.rows():
            rows.append(row)
            if len(rows) >= MOST_ROWS[kind]:
                yield rows
                rows = []
        if rows:
            yield rows


def _write(store: Store, kind: str, piece: _Piece) -> _Written:
    number = store.query("select nextval(pg_get_serial_sequence('store.segments', 'id'))")[0][0]
    sealed_us = store.clock.now_us()
    day = datetime.fromtimestamp(sealed_us // 1_000_000, UTC)
    with translated():
        path, digests = parquet.write(
            piece.table, store.home / "segments" / f"{day:%Y}" / f"{day:%m}", f"{kind}-{number}", kind
        )
    relative = str(path.relative_to(store.home))
    return _Written(
        number, kind, relative, digests, len(piece.table), piece.first_us, piece.last_us, sealed_us
    )


def _objects(store: Store) -> None:
    """Objects get their leaves here, so that keeping evidence never waits for the ledger."""
    with store.tx() as cur:
        cur.execute("select sha256 from store.objects where leaf is null order by made_us, sha256 for update")
        names = [row[0] for row in cur]
        if not names:
            return
        leaves = ledger.append_many(cur, [("object", name, bytes.fromhex(name)) for name in names])
        cur.executemany(
            "update store.objects set leaf = %s where sha256 = %s", list(zip(leaves, names, strict=True))
        )


_tidied: WeakSet[Store] = WeakSet()


def _tidy_once(store: Store) -> None:
    """Once an opening of the home, remove drafts and files that never reached the catalogue, and those whose rows were dropped."""
    if store in _tidied:
        return
    known = {row[0] for row in store.query("select path from store.segments where dropped_us is null")}
    known |= {row[0] for row in store.query("select path from store.merges")}
    for file in [*(store.home / "segments").glob("*/*/*"), *(store.home / "merged").glob("*")]:
        if file.suffix in {".tmp", ".parquet"} and str(file.relative_to(store.home)) not in known:
            file.unlink()
    _tidied.add(store)
