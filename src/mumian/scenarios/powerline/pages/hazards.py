"""Corridor hazards: the spans, the worst first; one span in side view with what comes too near; its trend and the reviewer's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from mumian.core.scenario import Redirect, Visit
from mumian.scenarios.powerline.decide.review import acts
from mumian.scenarios.powerline.decide.review import rows as review_rows
from mumian.scenarios.powerline.decide.survey import rows
from mumian.scenarios.powerline.domain import wording
from mumian.scenarios.powerline.domain.line import COMPONENTS
from mumian.scenarios.powerline.pages import people, review
from mumian.scenarios.powerline.pages.drawing import HEIGHT, WIDTH, sheet

LISTED = 300  # spans on the page; the count tells of the rest
_GAP_M = 25.0  # ground unseen for longer is left open
_DIGITS = 10  # of what PostgreSQL keeps as an int


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/hazards?survey=&span=&hazard=, or ?finding= from the review page."""
    spans, total = rows.spans(visit.store, LISTED)
    chosen = _chosen(visit, spans)
    one = rows.span(visit.store, *chosen) if chosen else None
    found = rows.hazards(visit.store, *chosen) if chosen else []
    wanted = visit.query.get("hazard") or next(
        (h["hazard"] for h in found if h["finding"] == visit.query.get("finding")), None
    )
    at = next((n for n, h in enumerate(found) if h["hazard"] == wanted), 0)
    told = review.done(visit)
    held = rows.survey(visit.store, chosen[0]) if one and chosen else None
    return {
        "spans": spans,
        "total": total,
        "one": one,
        "survey": held,
        "assumed": [wording.told(said, visit.lang, wording.ASSUMED) for said in held["assumed"]]
        if held
        else [],
        "hazards": found,
        "hazard": found[at] if found else None,
        "drawn": _drawn(one["profile"], found, at) if one else None,
        "trend": rows.trend(visit.store, found[at]["hazard"]) if found else [],
        **_closing(visit, found[at] if found else None),
        "vanished": rows.vanished(visit.store, *chosen) if one and chosen else [],
        "done": told,
        "readings": rows.last_readings(visit.store, [told["finding"]["id"]]) if told else {},
        "people": people.names(visit.store),
        "components": COMPONENTS,
        "days": acts.days(),
    }


def _closing(visit: Visit, hazard: Mapping[str, Any] | None) -> dict[str, Any]:
    """What may close the hazard that is shown, or what closed it."""
    told: dict[str, Any] = {"absences": [], "photographs": 0, "order": None}
    if hazard and hazard["finding_state"] == "accepted":
        told["absences"] = rows.absences(visit.store, hazard["finding"])
        told["photographs"] = len(review_rows.reinspections(visit.store, hazard["finding"], acts.OFFERED))
    if hazard and hazard["finding_state"] in ("accepted", "closed"):
        told["order"] = review.order_of(visit.store, hazard["finding"], hazard["span"])
    return told


def decide(visit: Visit) -> Redirect:
    """POST /powerline/hazards/{id}: accept, reject, reopen, withdraw or close the finding of a hazard."""
    review.take(visit)
    return Redirect(f"/powerline/hazards?finding={visit.params['id']}&done={visit.params['id']}")


def _chosen(visit: Visit, spans: Sequence[Mapping[str, Any]]) -> tuple[str, int] | None:
    """Survey and number of the span that is shown large."""
    asked = visit.query.get("span", "")
    if asked.isascii() and asked.isdigit() and len(asked) < _DIGITS and visit.query.get("survey"):
        return visit.query["survey"], int(asked)
    if visit.query.get("finding") and (place := rows.place_of(visit.store, visit.query["finding"])):
        return place
    return (spans[0]["survey"], spans[0]["span"]) if spans else None


def _drawn(profile: Mapping[str, Any], found: Sequence[Mapping[str, Any]], at: int) -> dict[str, Any] | None:
    """The span in pixels; None where nothing was seen."""
    states: Mapping[str, Any] = profile["states"]
    measured = states.get("measured", [])
    worst = [curve for name, curves in states.items() if name != "measured" for curve in curves]
    lowest = _lowest([*measured, *worst])
    required = [[s, z - profile["required_m"]] for s, z in lowest]
    around = profile["around"]
    everything = [
        *profile["ground"],
        *(p for kind in around.values() for p in kind),
        *(p for c in [*measured, *worst] for p in c),
        *required,
    ]
    paper = sheet(everything)
    if paper is None:
        return None
    marks = [
        {
            "x": paper.x(h["station_m"]),
            "y": paper.y(h["z"]),
            "foot": paper.y(_height(profile["ground"], h["station_m"])) if profile["ground"] else None,
            "n": n + 1,
            "is_chosen": n == at,
            "grade": h["finding_grade"],
        }
        for n, h in enumerate(found)
    ]
    ground = paper.path(profile["ground"], _GAP_M)
    return {
        "width": WIDTH, "height": HEIGHT, "by": round(paper.by, 1), "ticks": paper.ticks(), "required_m": profile["required_m"],
        "ground": ground,
        "around": {kind: [(paper.x(s), paper.y(z)) for s, z in places] for kind, places in around.items()},
        "measured": [paper.path(curve) for curve in measured],
        "worst": {name: [paper.path(c) for c in curves] for name, curves in states.items() if name != "measured"},
        "band": paper.path([*lowest, *reversed(required)]) + "Z" if lowest else "",
        "limit": paper.path(required),
        "marks": marks,
    }  # fmt: skip


def _lowest(curves: Sequence[Sequence[Sequence[float]]]) -> list[list[float]]:
    """The lower edge of all curves at the stations of the longest one."""
    if not curves:
        return []
    stations = [p[0] for p in max(curves, key=lambda c: c[-1][0] - c[0][0])]
    return [[s, min(_height(c, s) for c in curves)] for s in stations]


def _height(curve: Sequence[Sequence[float]], s: float) -> float:
    """Between the two neighbours; beyond the ends, the end's."""
    ordered = curve if curve[0][0] <= curve[-1][0] else list(reversed(curve))
    for (s0, z0), (s1, z1) in pairwise(ordered):
        if s <= s1:
            share = min(max((s - s0) / (s1 - s0), 0.0), 1.0) if s1 > s0 else 0.0
            return float(z0 + share * (z1 - z0))
    return float(ordered[-1][1])
