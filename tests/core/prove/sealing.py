"""A journal written to segment files without a store: what indicators see, made by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mumian.core.prove.evidence import Evidence, SegmentFile

SECOND = 1_000_000
T0 = 1_760_000_000 * SECOND
Row = tuple[int, int, str, str, str, str]


def event(number: int, at_s: float, kind: str, body: Mapping[str, object], origin: str = "field") -> Row:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return (number, T0 + round(at_s * SECOND), kind, origin, str(body.get("device", "")), text)


def seal(folder: Path, rows: Iterable[Row], name: str = "1") -> SegmentFile:
    """One segment file, named as the store names its own."""
    names = ("id", "at_us", "kind", "origin", "subject", "body")
    types = (pa.int64(), pa.int64(), pa.string(), pa.string(), pa.string(), pa.string())
    columns = list(zip(*rows, strict=True)) or [()] * 6
    table = pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "made.tmp"
    pq.write_table(table, made, compression="zstd")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    path = made.rename(folder / f"events-{name}-{digest[:8]}.parquet")
    return SegmentFile(path, digest)


def view(folder: Path, rows: Iterable[Row], origin: str = "field", until_s: float = 10_000_000):
    """The view of one origin over one segment."""
    return Evidence([seal(folder, rows)]).view(
        origin, T0 - 400 * 86_400 * SECOND, T0 + round(until_s * SECOND)
    )
