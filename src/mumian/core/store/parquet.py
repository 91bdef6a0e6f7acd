"""Segment files: rows in, one durable Parquet file out, with its digests. Files say everything themselves: a figure can
be recomputed from them where no database is.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mumian.core.store.database import Row

BLOCK = 65_536  # bytes per entry of a file's block digests
ROW_GROUP = {"points": 65_536, "waves": 512, "events": 16_384}


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 of a whole file, and of each of its 64 KiB blocks one after another."""

    sha256: bytes
    blocks: bytes
    size: int


def points_table(
    rows: npt.NDArray[np.void], series: Mapping[int, tuple[str, str, str]], origins: Mapping[str, str]
) -> pa.Table:
    """Columns device, quantity, unit, origin, event_us, received_us, value; sorted by device, quantity and time.

    rows    structured array with s, e, r, v (series, event_us, received_us, value)
    series  id → (device, quantity, unit)
    origins device → field, replay or simulation; "" is written for a device that is not named
    """
    ids, inverse = np.unique(rows["s"], return_inverse=True)
    named = [series[int(i)] for i in ids]
    rank = np.empty(len(ids), np.int64)
    rank[sorted(range(len(ids)), key=lambda i: named[i])] = np.arange(len(ids))
    order = np.lexsort((rows["r"], rows["e"], rank[inverse]))
    of_row, sorted_rows = inverse[order], rows[order]
    columns = [*zip(*named, strict=True), [origins.get(name[0], "") for name in named]]
    return pa.table(
        {
            **{
                title: _dictionary(of_row, values)
                for title, values in zip(("device", "quantity", "unit", "origin"), columns, strict=True)
            },
            "event_us": sorted_rows["e"].astype(np.int64),
            "received_us": sorted_rows["r"].astype(np.int64),
            "value": sorted_rows["v"].astype(np.float64),
        }
    )


def _dictionary(of_row: npt.NDArray[np.intp], values: object) -> pa.DictionaryArray:
    distinct, code = np.unique(np.array(values, dtype=object).astype(str), return_inverse=True)
    return pa.DictionaryArray.from_arrays(
        pa.array(code[of_row], pa.int32()), pa.array(distinct.tolist(), pa.string())
    )


def waves_table(rows: list[Row], origins: Mapping[str, str]) -> pa.Table:
    """Columns device, kind, event_us, received_us, rate_hz, channels, n, origin, samples (float32 LE, C order)."""
    rows = sorted(rows, key=lambda row: row[:4])
    device, kind, event, received, rate, n, channels, samples = zip(*rows, strict=True)
    return pa.table(
        {
            "device": pa.array(device).dictionary_encode(),
            "kind": pa.array(kind).dictionary_encode(),
            "event_us": pa.array(event, pa.int64()),
            "received_us": pa.array(received, pa.int64()),
            "rate_hz": pa.array(rate, pa.float32()),
            "channels": pa.array(channels, pa.int16()),
            "n": pa.array(n, pa.int32()),
            "origin": pa.array([origins.get(name, "") for name in device]).dictionary_encode(),
            "samples": pa.array(samples, pa.binary()),
        }
    )


def events_table(rows: list[Row]) -> pa.Table:
    """Columns id, at_us, kind, origin, subject, body (JSON text), by id."""
    number, at, kind, origin, subject, body = zip(*sorted(rows), strict=True)
    return pa.table(
        {
            "id": pa.array(number, pa.int64()),
            "at_us": pa.array(at, pa.int64()),
            "kind": pa.array(kind).dictionary_encode(),
            "origin": pa.array(origin).dictionary_encode(),
            "subject": pa.array(subject, pa.string()),
            "body": pa.array(body, pa.string()),
        }
    )


def write(table: pa.Table, folder: Path, stem: str, kind: str) -> tuple[Path, Digests]:
    """`folder/stem-<sha8>.parquet`, whole on disk before it has that name."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{stem}.tmp"
    try:
        pq.write_table(
            table, draft, compression="zstd", row_group_size=ROW_GROUP[kind], write_page_index=True
        )
        sync(draft)
        digests = digest(draft)
        path = folder / f"{stem}-{digests.sha256.hex()[:8]}.parquet"
        draft.rename(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    for made in (folder, folder.parent, folder.parent.parent):
        sync(made)
    return path, digests


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(path: Path) -> Digests:
    """Read a file once and digest it."""
    whole, blocks, size = hashlib.sha256(), [], 0
    for block in read_blocks(path):
        whole.update(block)
        blocks.append(hashlib.sha256(block).digest())
        size += len(block)
    return Digests(whole.digest(), b"".join(blocks), size)


def read_blocks(path: Path) -> Iterator[bytes]:
    """The file in pieces of 64 KiB."""
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(64 * BLOCK):
            for at in range(0, len(chunk), BLOCK):
                yield chunk[at : at + BLOCK]
