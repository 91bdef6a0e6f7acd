"""KML 2.2 (OGC 07-147r2): Placemarks with a LineString; tags from its ExtendedData. Entities are refused (XXE)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from mumian.scenarios.powerline.domain.line import Line
from mumian.scenarios.powerline.observe.lines.building import (
    Datum,
    LineFileUnreadable,
    Listed,
    Vertex,
    announced,
    build,
    number,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def line(raw: bytes, path: Path, datum: Datum, ordinal: int = 1) -> Line:
    """The line of this number, from 1. Heights are the ground's where altitudeMode is absolute, else they are not read."""
    found = _drawn(raw, path)
    if not 1 <= ordinal <= len(found):
        fault = "no Placemark holds a LineString" if not found else f"it holds {len(found)} lines"
        raise LineFileUnreadable(path=path, fault=fault, mend="Draw the line as a path")
    return _line(path, *found[ordinal - 1], datum)


def listed(raw: bytes, path: Path) -> list[Listed]:
    """Every line of the file, in its order."""
    return [
        announced(path, n, _named(path, placemark), len((_text(drawn, "coordinates") or "").split()))
        for n, (placemark, drawn) in enumerate(_drawn(raw, path), 1)
    ]


def _drawn(raw: bytes, path: Path) -> list[tuple[Element, Element]]:
    """Placemarks that hold a LineString, each with its first."""
    try:
        root = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        fault = (
            "it declares entities"
            if isinstance(error, DefusedXmlException)
            else str(error) or type(error).__name__
        )
        mend = "Save it again as plain KML, without DTD or entities"
        raise LineFileUnreadable(path=path, fault=fault, mend=mend) from None
    each = ((placemark, next(_all(placemark, "LineString"), None)) for placemark in _all(root, "Placemark"))
    return [(placemark, drawn) for placemark, drawn in each if drawn is not None]


def _line(path: Path, placemark: Element, drawn: Element, datum: Datum) -> Line:
    is_absolute = (_text(drawn, "altitudeMode") or "") == "absolute"
    vertices = [
        _vertex(path, n, triple, is_absolute=is_absolute)
        for n, triple in enumerate((_text(drawn, "coordinates") or "").split(), 1)
    ]
    return build(path, _named(path, placemark), vertices, datum, "KML")


def _named(path: Path, placemark: Element) -> dict[str, str]:
    tags = {key: value for key, value in _tags(placemark) if value}
    tags.setdefault("name", _text(placemark, "name") or path.stem)
    tags.setdefault("id", placemark.get("id") or path.stem)
    return tags


def _vertex(path: Path, ordinal: int, triple: str, *, is_absolute: bool) -> Vertex:
    parts = triple.split(",")
    if len(parts) < 2:
        raise LineFileUnreadable(
            path=path, fault=f"vertex {ordinal} is {triple[:40]!r}", mend="Write longitude,latitude"
        )
    lon, lat = (number(path, part, f"vertex {ordinal}") for part in parts[:2])
    ground_m = number(path, parts[2], f"vertex {ordinal}") if is_absolute and len(parts) > 2 else None
    return Vertex(lat, lon, ground_m=ground_m)


def _tags(placemark: Element) -> list[tuple[str, str]]:
    data = [(e.get("name") or "", _text(e, "value") or "") for e in _all(placemark, "Data")]
    return data + [(e.get("name") or "", (e.text or "").strip()) for e in _all(placemark, "SimpleData")]


def _all(within: Element, name: str) -> Iterator[Element]:
    return (e for e in within.iter() if e.tag.rsplit("}", 1)[-1] == name)


def _text(within: Element, name: str) -> str | None:
    found = next((e for e in within.iter() if e.tag.rsplit("}", 1)[-1] == name), None)
    return None if found is None else (found.text or "").strip()
