"""A resident's card: who she is, what is measured and how old it is, her alarms, and who read all that.

Without consent no measurement is shown, and the card says so; looking at it stands in the access log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mumian.core.kernel import ids
from mumian.core.kernel.clock import SECOND_US, parse
from mumian.core.kernel.errors import BadInput
from mumian.core.scenario import Redirect, Visit
from mumian.scenarios.eldercare.pages import phone, reads, signal, stack, station, why
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import BLIND_INTERVALS, Home, Resident
from mumian.scenarios.eldercare.pages.spoken import spoken
from mumian.scenarios.eldercare.pages.words import PURPOSES, QUANTITIES, RESOLUTIONS, STATES, Words

CHARTS = (
    "heart_rate_bpm",
    "spo2_percent",
    "temperature_c",
    "systolic_mmhg",
    "diastolic_mmhg",
    "respiratory_rate_bpm",
)


@dataclass(frozen=True, slots=True)
class Vital:
    """A quantity: its newest value, how old, and whether that is too old to be believed."""

    word: str
    unit: str
    value: str
    when: str
    stale: bool
    late: str
    chart: signal.DayChart | None


@dataclass(frozen=True, slots=True)
class Past:
    """One of her alarms."""

    id: str
    priority: str
    state: str
    what: str
    when: str
    outcome: str
    waited: str
    note: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """A purpose and whether she consents to it now."""

    purpose: str
    word: str
    holds: bool
    said: str


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/residents/{id}."""
    scope = reads.scope(visit)
    now_us, w, person = visit.clock.now_us(), language.of(visit.lang), visit.params["id"]
    home = reads.around(visit.store, scope, person, now_us)
    who = home.people[person]
    may_read = reads.readable(scope, person) and reads.may(visit, "series.read")
    past = reads.of_person(visit.store, scope, person)
    reads.note_access(visit.store, scope, "card", person)
    sees_log = reads.may(visit, "access.read") or reads.may(visit, "person.write")
    read = Dossier(
        past,
        may_read,
        reads.consents(visit.store, person),
        reads.readings(visit.store, scope, person, now_us) if may_read else (),
        reads.day_series(visit.store, scope, person, CHARTS, now_us) if may_read else {},
        reads.accesses(visit.store, person) if sees_log else None,
    )
    shown = context(who, home, read, now_us, w, lambda alarm: reads.signals(visit.store, scope, alarm))
    return shown | {
        "may_report": reads.may(visit, "alarm.report"),
        "may_admit": reads.may(visit, "admission.write"),
    }


@dataclass(frozen=True, slots=True)
class Dossier:
    """What was read about her. `accesses` None: this reader may not see who read."""

    past: Sequence[Mapping[str, Any]]
    may_read: bool
    consents: Sequence[reads.ConsentSpan] = ()
    readings: Sequence[reads.Reading] = ()
    days: Mapping[str, signal.Points] = field(default_factory=dict)
    accesses: Sequence[Any] | None = None


def context(
    who: Resident, home: Home, read: Dossier, now_us: int, w: Words, signals: station.Signals
) -> dict[str, object]:
    """What the card shows."""
    past, may_read = read.past, read.may_read
    last = next((a for a in past if a["kind"] not in ("low_battery", "not_worn")), past[0] if past else None)
    told = None
    if last:
        row = stack.row(last, home, now_us, w)
        acceleration, heart = signals(last) if may_read else ([], [])
        told = why.explain(row, home, acceleration, heart, now_us, w)
    return {
        "title": who.name, "who": who, "age": w.years(who.born, now_us), "level": w(language.CARE_LEVELS[who.care_level]),
        "since": w("{t} 入住", t=w.date(who.admitted_us)) if who.admitted_us else "", "state": who.state(now_us),
        "band_said": phone.state_said(who, now_us, w), "battery": battery(who), "may_read": may_read,
        "agreed": agreed(read.consents, now_us, w), "vitals": vitals(read.readings, read.days, now_us, w),
        "past": [_past(a, now_us, w) for a in past], "why": told, "last_title": _last_title(last, now_us, w),
        "open": [stack.row(a, home, now_us, w) for a in past if a["state"] != "resolved"],
        "accesses": None if read.accesses is None else [_access(a, home, now_us, w) for a in read.accesses],
        "now_field": language.form_time(now_us), "key": ids.new("K"),
    }  # fmt: skip


def battery(who: Resident) -> str:
    """81 %, empty when nothing was said."""
    percent = who.band.battery_percent if who.band else None
    return f"{percent:.0f} %" if percent is not None else ""


def _last_title(last: Mapping[str, Any] | None, now_us: int, w: Words) -> str:
    return w.when(parse(last["event_time"]), now_us) if last else ""


def agreed(consents: Sequence[Any], now_us: int, w: Words) -> list[Agreed]:
    """Each purpose with what holds now and since when."""
    out = []
    for purpose, word in PURPOSES.items():
        mine = [c for c in consents if c.purpose == purpose]
        held = next(
            (c for c in mine if c.from_us <= now_us and (c.until_us is None or c.until_us > now_us)), None
        )
        ended = max(
            (c.until_us for c in mine if c.until_us is not None and c.until_us <= now_us), default=None
        )
        said = (
            w("同意，自 {t}", t=w.day(held.from_us)) if held
            else w("{t} 撤回", t=w.when(ended, now_us)) if ended else w("没有同意")
        )  # fmt: skip
        out.append(Agreed(purpose, w(word), held is not None, said))
    return out


def vitals(readings: Sequence[Any], days: Mapping[str, signal.Points], now_us: int, w: Words) -> list[Vital]:
    """Newest values with age; older than three expected intervals they are stale and stand as such."""
    out = []
    for quantity in CHARTS:
        found = max((r for r in readings if r.quantity == quantity), key=lambda r: r.event_us, default=None)
        points = days.get(quantity, ())
        if found is None and not points:
            continue
        word, unit, digits = QUANTITIES[quantity]
        # a vital sign may come more rarely than the device speaks: what counts is how often it came today
        expected = max(found.expected_s if found else 60, signal.typical_s(points))
        stale = found is None or now_us - found.event_us > BLIND_INTERVALS * max(expected, 20) * SECOND_US
        late = ""
        if found and found.received_us - found.event_us > 120 * SECOND_US:
            late = w("晚到 {age}", age=w.age(found.event_us, found.received_us))
        out.append(Vital(
            w(word), w(unit), w.figure(found.value, digits) if found else "", w.when(found.event_us, now_us) if found else "",
            stale, late, signal.day(points, now_us, expected, digits, w) if points else None,
        ))  # fmt: skip
    return out


def _past(alarm: Mapping[str, Any], now_us: int, w: Words) -> Past:
    waited = stack.waited_s(alarm)
    outcome = w(RESOLUTIONS[alarm["resolution"]]) if alarm["resolution"] else w(STATES[alarm["state"]])
    notes = [t["note"] for t in alarm["transitions"] if t.get("note")]
    return Past(
        alarm["id"], alarm["priority"], alarm["state"], stack.what(alarm, w), w.when(parse(alarm["event_time"]), now_us),
        outcome, w.span(waited) if waited is not None else "", spoken(str(notes[-1]), w) if notes else "",
    )  # fmt: skip


def _access(a: Any, home: Home, now_us: int, w: Words) -> dict[str, str]:
    kind, _, name = a.actor.partition(":")
    worker = home.workers.get(name) if kind == "staff" else None
    words = {"card": "看老人卡", "list": "看名单", "points": "读体征", "waves": "读波形", "latest": "读最新值", "series": "列出序列",
             "alarms": "看报警"}  # fmt: skip
    return {
        "when": w.when(a.at_us, now_us), "who": worker.name if worker else (w("系统") if a.actor == "service" else a.actor),
        "what": w(words.get(a.action, a.action)), "purpose": w(PURPOSES.get(a.purpose, a.purpose)), "n": w.figure(a.n),
    }  # fmt: skip


def report(visit: Visit) -> Redirect:
    """POST /eldercare/residents/{id}/report: a fall that no device saw. It counts as missed."""
    w = language.of(visit.lang)
    person = visit.params["id"]
    event_us = language.parse_local(visit.field("time"))
    if event_us is None:
        raise BadInput(detail=w("时间没填：填大约什么时候跌倒的"))
    alarm = reads.report_fall(visit, person, event_us, visit.field("note"), visit.field("key"))
    return Redirect(
        f"/eldercare/residents/{person}", w("已记下 {id}，护士已被呼叫；计入漏报", id=alarm["id"])
    )
