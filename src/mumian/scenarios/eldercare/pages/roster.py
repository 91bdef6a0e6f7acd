"""The shift: who is on, what she is doing, and the shift's alarms on one time line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.clock import SECOND_US, parse
from mumian.scenarios.eldercare.pages.model import Home, Worker
from mumian.scenarios.eldercare.pages.words import ROLES, Words, local, midnight_us

HOUR_US = 3600 * SECOND_US
WIDTH = 676.0
NO_SHIFT_US = 12 * HOUR_US


@dataclass(frozen=True, slots=True)
class Person:
    """One of the shift, as `parts.person` shows her."""

    name: str
    role: str
    state: str
    where: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Blip:
    """An alarm on the time line, in pixels."""

    x: float
    priority: str
    state: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The time line of a shift in a 676 × 40 frame."""

    now_x: float
    hours: tuple[tuple[float, str, str], ...]
    halves: tuple[float, ...]
    blips: tuple[Blip, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on, since when and until when."""

    word: str
    people: tuple[Person, ...]
    more: int
    from_us: int
    until_us: int
    ribbon: Ribbon


def build(home: Home, alarms: Sequence[Mapping[str, Any]], now_us: int, w: Words, *, shown: int = 6) -> Shift:
    """The shift that is on now; without any in the register, the twelve hours from seven."""
    on = [d for d in home.duties if d.from_us <= now_us < d.until_us]
    start, end = _span(on, now_us)
    ids = dict.fromkeys(d.staff for d in on)
    workers = [home.workers[i] for i in ids if i in home.workers]
    people = [_person(p, home, alarms, w) for p in sorted(workers, key=_rank)]
    busy = sorted(people, key=lambda p: p.state != "busy")
    keep = {p.id for p in busy[:shown]}
    return Shift(
        _word(start, w), tuple(p for p in people if p.id in keep), max(0, len(people) - shown), start, end,
        _ribbon(start, end, alarms, now_us, w),
    )  # fmt: skip


def _span(on: Sequence[Any], now_us: int) -> tuple[int, int]:
    # A standing duty of weeks or years (a small home's only nurse) is no shift to draw hour by hour.
    turns = [d for d in on if d.until_us - d.from_us <= 2 * NO_SHIFT_US]
    if turns:
        by: dict[tuple[int, int], int] = {}
        for d in turns:
            by[d.from_us, d.until_us] = by.get((d.from_us, d.until_us), 0) + 1
        return max(by, key=lambda span: (by[span], span[0]))
    seven = midnight_us(now_us) + 7 * HOUR_US
    if now_us < seven:
        return seven - NO_SHIFT_US, seven
    return (
        (seven, seven + NO_SHIFT_US)
        if now_us < seven + NO_SHIFT_US
        else (seven + NO_SHIFT_US, seven + 2 * NO_SHIFT_US)
    )


def _word(start_us: int, w: Words) -> str:
    hour = local(start_us).hour
    return w("白班") if 5 <= hour < 13 else w("中班") if 13 <= hour < 18 else w("夜班")


def _rank(worker: Worker) -> tuple[int, str]:
    order = ("nurse", "caregiver", "director", "admin", "auditor")
    return order.index(worker.role) if worker.role in order else 9, worker.id


def _person(worker: Worker, home: Home, alarms: Sequence[Mapping[str, Any]], w: Words) -> Person:
    held = [a for a in alarms if a["state"] == "acknowledged" and a.get("owner") == worker.id]
    called = [a for a in alarms if a["state"] == "new" and _called_now(a, worker.id)]
    if called:
        return Person(worker.name, worker.role, "busy", w("被呼叫"), worker.id)
    if held:
        rooms = [r.name for a in held if (r := home.within(a.get("place"), "room"))]
        where = w("{room} 处理中", room=rooms[0]) if rooms else w("处理中")
        return Person(
            worker.name,
            worker.role,
            "free",
            where if len(held) == 1 else f"{where} +{len(held) - 1}",
            worker.id,
        )
    return Person(worker.name, worker.role, "free", w(ROLES[worker.role]), worker.id)


def _called_now(alarm: Mapping[str, Any], staff: str) -> bool:
    return any(p["to"] == staff and p["step"] == alarm.get("step") for p in alarm.get("pages") or [])


def _ribbon(start_us: int, end_us: int, alarms: Sequence[Mapping[str, Any]], now_us: int, w: Words) -> Ribbon:
    def x(us: int) -> float:
        return max(0.0, min(WIDTH, (us - start_us) / (end_us - start_us) * WIDTH))

    first = -(-start_us // HOUR_US) * HOUR_US
    stamps = list(range(first, end_us + 1, HOUR_US))
    hours = []
    for i, us in enumerate(stamps):
        if i % 2 == 0:
            anchor = "start" if x(us) < 16 else "end" if x(us) > WIDTH - 16 else "middle"
            hours.append((x(us), w.time(us), anchor))
    inside = [a for a in alarms if start_us <= parse(a["raised_at"]) <= end_us]
    blips = tuple(
        Blip(x(parse(a["raised_at"])) - 6.5, str(a["priority"]), str(a["state"])) for a in inside[:120]
    )
    return Ribbon(
        x(now_us), tuple(hours), tuple(x(us) for us in stamps[1::2]), blips,
        w("本班 {n} 条报警的时间", n=len(inside)),
    )  # fmt: skip
