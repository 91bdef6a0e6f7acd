"""What a span's drawing needs, small enough to keep: ground, what stands beside the line, conductors in every state. Side view."""

from __future__ import annotations

from typing import Any

import numpy as np

from mumian.scenarios.powerline.domain.catenary import Floats, HungConductor
from mumian.scenarios.powerline.understand.clearance.conductors import SpanConductors, own_points
from mumian.scenarios.powerline.understand.clearance.corridor import (
    BUILDING,
    GROUND,
    OBJECT,
    VEGETATION,
    SpanPoints,
)
from mumian.scenarios.powerline.understand.clearance.judging import hung_by_state
from mumian.scenarios.powerline.understand.clearance.pack import Pack

BINS = 160  # along the span
STATIONS = 41  # of a conductor
BESIDE_M = 10.0  # farther than this beside the outermost conductor nothing is drawn


def profile(
    points: SpanPoints, found: SpanConductors, pack: Pack, scan_temperature_c: float
) -> dict[str, Any]:
    """Stations along the span and heights (m): `ground`, `around` (the highest of each bin and kind), `states` → curves."""
    s, t = points.span.track.along_across(points.xyz[:, :2])
    own = own_points(points, found) if found.wires else np.zeros(len(s), np.bool_)
    inside = (np.abs(t) <= _half_width(found)) & (s >= 0) & (s <= points.span.length_m)
    cell = np.clip(s / points.span.length_m * BINS, 0, BINS - 1).astype(np.int64)
    around = {}
    for name, code in (("vegetation", VEGETATION), ("building", BUILDING), ("object", OBJECT)):
        rows = np.flatnonzero(inside & ~own & (points.codes == code))
        around[name] = _extreme(s, points.xyz[:, 2], cell, rows, highest=True)
    ground = np.flatnonzero(inside & (points.codes == GROUND))
    states = hung_by_state(found, pack, scan_temperature_c) if found.wires else {}
    return {
        "length_m": round(points.span.length_m, 2),
        "ground": _extreme(s, points.xyz[:, 2], cell, ground, highest=False),
        "around": around,
        "states": {name: [_curve(points, hung) for _, hung in hanging] for name, hanging in states.items()},
        "required_m": max(
            (rule.required_m for rule in pack.rules if rule.object == "vegetation"), default=0.0
        ),
    }


def _half_width(found: SpanConductors) -> float:
    ends = [end[:2] for hung in found.measured for end in (hung.start, hung.end)]
    if not ends:
        return BESIDE_M
    _, across = found.span.track.along_across(np.array(ends))
    return float(np.abs(across).max()) + BESIDE_M


def _extreme(s: Floats, z: Floats, cell: Any, rows: Any, *, highest: bool) -> list[list[float]]:
    """The highest or lowest of `rows` in each cell that has any, as [station, height]."""
    order = rows[np.lexsort((-z[rows] if highest else z[rows], cell[rows]))]
    first = order[np.flatnonzero(np.diff(cell[order], prepend=-1))]
    return [[round(float(s[row]), 2), round(float(z[row]), 2)] for row in first]


def _curve(points: SpanPoints, hung: HungConductor) -> list[list[float]]:
    along = hung.points(np.linspace(0.0, hung.length_m, STATIONS))
    s, _ = points.span.track.along_across(along[:, :2])
    return [[round(float(a), 2), round(float(z), 2)] for a, z in zip(s, along[:, 2], strict=True)]
