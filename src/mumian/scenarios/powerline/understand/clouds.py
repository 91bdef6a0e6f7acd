"""Point clouds from files: LAS and LAZ in bounded chunks, Parquet with columns x, y, z in metres.

What is cut short, damaged or not a cloud is refused with a reason; rows without a place (NaN) are dropped and counted. It does not
classify and does not project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.understand.cloud_faults import CloudEmpty, NotACloud, as_damage
from mumian.scenarios.powerline.understand.cloud_rows import Classes, Rows, las_rows, parquet_rows
from mumian.scenarios.powerline.understand.las_header import Header, read_header
from mumian.scenarios.powerline.understand.read_ahead import read_ahead

_LAS, _PARQUET = b"LASF", b"PAR1"
FARTHEST_M = 1e8  # more than any projected coordinate, its zone's number in front included

Counted = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Cloud:
    """(n, 3) places in metres, their ASPRS classes where the file has any, and how many rows had no place."""

    xyz: Floats
    classes: Classes | None
    dropped: int


def read_cloud(path: Path, on_rows: Counted | None = None) -> Cloud:
    """The whole cloud in memory: 25 bytes a point. Raises the errors above, all of them BadInput."""
    parts = list(rows(path, on_rows))
    xyz = np.concatenate([part for part, _ in parts]) if parts else np.empty((0, 3))
    classes = [given for _, given in parts if given is not None]
    finite = placed(xyz)
    dropped = 0 if finite is None else int(len(xyz) - finite.sum())
    if dropped == len(xyz):
        raise CloudEmpty(path=path, rows=len(xyz), dropped=dropped)
    joined = np.concatenate(classes) if classes else None
    if finite is not None:
        xyz, joined = xyz[finite], None if joined is None else joined[finite]
    return Cloud(xyz, joined, dropped)


def placed(xyz: Floats) -> NDArray[np.bool_] | None:
    """Which of (n, 3) rows have a place, finite and within FARTHEST_M; None for all of them, which is quick to know."""
    if len(xyz) == 0 or (xyz.min() > -FARTHEST_M and xyz.max() < FARTHEST_M):
        return None
    near: NDArray[np.bool_] = np.asarray((np.abs(xyz) < FARTHEST_M).all(1))
    return None if near.all() else near


def rows(path: Path, on_rows: Counted | None = None) -> Iterator[Rows]:
    """Chunks of at most CHUNK rows as they stand in the file, rows without a place included."""
    kind = _kind(path)
    for xyz, classes in read_ahead(las_rows(path, header(path)) if kind == _LAS else parquet_rows(path)):
        if on_rows is not None:
            on_rows(len(xyz))
        yield xyz, classes


def size(path: Path) -> int:
    """How many rows the file says it holds."""
    if _kind(path) == _LAS:
        return header(path).points
    with as_damage(path):
        from pyarrow import parquet

        return int(parquet.read_metadata(path).num_rows)


def header(path: Path) -> Header:
    """A LAS or LAZ file's checked header; NotACloud for others."""
    if _kind(path) != _LAS:
        raise NotACloud(path=path)
    with as_damage(path):
        return read_header(path)


def box(path: Path) -> tuple[Floats, Floats]:
    """(x, y) of the lowest and the highest corner: a LAS header's, or what a Parquet file holds."""
    if _kind(path) == _LAS:
        head = header(path)
        return np.array(head.low[:2]), np.array(head.high[:2])
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for xyz, _ in rows(path):
        finite = placed(xyz)
        places = xyz[:, :2] if finite is None else xyz[finite, :2]
        if len(places):
            low, high = np.minimum(low, places.min(0)), np.maximum(high, places.max(0))
    if not np.isfinite(low).all():
        raise CloudEmpty(path=path, rows=size(path), dropped=size(path))
    return low, high


def reference_system(path: Path) -> str | None:
    """The coordinate reference system that a LAS file states, as WKT; None where it states none that can be read."""
    if _kind(path) != _LAS:
        return None
    with as_damage(path):
        import laspy
        from pyproj.exceptions import ProjError

        with laspy.open(path, laz_backend=laspy.LazBackend.Lazrs) as reader:
            try:
                system = reader.header.parse_crs()
            except (ProjError, ValueError, KeyError):
                return None
        return None if system is None else str(system.to_wkt())


def _kind(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise BadInput(detail=f"{path}: cannot be read: {error.strerror or error}") from None
    if magic not in (_LAS, _PARQUET):
        raise NotACloud(path=path)
    return magic
