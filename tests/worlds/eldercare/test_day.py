"""The signal of a day: true to the recordings, and joined so that no join looks like an impact."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from mumian.core.kernel.clock import SECOND_US, parse
from mumian.worlds.eldercare import day, recordings, synthetic
from mumian.worlds.eldercare.band import Band
from mumian.worlds.eldercare.trials import G_MPS2, RATE_HZ, Trial, resample

START_US = 1_760_000_000 * SECOND_US


def band(fall_every_s=120.0, first_fall_s=None, **given):
    rng = random.Random(3)
    lived = day.stretches(synthetic.source(3), rng, fall_every_s, first_fall_s)
    return Band("b1", lived, rng, START_US, **given)


def signal(one: Band, seconds: int):
    """(samples, truths) of the next seconds."""
    parts, truths = [], []
    for _ in range(seconds):
        accel = one.next_second()[0].body
        parts.append(np.array([accel["x"], accel["y"], accel["z"]]).T)
        truths += one.truths()
    return np.concatenate(parts), truths


def test_quiet_pieces_keep_1_g_while_gravity_turns():
    for end in ([1.0, 0, 0], [-1.0, 0, 0], [0, 0.6, 0.8]):
        quiet = day.turn(np.array([1.0, 0, 0]), np.array(end), 8.0, random.Random(1))
        length = np.linalg.norm(quiet, axis=1)
        assert np.abs(length - G_MPS2).max() < 0.4
        assert np.abs(np.diff(quiet, axis=0)).max() < 0.6
        assert quiet[-1] == pytest.approx(np.array(end) * G_MPS2, abs=0.4)


def test_joins_have_no_step_that_the_trials_do_not_have():
    pieces = list(itertools.islice(day.stretches(synthetic.source(1), random.Random(1), 60.0), 60))
    for left, right in itertools.pairwise(pieces):
        assert np.linalg.norm(right.signal[0] - left.signal[-1]) < 1.0


def test_a_trial_is_played_as_it_was_recorded_but_for_its_edges():
    trial = synthetic.source(1).load("synthetic:fall-forward#3")
    assert np.array_equal(day.fade(trial.signal)[day.FADE : -day.FADE], trial.signal[day.FADE : -day.FADE])


def test_after_a_fall_the_resident_lies_still():
    pieces = itertools.islice(day.stretches(synthetic.source(1), random.Random(1), 60.0, 5.0), 3)
    quiet, fall, lying = pieces
    assert len(quiet.signal) == 5 * RATE_HZ
    assert fall.trial is not None
    assert fall.trial.fall is not None
    assert lying.lying
    assert len(lying.signal) >= 60 * RATE_HZ


def test_the_truth_lies_where_the_impact_is_in_what_was_sent():
    samples, truths = signal(band(first_fall_s=4.0), 60)
    fall = next(t for t in truths if t.kind == "fall")
    length = np.linalg.norm(samples, axis=1)
    peak_us = START_US + int(np.argmax(length)) * SECOND_US // RATE_HZ
    assert length.max() > 20
    assert fall.from_us <= peak_us <= fall.until_us + SECOND_US // 2


def test_everything_is_sampled_once_and_stamped_on_its_second():
    one = band(skew_us=5 * SECOND_US)
    stamps = [parse(one.next_second()[0].body["time"]) for _ in range(30)]
    assert stamps == [START_US + (5 + k) * SECOND_US for k in range(30)]


def test_vital_signs_come_as_often_as_asked():
    count = sum(
        m.leaf == "obs" for one in [band(vitals_every_s=2.5)] for _ in range(20) for m in one.next_second()
    )
    assert count == 8


def test_the_same_seed_gives_the_same_day():
    assert np.array_equal(signal(band(), 90)[0], signal(band(), 90)[0])


def test_resampling_keeps_shape_length_and_peaks():
    t = np.arange(0, 10, 1 / 39.7)
    wave = np.stack([np.sin(2 * np.pi * 1.5 * t), np.cos(2 * np.pi * 3 * t), np.full_like(t, 9.8)], axis=1)
    even = resample(wave, 39.7)
    at = np.arange(len(even)) / RATE_HZ
    assert len(even) == pytest.approx(t[-1] * RATE_HZ, abs=1.5)
    assert np.abs(even[:, 0] - np.sin(2 * np.pi * 1.5 * at))[:-2].max() < 0.01
    assert np.abs(even[:, 1]).max() > 0.98


def test_bursts_of_arrival_stamps_do_not_bend_the_signal():
    n = 500
    stamps = np.repeat(np.arange(n // 5) * 100, 5)[:n] + np.tile([0, 2, 4, 6, 8], n // 5)
    wave = np.round(100 * 9.8 * np.cos(2 * np.pi * np.arange(n) / 50))
    counts = np.stack([stamps, wave, wave, wave], axis=1).astype(np.int32)
    found = recordings.trial("x:D01_U01_R01", counts, None)
    assert len(found.signal) == pytest.approx(n, abs=2)
    expected = 9.8 * np.cos(2 * np.pi * np.arange(400) / 50)
    assert np.abs(found.signal[:400, 0] - expected).max() < 0.6


def test_waist_counts_are_fractions_of_g_and_a_fall_is_where_the_peak_is():
    counts = np.zeros((500, 3), np.int16)
    counts[:, 1] = 256
    counts[300, 1] = 1500
    found = recordings.trial("x:F01_SA01_R01", counts, None)
    assert isinstance(found, Trial)
    assert found.signal[0, 1] == pytest.approx(G_MPS2)
    assert found.fall == (4.0, 7.0)


def test_what_is_no_archive_of_recordings_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="D01_U01_R01_accel"):
        recordings.source([tmp_path / "x.npz"])
    (tmp_path / "y.npz").write_bytes(b"junk")
    with pytest.raises(ValueError, match=r"not an \.npz"):
        recordings.source([tmp_path / "y.npz"])
