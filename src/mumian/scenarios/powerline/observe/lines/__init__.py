"""Lines from GeoJSON (OpenStreetMap), KML and CSV: `read` takes any of them by its suffix.

It judges nothing: what the file does not know is derived from geometry and listed in `Line.assumed`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.line import Line
from mumian.scenarios.powerline.observe.lines import geojson, kml, table
from mumian.scenarios.powerline.observe.lines.building import Datum, LineFileUnreadable, Listed

__all__ = ["Datum", "LineFileUnreadable", "Listed", "listed", "read", "read_bytes"]

_READERS = {".geojson": geojson.line, ".json": geojson.line, ".kml": kml.line, ".csv": table.line}
_LISTERS = {".geojson": geojson.listed, ".json": geojson.listed, ".kml": kml.listed}
_LARGEST_BYTES = 200_000_000


def read(path: Path, datum: Datum = "wgs84") -> Line:
    """The first line of the file. LineFileUnreadable (a BadInput) says what is wrong and how to mend it.

    `datum` is the file's: GeoJSON and KML are WGS 84 by their standards, but Chinese exports often are not.
    """
    _reader(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise LineFileUnreadable(
                path=path, fault="it is larger than 200 MB", mend="Cut out the line meant"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise LineFileUnreadable(
            path=path, fault=str(error.strerror), mend="Name a file that is there"
        ) from None
    return read_bytes(raw, path.as_posix(), datum)


def read_bytes(raw: bytes, name: str, datum: Datum = "wgs84", ordinal: int = 1) -> Line:
    """The same of a file's content; the reader is chosen by `name`, the line by its number in the file."""
    path = Path(name)
    return _reader(path)(raw, path, datum, ordinal)


def listed(raw: bytes, name: str) -> list[Listed]:
    """The lines that a file of several holds, with their numbers; empty for a table, which is one line."""
    path = Path(name)
    lister = _LISTERS.get(path.suffix.lower())
    return lister(raw, path) if lister else []


def _reader(path: Path) -> Callable[[bytes, Path, Datum, int], Line]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(detail=f"{path}: a name ending in {', '.join(_READERS)} is meant")
    return reader
