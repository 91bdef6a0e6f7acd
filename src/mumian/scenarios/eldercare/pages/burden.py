"""Alarm burden: how often staff are called for nothing, how long an alarm waits, which device is the nuisance.

One origin at a time: replayed alarms never water down the field's. Every figure stands with its bound and its n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.prove import Estimate, quantile, rate
from mumian.core.scenario import Visit
from mumian.scenarios.eldercare.pages import reads
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.words import KINDS, ORIGINS, TIERS, Words, local

PERIODS = {"1": "24 小时", "7": "7 天", "30": "30 天", "90": "90 天"}
REFIRE_US = 600 * SECOND_US
P50_GOAL_S, P95_GOAL_S = 60, 180
TOP = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the day: how many alarms, how many of them false, in pixels of a 560 × 120 frame."""

    x: float
    w: float
    y: float
    h: float
    false_y: float
    false_h: float
    hour: int
    said: str


@dataclass(frozen=True, slots=True)
class Nuisance:
    """A device with its false alarms."""

    device: str
    who: str
    person: str | None
    total: int
    false: int
    kinds: str
    share: float


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier's alarms by outcome."""

    priority: str
    word: str
    total: int
    true: int
    false: int
    test: int
    open: int
    p50: str
    p95: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure: value, unit, bound, n, goal; `holds` tells whether its bound keeps the goal (None: no goal, or no bound)."""

    name: str
    value: str
    unit: str
    bound: str
    n: str
    goal: str
    holds: bool | None


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/burden?days=&origin=."""
    scope = reads.scope(visit)
    now_us, w = visit.clock.now_us(), language.of(visit.lang)
    days = visit.query.get("days", "7") if visit.query.get("days", "7") in PERIODS else "7"
    from_us = now_us - int(days) * DAY_US
    home = reads.home(visit.store, scope, now_us)
    return context(
        reads.alarms_since(visit.store, scope, from_us, now_us), reads.exposure_s(visit.store, scope, from_us, now_us),
        {r.id: f"{r.room_name} {r.name}" for r in home.residents}, days, visit.query.get("origin", ""), now_us, w,
    )  # fmt: skip


def context(alarms: Sequence[Mapping[str, Any]], exposure: Mapping[str, float], people: Mapping[str, str], days: str,
            origin: str, now_us: int, w: Words) -> dict[str, object]:  # fmt: skip
    """All figures of one period and one origin. `exposure`: origin → seconds of residents' data."""
    counts = {o: sum(a["origin"] == o for a in alarms) for o in ORIGINS}
    shown = origin if origin in ORIGINS else next((o for o in ORIGINS if counts[o]), "field")
    mine = [a for a in alarms if a["origin"] == shown]
    resident_days = exposure.get(shown, 0.0) / 86_400
    return {
        "days": days, "periods": [(code, w(word)) for code, word in PERIODS.items()], "origin": shown,
        "origins": [(o, w(word), counts[o]) for o, word in ORIGINS.items()], "n": len(mine),
        "from_said": w.when(now_us - int(days) * DAY_US, now_us), "facts": facts(mine, resident_days, now_us, w),
        "bars": bars(mine, w), "tiers": tiers(mine, w), "nuisances": nuisances(mine, people, w),
        "most": max((sum(local(a["raised_us"]).hour == h for a in mine) for h in range(24)), default=0),
    }  # fmt: skip


def facts(alarms: Sequence[Mapping[str, Any]], resident_days: float, now_us: int, w: Words) -> list[Fact]:
    """False alarms per resident-day, time to acknowledge, re-fire rate."""
    false = sum(a["resolution"] == "false" for a in alarms)
    per_day = rate(false, resident_days)
    waits = waits_s(alarms, now_us)
    again = refired(alarms)
    share = f"{100 * again / len(alarms):.0f}" if alarms else ""
    return [
        Fact(w("每位老人每天误报"), _figure(per_day.value, 2, w), "", _upper(per_day, 2, "", w),
             w("{k} 次 / {n} 人日", k=false, n=w.figure(resident_days, 1)), w("目标 ≤ {n}", n=1), _holds(per_day, 1)),
        _wait(w("接警时间 中位"), quantile(waits, 0.5, P50_GOAL_S), P50_GOAL_S, w),
        _wait(w("接警时间 95 %"), quantile(waits, 0.95, P95_GOAL_S), P95_GOAL_S, w),
        Fact(w("十分钟内又响"), share, "%" if share else "", w("{k} 次", k=again) if share else w("没有报警"),
             w("n = {n}", n=len(alarms)), "", None),
    ]  # fmt: skip


def waits_s(alarms: Sequence[Mapping[str, Any]], now_us: int) -> list[float]:
    """Seconds to the first acknowledgement; who is still unanswered after the p95 goal counts with the time so far."""
    out = []
    for a in alarms:
        if a["kind"] == "reported_fall" or a["state"] == "returned":
            continue
        if a["acknowledged_us"] is not None:
            out.append((a["acknowledged_us"] - a["raised_us"]) / SECOND_US)
        elif now_us - a["raised_us"] > P95_GOAL_S * SECOND_US:
            out.append((now_us - a["raised_us"]) / SECOND_US)
    return out


def refired(alarms: Sequence[Mapping[str, Any]]) -> int:
    """Alarms that came again from the same device and kind within ten minutes, or rang anew after shelving."""
    last: dict[tuple[str, str], int] = {}
    again = 0
    for a in sorted(alarms, key=lambda a: a["raised_us"]):
        key = (str(a["device"] or a["person"]), a["kind"])
        again += (key in last and a["raised_us"] - last[key] < REFIRE_US) or bool(a["round"])
        last[key] = a["raised_us"]
    return again


def _wait(name: str, found: Estimate, goal: int, w: Words) -> Fact:
    value = w.span(found.value) if found.value is not None else "—"
    bound = w("上限 {t}", t=w.span(found.upper)) if found.upper is not None else w("样本太少，没有上限")
    return Fact(
        name,
        value,
        "",
        bound,
        w("n = {n}", n=w.figure(found.n)),
        w("目标 ≤ {t}", t=w.span(goal)),
        _holds(found, goal),
    )


def _figure(value: float | None, digits: int, w: Words) -> str:
    return "—" if value is None else w.figure(value, digits)


def _upper(found: Estimate, digits: int, unit: str, w: Words) -> str:
    return (
        w("上限 {t}", t=w.figure(found.upper, digits) + unit) if found.upper is not None else w("还没有数据")
    )


def _holds(found: Estimate, goal: float) -> bool | None:
    return None if found.upper is None else found.upper <= goal


def bars(alarms: Sequence[Mapping[str, Any]], w: Words) -> list[Bar]:
    """Alarms by hour of the day; the false part is drawn hollow."""
    total, false = [0] * 24, [0] * 24
    for a in alarms:
        hour = local(a["raised_us"]).hour
        total[hour] += 1
        false[hour] += a["resolution"] == "false"
    most = max(total) or 1
    step = 520 / 24
    out = []
    for hour in range(24):
        h, fh = 84 * total[hour] / most, 84 * false[hour] / most
        said = w("{h} 时：{n} 条，误报 {f}", h=hour, n=total[hour], f=false[hour])
        out.append(Bar(34 + hour * step + 2, step - 4, 94 - h, h, 94 - h, fh, hour, said))
    return out


def tiers(alarms: Sequence[Mapping[str, Any]], w: Words) -> list[Tier]:
    """Outcomes and waiting by tier."""
    out = []
    for tier, (word, _) in TIERS.items():
        here = [a for a in alarms if a["tier"] == tier]
        waits = sorted(
            (a["acknowledged_us"] - a["raised_us"]) / SECOND_US
            for a in here
            if a["acknowledged_us"] is not None
        )
        by = {r: sum(a["resolution"] == r for a in here) for r in ("true", "false", "test")}
        priority = {"intervene": "high", "warn": "medium", "assist": "low"}[tier]
        p95 = waits[min(len(waits) - 1, int(len(waits) * 0.95))] if waits else None
        out.append(Tier(
            priority, w(word), len(here), by["true"], by["false"], by["test"], len(here) - sum(by.values()),
            w.span(waits[len(waits) // 2]) if waits else "—", w.span(p95) if p95 is not None else "—",
        ))  # fmt: skip
    return out


def nuisances(alarms: Sequence[Mapping[str, Any]], people: Mapping[str, str], w: Words) -> list[Nuisance]:
    """The devices with most false alarms."""
    by: dict[str, list[Mapping[str, Any]]] = {}
    for a in alarms:
        if a["device"]:
            by.setdefault(str(a["device"]), []).append(a)
    worst = sorted(
        by.items(), key=lambda kv: (-sum(a["resolution"] == "false" for a in kv[1]), -len(kv[1]), kv[0])
    )[:TOP]
    most = max((sum(a["resolution"] == "false" for a in here) for _, here in worst), default=0) or 1
    out = []
    for device, here in worst:
        false = [a for a in here if a["resolution"] == "false"]
        if not false:
            continue
        person = here[-1]["person"]
        kinds = dict.fromkeys(w(KINDS.get(a["kind"], a["kind"])) for a in false)
        out.append(Nuisance(
            device, people.get(str(person), ""), str(person) if str(person) in people else None, len(here), len(false),
            w("、").join(kinds), len(false) / most,
        ))  # fmt: skip
    return out
