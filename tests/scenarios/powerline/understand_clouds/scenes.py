"""Scanned corridors of the world along a short real-like line, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mumian.worlds.powerline.corridor_scene import Scene
from mumian.worlds.powerline.lidar import scan

# Four towers near Guangzhou, 220 kV, with two bends.
TOWERS = [(113.3000, 23.4000), (113.3030, 23.4008), (113.3062, 23.4010), (113.3090, 23.4024)]


def line_file(folder: Path, voltage: str = "220000", towers: list[tuple[float, float]] = TOWERS) -> Path:
    path = folder / "line.geojson"
    feature = {
        "type": "Feature",
        "properties": {"id": 7, "name": "test line", "voltage": voltage},
        "geometry": {"type": "LineString", "coordinates": [list(one) for one in towers]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path


def tile(folder: Path, scene: Scene, name: str = "tile.laz") -> tuple[Path, Path, dict[str, Any]]:
    """(tile, line, truth) in a folder."""
    line = line_file(folder)
    return folder / name, line, scan(line, folder / name, scene)
