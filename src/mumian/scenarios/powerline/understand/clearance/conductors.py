"""The conductors of one span, as scanned and as a state of the rule pack would hang them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats, HungConductor
from mumian.scenarios.powerline.domain.tension import changed_c, swing_deg
from mumian.scenarios.powerline.understand.clearance.corridor import (
    OBJECT,
    TOWER,
    WIRE,
    SpanFrame,
    SpanPoints,
)
from mumian.scenarios.powerline.understand.clearance.ground import Terrain
from mumian.scenarios.powerline.understand.clearance.pack import Pack, State
from mumian.scenarios.powerline.understand.wires.linear import linear
from mumian.scenarios.powerline.understand.wires.search import find_wires
from mumian.scenarios.powerline.understand.wires.wire import Wire

LINE_HALF_WIDTH_M = 35.0  # conductors farther off the line between the towers belong to a neighbour
LEAST_ABOVE_GROUND_M = 4.0
_LEAST_SHARE = (
    0.15  # of the span that a conductor's points must cover: less is a neighbour's end, or bears no curve
)
_LEAST_M = 20.0
LEAST_C_M = 60.0  # no overhead line hangs so slack
_AROUND_WIRE_M = 0.25  # unclassified points so near a conductor are its own
_AROUND_TOWER_M = (
    8.0,
    20.0,
)  # along and across: unclassified points there are the tower's, its strings' and jumpers'


@dataclass(frozen=True, slots=True)
class SpanConductors:
    """The wires of a span as fitted, and as they hang between their ends when scanned (the same order)."""

    span: SpanFrame
    wires: tuple[Wire, ...]
    measured: tuple[HungConductor, ...]


def conductors(points: SpanPoints, terrain: Terrain | None) -> SpanConductors:
    """Find the span's conductors: among class 14 where there is any, else among unclassified points that look like wires."""
    _, t = points.span.track.along_across(points.xyz[:, :2])
    near = np.abs(t) <= LINE_HALF_WIDTH_M
    candidates = _candidates(points, near, terrain)
    least = max(_LEAST_SHARE * points.span.length_m, _LEAST_M)
    along, _ = points.span.track.along_across(candidates[:, :2])
    if len(candidates) == 0 or np.ptp(along) < least:
        return SpanConductors(points.span, (), ())
    wires, _ = find_wires(candidates, known=(points.span.track.heading_rad,))
    long_enough = [
        wire for wire in wires if wire.end_m - wire.start_m >= least and wire.curve.c_m >= LEAST_C_M
    ]
    spanned = [_between_towers(wire, points.span) for wire in long_enough]
    return SpanConductors(points.span, tuple(long_enough), tuple(spanned))


def _candidates(points: SpanPoints, near: NDArray[np.bool_], terrain: Terrain | None) -> Floats:
    is_wire = near & (points.codes == WIRE)
    made: Floats = points.xyz[is_wire]
    if len(made) or terrain is None:
        return made
    rows = np.flatnonzero(near & (points.codes == OBJECT))
    rows = rows[points.xyz[rows, 2] - terrain.at(points.xyz[rows, :2]) > LEAST_ABOVE_GROUND_M]
    made = points.xyz[rows[linear(points.xyz[rows])]]
    return made  # noqa: RET504 - typed above, since the points are not


def _between_towers(wire: Wire, span: SpanFrame) -> HungConductor:
    """From tower to tower, or as far as points show where the towers are mapped too close."""
    towers = np.array([span.track.at(0.0), span.track.at(span.length_m)])
    along, _ = wire.track.along_across(towers)
    return wire.hanging(min(wire.start_m, float(along[0])), max(wire.end_m, float(along[1])))


def in_state(
    scanned: HungConductor, pack: Pack, state: State, scan_temperature_c: float
) -> list[HungConductor]:
    """The conductor in a state of the pack: still, or swung to both sides. Attachments are taken as fixed."""
    c = changed_c(pack.conductor, scanned.length_m, scanned.c_m, scan_temperature_c, state.weather)
    angle = swing_deg(pack.conductor, state.weather)
    if angle == 0:
        return [replace(scanned, c_m=c)]
    return [replace(scanned, c_m=c, swing_deg=side * angle) for side in (-1, 1)]


def own_points(points: SpanPoints, found: SpanConductors) -> NDArray[np.bool_]:
    """Which of the span's points belong to the line itself and are no obstacle: conductors, towers, strings."""
    own: NDArray[np.bool_] = (points.codes == WIRE) | (points.codes == TOWER)
    unknown = np.flatnonzero(points.codes == OBJECT)
    if len(unknown):
        own[unknown] = _on_line(points, found, unknown)
    return own


def strays(points: SpanPoints, found: SpanConductors) -> dict[int, NDArray[np.intp]]:
    """Class → rows that are classified as wire or tower and stand by no conductor found and no tower: perhaps a line that crosses."""
    made: dict[int, NDArray[np.intp]] = {}
    station, _ = points.span.track.along_across(points.xyz[:, :2])
    between = (station >= 0) & (station <= points.span.length_m)  # beyond the towers it is the next span's
    for code in (WIRE, TOWER):
        rows = np.flatnonzero((points.codes == code) & between)
        lost = rows[~_on_line(points, found, rows)] if len(rows) else rows
        if len(lost):
            made[int(code)] = lost
    return made


def _on_line(points: SpanPoints, found: SpanConductors, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of the rows lie by a tower of the span or by one of its conductors."""
    xyz = points.xyz[rows]
    s, t = points.span.track.along_across(xyz[:, :2])
    along, across = _AROUND_TOWER_M
    of_line: NDArray[np.bool_] = (np.minimum(np.abs(s), np.abs(s - points.span.length_m)) < along) & (
        np.abs(t) < across
    )
    for wire in found.wires:
        gate = max(_AROUND_WIRE_M, 6 * wire.rmse_m, 6 * wire.across_rmse_m)
        station, offset = wire.track.along_across(xyz[:, :2])
        close = np.flatnonzero(np.abs(offset) < gate)
        of_line[close] |= np.abs(xyz[close, 2] - wire.curve.height(station[close])) < gate
    return of_line
