"""The caregiver's phone: one call fills it; without a call it shows her tasks, her residents, and that all is heard.

Once she is on her way to somebody, what she holds stands first and further calls below it: a second tap of the same thumb
must never take a second alarm.

At most five cards; the rest is grouped with a count. Nothing here needs a second hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.clock import SECOND_US, parse
from mumian.core.scenario import Redirect, Visit
from mumian.scenarios.eldercare.pages import reads, roster, signal, spoken, stack, station, why
from mumian.scenarios.eldercare.pages import words as language
from mumian.scenarios.eldercare.pages.model import Home, Resident
from mumian.scenarios.eldercare.pages.words import ROLES, Words

CARDS = 5


@dataclass(frozen=True, slots=True)
class Ask:
    """How far the question to the wearer's band has come: ticks of one second."""

    done: int
    ticks: int
    said: str
    answer: str


@dataclass(frozen=True, slots=True)
class Call:
    """The alarm that this person is called to, as her phone shouts it."""

    row: stack.Row
    where: str
    ask: Ask | None
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    strip: signal.Strip | None
    left_us: int | None
    whole_s: int
    following: str
    page: str


@dataclass(frozen=True, slots=True)
class Group:
    """What does not fit into five cards."""

    priority: str
    word: str
    n: int
    rooms: str


def view(visit: Visit) -> Mapping[str, object]:
    """GET /eldercare/phone, and its fragment duty."""
    scope = reads.scope(visit)
    now_us = visit.clock.now_us()
    home = reads.home(visit.store, scope, now_us)
    alarms = reads.shift_alarms(visit.store, scope, now_us)
    staff = visit.principal.staff or ""
    return context(
        home, alarms, now_us, language.of(visit.lang), me=staff, called=reads.called(visit.store, staff),
        tasks=reads.tasks(visit.store, staff), signals=lambda alarm: reads.signals(visit.store, scope, alarm),
        chosen=visit.query.get("alarm", ""), listed=visit.query.get("show") == "list",
    )  # fmt: skip


def context(home: Home, alarms: Sequence[Mapping[str, Any]], now_us: int, w: Words, *, me: str,
            called: Sequence[str], tasks: Sequence[Mapping[str, Any]], signals: station.Signals,
            chosen: str = "", listed: bool = False) -> dict[str, object]:  # fmt: skip
    """What the phone shows. `called`: ids of alarms this person was paged for, newest first."""
    opened = [a for a in alarms if a["state"] != "resolved"]
    stacked = stack.build(opened, home, now_us, w, me=me)
    calling = _calling(stacked, called)
    mine = [r for g in stacked.groups for r in g.rows if r.mine]
    picked = stacked.by_id.get(chosen)
    ringing = (
        picked if picked and picked.state == "new" else None if mine or listed else next(iter(calling), None)
    )
    below = [] if ringing else calling
    skipped = {r.id for r in below} | ({ringing.id} if ringing else set())
    other = [r for g in stacked.groups for r in g.rows if not r.mine and r.id not in skipped]
    cards = (mine + other)[:CARDS]
    worker = home.workers.get(me)
    shift = roster.build(home, alarms, now_us, w)
    return {
        "name": worker.name if worker else "", "role": w(ROLES[worker.role]) if worker else "", "shift_word": shift.word,
        "call": call(ringing, home, signals, now_us, w) if ringing else None,
        "ringing": below, "others": len(mine) + len(other), "waiting": [r.page for r in calling if r.page],
        "mine": mine, "cards": cards, "groups": groups((mine + other)[CARDS:], w),
        "tasks": [task_line(t, home, now_us, w) for t in tasks[:CARDS]], "tasks_more": max(0, len(tasks) - CARDS),
        "residents": _residents(home, worker.floors if worker else (), now_us, w),
        "residents_n": len(home.residents), "quiet": station.quiet(home, alarms, now_us, w),
        "last_event": _heard(home, now_us, w),
    }  # fmt: skip


def _calling(stacked: stack.Stack, called: Sequence[str]) -> list[stack.Row]:
    """New alarms this person is called to: the gravest first, of equals the one that waits longest."""
    rows = [stacked.by_id[i] for i in called if i in stacked.by_id and stacked.by_id[i].state == "new"]
    return sorted(
        rows, key=lambda r: (("high", "medium", "low").index(r.priority), parse(r.alarm["raised_at"]))
    )


def call(row: stack.Row, home: Home, signals: station.Signals, now_us: int, w: Words) -> Call:
    """The field, what is known and not known, and the countdown to the next in line."""
    acceleration, heart = signals(row.alarm)
    told = why.explain(row, home, acceleration, heart, now_us, w)
    resident = home.people.get(str(row.alarm.get("person")))
    due = row.alarm.get("next_step")
    following = w(ROLES[stack.STEPS[due["step"]]]) if due else ""
    start = next((s.get("from_us") for s in row.steps if s["state"] == "now"), None)
    whole = max(1, round((row.left_us - start) / SECOND_US)) if row.left_us and start else 0
    return Call(
        row, where(resident, now_us, w), ask(row.alarm, now_us, w), told.known, told.unknown, told.strip, row.left_us,
        whole, following, row.page,
    )  # fmt: skip


def where(resident: Resident | None, now_us: int, w: Words) -> str:
    """靠窗床 · 84 岁: what tells her from the others in the room."""
    if resident is None:
        return ""
    return " · ".join(part for part in (resident.bed_name, w.years(resident.born, now_us)) if part)


def ask(alarm: Mapping[str, Any], now_us: int, w: Words) -> Ask | None:
    """手环振动确认 15 / 15 秒: the question to the wearer, and what came of it."""
    if "ask" not in (alarm.get("ladder") or []):
        return None
    at = why.moments(alarm)
    start = parse(alarm["raised_at"])
    whole = max(1, min(30, round(((at.ask_until_us or start + 15 * SECOND_US) - start) / SECOND_US)))
    done = max(0, min(whole, (now_us - start) // SECOND_US))
    answer = (
        str((alarm.get("evidence") or {}).get("ask", {}).get("answer") or "")
        if (alarm.get("evidence") or {}).get("ask")
        else ""
    )
    said = {"ok": w("答：没事"), "help": w("要帮忙")}.get(
        answer, w("没有应答") if done >= whole else w("等应答")
    )
    return Ask(int(done), whole, w("手环振动确认 {n} / {all} 秒", n=int(done), all=whole), said)


def groups(rows: Sequence[stack.Row], w: Words) -> list[Group]:
    """The rest by tier, with counts and the first rooms."""
    out = []
    for tier, (word, _) in language.TIERS.items():
        here = [r for r in rows if r.alarm["tier"] == tier]
        if here:
            rooms = list(dict.fromkeys(r.room for r in here if r.room))
            out.append(
                Group(
                    here[0].priority,
                    w(word),
                    len(here),
                    w("、").join(rooms[:4]) + ("…" if len(rooms) > 4 else ""),
                )
            )
    return out


def task_line(task: Mapping[str, Any], home: Home, now_us: int, w: Words) -> dict[str, object]:
    """A care task as a line: room, name, what, until when."""
    resident = home.people.get(str(task.get("person")))
    due = parse(task["due_at"]) if task.get("due_at") else None
    return {
        "id": task["id"], "text": spoken.task(task["text"], w), "room": resident.room_name if resident else "",
        "name": resident.name if resident else "", "due": w.when(due, now_us) if due else "",
        "late": due is not None and due < now_us,
    }  # fmt: skip


def _residents(home: Home, floors: Sequence[str], now_us: int, w: Words) -> list[dict[str, object]]:
    """Residents of her floors who need a look first: blind, band off, then by room."""
    here = [r for r in home.residents if r.departed_us is None and (not floors or r.floor in floors)]
    rank = {"blind": 0, "unworn": 1, "none": 2, "alive": 3}
    here.sort(key=lambda r: (rank[r.state(now_us)], r.room_name, r.bed_name))
    return [{"resident": r, "said": state_said(r, now_us, w), "state": r.state(now_us)} for r in here[:8]]


def state_said(r: Resident, now_us: int, w: Words) -> str:
    """What her band says of her, in words."""
    state = r.state(now_us)
    if state == "blind" and r.band:
        since = r.band.blind_us(now_us)
        return w("自 {t} 看不见", t=w.when(since, now_us)) if since else w("还没有来过数据")
    return {"alive": w("有数据"), "unworn": w("没戴"), "none": w("无手环")}[state]


def _heard(home: Home, now_us: int, w: Words) -> str:
    last = max((r.band.last_seen_us or 0 for r in home.residents if r.band), default=0)
    return w("最近一次数据 {t}", t=w.clock(last)) if last else w("还没有收到过数据")


def decline(visit: Visit) -> Redirect:
    """POST /eldercare/alarms/{id}/decline: she cannot go; the next in line is called at once."""
    reads.decline(visit, visit.params["id"])
    return Redirect("/eldercare/phone", language.of(visit.lang)("已转下一位"))


def task_done(visit: Visit) -> Redirect:
    """POST /eldercare/tasks/{id}/done."""
    reads.task_done(visit, visit.params["id"])
    return Redirect("/eldercare/phone", language.of(visit.lang)("记下了"))
