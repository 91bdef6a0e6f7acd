"""Evidence: a list of sealed segment files and nothing else. No database, no clock, no setting reaches an indicator.

A segment is taken only under the digest it was sealed with; the same event twice counts once; origins never meet,
because a view shows one origin only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from mumian.core.kernel.errors import BadInput, MumianError

ORIGINS = ("field", "replay", "simulation")
_COLUMNS = {
    "events": ("at_us", "id bigint, at_us bigint, kind text, origin text, subject text, body text"),
    "points": (
        "event_us",
        "device text, quantity text, unit text, origin text, event_us bigint, received_us bigint, value double",
    ),
    "waves": (
        "event_us",
        "device text, kind text, event_us bigint, received_us bigint, rate_hz float, channels int, n int, origin text, samples blob",
    ),
}
_EVENT = "id, at_us, kind, origin, subject, body"
_READ_BYTES = 1 << 20
_SETTINGS: dict[str, Any] = {
    "threads": 1,
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class SegmentMissing(MumianError, FileNotFoundError):
    """A segment that a figure rests on is not there."""

    code, status = "segment_missing", 409
    zh = "封存段 {sha256} 不见了（应在 {path}）：从备份恢复后再算"
    en = "Segment {sha256} is missing (looked for {path}): restore it from a backup, then compute again"


class SegmentChanged(MumianError, ValueError):
    """A segment's bytes are not those that were sealed."""

    code, status = "segment_changed", 409
    zh = "封存段 {path} 被改动：应为 {expected:.16}…，现为 {found:.16}…"
    en = "Segment {path} was changed: sealed as {expected:.16}…, now {found:.16}…"


class EvidenceConflict(MumianError, ValueError):
    """Two segments tell different things under one event id."""

    code, status = "evidence_conflict", 409
    zh = "事件 {id} 在封存段里有两种内容，不能据此计算"
    en = "Event {id} stands in the segments with two contents: nothing can be computed from them"


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A sealed file and the digest it was sealed with; its name begins with its kind."""

    path: Path
    sha256: str

    @property
    def kind(self) -> str:
        """events, points or waves."""
        return self.path.name.split("-")[0]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One entry of the journal."""

    id: int
    at_us: int
    kind: str
    origin: str
    subject: str
    body: Mapping[str, Any]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def check(segment: SegmentFile) -> None:
    """Raises SegmentMissing or SegmentChanged unless the file is the one that was sealed."""
    if not segment.path.is_file():
        raise SegmentMissing(sha256=segment.sha256, path=str(segment.path))
    found = sha256_of(segment.path)
    if found != segment.sha256:
        raise SegmentChanged(path=str(segment.path), expected=segment.sha256, found=found)


def locate(home: Path, digests: Sequence[str]) -> list[SegmentFile]:
    """The sealed files of these digests under `home/segments`, each checked. Needs no catalogue.

    A file's name ends in the first eight letters of its digest; if the name is there with other bytes, the segment was
    changed, and if no file of the name or digest is there, it is missing.
    """
    named: dict[str, list[Path]] = {}
    for path in sorted((home / "segments").rglob("*.parquet")):
        named.setdefault(path.stem.rsplit("-", 1)[-1], []).append(path)
    found = [SegmentFile(_choose(home, digest, named), digest) for digest in digests]
    for segment in found:
        check(segment)
    return found


def _choose(home: Path, digest: str, named: Mapping[str, list[Path]]) -> Path:
    candidates = named.get(digest[:8], [])
    for path in candidates[:-1]:
        if sha256_of(path) == digest:
            return path
    if candidates:
        return candidates[-1]
    renamed = (path for paths in named.values() for path in paths if sha256_of(path) == digest)
    return next(renamed, home / "segments" / f"*-{digest[:8]}.parquet")


class Evidence:
    """Opened segments of any kind. Raises EvidenceConflict when two events share an id and differ."""

    def __init__(self, segments: Sequence[SegmentFile]) -> None:
        self.digests = tuple(sorted({s.sha256 for s in segments}))
        self._db = duckdb.connect(config=_SETTINGS)
        self._rooms = count()
        for kind, (_, columns) in _COLUMNS.items():
            files = sorted({str(s.path) for s in segments if s.kind == kind})
            self._db.execute(f"create view all_{kind} as {_source(files, columns)}")
        # Telling rows apart costs minutes in a year of a large home, so it is done where there is need of it.
        self._distinct = {
            "events": "distinct" if self._repeated() else "",
            "points": "distinct",
            "waves": "distinct",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._db.close()

    def _repeated(self) -> bool:
        """Whether events stand here twice, which only copies of segments do. Refuses two contents under one id."""
        rows, ids = self._db.execute("select count(*), count(distinct id) from all_events").fetchone() or (
            0,
            0,
        )
        if rows == ids:
            return False
        distinct = "select distinct id, hash(at_us, kind, origin, subject, body) as h from all_events"
        row = self._db.execute(
            f"select min(id) from (select id from ({distinct}) group by id having count(*) > 1)"
        ).fetchone()
        if row and row[0] is not None:
            raise EvidenceConflict(id=row[0])
        return True

    def last_us(self) -> int | None:
        """Time of the newest entry."""
        row = self._db.execute("select max(at_us) from all_events").fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def origins(self, from_us: int, until_us: int) -> list[str]:
        """Origins that left entries in the period."""
        found = self._db.execute(
            "select distinct origin from all_events where at_us >= ? and at_us < ?", [from_us, until_us]
        ).fetchall()
        return [o for o in ORIGINS if (o,) in found]

    def view(self, origin: str, from_us: int, until_us: int) -> EvidenceView:
        """What indicators may see: one origin, one period."""
        if origin not in ORIGINS:
            raise BadInput(detail=f"origin {origin!r}: one of {', '.join(ORIGINS)}")
        room = f"view_{next(self._rooms)}"
        cursor = self._db.cursor()
        cursor.execute(f"create schema {room}")
        for kind, (stamp, _) in _COLUMNS.items():
            cursor.execute(
                f"create view {room}.{kind} as select {self._distinct[kind]} * from memory.main.all_{kind}"
                f" where origin = '{origin}' and {stamp} >= {int(from_us)} and {stamp} < {int(until_us)}"
            )
        cursor.execute(f"use {room}")
        return EvidenceView(origin, int(from_us), int(until_us), cursor, room)


def _source(files: Sequence[str], columns: str) -> str:
    """Rows of these files, or none in the same shape."""
    typed = [column.split() for column in columns.split(", ")]
    if not files:
        empty = ", ".join(f"null::{kind} as {name}" for name, kind in typed)
        return f"select {empty} where false"
    quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    names = ", ".join(f"{name}::{kind} as {name}" for name, kind in typed)
    return f"select {names} from read_parquet([{quoted}])"


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The evidence of one origin in [from_us, until_us). Indicators are pure functions of it."""

    origin: str
    from_us: int
    until_us: int
    _db: duckdb.DuckDBPyConnection
    _room: str

    def events(self, *kinds: str) -> Iterator[EventRow]:
        """Entries of these kinds in order of time, then id."""
        # A cursor of its own, so that two of these can be read side by side.
        marks = ", ".join("?" * len(kinds))
        cursor = self._db.cursor()
        query = f"select {_EVENT} from {self._room}.events where kind in ({marks}) order by at_us, id"
        cursor.execute(query, kinds)
        while rows := cursor.fetchmany(10_000):
            for number, at_us, kind, origin, subject, body in rows:
                yield EventRow(number, at_us, kind, origin, subject, json.loads(body))

    def sql(self, query: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query over `events` (body as JSON text), `points` and `waves`, each with the columns of its segments.

        Sum integers only: adding floats in another order gives other digits.
        """
        return self._db.execute(query, parameters or {}).fetchall()
