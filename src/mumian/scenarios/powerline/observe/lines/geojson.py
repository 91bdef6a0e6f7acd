"""GeoJSON (RFC 7946), as OpenStreetMap extracts write power lines: the first feature, `[longitude, latitude]`, `voltage` in volts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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

_DEGREES = (
    "CRS84",
    "EPSG::4326",
    "EPSG:4326",
    "4490",
    "EPSG::4258",
    "EPSG:4258",
)  # the last two: CGCS2000, ETRS89


def line(raw: bytes, path: Path, datum: Datum, ordinal: int = 1) -> Line:
    """The feature of this number, from 1, as a line; a third coordinate (height above the ellipsoid) is not read."""
    parsed = _parsed(raw, path)
    _in_degrees(path, parsed)
    feature = _feature(path, _features(path, parsed), ordinal)
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "LineString":
        which = "the first feature" if ordinal == 1 else f"feature {ordinal}"
        raise LineFileUnreadable(
            path=path, fault=f"{which} is a {kind}", mend="Put the LineString of the line first"
        )
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(coordinates, list):
        raise LineFileUnreadable(path=path, fault="the line has no coordinates", mend="Export it again")
    vertices = [_vertex(path, n, pair) for n, pair in enumerate(coordinates, 1)]
    tags = _tags(feature)
    return build(path, tags, vertices, datum, "GeoJSON" + (" (OpenStreetMap)" if "osm_type" in tags else ""))


def listed(raw: bytes, path: Path) -> list[Listed]:
    """Every LineString of the file, in its order."""
    found = []
    for ordinal, feature in enumerate(_features(path, _parsed(raw, path)), 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if isinstance(geometry, dict) and geometry.get("type") == "LineString":
            coordinates = geometry.get("coordinates")
            towers = len(coordinates) if isinstance(coordinates, list) else 0
            found.append(announced(path, ordinal, _tags(feature), towers))
    return found


def _tags(feature: dict[str, Any]) -> dict[str, Any]:
    tags = feature.get("properties")
    tags = tags if isinstance(tags, dict) else {}
    if "id" not in tags and isinstance(feature.get("id"), str | int):
        tags = {**tags, "id": feature["id"]}
    return tags


def _parsed(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        parsed = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise LineFileUnreadable(path=path, fault=f"not JSON ({error})", mend="Export it again") from None
    if not isinstance(parsed, dict):
        raise LineFileUnreadable(path=path, fault="not a GeoJSON object", mend="Hand in a FeatureCollection")
    return parsed


def _in_degrees(path: Path, parsed: dict[str, Any]) -> None:
    """GeoJSON is in degrees; the `crs` member of before RFC 7946 may say otherwise."""
    crs = parsed.get("crs")
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = str(named.get("name", "")) if isinstance(named, dict) else ""
    if name and not any(known in name.upper() for known in _DEGREES):
        raise LineFileUnreadable(
            path=path, fault=f"its coordinates are in {name[:60]}", mend="Export it in degrees (EPSG:4326)"
        )


def _features(path: Path, parsed: dict[str, Any]) -> list[Any]:
    if parsed.get("type") == "Feature":
        return [parsed]
    features = parsed.get("features")
    if not isinstance(features, list) or not features:
        raise LineFileUnreadable(path=path, fault="it holds no feature", mend="Hand in a FeatureCollection")
    return features


def _feature(path: Path, features: list[Any], ordinal: int) -> dict[str, Any]:
    one = features[ordinal - 1] if 1 <= ordinal <= len(features) else None
    if not isinstance(one, dict):
        raise LineFileUnreadable(
            path=path, fault=f"it holds no feature {ordinal}", mend="Hand in a FeatureCollection"
        )
    return one


def _vertex(path: Path, ordinal: int, pair: Any) -> Vertex:
    if not isinstance(pair, list) or len(pair) < 2:
        raise LineFileUnreadable(
            path=path, fault=f"vertex {ordinal} is {str(pair)[:40]}", mend="Write [longitude, latitude]"
        )
    lon, lat = (number(path, pair[n], f"vertex {ordinal}") for n in (0, 1))
    return Vertex(lat, lon)
