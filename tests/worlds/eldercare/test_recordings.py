"""The archives of ../shared/data, where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.recordings import recorded

from mumian.worlds.eldercare import recordings

pytestmark = pytest.mark.data


def archive(name: str) -> Path:
    return recorded("eldercare", "falls", name)


def test_wrist_and_waist_are_found_whole():
    wrist = recordings.source([archive("weda_wrist.npz")])
    assert (len(wrist.falls), len(wrist.everyday), wrist.origin) == (250, 410, "replay")
    waist = recordings.source([archive("sisfall_waist.npz")])
    assert (len(waist.falls), len(waist.everyday)) == (900, 1291)


def test_every_wrist_fall_has_its_stamps_and_a_peak_in_them():
    source = recordings.source([archive("weda_wrist.npz")])
    inside = 0
    for name in source.falls:
        trial = source.load(name)
        assert trial.fall is not None
        assert 0 <= trial.fall[0] < trial.fall[1] <= trial.seconds + 0.5
        peak_s = np.argmax(np.linalg.norm(trial.signal, axis=1)) / 50
        inside += trial.fall[0] - 0.5 <= peak_s <= trial.fall[1] + 0.5
    assert inside >= 0.9 * len(source.falls)


def test_gravity_is_gravity():
    for file in ("weda_wrist.npz", "sisfall_waist.npz"):
        source = recordings.source([archive(file)])
        medians = [np.median(np.linalg.norm(source.load(n).signal, axis=1)) for n in source.everyday[::20]]
        assert 9.0 < np.median(medians) < 10.5
