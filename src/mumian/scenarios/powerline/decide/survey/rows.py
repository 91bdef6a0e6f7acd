"""SQL of surveys, spans, hazards and their readings. Writers take the caller's cursor and its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mumian.core.store import Store

SAME_PLACE_M = 5.0  # trees grow and clouds shift; two trees of a row stand farther apart
COVERED_M = 5.0  # along the line: nearer than this a survey has points, or it did not cover the place
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


# Hazards that wait for their repair (f, h, their latest reading l), with each later survey (v, its span s) in which they are no longer
# there: of the same line, rules and origin, judged, covering the station, and with nothing of the kind near where it was, not even a
# single echo. A span whose length changed is of a line that was drawn anew: its stations are others.
_ABSENT = """
    from powerline.findings f join powerline.hazards h on h.id = f.hazard
    join lateral (
        select r.survey, r.span, r.station_m, r.lat_deg, r.lon_deg, w.scanned_us, b.length_m
        from powerline.readings r join powerline.surveys w on w.id = r.survey
        join powerline.spans b on b.survey = r.survey and b.span = r.span
        where r.hazard = h.id order by w.scanned_us desc, w.made_us desc limit 1
    ) l on true
    join powerline.surveys v on v.line = h.line and v.rules = h.rules and v.origin = h.origin and v.scanned_us > l.scanned_us
    join powerline.spans s on s.survey = v.id and s.span = l.span and s.judged and abs(s.length_m - l.length_m) < 1
    where f.state = 'accepted' and exists (
        select 1 from jsonb_path_query(s.profile, '$.ground[*]') p
        where abs((p ->> 0)::float8 - l.station_m) <= %(covered_m)s
        union all
        select 1 from jsonb_path_query(s.profile, '$.around.*[*]') p where abs((p ->> 0)::float8 - l.station_m) <= %(covered_m)s
    ) and not exists (
        select 1 from (
            select r.lat_deg, r.lon_deg, o.object from powerline.readings r join powerline.hazards o on o.id = r.hazard where r.survey = v.id
            union all
            select (u ->> 'lat_deg')::float8, (u ->> 'lon_deg')::float8, u ->> 'object'
            from jsonb_array_elements(coalesce(s.profile -> 'unconfirmed', '[]')) u
        ) there cross join (values (h.lat_deg, h.lon_deg), (l.lat_deg, l.lon_deg)) was (lat, lon)
        where there.object = h.object and 111195 * sqrt((there.lat_deg - was.lat) ^ 2
            + ((there.lon_deg - was.lon) * cosd(was.lat)) ^ 2) <= %(same_m)s
    )
"""


def absences(where: Store | Any, finding: str) -> list[dict[str, Any]]:
    """Later surveys that show that the finding's hazard is gone, the latest first. `where` is a store or a cursor."""
    names = ("survey", "span", "tile", "tile_sha256", "scanned_us", "line_name")
    sql = f"select v.id, s.span, v.tile, v.tile_sha256, v.scanned_us, v.line_name {_ABSENT} and f.id = %(finding)s order by v.scanned_us desc, v.id"
    asked = {"finding": finding, "covered_m": COVERED_M, "same_m": SAME_PLACE_M}
    found = where.execute(sql, asked).fetchall() if hasattr(where, "execute") else where.query(sql, asked)
    return [dict(zip(names, row, strict=True)) for row in found]


def vanished(store: Store, survey: str, number: int) -> list[dict[str, Any]]:
    """Hazards that wait for their repair and that this survey no longer found in this span, the gravest first."""
    names = ("finding", "grade", "object", "scanned_us")
    found = store.query(
        f"select f.id, f.grade, h.object, l.scanned_us {_ABSENT} and v.id = %(survey)s and s.span = %(span)s "
        "order by array_position(array['critical', 'serious', 'general'], f.grade), f.id",
        {"survey": survey, "span": number, "covered_m": COVERED_M, "same_m": SAME_PLACE_M},
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def last_readings(store: Store, findings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Finding → the latest reading of its hazard, of a closed one the latest before it was closed."""
    names = (*READING, "object", "tile", "rules", "line_name", "scanned_us")
    found = store.query(
        f"""
        select distinct on (f.id) f.id, {", ".join("r." + name for name in READING)}, h.object, v.tile, v.rules, v.line_name, v.scanned_us
        from powerline.findings f join powerline.hazards h on h.id = f.hazard join powerline.readings r on r.hazard = h.id
        join powerline.surveys v on v.id = r.survey
        where f.id = any(%s) and (f.state <> 'closed' or v.made_us <= f.reviewed_us)
        order by f.id, v.scanned_us desc, v.made_us desc
        """,
        (list(findings),),
    )
    return {str(row[0]): dict(zip(names, row[1:], strict=True)) for row in found}


def place_of(store: Store, finding: str) -> tuple[str, int] | None:
    """Survey and span in which a finding's hazard was read last."""
    found = store.query(
        """
        select r.survey, r.span from powerline.readings r join powerline.findings f on f.hazard = r.hazard
        join powerline.surveys v on v.id = r.survey where f.id = %s order by v.scanned_us desc, v.made_us desc limit 1
        """,
        (finding,),
    )
    return (str(found[0][0]), int(found[0][1])) if found else None
