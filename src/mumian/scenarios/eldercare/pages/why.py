"""Why this alarm: five petals from what was seen to what it will prove, each two short lines, and the signal strip.

It invents nothing: a line stands only where the evidence holds it, and what is not known is said as not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.kernel.clock import SECOND_US, parse
from mumian.scenarios.eldercare.pages import signal, stack
from mumian.scenarios.eldercare.pages.model import Home
from mumian.scenarios.eldercare.pages.spoken import spoken
from mumian.scenarios.eldercare.pages.words import CHANNELS, DEVICES, RESOLUTIONS, ROLES, SAW, TIERS, Words

SIGNAL_KINDS = ("fall", "no_motion")


@dataclass(frozen=True, slots=True)
class Petal:
    """One of the five steps: number and at most three lines; the first is the one that counts."""

    n: int
    lines: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Where the score lies against its threshold, on a 170-pixel scale from 0 to 1."""

    value: str
    threshold: str
    value_x: float
    threshold_x: float


@dataclass(frozen=True, slots=True)
class Why:
    """All that the strip shows."""

    row: stack.Row
    title: str
    source: str
    petals: tuple[Petal, ...]
    score: Score | None
    strip: signal.Strip | None
    known: tuple[str, ...]
    unknown: tuple[str, ...]


def explain(
    row: stack.Row, home: Home, acceleration: signal.Points, heart: signal.Points, now_us: int, w: Words
) -> Why:
    """The five petals of one alarm. `acceleration` and `heart` are what the store still holds around the event."""
    alarm = row.alarm
    evidence = alarm.get("evidence") or {}
    strip = None
    if alarm["kind"] in SIGNAL_KINDS or acceleration:
        strip = signal.strip(acceleration, heart, moments(alarm), w)
    title = f"{row.room} {row.name} · {w.clock(row.event_us)}"
    source = _source(alarm, home, w)
    petals = (
        Petal(2, _understand(alarm, evidence, w)), Petal(3, _decide(alarm, evidence, home, now_us, w)),
        Petal(4, _act(alarm, row, home, w)), Petal(5, _prove(alarm, w), str(evidence.get("wave") or "")),
    )  # fmt: skip
    return Why(
        row, title, source, petals, _score(evidence), strip, _known(alarm, heart, w), _unknown(alarm, w)
    )


def moments(alarm: Mapping[str, Any]) -> signal.Moments:
    """The instants of an alarm that the strip draws."""
    evidence = alarm.get("evidence") or {}
    detail = evidence.get("detail") or {}
    decided = _time(evidence.get("decided_at"))
    ask = evidence.get("ask") or {}
    pages = sorted(parse(p["at"]) for p in alarm.get("pages") or [])
    asked = "ask" in (alarm.get("ladder") or [])
    wait = alarm.get("next_step") if alarm.get("step") == 0 else None
    until = (_time(wait["due_at"]) if wait else pages[0] if pages else None) if asked else None
    peak = detail.get("peak_mps2") or evidence.get("peak_mps2")
    still = detail.get("still_s") or evidence.get("still_s")
    return signal.Moments(
        _time(detail.get("impact_at") or evidence.get("impact_at")) or parse(alarm["event_time"]), decided, until,
        _time(ask.get("at")), ask.get("answer"), pages[0] if pages else None,
        float(peak) if peak else None, float(still) if still else None,
    )  # fmt: skip


def _time(value: object) -> int | None:
    return parse(value) if value else None


def _source(alarm: Mapping[str, Any], home: Home, w: Words) -> str:
    resident = home.people.get(str(alarm.get("person")))
    device = str(alarm.get("device") or "")
    if not device:
        return w("人工上报，没有设备数据")
    band = resident.band if resident else None
    kind = w(DEVICES[band.kind]) if band and band.device == device else w("设备")
    return f"{kind} {device}"


def _understand(alarm: Mapping[str, Any], evidence: Mapping[str, Any], w: Words) -> tuple[str, ...]:
    model = str(evidence.get("model") or "")
    if alarm.get("device") is None:
        return w("没有设备看见：计为漏报"), ""
    said = w.reason(alarm["reason"]) if evidence.get("score") is None or alarm["kind"] != "fall" else ""
    return (said, w("模型 {name}", name=model.replace("@", " ")) if model else "")


def _score(evidence: Mapping[str, Any]) -> Score | None:
    score, threshold = evidence.get("score"), evidence.get("threshold")
    if score is None or threshold is None or not (0 <= score <= 1 and 0 < threshold <= 1):
        return None
    return Score(f"{score:.2f}", f"{threshold:.2f}", 1 + 168 * score, 1 + 168 * threshold)


def _decide(
    alarm: Mapping[str, Any], evidence: Mapping[str, Any], home: Home, now_us: int, w: Words
) -> tuple[str, ...]:
    seen = evidence.get("corroboration") or []
    first = ""
    if "ask" in (alarm.get("ladder") or []):
        answer = (evidence.get("ask") or {}).get("answer")
        first = {"ok": w("问过：没事"), "help": w("问过：要帮忙")}.get(
            str(answer or ""), w("手环问过，还没有应答")
        )
    if seen:
        also = w("{t} {device} {saw}", t=w.when(parse(seen[-1]["at"]), now_us), device=seen[-1].get("device", ""),
                 saw=w(SAW.get(str(seen[-1].get("saw")), str(seen[-1].get("saw", "")))))  # fmt: skip
        first = f"{first}{w('；')}{also}" if first else also
    resident = home.people.get(str(alarm.get("person")))
    level = w("护理 {n} 级", n=resident.care_level) + " → " if resident else ""
    rule = str(evidence.get("rule") or "")
    tier = w(TIERS[alarm["tier"]][0])
    second = f"{level}{tier}" + (f" · {w('规则')} {rule}" if rule else "")
    return first, second


def _act(alarm: Mapping[str, Any], row: stack.Row, home: Home, w: Words) -> tuple[str, ...]:
    if row.trouble:
        return row.trouble, _next(alarm, w)
    if alarm["state"] in ("acknowledged", "resolved"):
        return tuple(_closing(alarm, row, home, w))
    pages = alarm.get("pages") or []
    if pages:
        last = pages[-1]
        who = home.workers.get(last["to"])
        done = w("已响") if last["outcome"] == "delivered" else w("已发，等确认")
        channel = w(CHANNELS.get(last["channel"], last["channel"]))
        return f"{w.clock(parse(last['at']))} {who.name if who else last['to']} {channel}{done}", _next(
            alarm, w
        )
    if not alarm.get("ladder"):
        return w("不叫人：巡查时顺路看"), ""
    return (w("正在问本人") if alarm.get("step") == 0 else w("还没有人可叫"), _next(alarm, w))


def _closing(alarm: Mapping[str, Any], row: stack.Row, home: Home, w: Words) -> Sequence[str]:
    out = []
    for t in (alarm.get("transitions") or [])[-3:]:
        if t["to"] not in ("acknowledged", "resolved"):
            continue
        who = home.workers.get(t["by"])
        did = (
            w("认领")
            if t["from"] != "acknowledged"
            else w("转手")
            if t["to"] == "acknowledged"
            else w("了结")
        )
        note = f"{w('：')}{spoken(t['note'], w)}" if t.get("note") else ""
        out.append(f"{w.clock(parse(t['at']))} {who.name if who else t['by']} {did}{note}")
    return out[-2:] or [w("{name} 在处理", name=row.owner)]


def _next(alarm: Mapping[str, Any], w: Words) -> str:
    due = alarm.get("next_step")
    if not due:
        return ""
    return w("{t} 转{role}", t=w.clock(parse(due["due_at"])), role=w(ROLES[stack.STEPS[due["step"]]]))


def _prove(alarm: Mapping[str, Any], w: Words) -> tuple[str, ...]:
    record = w("记录 {id}", id=str(alarm["id"]))
    if alarm["state"] == "resolved":
        verdict = w(RESOLUTIONS[alarm["resolution"]])
        return record, w("了结为“{verdict}”，已计入指标", verdict=verdict)
    return record, w("了结时选真、误或测试，计入召回与误报")


def _known(alarm: Mapping[str, Any], heart: signal.Points, w: Words) -> tuple[str, ...]:
    """What is measured, for whoever runs there."""
    out = []
    event_us = parse(alarm["event_time"])
    before = [v for t, v in heart if t < event_us]
    after = [v for t, v in heart if t >= event_us]
    if after:
        usual = w("，之前 {n}", n=round(sum(before) / len(before))) if before else ""
        out.append(w("心率 {n}", n=round(after[-1])) + usual)
    detail = (alarm.get("evidence") or {}).get("detail") or {}
    if detail.get("still_s"):
        out.append(w("之后 {s} 秒没有移动", s=round(float(detail["still_s"]))))
    seen = (alarm.get("evidence") or {}).get("corroboration") or []
    out += [
        w(
            "{device}：{saw}",
            device=s.get("device", ""),
            saw=w(SAW.get(str(s.get("saw")), str(s.get("saw", "")))),
        )
        for s in seen[-1:]
    ]
    return tuple(out)


def _unknown(alarm: Mapping[str, Any], w: Words) -> tuple[str, ...]:
    """What no sensor can tell, said so that nobody reads silence as good news."""
    if alarm["kind"] in ("fall", "reported_fall"):
        return (w("是否受伤，是否撞到头"),)
    if alarm["kind"] in ("sos", "call"):
        return (w("为什么求助"),)
    if alarm["kind"] in ("blind", "not_worn", "low_battery"):
        return (w("现在好不好"),)
    return (w("读数是不是准：先当面看一眼"),)


def window_us(alarm: Mapping[str, Any]) -> tuple[int, int]:
    """What to read around an alarm: a minute before the event to 25 s after it."""
    at = moments(alarm).impact_us
    return at - 60 * SECOND_US, at + 25 * SECOND_US
