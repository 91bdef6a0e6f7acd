"""Staff and shifts: who works here, on which floors, and the week's duty. The ladder calls whom this page names.

Passwords are no matter of this page; accounts stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mumian.core import registry
from mumian.core.kernel import ids
from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.kernel.errors import BadInput, MumianError
from mumian.core.kernel.ids import PlaceId, StaffId
from mumian.core.scenario import Redirect, Visit
from mumian.scenarios.eldercare.pages import admission, reads
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import Duty, Spot, Worker
from mumian.scenarios.eldercare.pages.words import ROLES, WEEKDAYS, Words, local, midnight_us

WEEK_US = 7 * DAY_US
HOUR_US = 3600 * SECOND_US
PRESETS = {"day": ("白班 07:00–19:00", 7, 19), "night": ("夜班 19:00–07:00", 19, 31), "early": ("早班 07:00–15:00", 7, 15),
           "late": ("中班 15:00–23:00", 15, 23), "own": ("自定", 0, 0)}  # fmt: skip
WORKING = ("nurse", "caregiver", "director", "admin", "auditor")


@dataclass(frozen=True, slots=True)
class Cell:
    """One shift in the grid."""

    said: str
    staff: str
    from_us: int
    can_drop: bool
    now: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One of the staff with the seven days of the week."""

    worker: Worker
    role: str
    floors: str
    account: str
    days: tuple[tuple[Cell, ...], ...]
    hours: int


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/staff?week=2026-11-23."""
    now_us, w = visit.clock.now_us(), language.of(visit.lang)
    start = monday_us(language.parse_local(visit.query.get("week", "")) or now_us)
    staff, duties, floors = reads.week(visit.store, start, start + WEEK_US)
    accounts = reads.staff_accounts(visit.store) if reads.may(visit, "account.write") else {}
    return context(staff, duties, floors, accounts, start, now_us, w) | {
        "may_staff": reads.may(visit, "staff.write"), "may_shift": reads.may(visit, "shift.write"),
        "may_accounts": reads.may(visit, "account.write"),
    }  # fmt: skip


def monday_us(us: int) -> int:
    """The home's Monday, 00:00, of the week that holds `us`."""
    return midnight_us(us) - local(us).weekday() * DAY_US


def context(staff: Sequence[Worker], duties: Sequence[Duty], floors: Sequence[Spot], accounts: Mapping[str, str], start: int,
            now_us: int, w: Words) -> dict[str, object]:  # fmt: skip
    """The week's grid and what the forms offer."""
    names = {f.id: f.name for f in floors}
    by: dict[str, list[Duty]] = {}
    for d in duties:
        by.setdefault(d.staff, []).append(d)
    people = sorted(staff, key=lambda s: (WORKING.index(s.role) if s.role in WORKING else 9, s.name))
    lines = [_line(s, by.get(s.id, []), names, accounts, start, now_us, w) for s in people]
    return {
        "lines": lines, "n": len(people), "week": _date(start), "before": _date(start - WEEK_US), "after": _date(start + WEEK_US),
        "this_week": start == monday_us(now_us), "span": f"{w.day(start)} – {w.day(start + WEEK_US - 1)}",
        "days": [(w(WEEKDAYS[i]), w.day(start + i * DAY_US), midnight_us(now_us) == start + i * DAY_US) for i in range(7)],
        "gaps": gaps(staff, duties, start, now_us, w), "planned": len(duties),
        "roles": [(r, w(ROLES[r])) for r in WORKING], "floors": [(f.id, f.name) for f in floors],
        "presets": [(code, w(word)) for code, (word, _, _) in PRESETS.items()],
        "people": [(s.id, f"{s.name} · {w(ROLES[s.role])}") for s in people],
        "day_choices": [(_date(start + i * DAY_US), f"{w(WEEKDAYS[i])} {w.day(start + i * DAY_US)}") for i in range(7)],
    }  # fmt: skip


def _date(us: int) -> str:
    return f"{local(us):%Y-%m-%d}"


def _line(s: Worker, duties: Sequence[Duty], floors: Mapping[str, str], accounts: Mapping[str, str], start: int, now_us: int,
          w: Words) -> Line:  # fmt: skip
    days: list[list[Cell]] = [[] for _ in range(7)]
    hours = 0.0
    for d in sorted(duties, key=lambda d: d.from_us):
        day = (d.from_us - start) // DAY_US
        hours += (min(d.until_us, start + WEEK_US) - max(d.from_us, start)) / HOUR_US
        if 0 <= day < 7:
            said = f"{w.time(d.from_us)}–{w.time(d.until_us)}"
            days[day].append(
                Cell(said, d.staff, d.from_us, d.from_us > now_us, d.from_us <= now_us < d.until_us)
            )
    named = [floors.get(f, f) for f in s.floors]
    where = (
        w("、").join(named[:4]) if len(named) <= 4 else w("{floor} 等 {n} 层", floor=named[0], n=len(named))
    )
    if not where:
        where = w("没有楼层：不会被叫") if s.role == "caregiver" else w("全院")
    return Line(
        s,
        w(ROLES.get(s.role, s.role)),
        where,
        accounts.get(s.id, ""),
        tuple(tuple(d) for d in days),
        round(hours),
    )


def gaps(staff: Sequence[Worker], duties: Sequence[Duty], start: int, now_us: int, w: Words) -> list[str]:
    """Hours of the week, from now on, without a nurse or a caregiver on duty."""
    role = {s.id: s.role for s in staff}
    out = []
    for wanted in ("nurse", "caregiver"):
        spans = sorted((d.from_us, d.until_us) for d in duties if role.get(d.staff) == wanted)
        at, end = max(start, now_us), start + WEEK_US
        missing = []
        for from_us, until_us in spans:
            if from_us > at:
                missing.append((at, min(from_us, end)))
            at = max(at, until_us)
        if at < end:
            missing.append((at, end))
        if missing and missing[0][0] < end:
            first = missing[0]
            hours = round(sum(b - a for a, b in missing) / HOUR_US)
            out.append(
                w(
                    "{role}空缺 {h} 小时，最早 {day} {t}",
                    role=w(ROLES[wanted]),
                    h=hours,
                    day=w.day(first[0]),
                    t=w.time(first[0]),
                )
            )
    return out


def add_staff(visit: Visit) -> Redirect:
    """POST /eldercare/staff: somebody begins to work here."""
    w = language.of(visit.lang)
    if not visit.field("name"):
        raise BadInput(detail=w("姓名没填：写上姓名"))
    with visit.store.tx() as cur:
        registry.add_staff(
            cur, StaffId(visit.field("id") or ids.new("s")), visit.field("name"), visit.field("role") or "caregiver",
            [PlaceId(f) for f in visit.form.get("floors") or []], at_us=visit.clock.now_us(), by=admission.by(visit),
        )  # fmt: skip
    return Redirect("/eldercare/staff", w("{name} 已加入；要登录还需开账号", name=visit.field("name")))


def edit_staff(visit: Visit) -> Redirect:
    """POST /eldercare/staff/{id}: name, role and floors, or (do=leave) the last day."""
    w = language.of(visit.lang)
    staff, now_us = StaffId(visit.params["id"]), visit.clock.now_us()
    with visit.store.tx() as cur:
        if visit.field("do") == "leave":
            if visit.field("sure") != "yes":
                raise BadInput(detail=w("没有办理：先勾上“确认离职”"))
            registry.leave(cur, staff, at_us=now_us, by=admission.by(visit))
            return Redirect("/eldercare/staff", w("已办离职：立即退出登录，不再被叫"))
        fields = {name: visit.field(name) for name in ("name", "role") if visit.field(name)}
        registry.edit_staff(
            cur, staff, at_us=now_us, by=admission.by(visit), floors=visit.form.get("floors") or [], **fields
        )
    return Redirect("/eldercare/staff", w("改好了"))


def add_shift(visit: Visit) -> Redirect:
    """POST /eldercare/staff/shifts: one shift, on one day or on all days of the week."""
    w = language.of(visit.lang)
    spans = shift_spans(
        visit.form.get("days") or [], visit.field("preset"), visit.field("from"), visit.field("until"), w
    )
    staff = visit.field("staff")
    if not staff:
        raise BadInput(detail=w("没选谁：选一位员工"))
    with visit.store.tx() as cur:
        for from_us, until_us in spans:
            registry.add_shift(
                cur, StaffId(staff), from_us, until_us, at_us=visit.clock.now_us(), by=admission.by(visit)
            )
    return _to_week(visit, w("排上 {n} 个班", n=len(spans)))


def shift_spans(
    days: Sequence[str], preset: str, from_text: str, until_text: str, w: Words
) -> list[tuple[int, int]]:
    """(from, until) of each chosen day; an end at or before the begin lies on the next day."""
    if not days:
        raise BadInput(detail=w("没选哪天：至少勾一天"))
    out = []
    for day in days:
        midnight = language.parse_local(day)
        if midnight is None:
            raise BadInput(detail=w("日期 {day} 不行：写成 2026-11-24", day=day))
        if preset in PRESETS and preset != "own":
            _, begin, end = PRESETS[preset]
            out.append((midnight + begin * HOUR_US, midnight + end * HOUR_US))
            continue
        begin_us, end_us = (language.parse_local(f"{day}T{text}") for text in (from_text, until_text))
        if begin_us is None or end_us is None:
            raise BadInput(detail=w("起止时间没填：写成 07:00 和 19:00"))
        out.append((begin_us, end_us if end_us > begin_us else end_us + DAY_US))
    return out


def drop_shift(visit: Visit) -> Redirect:
    """POST /eldercare/staff/shifts/drop: take a shift that has not begun out of the plan."""
    w = language.of(visit.lang)
    if not visit.field("from_us").isdecimal():
        raise BadInput(detail=w("没选哪个班"))
    with visit.store.tx() as cur:
        registry.drop_shift(
            cur,
            StaffId(visit.field("staff")),
            int(visit.field("from_us")),
            at_us=visit.clock.now_us(),
            by=admission.by(visit),
        )
    return _to_week(visit, w("已去掉这个班"))


def copy_week(visit: Visit) -> Redirect:
    """POST /eldercare/staff/shifts/copy: last week's plan, moved by seven days; what is planned already stays."""
    w = language.of(visit.lang)
    start = monday_us(language.parse_local(visit.field("week")) or visit.clock.now_us())
    _, last, _ = reads.week(visit.store, start - WEEK_US, start)
    _, there, _ = reads.week(visit.store, start, start + WEEK_US)
    taken = {(d.staff, d.from_us) for d in there}
    wanted = [
        d
        for d in last
        if start - WEEK_US <= d.from_us < start and (d.staff, d.from_us + WEEK_US) not in taken
    ]
    made = 0
    with visit.store.tx() as cur:
        for d in wanted:
            try:
                registry.add_shift(cur, StaffId(d.staff), d.from_us + WEEK_US, d.until_us + WEEK_US, at_us=visit.clock.now_us(),
                                   by=admission.by(visit))  # fmt: skip
                made += 1
            except MumianError:  # who has left since is not planned again
                continue
    return _to_week(visit, w("照上周排上 {n} 个班", n=made) if made else w("上周没有可照抄的班"))


def _to_week(visit: Visit, said: str) -> Redirect:
    week = visit.field("week")
    return Redirect(
        f"/eldercare/staff?week={week}" if language.parse_local(week) else "/eldercare/staff", said
    )
