"""A survey into the home: spans, hazards as findings for the reviewer, and the journal, in one transaction.

A hazard within SAME_PLACE_M of one that an earlier survey of the line found is that one: it gets a further reading, not a second finding.
A finding that was closed, or rejected at a lesser grade, stays what it is; when its hazard is seen again a new finding is made.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ids
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84, distance_m
from mumian.core.store import Jsonb, events
from mumian.scenarios.powerline.decide.review import rows as review_rows
from mumian.scenarios.powerline.decide.survey import rows
from mumian.scenarios.powerline.decide.survey.rows import SAME_PLACE_M
from mumian.scenarios.powerline.domain.review import GRADES, HAZARD

if TYPE_CHECKING:
    from mumian.core.store import Store

ORIGINS = (
    "replay",
    "simulation",
)  # "field" belongs to registered scanners, not to a file that somebody names
_NEAR_DEG = 1e-4  # of latitude, 11 m: farther north or south nothing is at the same place
_GRADE = {
    "general": "general",
    "severe": "serious",
    "serious": "serious",
    "critical": "critical",
}  # pack's → reviewer's


@dataclass(frozen=True, slots=True)
class Survey:
    """One computed tile. `report` is what `hazards.json` says, `profiles` the drawing of each span by number."""

    tile: str
    tile_sha256: str
    report: Mapping[str, Any]
    profiles: Mapping[int, Mapping[str, Any]]
    origin: str
    scanned_us: int
    computed_us: int

    @property
    def id(self) -> str:
        """A digest of tile, line, rules and scan: the same survey again is the same one."""
        told = [
            self.tile_sha256,
            self.report["line"],
            self.report["rules"],
            self.report["scan_temperature_c"],
            self.origin,
        ]
        return "S-" + hashlib.sha256(_text(told).encode()).hexdigest()[:20]


def file(store: Store, survey: Survey) -> dict[str, Any]:
    """File the survey and return what it made: survey, spans, hazards, new, again, changed, alert_s. Raises BadInput.

    `alert_s` runs from the end of the computation until the page's own query returns the spans, after the commit.
    """
    if survey.origin not in ORIGINS:
        raise BadInput(detail=f"--origin {survey.origin!r}: one of {', '.join(ORIGINS)}")
    found = [*survey.report["hazards"], *survey.report["predicted"]]
    with store.tx() as cur:
        rows.one_at_a_time(cur)
        fresh = review_rows.add(
            cur, "surveys", rows.SURVEY, _survey(survey, len(found), store.clock.now_us())
        )
        made = _hazards(cur, survey, found, store.clock.now_us()) if fresh else (0, 0)
        if fresh:
            _spans(cur, survey, found)
            events.append(
                cur, "powerline_survey", store.clock.now_us(), survey.origin, survey.id, _told(survey, found)
            )
    return {"survey": survey.id, "line": survey.report["line"]["name"], "spans": len(survey.report["spans"]), "hazards": len(found),
            "new": made[0], "again": made[1], "unconfirmed": len(survey.report["unconfirmed"]), "changed": fresh,
            "alert_s": _alert(store, survey.id)}  # fmt: skip


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _survey(one: Survey, hazards: int, now_us: int) -> dict[str, Any]:
    line, rules = one.report["line"], one.report["rules"]
    return {"id": one.id, "line": line["id"], "line_name": line["name"], "tile": one.tile, "tile_sha256": one.tile_sha256,
            "rules": rules["name"], "rules_sha256": hashlib.sha256(_text(rules).encode()).hexdigest(), "origin": one.origin,
            "scanned_us": one.scanned_us, "computed_us": one.computed_us, "made_us": now_us, "hazards": hazards,
            "assumed": Jsonb(list(one.report["assumed"]))}  # fmt: skip


def _told(one: Survey, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    line, rules = one.report["line"], one.report["rules"]
    return {"survey": one.id, "line": line["id"], "tile_sha256": one.tile_sha256, "rules": rules["name"], "scanned_us": one.scanned_us,
            "computed_us": one.computed_us, "spans": len(one.report["spans"]), "hazards": len(found)}  # fmt: skip


def _spans(cur: Any, one: Survey, found: Sequence[Mapping[str, Any]]) -> None:
    by_span: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for hazard in found:
        by_span[hazard["span"]].append(hazard)
    made = []
    for span in one.report["spans"]:
        here = by_span[span["span"]]
        worst = max((GRADES.index(_GRADE[hazard["grade"]]) for hazard in here), default=None)
        row = {"survey": one.id, "span": span["span"], "length_m": span["length_m"], "judged": span["judged"], "hazards": len(here),
               "grade": None if worst is None else GRADES[worst], "missing_m": max((h["missing_m"] for h in here), default=None),
               "profile": {**one.profiles[span["span"]], **_echoes(one, span["span"])}}  # fmt: skip
        made.append(row)
    review_rows.add_many(cur, "spans", rows.SPAN, made)


def _echoes(one: Survey, number: int) -> dict[str, Any]:
    """Single echoes of the span: too little for a hazard, enough that nobody may call the place free."""
    told = ("object", "lat_deg", "lon_deg")
    found = [
        {name: echo[name] for name in told} for echo in one.report["unconfirmed"] if echo["span"] == number
    ]
    return {"unconfirmed": found} if found else {}


@dataclass(slots=True)
class _Batch:
    """What one survey adds and changes, gathered so that each table is written once: a tile of a thousand hazards is seen within 2 s."""

    findings: list[dict[str, Any]] = field(default_factory=list)
    hazards: list[dict[str, Any]] = field(default_factory=list)
    readings: list[dict[str, Any]] = field(default_factory=list)
    regraded: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, int, str, str, Mapping[str, Any]]] = field(default_factory=list)

    def write(self, cur: Any) -> None:
        """Findings first, since the others name them."""
        review_rows.add_many(cur, "findings", review_rows.FINDING, self.findings)
        review_rows.add_many(cur, "hazards", rows.HAZARD, self.hazards)
        review_rows.add_many(cur, "readings", rows.READING, self.readings)
        review_rows.regrade(cur, self.regraded)
        rows.moved(cur, self.moved)
        events.append_many(cur, self.told)


def _hazards(cur: Any, one: Survey, found: Sequence[Mapping[str, Any]], now_us: int) -> tuple[int, int]:
    """(new, seen again)."""
    line, rules = str(one.report["line"]["id"]), str(one.report["rules"]["name"])
    known = rows.known(cur, line, rules, one.origin)
    latest = rows.newest(cur, line, rules, one.origin)
    is_latest = latest is None or one.scanned_us >= latest
    matched, batch = matches(known, found), _Batch()
    for number, hazard in enumerate(found):
        before, grade = matched.get(number), _GRADE[hazard["grade"]]
        if before is None:
            made = ids.new("H")
            finding = _finding(batch, one, hazard, grade, now_us, made)
            before = {"id": made, "line": line, "rules": rules, "origin": one.origin, "object": hazard["object"],
                      "lat_deg": hazard["lat_deg"], "lon_deg": hazard["lon_deg"], "finding": finding}  # fmt: skip
            batch.hazards.append(dict(before))
        elif is_latest:
            _again(batch, one, before, hazard, grade, now_us)
        batch.readings.append(_reading(one, str(before["id"]), hazard, grade))
    batch.write(cur)
    return len(found) - len(matched), len(matched)


def matches(
    known: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> dict[int, Mapping[str, Any]]:
    """Index of a found hazard → the known one of its kind at its place; the nearest pairs first, each at most once."""
    northward = sorted(range(len(known)), key=lambda k: known[k]["lat_deg"])
    lats = [known[k]["lat_deg"] for k in northward]
    pairs = sorted(
        (distance_m(_at(known[k]), _at(new)), number, k)
        for number, new in enumerate(found)
        for k in northward[
            bisect_left(lats, new["lat_deg"] - _NEAR_DEG) : bisect_right(lats, new["lat_deg"] + _NEAR_DEG)
        ]
        if known[k]["object"] == new["object"]
    )
    taken: dict[int, Mapping[str, Any]] = {}
    used: set[int] = set()
    for apart, number, k in pairs:
        if apart <= SAME_PLACE_M and number not in taken and k not in used:
            taken[number] = known[k]
            used.add(k)
    return taken


def _at(one: Mapping[str, Any]) -> Wgs84:
    return Wgs84(one["lat_deg"], one["lon_deg"])


def _again(
    batch: _Batch, one: Survey, before: Mapping[str, Any], hazard: Mapping[str, Any], grade: str, now_us: int
) -> None:
    """A place that was known: what waits for its reviewer takes the new grade; what was done with comes back as a new finding."""
    is_worse = GRADES.index(grade) > GRADES.index(before["grade"])
    if before["state"] == "new" and grade != before["grade"]:
        batch.regraded[before["finding"]] = grade
        body = {"finding": before["finding"], "survey": one.id, "was": before["grade"], "grade": grade}
        batch.told.append(("powerline_regraded", now_us, one.origin, before["finding"], body))
    if before["state"] == "closed" or (before["state"] == "rejected" and is_worse):
        batch.moved[before["id"]] = _finding(batch, one, hazard, grade, now_us, str(before["id"]))


def _finding(
    batch: _Batch, one: Survey, hazard: Mapping[str, Any], grade: str, now_us: int, of_hazard: str
) -> str:
    made = ids.new("F")
    row = {"id": made, "kind": HAZARD, "box": [], "tower": hazard["span"], "origin": one.origin, "grade": grade, "state": "new",
           "made_us": now_us, "line": one.report["line"]["name"], "hazard": of_hazard}  # fmt: skip
    batch.findings.append(row)
    told = {
        k: hazard[k]
        for k in (
            "object",
            "state",
            "clearance_m",
            "required_m",
            "clause",
            "span",
            "conductor",
            "lat_deg",
            "lon_deg",
        )
    }
    body = {"finding": made, "kind": HAZARD, "survey": one.id, "tile_sha256": one.tile_sha256, "rules": one.report["rules"]["name"],
            "grade": grade, "within_m": within_m(one.report, hazard), **told}  # fmt: skip
    batch.told.append(("powerline_finding", now_us, one.origin, made, body))
    return made


def _reading(one: Survey, hazard: str, found: Mapping[str, Any], grade: str) -> dict[str, Any]:
    same = (
        "span",
        "conductor",
        "state",
        "clearance_m",
        "required_m",
        "rule",
        "clause",
        "rule_zh",
        "rule_en",
        "z",
        "lat_deg",
        "lon_deg",
        "points",
    )
    station = one.profiles[found["span"]]["stations"][_text([found["x"], found["y"]])]
    return {"hazard": hazard, "survey": one.id, "grade": grade, "within_m": within_m(one.report, found), "station_m": station,
            **{name: found[name] for name in same}}  # fmt: skip


def within_m(report: Mapping[str, Any], hazard: Mapping[str, Any]) -> float:
    """± (m, 95 %): how far the conductor's own points scatter about its curve. The scanner's common shift is not in it."""
    span = _span_of(report, hazard["span"])
    wire = span["conductors"][hazard["conductor"] - 1]
    return round(1.96 * float((wire["rmse_m"] ** 2 + wire["across_rmse_m"] ** 2) ** 0.5), 3)


def _span_of(report: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """The span with this number; they stand in order. KeyError without one."""
    at = bisect_left(report["spans"], number, key=lambda one: one["span"])
    if at == len(report["spans"]) or report["spans"][at]["span"] != number:
        raise KeyError(number)
    found: Mapping[str, Any] = report["spans"][at]
    return found


def _alert(store: Store, id: str) -> float | None:
    """Seconds from the end of the computation to the first reading through the page's query; None when noted before or nothing to tell."""
    survey = rows.survey(store, id)
    if survey is None or not survey["hazards"] or survey["seen_us"] is not None:
        return None
    rows.spans(store, 1)
    seen_us = store.clock.now_us()
    with store.tx() as cur:
        if rows.mark_seen(cur, id, seen_us):
            body = {
                "survey": id,
                "hazards": survey["hazards"],
                "computed_us": survey["computed_us"],
                "seen_us": seen_us,
            }
            events.append(cur, "powerline_alert", seen_us, survey["origin"], id, body)
    return round((seen_us - int(survey["computed_us"])) / 1e6, 3)
