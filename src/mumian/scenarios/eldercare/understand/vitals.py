"""Vital signs, battery, wearing: pure steps over one device's state.

A reading counts only when the band says it is worn; a single outlier is not a finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mumian.core.kernel.clock import SECOND_US
from mumian.core.observe.records import Observation, Record
from mumian.core.understand.steps import Finding
from mumian.scenarios.eldercare.domain import (
    BATTERY_FINE_PERCENT,
    BATTERY_LOW_PERCENT,
    NOT_WORN_S,
    VITAL_LIMITS,
    VitalLimit,
)

MODEL = "news2-red@1"


@dataclass(frozen=True, slots=True)
class VitalState:
    """Of one device: readings outside in a row, and what holds now, by finding kind."""

    outside: Mapping[str, int]
    holding: frozenset[str]
    newest_us: int = 0
    unworn_since_us: int | None = None


EMPTY = VitalState({}, frozenset())


class Vitals:
    """NEWS2's single red scores with hysteresis; battery and wearing beside them."""

    name = "vitals"
    takes: tuple[type, ...] = (Observation,)
    memory_s = 0.0

    def step(
        self, states: Mapping[str, VitalState], records: Sequence[Record]
    ) -> tuple[dict[str, VitalState], list[Finding]]:
        """(state, records) → (state, findings); late observations (older than the newest seen) change nothing."""
        changed: dict[str, VitalState] = {}
        findings: list[Finding] = []
        for record in records:
            if not isinstance(record, Observation):
                continue
            before = changed.get(record.device) or states.get(record.device) or EMPTY
            if record.event_us < before.newest_us:
                continue
            changed[record.device], found = _one(replace(before, newest_us=record.event_us), record)
            findings += found
        return changed, findings


def _one(state: VitalState, seen: Observation) -> tuple[VitalState, list[Finding]]:
    findings: list[Finding] = []
    if seen.values.get("worn", 1.0) and seen.values.get("quality", 1.0):
        for limit in VITAL_LIMITS:
            if limit.quantity in seen.values:
                state, found = _vital(state, limit, seen)
                findings += found
    for step in (_battery, _worn):
        state, found = step(state, seen)
        findings += found
    return state, findings


def _vital(state: VitalState, limit: VitalLimit, seen: Observation) -> tuple[VitalState, list[Finding]]:
    value = seen.values[limit.quantity]
    low = limit.low is not None and value <= limit.low
    high = limit.high is not None and value >= limit.high
    outside = state.outside.get(limit.finding, 0) + 1 if low or high else 0
    state = replace(state, outside={**state.outside, limit.finding: outside})
    if outside >= limit.readings and limit.finding not in state.holding:
        bound = limit.low if low else limit.high
        return _begin(
            state, limit.finding, seen, value, bound, {"side": "low" if low else "high", "readings": outside}
        )
    inside = (limit.clear_low is None or value >= limit.clear_low) and (
        limit.clear_high is None or value <= limit.clear_high
    )
    if inside and limit.finding in state.holding:
        return _end(state, limit.finding, seen, value)
    return state, []


def _battery(state: VitalState, seen: Observation) -> tuple[VitalState, list[Finding]]:
    value = seen.values.get("battery_percent")
    if value is None:
        return state, []
    if value <= BATTERY_LOW_PERCENT and "low_battery" not in state.holding:
        return _begin(state, "low_battery", seen, value, BATTERY_LOW_PERCENT, {})
    if value >= BATTERY_FINE_PERCENT and "low_battery" in state.holding:
        return _end(state, "low_battery", seen, value)
    return state, []


def _worn(state: VitalState, seen: Observation) -> tuple[VitalState, list[Finding]]:
    worn = seen.values.get("worn")
    if worn is None:
        return state, []
    if worn:
        state = replace(state, unworn_since_us=None)
        return _end(state, "not_worn", seen, 0.0) if "not_worn" in state.holding else (state, [])
    since = state.unworn_since_us or seen.event_us
    state = replace(state, unworn_since_us=since)
    off_s = (seen.event_us - since) / SECOND_US
    if off_s >= NOT_WORN_S and "not_worn" not in state.holding:
        return _begin(state, "not_worn", seen, off_s, NOT_WORN_S, {"minutes": round(off_s / 60)})
    return state, []


def _begin(state: VitalState, kind: str, seen: Observation, value: float, bound: float | None,
           detail: Mapping[str, object]) -> tuple[VitalState, list[Finding]]:  # fmt: skip
    finding = Finding(kind, seen.device, seen.event_us, seen.received_us, True, value, bound, MODEL,
                      {"value": value, **detail})  # fmt: skip
    return replace(state, holding=state.holding | {kind}), [finding]


def _end(state: VitalState, kind: str, seen: Observation, value: float) -> tuple[VitalState, list[Finding]]:
    finding = Finding(
        kind, seen.device, seen.event_us, seen.received_us, False, value, None, MODEL, {"value": value}
    )
    return replace(state, holding=state.holding - {kind}), [finding]
