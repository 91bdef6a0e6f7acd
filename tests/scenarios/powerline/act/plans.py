"""Plans as QGroundControl writes them, built for the tests."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

HOME = (23.1, 113.3, 20.0)
_M = 111_195.0


def item(command: int, frame: int, params: list[Any], number: int) -> dict[str, Any]:
    return {
        "type": "SimpleItem",
        "command": command,
        "frame": frame,
        "params": params,
        "doJumpId": number,
        "autoContinue": True,
    }


def document(
    waypoints: int = 4, extra: list[tuple[int, int, list[Any]]] | None = None, spacing_m: float = 20.0
) -> dict[str, Any]:
    """Take-off, waypoints northwards with a photograph after every second, return; a fence, a circle and a rally point."""
    lat, lon, amsl = HOME
    listed: list[tuple[int, int, list[Any]]] = [(22, 3, [0, 0, 0, None, lat, lon, 15])]
    for n in range(waypoints):
        beside = (8 if n % 2 else -8) / _M / math.cos(math.radians(lat))
        listed.append((16, 3, [0, 0, 0, None, lat + (n + 1) * spacing_m / _M, lon + beside, 20]))
        if n % 2 == 0:
            listed.append((2000, 2, [0, 0, 1, None, 0, 0, 0]))
    listed += extra or []
    listed.append((20, 2, [0, 0, 0, 0, 0, 0, 0]))
    corners = [
        [lat - 0.01, lon - 0.01],
        [lat - 0.01, lon + 0.01],
        [lat + 0.05, lon + 0.01],
        [lat + 0.05, lon - 0.01],
    ]
    return {
        "fileType": "Plan", "version": 1, "groundStation": "QGroundControl",
        "mission": {"version": 2, "firmwareType": 12, "vehicleType": 2, "cruiseSpeed": 6, "hoverSpeed": 6,
                    "plannedHomePosition": [lat, lon, amsl],
                    "items": [item(c, f, p, n + 1) for n, (c, f, p) in enumerate(listed)]},
        "geoFence": {"version": 2, "polygons": [{"version": 1, "inclusion": True, "polygon": corners}],
                     "circles": [{"version": 1, "inclusion": False, "circle": {"center": [lat + 0.04, lon], "radius": 30.0}}]},
        "rallyPoints": {"version": 2, "points": [[lat, lon, 30.0]]},
    }  # fmt: skip


def written(path: Path, **wishes: Any) -> Path:
    path.write_text(json.dumps(document(**wishes)), "utf-8")
    return path
