"""Rows of LAS, LAZ and Parquet files in bounded chunks; whatever cannot be decoded, or not be true, is CloudDamaged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.understand.cloud_faults import CloudEmpty, CloudLacks, as_damage
from mumian.scenarios.powerline.understand.las_header import Header

Classes = NDArray[np.uint8]
Rows = tuple[Floats, Classes | None]

CHUNK = 1_000_000
# A point farther outside of the header's box than rounding explains was decoded from damaged bytes.
_OUTSIDE_M = 1.0


def las_rows(path: Path, head: Header) -> Iterator[Rows]:
    """Chunks of (n, 3) metres with their ASPRS classes; `head` is the file's checked header."""
    if head.points == 0:
        raise CloudEmpty(path=path, rows=0, dropped=0)
    with as_damage(path):
        import laspy
        from laspy import DecompressionSelection, LazBackend

        wanted = (
            DecompressionSelection.base() | DecompressionSelection.Z | DecompressionSelection.CLASSIFICATION
        )
        # One thread: the parallel decoder trusts sizes that a damaged file states.
        with laspy.open(path, laz_backend=LazBackend.Lazrs, decompression_selection=wanted) as reader:
            scales, offsets = reader.header.scales, reader.header.offsets
            read = 0
            while read < head.points:
                with _hushed() if head.is_compressed else nullcontext():
                    record = reader.read_points(min(CHUNK, head.points - read))
                if len(record) == 0:
                    break
                read += len(record)
                xyz = np.empty((len(record), 3))
                for axis, name in enumerate("XYZ"):
                    counts = record[name]
                    ends = np.array([counts.min(), counts.max()]) * scales[axis] + offsets[axis]
                    _must_lie_inside(float(ends.min()), float(ends.max()), head, axis)
                    np.multiply(counts, scales[axis], out=xyz[:, axis])
                    xyz[:, axis] += offsets[axis]
                yield xyz, np.asarray(record["classification"], np.uint8)
            if read != head.points:
                raise ValueError(f"{head.points} points promised, {read} held")


def _must_lie_inside(low: float, high: float, head: Header, axis: int) -> None:
    if not (low >= head.low[axis] - _OUTSIDE_M and high <= head.high[axis] + _OUTSIDE_M):
        raise ValueError(f"points lie outside the box that the header states, along {'xyz'[axis]}")


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep the decoder's own words off stderr: on damaged bytes lazrs panics, and its trace says nothing to a reader."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def parquet_rows(path: Path) -> Iterator[Rows]:
    """Chunks of columns x, y, z, missing values as NaN, with `classification` where there is one."""
    with as_damage(path):
        from pyarrow import parquet

        with parquet.ParquetFile(path) as file:
            if file.metadata.num_rows == 0:
                raise CloudEmpty(path=path, rows=0, dropped=0)
            names = _columns(path, file.schema_arrow)
            for batch in file.iter_batches(batch_size=CHUNK, columns=list(names.values())):
                xyz = np.column_stack([_floats(batch.column(names[axis])) for axis in "xyz"])
                given = names.get("classification")
                yield xyz, None if given is None else _floats(batch.column(given), 0.0).astype(np.uint8)


def _columns(path: Path, schema: Any) -> dict[str, str]:
    """x, y, z and, where there is one, classification → the column's name as it is written."""
    import pyarrow as pa

    numeric = {
        field.name.strip().lower(): field.name
        for field in schema
        if pa.types.is_integer(field.type)
        or pa.types.is_floating(field.type)
        or pa.types.is_decimal(field.type)
    }
    missing = [axis for axis in "xyz" if axis not in numeric]
    if missing:
        raise CloudLacks(path=path, missing=", ".join(missing), present=", ".join(schema.names) or "-")
    return {name: numeric[name] for name in ("x", "y", "z", "classification") if name in numeric}


def _floats(column: Any, null: float = np.nan) -> Floats:
    import pyarrow as pa

    values = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    if column.null_count == 0 and not np.isnan(null):
        return np.nan_to_num(values, nan=null, posinf=null, neginf=null)
    return np.where(np.asarray(column.is_null()), null, values) if column.null_count else values
