"""The public header of a LAS or LAZ file, checked against the file's length before any decoder may trust it.

ASPRS LAS 1.4-R15; LASzip's chunk table. A damaged count or offset would otherwise let a decoder allocate without end.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

_SHORTEST = {0: 227, 1: 227, 2: 227, 3: 235, 4: 375}  # minor version → header bytes
_RECORD = (20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67)  # point format → least bytes a point
_LONGEST_RECORD = 4096  # extra bytes: real files carry a few dozen
_LASZIP = (b"laszip encoded", 22204)
_VLR = struct.Struct("<H16sHH32s")
_MOST_PER_BYTE = 2_000  # points: a run of identical points is the densest that LASzip packs


@dataclass(frozen=True, slots=True)
class Header:
    """How many points, whether compressed, and their box in the file's own units."""

    points: int
    is_compressed: bool
    low: tuple[float, float, float]
    high: tuple[float, float, float]


def read_header(path: Path) -> Header:
    """Raises ValueError or struct.error with a reason for whatever cannot be true of a file of this length."""
    length = path.stat().st_size
    with path.open("rb") as file:
        raw = file.read(375)
        if len(raw) < 227:
            raise ValueError(f"{len(raw)} bytes, shorter than a header")
        minor = raw[25]
        header_bytes, offset, vlrs, form, record = struct.unpack_from("<HIIBH", raw, 94)
        is_compressed, form = bool(form & 0x80), form & 0x3F
        if raw[24] != 1 or header_bytes < _SHORTEST.get(minor, 1 << 20) or offset > length:
            raise ValueError(
                f"LAS {raw[24]}.{minor} with a header of {header_bytes} bytes, points from byte {offset} of {length}"
            )
        if form >= len(_RECORD) or not _RECORD[form] <= record <= _LONGEST_RECORD:
            raise ValueError(f"point format {form} with {record} bytes a point")
        if header_bytes + vlrs * _VLR.size > offset:
            raise ValueError(f"{vlrs} variable length records do not fit before the points")
        points = (
            struct.unpack_from("<Q", raw, 247)[0] if minor >= 4 else struct.unpack_from("<I", raw, 107)[0]
        )
        _must_fit(points, record, length - offset, is_compressed=is_compressed)
        if minor >= 4:
            start, extended = struct.unpack_from("<QI", raw, 235)
            if extended and not offset <= start <= length - 60 * min(extended, 1 << 16):
                raise ValueError(f"{extended} extended records from byte {start} of {length}")
        if is_compressed and points:
            file.seek(header_bytes)
            _must_have_chunks(file.read(offset - header_bytes), vlrs, path, offset, length, points)
    return Header(points, is_compressed, *_box(raw))


def _box(raw: bytes) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    figures = struct.unpack_from("<12d", raw, 131)
    scales = figures[:3]
    if not all(math.isfinite(one) for one in figures) or not all(scales):
        raise ValueError("scale, offset or box in the header is not a finite number")
    east, west, north, south, top, bottom = figures[6:]
    return (west, south, bottom), (east, north, top)


def _must_fit(points: int, record: int, held: int, *, is_compressed: bool) -> None:
    most = held * _MOST_PER_BYTE if is_compressed else held // record
    if points > most:
        raise ValueError(f"cut short: {points} points promised, at most {most} held")


def _must_have_chunks(records: bytes, vlrs: int, path: Path, offset: int, length: int, points: int) -> None:
    """The chunk table at the end of compressed points: without it the file was cut short, whatever decodes."""
    chunk = _chunk_size(records, vlrs)
    with path.open("rb") as file:
        file.seek(offset)
        (table,) = struct.unpack("<q", file.read(8))
        if table == -1:  # a writer that could not seek back left it at the very end
            file.seek(length - 8)
            (table,) = struct.unpack("<q", file.read(8))
        if not offset + 8 <= table <= length - 8:
            raise ValueError("cut short: the table of compressed chunks is missing")
        file.seek(table)
        _, chunks = struct.unpack("<II", file.read(8))
    is_variable = chunk == 0xFFFF_FFFF
    if chunks > table - offset or (not is_variable and chunks != -(-points // chunk)):
        raise ValueError(f"{chunks} compressed chunks for {points} points")


def _chunk_size(records: bytes, vlrs: int) -> int:
    at = 0
    for _ in range(vlrs):
        if at + _VLR.size > len(records):
            break
        _, user, number, size, _ = _VLR.unpack_from(records, at)
        at += _VLR.size
        if (user.rstrip(b"\0"), number) == _LASZIP and at + 16 <= len(records):
            (chunk,) = struct.unpack_from("<I", records, at + 12)
            if chunk == 0:
                break
            return int(chunk)
        at += size
    raise ValueError("no LASzip record that says how the points are compressed")
