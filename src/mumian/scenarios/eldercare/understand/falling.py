"""The fall detector as a step of the service: stored waveforms in, findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mumian.core.observe.records import Record, Waveform
from mumian.core.understand.steps import Finding
from mumian.scenarios.eldercare.understand.falls import AccelBatch, FallFinding, FallState, load_detector


class Falling:
    """Streaming falls. `model` is a shipped name or a folder; None is the default."""

    name = "falls"
    takes: tuple[type, ...] = (Waveform,)
    memory_s = 10.0

    def __init__(self, model: str | None = None) -> None:
        self._detector = load_detector(model)

    def step(
        self, states: Mapping[str, FallState], records: Sequence[Record]
    ) -> tuple[Mapping[str, FallState], list[Finding]]:
        """(state, records) → (state, findings). Batches of one device are put in order of event time first."""
        waves = sorted((r for r in records if isinstance(r, Waveform)), key=lambda w: w.event_us)
        if not waves:
            return {}, []
        mine = {str(w.device): states[w.device] for w in waves if w.device in states}
        batches = [AccelBatch(w.device, w.event_us, w.rate_hz, w.samples[:, :3]) for w in waves]
        after, found = self._detector.step(mine, batches)
        return after, [_finding(fall) for fall in found]


def _finding(fall: FallFinding) -> Finding:
    return Finding(
        "fall", fall.device, fall.impact_us, fall.decided_us, True, fall.score, fall.threshold, fall.model,
        {**fall.features, "peak_mps2": fall.peak_mps2, "still_s": fall.still_s},
    )  # fmt: skip
