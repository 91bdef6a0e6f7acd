"""No movement for long by day on a band that is worn: somebody may lie where nobody looks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.observe.records import Observation, Record, Waveform
from mumian.core.understand.steps import Finding
from mumian.scenarios.eldercare.domain import STILL_S, STILL_STD_MPS2

MODEL = "stillness@1"
_UTC_8_US = 8 * 3600 * SECOND_US  # Asia/Shanghai has had no summer time since 1991
_DAY_FROM_US, _DAY_UNTIL_US = 8 * 3600 * SECOND_US, 21 * 3600 * SECOND_US


@dataclass(frozen=True, slots=True)
class StillState:
    """When this band last moved, whether it is worn, whether stillness was reported."""

    moved_us: int
    worn: bool = True
    holding: bool = False


class Stillness:
    """Acceleration whose standard deviation stays under `STILL_STD_MPS2` for `STILL_S` between 8 and 21 o'clock."""

    name = "stillness"
    takes: tuple[type, ...] = (Observation, Waveform)
    memory_s = 0.0

    def step(
        self, states: Mapping[str, StillState], records: Sequence[Record]
    ) -> tuple[dict[str, StillState], list[Finding]]:
        """(state, records) → (state, findings)."""
        changed: dict[str, StillState] = {}
        findings: list[Finding] = []
        for record in records:
            state = changed.get(record.device) or states.get(record.device) or StillState(record.event_us)
            if isinstance(record, Observation) and "worn" in record.values:
                changed[record.device] = replace(state, worn=bool(record.values["worn"]), moved_us=record.event_us) \
                    if bool(record.values["worn"]) != state.worn else state  # fmt: skip
            elif isinstance(record, Waveform):
                changed[record.device], found = _wave(state, record)
                findings += found
        return changed, findings


def _wave(state: StillState, wave: Waveform) -> tuple[StillState, list[Finding]]:
    if not _by_day(wave.event_us) or _spread_mps2(wave) >= STILL_STD_MPS2:
        gone = [Finding("no_motion", wave.device, wave.event_us, wave.received_us, False, model=MODEL)]
        return replace(
            state, moved_us=max(state.moved_us, wave.event_us), holding=False
        ), gone if state.holding else []
    still_s = (wave.event_us - state.moved_us) / SECOND_US
    if state.worn and not state.holding and still_s >= STILL_S:
        finding = Finding("no_motion", wave.device, state.moved_us, wave.received_us, True, still_s, STILL_S, MODEL,
                          {"minutes": round(still_s / 60)})  # fmt: skip
        return replace(state, holding=True), [finding]
    return state, []


def _spread_mps2(wave: Waveform) -> float:
    """Standard deviation of the strength of acceleration over the batch; by sums, at a third of numpy's `std` on 50 samples."""
    axes = wave.samples[:, :3].astype(np.float64)
    squares = np.einsum("ij,ij->i", axes, axes)
    n = len(squares)
    mean = float(np.add.reduce(np.sqrt(squares))) / n
    return math.sqrt(max(float(np.add.reduce(squares)) / n - mean * mean, 0.0))


def _by_day(at_us: int) -> bool:
    return _DAY_FROM_US <= (at_us + _UTC_8_US) % DAY_US < _DAY_UNTIL_US
