"""The nurse station: what needs me (left), where (centre), why (below). One screen for a shift, without scrolling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.clock import parse
from mumian.core.scenario import Visit
from mumian.scenarios.eldercare.pages import plan, reads, roster, signal, stack, why
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import Home, Spot, chinese_number
from mumian.scenarios.eldercare.pages.words import Words

Signals = Callable[[Mapping[str, Any]], tuple[signal.Points, signal.Points]]
MARKED = 5  # floors with alarms that stand beside the choice of all
LEGEND = (("alive", "戴着"), ("unworn", "没戴"), ("blind", "看不见"), ("none", "无手环"), ("free", "空床"))


@dataclass(frozen=True, slots=True)
class FloorKey:
    """A floor in the switch, with the gravest unclaimed priority on it."""

    id: str
    short: str
    mark: str


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/station, and its fragments shift, stack, map, why."""
    scope = reads.scope(visit)
    w = language.of(visit.lang)
    home = reads.home(visit.store, scope, visit.clock.now_us())
    alarms = reads.shift_alarms(visit.store, scope, visit.clock.now_us())

    def signals(alarm: Mapping[str, Any]) -> tuple[signal.Points, signal.Points]:
        return reads.signals(visit.store, scope, alarm)

    return context(
        home, alarms, visit.clock.now_us(), w, me=visit.principal.staff, floor=visit.query.get("floor", ""),
        chosen=visit.query.get("alarm", ""), signals=signals,
    )  # fmt: skip


def context(home: Home, alarms: Sequence[Mapping[str, Any]], now_us: int, w: Words, *, me: str | None, floor: str,
            chosen: str, signals: Signals) -> dict[str, object]:  # fmt: skip
    """What the template draws. `alarms`: open ones and those of this shift, with their pages."""
    opened = [a for a in alarms if a["state"] != "resolved"]
    stacked = stack.build(opened, home, now_us, w, me=me, chosen=chosen)
    shift = roster.build(home, alarms, now_us, w)
    done = stack.done(alarms, shift.from_us)
    here = _floor(home, floor, stacked.selected)
    keys = _floors(home, opened)
    return {
        "heading": _heading(home, here, w), "where": _where(home, w), "devices_said": devices_said(home, now_us, w),
        "shift": shift, "stack": stacked, "done": done,
        "done_median": w.span(done.median_s) if done.median_s is not None else "", "quiet": quiet(home, alarms, now_us, w),
        "floors": keys, "marked": sorted((k for k in keys if k.mark), key=lambda k: -plan.RANK[k.mark])[:MARKED], "floor": here, "legend": [(state, w(word)) for state, word in LEGEND],
        "drawing": draw(home, here, opened, now_us, w),
        "why": explain(stacked.selected, home, signals, now_us, w),
    }  # fmt: skip


def draw(
    home: Home, here: Spot | None, opened: Sequence[Mapping[str, Any]], now_us: int, w: Words
) -> plan.FloorDrawing | None:
    """The floor that is shown; None in a home without floors."""
    return plan.draw(home, here, opened, now_us, w) if here else None


def explain(row: stack.Row | None, home: Home, signals: Signals, now_us: int, w: Words) -> why.Why | None:
    """The strip of the alarm that is looked at."""
    if row is None:
        return None
    acceleration, heart = signals(row.alarm)
    return why.explain(row, home, acceleration, heart, now_us, w)


def _heading(home: Home, here: Spot | None, w: Words) -> str:
    return w("{floor}护理站", floor=here.name) if here and len(home.floors()) > 1 else w("护理站")


def _where(home: Home, w: Words) -> str:
    living = sum(1 for r in home.residents if r.departed_us is None)
    return (
        f"{home.name} · " + w("{n} 位老人在院", n=w.figure(living))
        if home.name
        else w("{n} 位老人在院", n=living)
    )


def _floor(home: Home, asked: str, selected: stack.Row | None) -> Spot | None:
    """The floor that was asked for, else the one of the alarm that is looked at, else the lowest."""
    floors = home.floors()
    wanted = [asked, str(selected.alarm.get("floor")) if selected else ""]
    for id in wanted:
        found = next((f for f in floors if f.id == id), None)
        if found:
            return found
    return floors[0] if floors else None


def _floors(home: Home, opened: Sequence[Mapping[str, Any]]) -> list[FloorKey]:
    out = []
    for spot in home.floors():
        new = [a for a in opened if a.get("floor") == spot.id and a["state"] == "new"]
        gravest = max((str(a["priority"]) for a in new), key=lambda p: plan.RANK[p], default="")
        out.append(FloorKey(spot.id, short_floor(spot.name), gravest))
    return out


def short_floor(name: str) -> str:
    """三楼 → 3, Floor 3 → 3, 3F → 3; else the name, cut."""
    numeral = chinese_number(name)
    if numeral is not None:
        return str(numeral)
    bare = name.removesuffix("楼").removesuffix("层").removeprefix("Floor ").removesuffix("F").strip()
    return (bare or name)[:4]


def devices_said(home: Home, now_us: int, w: Words) -> str:
    """设备 213 / 216 在线."""
    bands = [r.band for r in home.residents if r.band and r.departed_us is None]
    if not bands:
        return w("还没有登记手环")
    online = sum(b.blind_us(now_us) is None for b in bands)
    return w("手环 {n} / {all} 在线", n=w.figure(online), all=w.figure(len(bands)))


def quiet(home: Home, alarms: Sequence[Mapping[str, Any]], now_us: int, w: Words) -> str:
    """How we know that there is nothing: the last alarm and the devices that are heard."""
    last = max((parse(a["raised_at"]) for a in alarms), default=None)
    said = w("上一条 {t}，已处置。", t=w.when(last, now_us)) if last else w("本班还没有过报警。")
    return said + devices_said(home, now_us, w)
