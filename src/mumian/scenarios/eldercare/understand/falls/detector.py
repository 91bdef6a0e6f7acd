"""The detector: a pure step over keyed state that recognises falls in the acceleration of many devices at once.

It reads acceleration only, decides 2.2 s after an impact, and asks the network once a call for all devices together.
It raises nothing and pages nobody: the room decide does that with its findings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mumian.scenarios.eldercare.understand.falls.explain import explain
from mumian.scenarios.eldercare.understand.falls.model import FallModel, load_model
from mumian.scenarios.eldercare.understand.falls.records import FallFinding
from mumian.scenarios.eldercare.understand.falls.state import Candidate, FallState, advance
from mumian.scenarios.eldercare.understand.falls.traces import trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mumian.scenarios.eldercare.understand.falls.records import AccelBatch

QUIET_US = 10_000_000  # impacts this soon after a reported one belong to the same fall


class _Due(NamedTuple):
    device: str
    candidate: Candidate


class Detector:
    """A model and its thresholds. It keeps nothing between calls: all memory is in the states handed in and out."""

    def __init__(self, model: FallModel) -> None:
        self.model = model

    def step(
        self, states: Mapping[str, FallState], batches: Iterable[AccelBatch]
    ) -> tuple[dict[str, FallState], list[FallFinding]]:
        """Feed batches, in order for each device; returns all states anew and the findings in order of decision."""
        after, due = dict(states), list[_Due]()
        for batch in batches:
            state, ripe = advance(after.get(batch.device), batch)
            if state is not None:
                after[batch.device] = state
            due += [_Due(batch.device, candidate) for candidate in ripe]
        if not due:
            return after, []
        scores = self.model.score(trace(np.stack([item.candidate.window for item in due])))
        findings = []
        for (device, candidate), score in zip(due, scores, strict=True):
            state = after[device]
            if (
                score >= self.model.thresholds.at(candidate.rate_hz)
                and candidate.impact_us >= state.quiet_until_us
            ):
                after[device] = replace(state, quiet_until_us=candidate.impact_us + QUIET_US)
                findings.append(self._finding(device, candidate, float(score)))
        return after, sorted(findings, key=lambda finding: finding.decided_us)

    def _finding(self, device: str, candidate: Candidate, score: float) -> FallFinding:
        reasons = explain(candidate.window)
        return FallFinding(
            device=device,
            impact_us=candidate.impact_us,
            decided_us=candidate.decided_us,
            score=score,
            threshold=self.model.thresholds.at(candidate.rate_hz),
            model=self.model.name,
            peak_mps2=reasons["peak_mps2"],
            still_s=reasons["still_s"],
            features=reasons,
        )


def load_detector(name: str | None = None) -> Detector:
    """The detector around a shipped model (folder name), one's own (path), or the default (None)."""
    return Detector(load_model(name))
