"""The alarm stack: open alarms by tier, each with place, person, what, why, age, ladder, owner and what can be done.

Pure over the API's alarm JSON. Nothing vanishes unclaimed, and the newest unclaimed alarm stands on top of its tier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mumian.core.kernel.clock import SECOND_US, parse
from mumian.scenarios.eldercare.pages.model import Home
from mumian.scenarios.eldercare.pages.spoken import spoken
from mumian.scenarios.eldercare.pages.words import CHANNELS, KINDS, ROLES, SAW, STATES, TIERS, Words

Alarm = Mapping[str, Any]
PRIORITIES = {"intervene": "high", "warn": "medium", "assist": "low"}
OWN_WORDS = (
    "fall",
    "sos",
    "call",
    "reported_fall",
    "blind",
)  # kinds whose title is ours; others say their reading
STEPS = ("ask", "caregiver", "nurse", "director")
BAD = ("unconfirmed", "failed", "retrying")


@dataclass(frozen=True, slots=True)
class Row:
    """One alarm as a person reads it."""

    alarm: Alarm
    room: str
    name: str
    what: str
    why: str
    owner: str
    steps: Sequence[Mapping[str, Any]]
    waits: str
    left_us: int | None
    trouble: str
    event_us: int
    mine: bool
    since: str = ""
    page: str = ""

    @property
    def id(self) -> str:
        """The alarm's id."""
        return str(self.alarm["id"])

    @property
    def state(self) -> str:
        """new, acknowledged, returned, shelved or resolved."""
        return str(self.alarm["state"])

    @property
    def priority(self) -> str:
        """high, medium or low."""
        return str(self.alarm["priority"])


@dataclass(frozen=True, slots=True)
class Group:
    """A tier with its rows, gravest first."""

    tier: str
    priority: str
    word: str
    asks: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """All groups, the number nobody has claimed, and the row that is looked at."""

    groups: tuple[Group, ...]
    unclaimed: int
    selected: Row | None
    total: int = 0
    by_id: Mapping[str, Row] = field(default_factory=dict)


def build(alarms: Sequence[Alarm], home: Home, now_us: int, w: Words, *, me: str | None = None,
          chosen: str = "") -> Stack:  # fmt: skip
    """Open alarms (with their pages) as a stack; `chosen` is the id that is looked at, else the gravest unclaimed."""
    rows = [row(alarm, home, now_us, w, me) for alarm in alarms if alarm["state"] != "resolved"]
    rows.sort(key=_place)
    groups = tuple(
        Group(tier, PRIORITIES[tier], w(word), w(asks), tuple(r for r in rows if r.alarm["tier"] == tier))
        for tier, (word, asks) in TIERS.items()
    )
    by_id = {r.id: r for r in rows}
    in_order = [r for group in groups for r in group.rows]
    selected = by_id.get(chosen) or next(
        (r for r in in_order if r.state == "new"), in_order[0] if in_order else None
    )
    unclaimed = sum(r.state in ("new", "returned") for r in rows)
    return Stack(tuple(g for g in groups if g.rows), unclaimed, selected, len(rows), by_id)


def _place(row: Row) -> tuple[int, int]:
    order = ("new", "returned", "acknowledged", "shelved").index(row.state)
    return order, -parse(row.alarm["raised_at"])


def row(alarm: Alarm, home: Home, now_us: int, w: Words, me: str | None = None) -> Row:
    """One alarm's row."""
    resident = home.people.get(str(alarm.get("person")))
    room = home.within(alarm.get("place"), "room")
    spot = home.by_id.get(str(alarm.get("place") or ""))
    place = (
        resident.room_name
        if resident and resident.room_name
        else room.name
        if room
        else spot.name
        if spot
        else ""
    )
    name = resident.name if resident else str(alarm.get("device") or "")
    owner = _worker(home, alarm.get("owner"))
    steps = ladder(alarm, home, w)
    waits, left_us = _waits(alarm, steps, now_us, w)
    because = why(alarm, now_us, w)
    if not because and resident:
        because = w("{bed} 床 · 护理 {n} 级", bed=resident.bed_name, n=resident.care_level)
    return Row(
        alarm, place, name, what(alarm, w), because, owner, steps, waits, left_us,
        trouble(alarm, home, w, me or ""), parse(alarm["event_time"]), bool(me) and alarm.get("owner") == me,
        since(alarm, w), _page_to(alarm, me),
    )  # fmt: skip


def _worker(home: Home, staff: object) -> str:
    found = home.workers.get(str(staff or ""))
    return found.name if found else str(staff or "")


def what(alarm: Alarm, w: Words) -> str:
    """What happened, in the fewest words."""
    if alarm["kind"] in OWN_WORDS:
        return w(KINDS[alarm["kind"]])
    return w.reason(alarm["reason"]) or w(KINDS.get(str(alarm["kind"]), str(alarm["kind"])))


def _page_to(alarm: Alarm, me: str | None) -> str:
    """The page that waits for this reader's receipt: showing it to her is what confirms it."""
    if not me or alarm["state"] != "new":
        return ""
    mine = [p for p in alarm.get("pages") or [] if p["to"] == me and p["channel"] == "browser"]
    return str(mine[-1].get("page") or "") if mine else ""


def since(alarm: Alarm, w: Words) -> str:
    """What the age counts from."""
    if alarm["state"] in ("acknowledged", "shelved", "returned"):
        return w(STATES[alarm["state"]])
    return w({"fall": "自冲击", "blind": "失联", "not_worn": "没戴"}.get(alarm["kind"], "等待"))


def why(alarm: Alarm, now_us: int, w: Words) -> str:
    """Why in one line: what the sensors say, what the wearer answered, who corroborates."""
    evidence = alarm.get("evidence") or {}
    said: list[str] = []
    if alarm["kind"] == "fall":
        said += _fall(evidence, w)
    elif alarm["kind"] == "blind":
        said.append(w("自 {t} 没有数据", t=w.when(parse(alarm["event_time"]), now_us)))
    elif alarm["kind"] == "reported_fall" or evidence.get("missed"):
        said.append(w.reason(alarm["reason"]))
    elif alarm["kind"] in OWN_WORDS:
        said.append(w("{t} 按下", t=w.when(parse(alarm["event_time"]), now_us)))
    for seen in (evidence.get("corroboration") or [])[-1:]:
        said.append(
            w(
                "{device}：{saw}",
                device=seen.get("device", ""),
                saw=w(SAW.get(str(seen.get("saw")), str(seen.get("saw", "")))),
            )
        )
    if alarm["state"] == "shelved" and (note := _last_note(alarm)):
        said = [w("原因：{note}", note=spoken(note, w))]
    return " · ".join(s for s in said if s)


def _fall(evidence: Mapping[str, Any], w: Words) -> list[str]:
    said = []
    still = (evidence.get("detail") or {}).get("still_s") or evidence.get("still_s")
    if still:
        said.append(w("不动 {s} 秒", s=round(float(still))))
    elif evidence.get("score") is not None:
        said.append(w("像跌倒 {score}，阈值 {threshold}", score=f"{evidence['score']:.2f}",
                      threshold=f"{evidence.get('threshold') or 0:.2f}"))  # fmt: skip
    answer = (evidence.get("ask") or {}).get("answer")
    if answer:
        said.append({"ok": w("答：没事"), "help": w("要帮忙")}.get(str(answer), str(answer)))
    return said


def _last_note(alarm: Alarm) -> str:
    notes = [t.get("note") for t in alarm.get("transitions") or [] if t.get("note")]
    return str(notes[-1]) if notes else ""


def ladder(alarm: Alarm, home: Home, w: Words) -> list[dict[str, Any]]:
    """The steps of the ladder for `parts.ladder`: who was asked, who is asked now and until when, who is next."""
    roles = list(alarm.get("ladder") or [])
    if not roles or alarm["state"] != "new":
        return []
    now_step, due = int(alarm.get("step") or 0), alarm.get("next_step")
    out = []
    for role in roles:
        number = STEPS.index(role)
        state = "done" if number < now_step else "now" if number == now_step else "next"
        step: dict[str, Any] = {"name": _asked(alarm, number, role, home, w), "state": state, "role": role}
        if state == "now" and due:
            step |= {"from_us": _asked_us(alarm, number), "due_us": parse(due["due_at"])}
        out.append(step)
    return out


def _asked(alarm: Alarm, number: int, role: str, home: Home, w: Words) -> str:
    pages = [p for p in alarm.get("pages") or [] if p["step"] == number]
    names = list(dict.fromkeys(_worker(home, p["to"]) for p in pages))
    if not names:
        return w(ROLES[role])
    return names[0] if len(names) == 1 else w("{name} 等 {n} 人", name=names[0], n=len(names))


def _asked_us(alarm: Alarm, number: int) -> int:
    """When the present step was asked: its first page, else when the alarm last became new."""
    pages = [parse(p["at"]) for p in alarm.get("pages") or [] if p["step"] == number]
    became = [parse(t["at"]) for t in alarm.get("transitions") or [] if t["to"] == "new"]
    return min(pages) if pages else (became[-1] if became else parse(alarm["raised_at"]))


def _waits(alarm: Alarm, steps: Sequence[Mapping[str, Any]], now_us: int, w: Words) -> tuple[str, int | None]:
    now = next((s for s in steps if s["state"] == "now"), None)
    if now is None:
        return "", None
    if "due_us" not in now:
        return w("{name}已叫，无下一级", name=now["name"]), None
    return w("{name}还剩", name=now["name"]), int(now["due_us"])


def trouble(alarm: Alarm, home: Home, w: Words, me: str = "") -> str:
    """A channel that did not confirm, said in words; empty while all is well, and for the one whose own channel it is."""
    pages = alarm.get("pages") or []
    if alarm["state"] != "new" or not pages:
        return ""
    last = max(p["step"] for p in pages)
    here = [p for p in pages if p["step"] == last]
    if any(p["outcome"] == "delivered" for p in here):
        return ""
    bad = [p for p in here if p["outcome"] in BAD]
    if not bad:
        return ""
    if me and bad[-1]["to"] == me:
        return ""
    channel = w(CHANNELS.get(bad[-1]["channel"], bad[-1]["channel"]))
    following = [p for p in here if p["outcome"] not in BAD]
    name = _worker(home, bad[-1]["to"])
    if following:
        to = w(CHANNELS.get(following[-1]["channel"], following[-1]["channel"]))
        return w("{name}的{channel}没确认，已转{to}", name=name, channel=channel, to=to)
    return w("{name}的{channel}没确认，没有别的通道：请打电话或当面去找", name=name, channel=channel)


@dataclass(frozen=True, slots=True)
class Done:
    """What this shift has closed."""

    total: int
    true: int
    false: int
    test: int
    median_s: float | None


def done(alarms: Sequence[Alarm], since_us: int) -> Done:
    """Counts and the median time to the first acknowledgement of alarms raised since `since_us`."""
    closed = [a for a in alarms if a["state"] == "resolved" and parse(a["raised_at"]) >= since_us]
    waits = sorted(s for a in alarms if parse(a["raised_at"]) >= since_us and (s := waited_s(a)) is not None)
    by = {r: sum(a["resolution"] == r for a in closed) for r in ("true", "false", "test")}
    return Done(len(closed), by["true"], by["false"], by["test"], waits[len(waits) // 2] if waits else None)


def waited_s(alarm: Alarm) -> float | None:
    """Seconds from raising to the first acknowledgement; None while nobody has."""
    first = next((t for t in alarm.get("transitions") or [] if t["to"] == "acknowledged"), None)
    return (parse(first["at"]) - parse(alarm["raised_at"])) / SECOND_US if first else None
