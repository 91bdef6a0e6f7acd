"""Lines drawn for tests: a start, courses and spans; no recording is read."""

from __future__ import annotations

import json
import math
from pathlib import Path

from mumian.core.kernel.geo import LocalFrame, Wgs84

START = Wgs84(23.05, 113.4)
# (course in degrees, length in metres) of each span: a substation's short first spans, bends both ways, a long span.
SPANS = (
    (95, 90),
    (60, 210),
    (62, 340),
    (100, 410),
    (98, 330),
    (55, 300),
    (57, 520),
    (58, 350),
    (120, 280),
    (121, 360),
)


def coordinates(spans: tuple[tuple[float, float], ...] = SPANS, start: Wgs84 = START) -> list[list[float]]:
    """[longitude, latitude] of each tower."""
    at, drawn = start, [[start.lon_deg, start.lat_deg]]
    for course, length in spans:
        turn = math.radians(course)
        at = LocalFrame(at).to_wgs84(length * math.sin(turn), length * math.cos(turn))
        drawn.append([at.lon_deg, at.lat_deg])
    return drawn


def feature(voltage: int = 220_000, cables: str | None = "6", **kw) -> dict:
    """A GeoJSON feature as an OpenStreetMap extract has it."""
    properties = {"id": 7, "osm_type": "way", "power_type": "line", "voltage": str(voltage), "cables": cables}
    return {
        "type": "Feature",
        "properties": {k: v for k, v in properties.items() if v is not None},
        "geometry": {"type": "LineString", "coordinates": coordinates(**kw)},
    }


def write(path: Path, **kw) -> Path:
    """The feature as a file."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature(**kw)]}), "utf-8")
    return path
