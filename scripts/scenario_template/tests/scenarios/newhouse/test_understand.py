"""What a detector promises the service: a name of its own, records it takes, and a pure step."""

from __future__ import annotations

from mumian.core.observe.records import Event, Observation, Reply, Waveform
from mumian.scenarios.newhouse import understand


def test_each_detector_has_a_name_of_its_own() -> None:
    names = [detector.name for detector in understand.detectors()]
    assert sorted(set(names)) == sorted(names)


def test_each_detector_says_which_records_it_takes() -> None:
    for detector in understand.detectors():
        assert set(detector.takes) <= {Event, Observation, Reply, Waveform}
        assert detector.takes
        assert detector.memory_s >= 0


def test_no_records_make_no_findings_and_leave_the_state_alone() -> None:
    for detector in understand.detectors():
        states: dict[str, object] = {}
        assert [list(part) for part in detector.step(states, [])] == [[], []]
        assert states == {}
