"""From finding to alarm: one alarm a finding, no second one while a condition is still open, gone conditions return.

A scenario supplies `judge`, a pure function; the rest is the same in every house.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.core.decide import rows, writer
from mumian.core.decide.ladder import Ladder
from mumian.core.decide.policy import Rule, tier
from mumian.core.kernel.clock import SECOND_US, iso_us
from mumian.core.store import events
from mumian.core.understand.steps import Finding

SAME_EVENT_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class Situation:
    """What decide knows about the place and person of a finding, besides the finding itself."""

    person: str | None
    person_name: str
    place: str | None
    place_name: str
    floor: str | None
    care_level: int
    hour: int  # local, 0–23
    origin: str
    can_ask: bool  # the device can vibrate and take an answer

    def facts(self, finding: Finding) -> dict[str, Any]:
        """What a rule's CEL expression may name."""
        return {
            "care_level": self.care_level,
            "hour": self.hour,
            "quiet": self.hour >= 22 or self.hour < 6,
            "assigned": self.person is not None,
            "score": float(finding.score or 0.0),
            "threshold": float(finding.threshold or 0.0),
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, its situation and the rule that speaks about it."""

    finding: Finding
    situation: Situation
    rule: Rule | None


Once = Callable[[Finding], bool]


def apply(
    cur: Any, judged: Sequence[Judged], seconds: tuple[float, ...], now_us: int, every_one: frozenset[str]
) -> None:
    """Raise, merge or return alarms for findings, in the caller's transaction; journals each finding with its alarm.

    every_one: kinds of which each occurrence is its own alarm ("sos"); of all others one alarm is open at a time.
    """
    for one in judged:
        alarm, why = _apply_one(cur, one, seconds, now_us, every_one)
        _journal(cur, one, alarm, why, now_us)


def _apply_one(cur: Any, one: Judged, seconds: tuple[float, ...], now_us: int,
               every_one: frozenset[str]) -> tuple[str | None, str | None]:  # fmt: skip
    finding = one.finding
    held = None if finding.kind in every_one else rows.open_alarm(cur, finding.device, finding.kind)
    if not finding.holds:
        if held and held["state"] == "new":
            writer.move(cur, held, "clear", "system", now_us, "condition is gone")
        if held and held["state"] == "shelved":
            rows.update(cur, held["id"], evidence={**held["evidence"], "gone_us": now_us})
        return (held["id"] if held else None), "gone"
    if held and _same(held, finding):
        if "gone_us" in held["evidence"]:
            rows.update(
                cur, held["id"], evidence={k: v for k, v in held["evidence"].items() if k != "gone_us"}
            )
        if held["state"] == "returned":
            again = writer.move(cur, held, "recur", "system", now_us, round=held["round"] + 1)
            writer.climb(cur, again, Ladder(tuple(again["ladder"]), seconds).first(), seconds, now_us)
        return held["id"], "open already"
    return _raise(cur, one, seconds, now_us)


def _same(held: Mapping[str, Any], finding: Finding) -> bool:
    """Whether the open alarm is about the same thing: conditions always, falls when less than a minute apart."""
    return finding.kind != "fall" or abs(held["event_us"] - finding.event_us) < SAME_EVENT_US


def _raise(cur: Any, one: Judged, seconds: tuple[float, ...], now_us: int) -> tuple[str | None, str | None]:
    if one.rule is None:
        return None, "no rule speaks about it"
    given = tier(one.rule, one.situation.facts(one.finding))
    if not given:
        return None, f"rule {one.rule.name} asks for none"
    alarm = writer.raise_alarm(cur, wish(one, given), seconds, now_us)
    return alarm, None if alarm else "raised before"


def wish(one: Judged, given: str) -> writer.Wish:
    """The alarm that a judged finding asks for."""
    finding, at, rule = one.finding, one.situation, one.rule
    assert rule is not None
    ladder = tuple(role for role in rule.ladder if role != "ask" or at.can_ask) if rule.climbs(given) else ()
    words = {**finding.detail, "score": finding.score or 0.0, "threshold": finding.threshold or 0.0}
    return writer.Wish(
        finding=finding.id, kind=finding.kind, person=at.person, place=at.place, floor=at.floor, device=finding.device,
        tier=given, event_us=finding.event_us, reason=_reason(rule, words, told=finding.score is None),
        evidence=evidence(finding, rule), origin=at.origin, ladder=ladder,
    )  # fmt: skip


def _reason(rule: Rule, words: Mapping[str, Any], *, told: bool) -> dict[str, str]:
    zh, en = (rule.zh_told or rule.zh, rule.en_told or rule.en) if told else (rule.zh, rule.en)
    return {"zh": zh.format(**words), "en": en.format(**words)}


def evidence(finding: Finding, rule: Rule) -> dict[str, Any]:
    """What the strip "why this alarm" shows, and what an auditor follows back."""
    return {
        "finding": finding.id, "device": finding.device, "score": finding.score, "threshold": finding.threshold,
        "model": finding.model, "rule": rule.name, "event_at": iso_us(finding.event_us),
        "decided_at": iso_us(finding.decided_us), "detail": dict(finding.detail), "wave": None, "ask": None,
        "corroboration": [],
    }  # fmt: skip


def _journal(cur: Any, one: Judged, alarm: str | None, why: str | None, now_us: int) -> None:
    finding = one.finding
    body = {
        "finding": finding.id, "device": finding.device, "person": one.situation.person, "kind": finding.kind,
        "holds": finding.holds, "score": finding.score, "threshold": finding.threshold, "model": finding.model,
        "event_us": finding.event_us, "decided_us": finding.decided_us, "alarm": alarm, "why_no_alarm": why,
        "demanded": finding.holds and why != "open already" and not (why or "").startswith(("rule ", "no rule")),
    }  # fmt: skip
    events.append(cur, "finding", now_us, one.situation.origin, finding.device, body)
