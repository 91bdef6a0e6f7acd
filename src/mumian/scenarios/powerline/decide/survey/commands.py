"""`mumian powerline survey`: a tile computed as by `clearance`, and filed into this home."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from mumian.core.kernel import settings
from mumian.core.kernel.clock import DAY_US
from mumian.core.kernel.errors import BadInput

if TYPE_CHECKING:
    from mumian.core.store import Store


def survey(
    tile: Path, line: Path, rules: str, origin: str, scanned_on: str | None, scan_temperature_c: float, crs: str | None
) -> dict[str, Any]:  # fmt: skip
    """Compute the tile and file it into this home. Raises BadInput."""
    from mumian.core.store import open_home

    with open_home(settings.load()) as store:
        return take(store, tile, line, rules, origin, scanned_on, scan_temperature_c, crs)


def take(
    store: Store, tile: Path, line: Path, rules: str, origin: str = "replay", scanned_on: str | None = None,
    scan_temperature_c: float = 15.0, crs: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The same, for a store that is open."""
    from mumian.scenarios.powerline.decide.survey.filing import ORIGINS, Survey, file
    from mumian.scenarios.powerline.observe.lines import read
    from mumian.scenarios.powerline.understand.clearance.conductors import SpanConductors
    from mumian.scenarios.powerline.understand.clearance.corridor import SpanPoints
    from mumian.scenarios.powerline.understand.clearance.pack import load
    from mumian.scenarios.powerline.understand.clearance.profile import profile
    from mumian.scenarios.powerline.understand.clearance.report import report
    from mumian.scenarios.powerline.understand.clearance.run import assess

    if origin not in ORIGINS:
        raise BadInput(detail=f"--origin {origin!r}: one of {', '.join(ORIGINS)}")
    if not -60 <= scan_temperature_c <= 120:
        raise BadInput(detail=f"a conductor of {scan_temperature_c!r} °C: -60 to 120 is meant")
    scanned_us = store.clock.now_us() if scanned_on is None else _noon_us(scanned_on)
    if scanned_us > store.clock.now_us() + DAY_US:
        raise BadInput(detail=f"--scanned-on {scanned_on}: that day is still to come")
    along = read(line)
    pack = load(rules, along.voltage_kv)
    profiles: dict[int, dict[str, Any]] = {}
    tracks = {}

    def drawn(points: SpanPoints, found: SpanConductors) -> None:
        profiles[points.span.number] = profile(points, found, pack, scan_temperature_c)
        tracks[points.span.number] = points.span.track

    made = assess(tile, along, pack, scan_temperature_c, crs, on_span=drawn)
    computed_us = store.clock.now_us()
    told = report(made, along, pack, scan_temperature_c)
    for number, track in tracks.items():
        profiles[number]["stations"] = {
            json.dumps([h["x"], h["y"]]): round(_station(track, h["x"], h["y"]), 2)
            for h in [*told["hazards"], *told["predicted"]]
            if h["span"] == number
        }
    return file(store, Survey(tile.name, _digest(tile), told, profiles, origin, scanned_us, computed_us))


def _station(track: Any, x: float, y: float) -> float:
    import numpy as np

    return float(track.along_across(np.array([[x, y]]))[0][0])


def _digest(tile: Path) -> str:
    with tile.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _noon_us(on: str) -> int:
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise BadInput(detail=f"--scanned-on {on!r}: a day like 2026-03-14 is meant") from None
    return (
        int(datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp())
        * 1_000_000
    )
