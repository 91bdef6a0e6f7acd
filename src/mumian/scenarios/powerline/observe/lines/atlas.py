"""The lines and planned routes that the map of this home shows: files in `HOME/map/`, put there by `mumian powerline map`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.line import Line

FOLDER = "map"
_LARGEST_BYTES = 5_000_000


def keep(home: Path, name: str, drawn: Mapping[str, Any]) -> Path:
    """Write one drawing for the map; the same name replaces it."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^\w-]+", "-", name)[:60].strip("-")
    file = folder / f"{plain or hashlib.sha256(name.encode()).hexdigest()[:12]}.json"
    body = msgspec.json.encode(drawn)
    if len(body) > _LARGEST_BYTES:
        raise BadInput(
            detail=f"{name}: {len(body)} bytes drawn; a map of more than {_LARGEST_BYTES} would not open"
        )
    half = file.with_suffix(".half")
    half.write_bytes(body)
    half.replace(file)
    return file


def drawings(home: Path) -> Sequence[Mapping[str, Any]]:
    """All drawings in the order of their names; a damaged file is left out."""
    made = []
    for file in sorted((home / FOLDER).glob("*.json")):
        try:
            made.append(msgspec.json.decode(file.read_bytes()))
        except (OSError, msgspec.DecodeError):
            continue
    return made


def of_line(line: Line) -> dict[str, Any]:
    """A line as the map draws it: [lon, lat, number] of each tower."""
    towers = [[round(t.at.lon_deg, 7), round(t.at.lat_deg, 7), t.number] for t in line.towers]
    return {"of": "line", "name": line.name, "voltage_kv": line.voltage_kv, "towers": towers}
