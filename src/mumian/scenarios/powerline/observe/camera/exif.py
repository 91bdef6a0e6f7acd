"""When and where, from a photograph's EXIF block (CIPA DC-008, TIFF 6.0): bounded, since a header may be hostile.

A block that lies about its own size, loops or promises thousands of tags yields what could be read of it, or nothing; it never
fails a photograph. A place of 0, 0 is a receiver without a fix and counts as none.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84

_MOST_TAGS = 1000
_SIZES = {2: 1, 3: 2, 4: 4, 5: 8}  # ASCII, SHORT, LONG, RATIONAL
_MOST_BYTES = 64
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TAKEN, _CHANGED, _SUBSEC, _OFFSET = 0x9003, 0x0132, 0x9291, 0x9011
_DAY, _SECOND_US = "%Y:%m:%d %H:%M:%S", 1_000_000


class Stamp(NamedTuple):
    """`taken_us`: UTC where the camera wrote its zone, else its wall clock read as UTC; `step_us`: how finely it counts."""

    taken_us: int | None
    step_us: int
    at: Wgs84 | None


NOTHING = Stamp(None, _SECOND_US, None)


def stamp(exif: object) -> Stamp:
    """Time and place in an EXIF block as Pillow hands it over (`image.info["exif"]`)."""
    if not isinstance(exif, bytes):
        return NOTHING
    body = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(body[:2])
    if order is None or len(body) < 8:
        return NOTHING
    main = dict(_tags(body, order, struct.unpack_from(order + "I", body, 4)[0]))
    inner = dict(_tags(body, order, _pointer(main.get(_EXIF_IFD), order)))
    places = dict(_tags(body, order, _pointer(main.get(_GPS_IFD), order)))
    taken_us, step_us = _time(inner, main)
    return Stamp(taken_us, step_us, _place(places, order))


def _tags(body: bytes, order: str, at: int) -> Iterator[tuple[int, bytes]]:
    """Tag → its bytes, of one directory; nothing beyond what fits."""
    try:
        if at <= 0:
            return
        (count,) = struct.unpack_from(order + "H", body, at)
        for number in range(min(count, _MOST_TAGS)):
            tag, kind, many, where = struct.unpack_from(order + "HHII", body, at + 2 + 12 * number)
            size = _SIZES.get(kind, 0) * many
            if 0 < size <= _MOST_BYTES:
                start = at + 2 + 12 * number + 8 if size <= 4 else where
                yield tag, body[start : start + size]
    except struct.error:
        return


def _pointer(value: bytes | None, order: str) -> int:
    return struct.unpack(order + "I", value)[0] if value is not None and len(value) == 4 else 0


def _time(inner: dict[int, bytes], main: dict[int, bytes]) -> tuple[int | None, int]:
    wall = _text(inner.get(_TAKEN)) or _text(main.get(_CHANGED))
    try:
        whole = int(datetime.strptime(wall, _DAY).replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return None, _SECOND_US
    digits = re.match(r"\d{1,6}", _text(inner.get(_SUBSEC)))
    parts = digits[0] if digits else ""
    us = int(parts.ljust(6, "0")) if parts else 0
    zone = re.fullmatch(r"([+-])(\d\d):(\d\d)", _text(inner.get(_OFFSET)))
    east_s = 0 if zone is None else (int(zone[2]) * 3600 + int(zone[3]) * 60) * (-1 if zone[1] == "-" else 1)
    return (whole - east_s) * _SECOND_US + us, 10 ** (6 - len(parts))


def _place(tags: dict[int, bytes], order: str) -> Wgs84 | None:
    lat, lon = _degrees(tags.get(2), order), _degrees(tags.get(4), order)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None
    south, west = _text(tags.get(1)) == "S", _text(tags.get(3)) == "W"
    try:
        return Wgs84(-lat if south else lat, -lon if west else lon)
    except BadInput:
        return None


def _degrees(value: bytes | None, order: str) -> float | None:
    if value is None or len(value) != 24:
        return None
    a, b, c, d, e, f = struct.unpack(order + "6I", value)
    return a / b + c / d / 60 + e / f / 3600 if b and d and f else None


def _text(value: bytes | None) -> str:
    return (value or b"").split(b"\0")[0].decode("ascii", "replace").strip()
