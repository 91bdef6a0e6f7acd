"""The detector on recorded falls of people: floors below which a change has broken something.

The figures themselves, with their intervals, are printed by benchmarks/falls_evaluation.py and stand in docs/models/fall.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.recordings import recorded

from mumian.scenarios.eldercare.understand.falls import train
from mumian.scenarios.eldercare.understand.falls.archive import Recording, read
from mumian.scenarios.eldercare.understand.falls.commands import detect_falls
from mumian.scenarios.eldercare.understand.falls.evaluate import Fold, alarms, by_group
from mumian.scenarios.eldercare.understand.falls.thresholds import Thresholds

pytestmark = pytest.mark.data


def archive(name: str) -> Path:
    return recorded("eldercare", "falls", name)


@pytest.fixture(scope="module")
def wrist() -> list[Recording]:
    return list(read(archive("weda_wrist.npz")))


@pytest.fixture(scope="module")
def detections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, float]]]:
    """What the command writes of each archive: recording and time of each alarm."""
    out = tmp_path_factory.mktemp("falls") / "out.jsonl"
    found = {}
    for name in ("weda_wrist.npz", "sisfall_waist.npz"):
        detect_falls(archive(name), out)
        lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        found[name] = [(line["recording"], line["time_s"]) for line in lines]
    return found


@pytest.mark.parametrize(
    ("name", "falls", "everyday"), [("weda_wrist.npz", 250, 410), ("sisfall_waist.npz", 900, 1291)]
)
def test_the_shipped_detector_on_recordings_it_was_taught_with(
    detections: dict[str, list[tuple[str, float]]], name: str, falls: int, everyday: int
) -> None:
    """Proves that streaming works end to end, nothing more: the people are known to the model."""
    alarmed = {recording for recording, _ in detections[name]}
    assert sum(one.startswith("F") for one in alarmed) >= 0.95 * falls
    assert sum(one.startswith("D") for one in alarmed) <= 0.02 * everyday
    assert len(detections[name]) <= 1.02 * len(alarmed)


def test_a_fall_is_decided_within_four_seconds_of_its_impact(
    detections: dict[str, list[tuple[str, float]]], wrist: list[Recording]
) -> None:
    decided = dict(reversed(detections["weda_wrist.npz"]))
    waits = [
        decided[one.name] - one.stamps_s[np.linalg.norm(one.samples, axis=1).argmax()]
        for one in wrist
        if one.is_fall and one.name in decided
    ]
    assert np.quantile(waits, 0.95) < 4
    assert np.quantile(waits, 0.05) > 0


def test_people_that_the_model_never_met(wrist: list[Recording], monkeypatch: pytest.MonkeyPatch) -> None:
    """A small model of one network and one imagined device, so that the test is quick."""
    monkeypatch.setattr(train, "COPIES", 1)
    monkeypatch.setattr(train, "TOGETHER", 1)
    material = train.gather(wrist)
    folds = train.subject_folds(material, np.ones(len(wrist), np.bool_), folds=4)
    judged = [Fold(held_out, train.learn(material, ~held_out), Thresholds(0.7, 0.6)) for held_out in folds]
    groups = by_group(material, alarms(judged, material.met, material.traces))
    assert groups["wrist young"].recall.value >= 0.90
    assert groups["wrist young"].per_hour.value <= 11
    assert groups["wrist elders"].per_hour.value <= 11.5
