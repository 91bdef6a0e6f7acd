"""A tile, a line and a rule pack in; hazards out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.domain.line import Line
from mumian.scenarios.powerline.understand import clouds
from mumian.scenarios.powerline.understand.clearance.conductors import SpanConductors, conductors
from mumian.scenarios.powerline.understand.clearance.corridor import (
    GROUND,
    NOISE,
    OBJECT,
    TOWER,
    WIRE,
    Corridor,
    SpanPoints,
    codes_of,
    frames,
    gather,
)
from mumian.scenarios.powerline.understand.clearance.ground import ABOVE_M, Terrain, terrain
from mumian.scenarios.powerline.understand.clearance.hazards import Hazard, hazards
from mumian.scenarios.powerline.understand.clearance.judging import Judged, judge
from mumian.scenarios.powerline.understand.clearance.pack import Pack
from mumian.scenarios.powerline.understand.clearance.placing import Placement, best_of, places

_HIGHEST = 0.99  # of a cloud without wire class, what lies above this quantile stands for its wires
_SAMPLE = 20_000  # points of a chunk


class NoConductors(BadInput):
    """A tile along the line in which nothing hangs."""

    code = "no_conductors"
    zh = "{path}：沿线路 {line} 没有找到导线（{points} 个点在走廊内）；请用含导线点（14 类）的点云"
    en = "{path}: no conductor found along line {line} ({points} points in its corridor): use a cloud that holds the wires (class 14)"


@dataclass(frozen=True, slots=True)
class SpanResult:
    """One span: what hangs there, what comes how near; `judged` is None where no conductor was found."""

    points: int
    found: SpanConductors
    judged: Judged | None


@dataclass(frozen=True, slots=True)
class Clearance:
    """All that a report needs."""

    placement: Placement
    corridor_rows: int
    dropped: int
    ground_was_filtered: bool
    spans: tuple[SpanResult, ...]
    hazards: tuple[Hazard, ...]


def assess(
    tile: Path, line: Line, pack: Pack, scan_temperature_c: float, crs: str | None = None,
    on_rows: Callable[[int], None] | None = None, on_span: Callable[[SpanPoints, SpanConductors], None] = lambda points, found: None,
) -> Clearance:  # fmt: skip
    """Read, place, find, measure, judge. Every fault of tile, line or pack is a BadInput. `on_span` sees each span's points before they go."""
    low, high = clouds.box(tile)
    placement = _placed(tile, places(line, low, high, crs or clouds.reference_system(tile)))
    corridor = gather(clouds.rows(tile, on_rows), frames(placement.towers))
    needs_ground = not any((span.codes == GROUND).any() for span in corridor.spans)
    results, unknown = [], [np.empty((0, 3))]
    for points in corridor.spans:
        result, obstacles = _span(points, pack, scan_temperature_c, needs_ground=needs_ground)
        on_span(points, result.found)
        results.append(result)
        unknown.append(obstacles)
    if not any(result.found.wires for result in results):
        raise NoConductors(path=tile, line=line.name, points=sum(one.points for one in results))
    breaches = [one for result in results if result.judged for one in result.judged.breaches]
    found = hazards(breaches, pack, np.concatenate(unknown))
    return Clearance(placement, corridor.rows, corridor.dropped, needs_ground, tuple(results), tuple(found))


def _placed(tile: Path, candidates: list[Placement]) -> Placement:
    """The only candidate, or the one that the tile's wires and towers lie along; that reads the tile once more."""
    if len(candidates) == 1:
        return candidates[0]
    wires, towers = [np.empty((0, 2))], [np.empty((0, 2))]
    for xyz, classes in clouds.rows(tile):
        codes = codes_of(xyz, classes)
        high = codes == WIRE if (codes == WIRE).any() else xyz[:, 2] > np.nanquantile(xyz[:, 2], _HIGHEST)
        wires.append(xyz[high, :2][:: max(int(high.sum()) // _SAMPLE, 1)])
        is_tower = codes == TOWER
        towers.append(xyz[is_tower, :2][:: max(int(is_tower.sum()) // _SAMPLE, 1)])
    return best_of(candidates, np.concatenate(wires), np.concatenate(towers))


def _span(
    points: SpanPoints, pack: Pack, scan_temperature_c: float, *, needs_ground: bool
) -> tuple[SpanResult, Floats]:
    """The result, and the unclassified points near enough to matter for confirming one another."""
    points = _without_noise(points)
    surface = _surface(points, needs_ground=needs_ground) if (points.codes == OBJECT).any() else None
    if surface is not None:
        _tell_ground(points, surface)
    found = conductors(points, surface)
    judged = judge(points, found, pack, scan_temperature_c) if found.wires else None
    obstacles = (
        points.xyz[points.codes == OBJECT]
        if judged and any(b.object == "object" for b in judged.breaches)
        else np.empty((0, 3))
    )
    return SpanResult(len(points.codes), found, judged), obstacles


def _without_noise(points: SpanPoints) -> SpanPoints:
    kept = points.codes != NOISE
    return points if kept.all() else SpanPoints(points.span, points.xyz[kept], points.codes[kept])


def _surface(points: SpanPoints, *, needs_ground: bool) -> Terrain | None:
    if needs_ground:
        return terrain(points.xyz)
    ground = points.xyz[points.codes == GROUND]
    return terrain(ground) if len(ground) else terrain(points.xyz)


def _tell_ground(points: SpanPoints, surface: Terrain) -> None:
    """Unclassified points on the terrain are ground."""
    unknown = np.flatnonzero(points.codes == OBJECT)
    above = points.xyz[unknown, 2] - surface.at(points.xyz[unknown, :2])
    points.codes[unknown[above < ABOVE_M]] = GROUND


__all__ = ["Clearance", "Corridor", "NoConductors", "assess"]
