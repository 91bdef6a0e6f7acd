"""The streaming step: how samples are cut, how the device is worn and what comes later must not change what was found."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.scenarios.eldercare.understand.movements import clapping, fall, turned, walking

from mumian.scenarios.eldercare.understand.falls import (
    AccelBatch,
    Detector,
    FallFinding,
    FallState,
    load_detector,
)

START_US = 1_790_000_000_000_000
DETECTOR = load_detector()


def cut(
    samples: NDArray[np.float64], rate_hz: float, places: list[int], device: str = "band"
) -> list[AccelBatch]:
    bounds = [0, *sorted({place for place in places if 0 < place < len(samples)}), len(samples)]
    return [
        AccelBatch(device, START_US + round(a / rate_hz * 1e6), rate_hz, samples[a:b].astype(np.float32))
        for a, b in pairwise(bounds)
    ]


def stream(batches: list[AccelBatch], detector: Detector = DETECTOR) -> list[FallFinding]:
    states: dict[str, FallState] = {}
    found: list[FallFinding] = []
    for batch in batches:
        states, more = detector.step(states, [batch])
        found += more
    return found


def each_second(samples: NDArray[np.float64], rate_hz: float = 50.0) -> list[AccelBatch]:
    return cut(samples, rate_hz, list(range(0, len(samples), int(rate_hz))))


def facts(found: list[FallFinding]) -> list[float]:
    return [number for f in found for number in (f.impact_us - START_US, f.decided_us - START_US, f.score)]


def same(found: list[FallFinding], others: list[FallFinding]) -> bool:
    """Equal but for the rounding of stamps to µs, and of numbers to float32."""
    return facts(found) == pytest.approx(facts(others), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 31.25, 32.0, 40.0, 50.0, 100.0])
def test_a_fall_is_found_once_at_every_rate(rate_hz: float) -> None:
    found = stream(each_second(fall(rate_hz), rate_hz))
    assert len(found) == 1
    assert found[0].impact_us - START_US == pytest.approx(6.6e6, abs=0.2e6)


def test_the_decision_comes_2_2_s_after_the_impact_and_says_why() -> None:
    (found,) = stream(each_second(fall()))
    assert 2.2e6 <= found.decided_us - found.impact_us <= 2.3e6
    assert found.score >= found.threshold == DETECTOR.model.thresholds.full
    assert found.model == DETECTOR.model.name
    assert found.features["turned_deg"] == pytest.approx(90, abs=5)
    assert found.peak_mps2 > 20
    assert found.still_s is not None
    assert found.still_s > 1.5


@pytest.mark.parametrize("everyday", [walking(20, 50, np.random.default_rng(1)), clapping(20)])
def test_walking_and_clapping_are_no_falls(everyday: NDArray[np.float64]) -> None:
    assert stream(each_second(everyday)) == []


@given(
    places=st.lists(st.integers(1, 639), max_size=40),
    seed=st.integers(0, 3),
    rate_hz=st.sampled_from([31.25, 50.0]),
)
@settings(max_examples=40)
def test_how_samples_are_cut_into_batches_changes_nothing(
    places: list[int], seed: int, rate_hz: float
) -> None:
    samples = fall(rate_hz, seed)
    assert same(stream(cut(samples, rate_hz, places)), stream(cut(samples, rate_hz, [])))


def test_one_sample_at_a_time_finds_the_same() -> None:
    samples = fall()
    assert same(stream(cut(samples, 50.0, list(range(len(samples))))), stream(cut(samples, 50.0, [])))


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_how_the_device_is_worn_changes_nothing(seed: int) -> None:
    assert same(stream(each_second(turned(fall(), seed))), stream(each_second(fall())))


@given(st.integers(0, 12 * 50))
@settings(max_examples=25)
def test_nothing_after_a_decision_was_looked_at(extra: int) -> None:
    samples = fall()
    (found,) = stream(each_second(samples))
    needed = round((found.decided_us - START_US) / 1e6 * 50) + 1
    assert same(stream(each_second(samples[: needed + extra])), [found])
    assert stream(each_second(samples[: needed - 1])) == []


@given(st.floats(0.9, 1.1))
@settings(max_examples=15)
def test_a_gain_of_ten_percent_hides_no_fall(gain: float) -> None:
    assert len(stream(each_second(fall() * gain))) == 1


@pytest.mark.parametrize("range_g", [2, 4, 16])
def test_a_saturating_sensor_hides_no_fall(range_g: int) -> None:
    assert len(stream(each_second(np.clip(fall(), -range_g * 9.81, range_g * 9.81)))) == 1


def test_many_devices_in_one_call_find_what_each_finds_alone() -> None:
    tracks = {
        f"band-{seed}": each_second(fall(seed=seed) if seed % 2 else clapping(12.8, seed=seed))
        for seed in range(6)
    }
    states: dict[str, FallState] = {}
    together: list[FallFinding] = []
    for second in range(12):
        due = [
            AccelBatch(name, track[second].start_us, 50.0, track[second].samples)
            for name, track in tracks.items()
        ]
        states, more = DETECTOR.step(states, due)
        together += more
    for name, track in tracks.items():
        assert same([f for f in together if f.device == name], stream(track[:12]))


def test_a_step_leaves_the_states_it_was_given_as_they_were() -> None:
    first, second, *_ = each_second(fall())
    states, _ = DETECTOR.step({}, [first])
    held = dict(states)
    DETECTOR.step(states, [second])
    assert states == held


def test_a_new_state_fed_the_last_ten_seconds_answers_as_the_lost_one() -> None:
    batches = each_second(np.concatenate([walking(20, 50, np.random.default_rng(5)), fall(before_s=2)]))
    whole = stream(batches)
    assert len(whole) == 1
    second = int((whole[0].decided_us - START_US) // 1_000_000)
    rebuilt = stream(batches[second - 10 :])
    assert [f.score for f in rebuilt] == pytest.approx([f.score for f in whole], abs=0.02)


def test_repeated_and_late_batches_are_ignored() -> None:
    batches = each_second(fall())
    shuffled = [batch for n, batch in enumerate(batches) for batch in (batch, batches[max(0, n - 3)])]
    assert same(stream(shuffled), stream(batches))


def test_a_batch_that_overlaps_gives_only_its_new_samples() -> None:
    samples = fall()
    overlapping = [
        AccelBatch("band", START_US + a * 20_000, 50.0, samples[a : a + 75].astype(np.float32))
        for a in range(0, len(samples), 50)
    ]
    assert same(stream(overlapping), stream(each_second(samples)))


def test_a_lost_second_starts_anew_and_later_falls_are_found() -> None:
    batches = each_second(np.concatenate([walking(10, 50, np.random.default_rng(2)), fall()]))
    assert len(stream(batches[:4] + batches[5:])) == 1


def test_a_short_hole_is_bridged() -> None:
    batches = cut(fall(), 50.0, list(range(0, 650, 10)))
    assert len(stream(batches[:20] + batches[21:])) == 1


def test_a_device_whose_clock_was_put_back_is_heard_again() -> None:
    ahead = [
        AccelBatch("band", batch.start_us + 8 * 3600 * 1_000_000, 50.0, batch.samples)
        for batch in each_second(walking(5, 50, np.random.default_rng(3)))
    ]
    assert len(stream(ahead + each_second(fall()))) == 1


def test_jitter_of_the_stamps_changes_no_decision() -> None:
    rng = np.random.default_rng(4)
    shaken = [
        AccelBatch(b.device, b.start_us + int(rng.integers(-25_000, 25_000)), b.rate_hz, b.samples)
        for b in each_second(fall())
    ]
    assert [f.score for f in stream(shaken)] == pytest.approx(
        [f.score for f in stream(each_second(fall()))], abs=1e-4
    )


def test_an_empty_batch_is_nothing() -> None:
    assert DETECTOR.step({}, [AccelBatch("band", START_US, 50.0, np.empty((0, 3), np.float32))]) == ({}, [])
