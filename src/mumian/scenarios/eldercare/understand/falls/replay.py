"""Recordings through the detector as if their samples arrived now: `detect-falls`, and what every figure rests on."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mumian.scenarios.eldercare.understand.falls.pacing import pieces
from mumian.scenarios.eldercare.understand.falls.records import AccelBatch, FallFinding
from mumian.scenarios.eldercare.understand.falls.state import Candidate, FallState, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mumian.scenarios.eldercare.understand.falls.archive import Recording
    from mumian.scenarios.eldercare.understand.falls.detector import Detector

_SECOND_US = 1_000_000
_SIDE_BY_SIDE = 64  # recordings streamed together, as the service streams devices


class Detection(NamedTuple):
    """One alarm of a recording; `time_s` is the stamp of the newest sample used, on the recording's own axis."""

    recording: str
    subject: str
    time_s: float
    score: float
    impact_s: float  # where on the same axis the impact is seen


def detect(detector: Detector, recordings: Iterable[Recording]) -> Iterator[Detection]:
    """Stream every recording as a device of its own; detections in the recordings' order, then in time's."""
    rest = iter(recordings)
    while group := list(islice(rest, _SIDE_BY_SIDE)):
        tracks = [_Track(recording, str(number)) for number, recording in enumerate(group)]
        found: list[list[Detection]] = [[] for _ in tracks]
        states: dict[str, FallState] = {}
        for turn in range(max(len(track.batches) for track in tracks)):
            due = [track.batches[turn] for track in tracks if turn < len(track.batches)]
            states, findings = detector.step(states, due)
            for finding in findings:
                number = int(finding.device)
                found[number].append(tracks[number].detection(finding))
        for detections in found:
            yield from detections


def candidates(recording: Recording) -> list[tuple[Candidate, float, float]]:
    """Every impact that the network would be asked about, with its time and the decision's on the recording's axis."""
    track, state, ripe = _Track(recording, ""), None, list[Candidate]()
    for batch in track.batches:
        state, more = advance(state, batch)
        ripe += more
    return [(one, track.stamp_s(one.impact_us), track.stamp_s(one.decided_us)) for one in ripe]


class _Track:
    """A recording cut into batches on an even time axis that begins at 0, and the way back to its own stamps."""

    def __init__(self, recording: Recording, device: str) -> None:
        self._recording = recording
        samples = recording.samples.astype(np.float32)
        self.batches: list[AccelBatch] = []
        even, start_s = [], 0.0
        for start, stop, rate_hz in pieces(recording):
            self.batches.append(AccelBatch(device, round(start_s * _SECOND_US), rate_hz, samples[start:stop]))
            even.append(start_s + np.arange(stop - start) / rate_hz)
            start_s += (stop - start) / rate_hz
        self._even_s = np.concatenate(even)

    def stamp_s(self, at_us: int) -> float:
        """The stamp of the sample nearest to `at_us` on the even axis."""
        number = int(np.searchsorted(self._even_s, at_us / _SECOND_US - 0.5 / self.batches[0].rate_hz))
        return float(self._recording.stamps_s[min(number, len(self._even_s) - 1)])

    def detection(self, finding: FallFinding) -> Detection:
        """The finding in the recording's own terms."""
        decided_s, impact_s = self.stamp_s(finding.decided_us), self.stamp_s(finding.impact_us)
        return Detection(self._recording.name, self._recording.subject, decided_s, finding.score, impact_s)
