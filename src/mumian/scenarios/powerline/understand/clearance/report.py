"""What `hazards.json` says: hazards in the scanned state, those that the pack's states add, and what each span was judged on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mumian.scenarios.powerline.domain.line import Line
from mumian.scenarios.powerline.understand.clearance.conductors import SpanConductors
from mumian.scenarios.powerline.understand.clearance.hazards import Hazard
from mumian.scenarios.powerline.understand.clearance.judging import Nearest, Stray, hung_by_state
from mumian.scenarios.powerline.understand.clearance.measure import nearest_of
from mumian.scenarios.powerline.understand.clearance.pack import MEASURED, Pack
from mumian.scenarios.powerline.understand.clearance.placing import Placement
from mumian.scenarios.powerline.understand.clearance.run import Clearance, SpanResult
from mumian.scenarios.powerline.understand.wires.report import conductor


def report(made: Clearance, line: Line, pack: Pack, scan_temperature_c: float) -> dict[str, Any]:
    """`hazards`: too near as scanned. `predicted`: too near only in a state of the pack, on assumptions. `unconfirmed`: single echoes."""
    confirmed = [one for one in made.hazards if one.is_confirmed]
    spans = {result.found.span.number: result.found for result in made.spans}

    def told(chosen: Sequence[Hazard]) -> list[dict[str, Any]]:
        return [_hazard(one, spans[one.span], made.placement, pack, scan_temperature_c) for one in chosen]

    return {
        "line": {"id": line.id, "name": line.name, "voltage_kv": line.voltage_kv},
        "rules": _rules(pack),
        "hazards": told([one for one in confirmed if one.state == MEASURED]),
        "predicted": told([one for one in confirmed if one.state != MEASURED]),
        "unconfirmed": told([one for one in made.hazards if not one.is_confirmed]),
        "spans": [_span(one, made.placement) for one in made.spans],
        "points": {
            "rows": made.corridor_rows,
            "rows_without_place": made.dropped,
            "in_corridor": sum(one.points for one in made.spans),
            "of_the_line_itself": sum(one.judged.own_points for one in made.spans if one.judged),
        },
        "reference_system": {"name": made.placement.crs, "assumed": made.placement.is_assumed},
        "scan_temperature_c": scan_temperature_c,
        "assumed": _assumed(made, line, pack, scan_temperature_c),
    }


def _rules(pack: Pack) -> dict[str, Any]:
    return {
        "name": pack.name,
        "title": dict(pack.title),
        "figures_verified": pack.is_verified,
        "voltage_class_kv": pack.class_kv,
        "rules": [
            {"id": r.id, "object": r.object, "measure": r.measure, "state": r.state, "clause": r.clause, "zh": r.zh, "en": r.en, "required_m": r.required_m}
            for r in pack.rules
        ],
    }  # fmt: skip


def _hazard(
    one: Hazard, span: SpanConductors, placement: Placement, pack: Pack, scan_temperature_c: float
) -> dict[str, Any]:
    x, y, z = one.xyz
    at = placement.degrees(x, y)
    in_states = {
        state: round(float(nearest_of([hung for _, hung in hanging], np.array([one.xyz])).distance_m[0]), 3)
        for state, hanging in hung_by_state(span, pack, scan_temperature_c).items()
    }
    return {
        "object": one.object,
        "state": one.state,
        "clearance_m": round(one.clearance_m, 3),
        "required_m": one.rule.required_m,
        "missing_m": round(one.shortfall_m, 3),
        "grade": one.grade.name,
        "grade_zh": one.grade.zh,
        "rule": one.rule.id,
        "clause": one.rule.clause,
        "rule_zh": one.rule.zh,
        "rule_en": one.rule.en,
        "span": one.span,
        "towers": [one.span, one.span + 1],
        "conductor": one.conductor + 1,
        "x": round(x, 3),
        "y": round(y, 3),
        "z": round(z, 3),
        "lat_deg": round(at.lat_deg, 8),
        "lon_deg": round(at.lon_deg, 8),
        "points": one.points,
        "extent_m": [round(part, 2) for part in one.extent_m],
        "clearance_by_state_m": in_states,
    }


def _span(one: SpanResult, placement: Placement) -> dict[str, Any]:
    frame = one.found.span
    return {
        "span": frame.number,
        "towers": [frame.number, frame.number + 1],
        "length_m": round(frame.length_m, 2),
        "points": one.points,
        "conductors": [
            conductor(wire)
            | {"attachments": [[round(part, 3) for part in end] for end in (hung.start, hung.end)]}
            for wire, hung in zip(one.found.wires, one.found.measured, strict=True)
        ],
        "judged": one.judged is not None,
        "nearest": [] if one.judged is None else [_nearest(n, placement) for n in one.judged.nearest],
        "not_judged": [] if one.judged is None else [_stray(n, placement) for n in one.judged.strays],
    }


def _stray(one: Stray, placement: Placement) -> dict[str, Any]:
    at = placement.degrees(one.xyz[0], one.xyz[1])
    return {
        "class": one.las_class,
        "points": one.points,
        "clearance_m": round(one.distance_m, 3),
        "x": round(one.xyz[0], 3),
        "y": round(one.xyz[1], 3),
        "z": round(one.xyz[2], 3),
        "lat_deg": round(at.lat_deg, 8),
        "lon_deg": round(at.lon_deg, 8),
    }


def _nearest(one: Nearest, placement: Placement) -> dict[str, Any]:
    at = placement.degrees(one.xyz[0], one.xyz[1])
    return {
        "state": one.state,
        "object": one.object,
        "clearance_m": round(one.distance_m, 4),
        "conductor": one.conductor + 1,
        "x": round(one.xyz[0], 3),
        "y": round(one.xyz[1], 3),
        "z": round(one.xyz[2], 3),
        "lat_deg": round(at.lat_deg, 8),
        "lon_deg": round(at.lon_deg, 8),
    }


def _assumed(made: Clearance, line: Line, pack: Pack, scan_temperature_c: float) -> list[str]:
    said = list(line.assumed)
    said.append(
        f"conductor {pack.conductor.name} at {scan_temperature_c:g} °C when scanned, hanging still: 'predicted' and all states but "
        "'measured' rest on it"
    )
    said.append("attachments fixed in every state: insulator strings do not swing along")
    said.append("earth wires are held to the clearances of conductors: a cloud does not tell them apart")
    if pack.class_kv != line.voltage_kv:
        said.append(f"the rules name no {line.voltage_kv} kV: the figures for {pack.class_kv} kV were taken")
    if not pack.is_verified:
        said.append(f"the figures of {pack.name} have not been checked against the printed standard")
    if made.placement.is_assumed:
        said.append(
            f"the cloud states no reference system: {made.placement.crs} was taken, because the line then runs through it"
        )
    if made.ground_was_filtered:
        said.append("the cloud has no ground class: ground was filtered (progressive morphological filter)")
    without = [str(one.found.span.number) for one in made.spans if one.judged is None]
    if without:
        said.append(f"not judged, because no conductor was found: span {', '.join(without)}")
    said += strays_said(made)
    return said


def strays_said(made: Clearance) -> list[str]:
    """A sentence for each span with points that look like another line and were not judged."""
    return [
        f"not judged: {stray.points} points of class {stray.las_class} in span {one.found.span.number} that belong to no conductor or "
        f"tower found, the nearest {stray.distance_m:.2f} m from the conductors: look whether a line crosses there"
        for one in made.spans
        for stray in (one.judged.strays if one.judged else ())
    ]
