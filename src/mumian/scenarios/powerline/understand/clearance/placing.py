"""Where the towers of a line stand in a tile's own coordinates, and back to degrees.

A tile that states its reference system is taken at its word. One that states none is tried in the systems such tiles come in; the one
in which most of the line runs through the tile is assumed, and said so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.domain.line import Line

MARGIN_M = 60.0  # a line that passes a tile by more has nothing to do with it
_AS_GOOD = 0.5  # share of the longest length inside the tile that still counts as a candidate
_BESIDE_M = 15.0
_AROUND_M = 10.0
_NATIONAL = ("EPSG:3375", "EPSG:3376")  # GDM2000 Peninsula and East Malaysia RSO


class LineElsewhere(BadInput):
    """Line and tile do not meet, in whatever system."""

    code = "line_elsewhere"
    zh = "线路 {line} 不经过点云（{box}，{crs}）；请检查文件是否配对，或用 --crs 指明点云坐标系（如 EPSG:32648）"
    en = "Line {line} does not pass through the cloud ({box}, {crs}): check that the files belong together, or give the cloud's reference system with --crs (such as EPSG:32648)"


@dataclass(frozen=True, slots=True)
class Placement:
    """(n, 2) towers in the tile's metres, the way back to degrees, and which system that is."""

    towers: Floats
    degrees: Callable[[float, float], Wgs84]
    crs: str
    is_assumed: bool


def places(line: Line, low: Floats, high: Floats, crs: str | None) -> list[Placement]:
    """Placements in a tile with the box `low`…`high` (x, y) between which only the points can decide, likeliest first.

    LineElsewhere where the line misses the tile in every system; BadInput for a system without metres.
    """
    tried = [_projected(line, crs, is_assumed=False)] if crs else list(_candidates(line))
    inside = [(_length_inside(one.towers, low, high), one) for one in tried if np.isfinite(one.towers).all()]
    most = max((length for length, _ in inside), default=0.0)
    if most <= 0:
        box = f"x {low[0]:.0f}…{high[0]:.0f}, y {low[1]:.0f}…{high[1]:.0f}"
        raise LineElsewhere(line=line.name, box=box, crs=_named(crs))
    return [one for length, one in inside if length >= _AS_GOOD * most]


def _named(crs: str | None) -> str:
    """A system for a message: its name, not its whole definition."""
    if crs is None:
        return "no reference system stated"
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return str(CRS.from_user_input(crs).name)[:80]
    except CRSError:
        return crs[:80]


def best_of(candidates: list[Placement], wires: Floats, towers: Floats) -> Placement:
    """The placement whose spans most of the (n, 2) wire points follow and whose towers most tower points surround."""
    scores = [_follows(one.towers, wires) + _surrounds(one.towers, towers) for one in candidates]
    best = max(scores)
    return next(one for one, score in zip(candidates, scores, strict=True) if score >= best - 0.02)


def _follows(towers: Floats, wires: Floats) -> float:
    if len(wires) == 0:
        return 0.0
    near = np.zeros(len(wires), np.bool_)
    for start, step in zip(towers[:-1], np.diff(towers, axis=0), strict=True):
        length = float(np.hypot(*step)) or 1.0
        along, across = (
            (wires - start) @ step / length,
            (wires - start) @ np.array([-step[1], step[0]]) / length,
        )
        near |= (np.abs(across) < _BESIDE_M) & (along >= 0) & (along <= length)
    return float(near.mean())


def _surrounds(towers: Floats, points: Floats) -> float:
    if len(points) == 0:
        return 0.0
    from scipy.spatial import cKDTree

    return float((cKDTree(towers).query(points)[0] < _AROUND_M).mean())


def _candidates(line: Line) -> Iterator[Placement]:
    """Likeliest first: among equals the first one stays."""
    middle = line.towers[len(line.towers) // 2].at
    utm = int((middle.lon_deg + 180) // 6) + 1
    for zone in (utm, utm - 1, utm + 1):
        if 1 <= zone <= 60:
            yield _projected(line, f"EPSG:{(32600 if middle.lat_deg >= 0 else 32700) + zone}")
    third = round(middle.lon_deg / 3)
    if 25 <= third <= 45:  # CGCS2000, three-degree Gauss-Krüger, with and without the zone's number
        yield _projected(line, f"EPSG:{4513 + third - 25}")
        yield _projected(line, f"EPSG:{4534 + third - 25}")
    sixth = int(middle.lon_deg // 6) + 1
    if 13 <= sixth <= 23:  # the same, six-degree
        yield _projected(line, f"EPSG:{4491 + sixth - 13}")
        yield _projected(line, f"EPSG:{4502 + sixth - 13}")
    if 0 <= middle.lat_deg <= 8 and 99 <= middle.lon_deg <= 120:
        for code in _NATIONAL:
            yield _projected(line, code)
    yield from _local(line)


def _local(line: Line) -> Iterator[Placement]:
    """Metres east and north of the first tower, of the middle of the line, or of another tower."""
    places = [tower.at for tower in line.towers]
    mean = Wgs84(
        sum(at.lat_deg for at in places) / len(places), sum(at.lon_deg for at in places) / len(places)
    )
    for name, origin in [("the first tower", places[0]), ("the mean of the towers", mean)] + [
        (f"tower {tower.number}", tower.at) for tower in line.towers[1:200]
    ]:
        frame = LocalFrame(origin)
        try:
            towers = np.array([frame.to_enu(at) for at in places])
        except BadInput:
            continue
        yield Placement(towers, frame.to_wgs84, f"metres east and north of {name}", is_assumed=True)


def _projected(line: Line, crs: str, *, is_assumed: bool = True) -> Placement:
    from pyproj import Transformer

    system = _system(crs)
    there = Transformer.from_crs("EPSG:4326", system, always_xy=True)
    x, y = there.transform([t.at.lon_deg for t in line.towers], [t.at.lat_deg for t in line.towers])

    def degrees(east: float, north: float) -> Wgs84:
        lon, lat = there.transform(east, north, direction="INVERSE")
        return Wgs84(float(lat), float(lon))

    code = system.to_authority()
    name = f"{system.name} ({':'.join(code)})" if code else str(system.name)
    return Placement(np.column_stack([x, y]), degrees, name, is_assumed)


def _system(crs: str) -> Any:
    """The horizontal part, in metres; BadInput for degrees, feet and what is no system."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise BadInput(
            detail=f"{str(crs)[:60]}: no reference system ({error}); EPSG:32648 would be one"
        ) from None
    if system.is_compound:
        system = system.sub_crs_list[0]
    if not system.is_projected or any(
        not math.isclose(axis.unit_conversion_factor, 1.0) for axis in system.axis_info
    ):
        raise BadInput(
            detail=f"the cloud is in {system.name}: distances need metres; project it first (to a UTM zone, for instance)"
        )
    return system


def _length_inside(towers: Floats, low: Floats, high: Floats) -> float:
    """Metres of the line inside the box with a margin, by clipping each span (Liang & Barsky 1984)."""
    start, step = towers[:-1], np.diff(towers, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_low, to_high = (low - MARGIN_M - start) / step, (high + MARGIN_M - start) / step
    entry = np.where(step == 0, -np.inf, np.minimum(to_low, to_high))
    leave = np.where(step == 0, np.inf, np.maximum(to_low, to_high))
    misses = ((step == 0) & ((start < low - MARGIN_M) | (start > high + MARGIN_M))).any(1)
    share = np.minimum(leave.min(1), 1.0) - np.maximum(entry.max(1), 0.0)
    return float((np.where(misses, 0.0, np.maximum(share, 0.0)) * np.hypot(*step.T)).sum())
