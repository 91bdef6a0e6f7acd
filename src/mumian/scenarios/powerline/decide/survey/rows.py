"""SQL of surveys, spans, hazards and their readings. Writers take the caller's cursor and its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mumian.core.store import Store

SURVEY = ("id", "line", "line_name", "tile", "tile_sha256", "rules", "rules_sha256", "origin", "scanned_us", "computed_us", "made_us",
          "seen_us", "hazards", "assumed")  # fmt: skip
SPAN = ("survey", "span", "length_m", "judged", "grade", "hazards", "missing_m", "profile")
HAZARD = ("id", "line", "rules", "origin", "object", "lat_deg", "lon_deg", "finding")
READING = ("hazard", "survey", "span", "conductor", "state", "grade", "clearance_m", "required_m", "within_m", "rule", "clause",
           "rule_zh", "rule_en", "station_m", "z", "lat_deg", "lon_deg", "points")  # fmt: skip
LISTED = (
    "survey",
    "span",
    "length_m",
    "judged",
    "grade",
    "hazards",
    "missing_m",
    "line",
    "line_name",
    "rules",
    "origin",
    "scanned_us",
)


def one_at_a_time(cur: Any) -> None:
    """Filing waits for filing, until the transaction ends: two surveys at once would both call a place new."""
    cur.execute("select pg_advisory_xact_lock(hashtext('powerline.surveys'))")


def known(cur: Any, line: str, rules: str, origin: str) -> list[dict[str, Any]]:
    """Hazards of the line under these rules, with the state and grade of their finding."""
    found = cur.execute(
        f"""
        select {", ".join("h." + name for name in HAZARD)}, f.state, f.grade
        from powerline.hazards h join powerline.findings f on f.id = h.finding
        where h.line = %s and h.rules = %s and h.origin = %s order by h.id
        """,
        (line, rules, origin),
    ).fetchall()
    return [dict(zip((*HAZARD, "state", "grade"), row, strict=True)) for row in found]


def moved(cur: Any, findings: Mapping[str, str]) -> None:
    """Hazards that came back after their finding was done with, each with the finding that is its own now: hazard → finding."""
    cur.execute(
        "update powerline.hazards h set finding = n.finding from unnest(%s::text[], %s::text[]) as n (id, finding) where h.id = n.id",
        (list(findings), list(findings.values())),
    )


def newest(cur: Any, line: str, rules: str, origin: str) -> int | None:
    """When the latest survey of the line was scanned."""
    row = cur.execute(
        "select max(scanned_us) from powerline.surveys where line = %s and rules = %s and origin = %s",
        (line, rules, origin),
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def mark_seen(cur: Any, survey: str, at_us: int) -> bool:
    """Note when the survey could first be read; False when that was noted before."""
    cur.execute(
        "update powerline.surveys set seen_us = %s where id = %s and seen_us is null", (at_us, survey)
    )
    return bool(cur.rowcount)


def survey(store: Store, id: str) -> dict[str, Any] | None:
    """One survey."""
    found = store.query(f"select {', '.join(SURVEY)} from powerline.surveys where id = %s", (id,))
    return dict(zip(SURVEY, found[0], strict=True)) if found else None


def surveys(store: Store) -> list[dict[str, Any]]:
    """All surveys, the latest scan first."""
    found = store.query(
        f"select {', '.join(SURVEY)} from powerline.surveys order by scanned_us desc, made_us desc"
    )
    return [dict(zip(SURVEY, row, strict=True)) for row in found]


def spans(store: Store, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Every span as its latest survey saw it, the worst first; and how many there are."""
    found = store.query(
        """
        with latest as (
            select distinct on (v.line, v.rules, v.origin, s.span) s.survey, s.span, s.length_m, s.judged, s.grade, s.hazards,
                s.missing_m, v.line, v.line_name, v.rules, v.origin, v.scanned_us
            from powerline.spans s join powerline.surveys v on v.id = s.survey
            order by v.line, v.rules, v.origin, s.span, v.scanned_us desc, v.made_us desc
        )
        select *, count(*) over () from latest
        order by array_position(array['critical', 'serious', 'general'], grade) nulls last, missing_m desc nulls last, line_name, span
        limit %s
        """,
        (limit,),
    )
    return [dict(zip(LISTED, row[:-1], strict=True)) for row in found], int(found[0][-1]) if found else 0


def span(store: Store, id: str, number: int) -> dict[str, Any] | None:
    """One span of one survey, with its profile."""
    found = store.query(
        f"select {', '.join(SPAN)} from powerline.spans where survey = %s and span = %s", (id, number)
    )
    return dict(zip(SPAN, found[0], strict=True)) if found else None


def hazards(store: Store, id: str, number: int) -> list[dict[str, Any]]:
    """The span's hazards in one survey, worst first, each with its finding's state."""
    names = (*READING, "object", "finding", "finding_state", "finding_grade")
    found = store.query(
        f"""
        select {", ".join("r." + name for name in READING)}, h.object, f.id, f.state, f.grade
        from powerline.readings r join powerline.hazards h on h.id = r.hazard join powerline.findings f on f.id = h.finding
        where r.survey = %s and r.span = %s order by r.clearance_m / r.required_m, r.hazard
        """,
        (id, number),
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def trend(store: Store, hazard: str) -> list[dict[str, Any]]:
    """A hazard's readings, the earliest first."""
    names = ("hazard", "survey", "scanned_us", "state", "clearance_m", "required_m", "grade")
    found = store.query(
        """
        select r.hazard, r.survey, v.scanned_us, r.state, r.clearance_m, r.required_m, r.grade
        from powerline.readings r join powerline.surveys v on v.id = r.survey where r.hazard = %s order by v.scanned_us, v.made_us
        """,
        (hazard,),
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def place_of(store: Store, finding: str) -> tuple[str, int] | None:
    """Survey and span in which a finding's hazard was read last."""
    found = store.query(
        """
        select r.survey, r.span from powerline.readings r join powerline.hazards h on h.id = r.hazard
        join powerline.surveys v on v.id = r.survey where h.finding = %s order by v.scanned_us desc, v.made_us desc limit 1
        """,
        (finding,),
    )
    return (str(found[0][0]), int(found[0][1])) if found else None
