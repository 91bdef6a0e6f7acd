"""The list of residents: one line each, a hundred a page from the server, filtered by what is typed after `/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from mumian.core.scenario import Visit
from mumian.scenarios.eldercare.pages import phone, reads
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import Home, Resident, Spot, order
from mumian.scenarios.eldercare.pages.words import Words

PAGE = 100
WORST = {"high": 3, "medium": 2, "low": 1}


@dataclass(frozen=True, slots=True)
class Line:
    """One resident of the list."""

    id: str
    room: str
    bed: str
    name: str
    age: str
    level: int
    state: str
    said: str
    battery: str
    alarm: str
    alarm_state: str


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/residents?q=&page=&show=."""
    scope = reads.scope(visit)
    now_us = visit.clock.now_us()
    home = reads.home(visit.store, scope, now_us)
    opened = reads.open_alarms(visit.store, scope)
    reads.note_access(visit.store, scope, "list", "all")
    return {
        **context(home, opened, visit.query, now_us, language.of(visit.lang)),
        "may_admit": reads.may(visit, "admission.write"),
    }


def context(
    home: Home, opened: Sequence[Mapping[str, Any]], query: Mapping[str, str], now_us: int, w: Words
) -> dict[str, object]:
    """The lines of one page, and how to reach the others."""
    worst = _worst(opened)
    shown = [r for r in home.residents if r.departed_us is None]
    wanted = query.get("q", "").strip().lower()
    show = query.get("show", "")
    matching = [r for r in shown if _matches(r, wanted) and _shown(r, show, worst, now_us)]
    matching.sort(key=_by_place)
    pages = max(1, -(-len(matching) // PAGE))
    page = min(pages, max(1, int(query["page"]) if query.get("page", "").isdecimal() else 1))
    here = matching[(page - 1) * PAGE : page * PAGE]
    counts = {s: sum(r.state(now_us) == s for r in shown) for s in ("alive", "unworn", "blind", "none")}
    return {
        "lines": [_line(r, worst, now_us, w) for r in here], "q": query.get("q", ""), "show": show,
        "n": len(matching), "total": len(shown), "page": page, "pages": pages,
        "first": (page - 1) * PAGE + 1 if here else 0, "last": (page - 1) * PAGE + len(here),
        "previous": _address(query, page - 1) if page > 1 else "", "next": _address(query, page + 1) if page < pages else "",
        "tabs": [
            ("", w("全部"), len(shown)), ("alarm", w("有报警"), sum(r.id in worst for r in shown)),
            ("blind", w("看不见"), counts["blind"]), ("unworn", w("没戴"), counts["unworn"]), ("none", w("无手环"), counts["none"]),
        ],
    }  # fmt: skip


def _by_place(r: Resident) -> tuple[object, ...]:
    return tuple(order(Spot("", "", name))[0] for name in (r.floor_name, r.room_name, r.bed_name)), r.name


def _worst(opened: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    out: dict[str, tuple[str, str]] = {}
    for alarm in opened:
        person = str(alarm.get("person"))
        if person not in out or WORST[alarm["priority"]] > WORST[out[person][0]]:
            out[person] = (str(alarm["priority"]), str(alarm["state"]))
    return out


def _matches(r: Resident, wanted: str) -> bool:
    if not wanted:
        return True
    device = r.band.device if r.band else ""
    text = f"{r.name} {r.room_name} {r.bed_name} {r.floor_name} {r.id} {device}".lower()
    return all(part in text for part in wanted.split())


def _shown(r: Resident, show: str, worst: Mapping[str, object], now_us: int) -> bool:
    if show == "alarm":
        return r.id in worst
    return not show or r.state(now_us) == show


def _line(r: Resident, worst: Mapping[str, tuple[str, str]], now_us: int, w: Words) -> Line:
    priority, state = worst.get(r.id, ("", ""))
    battery = r.band.battery_percent if r.band else None
    return Line(
        r.id, r.room_name, r.bed_name, r.name, w.years(r.born, now_us), r.care_level, r.state(now_us),
        phone.state_said(r, now_us, w), f"{battery:.0f} %" if battery is not None else "", priority, state,
    )  # fmt: skip


def _address(query: Mapping[str, str], page: int) -> str:
    kept = {k: v for k, v in query.items() if k in ("q", "show") and v}
    return "?" + urlencode({**kept, "page": page})
