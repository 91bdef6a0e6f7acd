"""Training anew from recordings: the card keeps its promises and the file computes what was trained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.scenarios.eldercare.understand.movements import clapping, fall

from mumian.scenarios.eldercare.understand.falls import network, train
from mumian.scenarios.eldercare.understand.falls.archive import Recording, read
from mumian.scenarios.eldercare.understand.falls.commands import detect_falls, train_falls
from mumian.scenarios.eldercare.understand.falls.evaluate import nested
from mumian.scenarios.eldercare.understand.falls.export import to_onnx
from mumian.scenarios.eldercare.understand.falls.figures import elders, reported, tally
from mumian.scenarios.eldercare.understand.falls.model import ModelUnusable, load_model
from mumian.scenarios.eldercare.understand.falls.traces import LENGTH, trace
from mumian.scenarios.eldercare.understand.falls.variation import as_other_device, hold_start


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """One imagined device, one network, few rounds: enough to tell a synthetic fall from a clap."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "COPIES", 1)
        patch.setattr(train, "TOGETHER", 1)
        patch.setattr(network, "EPOCHS", 4)
        yield


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("falls") / "waist.npz"
    trials = {
        f"{code}_SA{subject:02d}_R{trial:02d}": make
        for subject in range(1, 6)
        for trial in range(4)
        for code, make in (
            ("F01", fall(seed=subject * 10 + trial)),
            ("D10", clapping(15, seed=subject * 10 + trial)),
        )
    }
    np.savez(
        path, **{name: np.round(samples / 9.80665 * 256).astype(np.int16) for name, samples in trials.items()}
    )
    return path


@pytest.fixture(scope="module")
def recordings(archive: Path) -> list[Recording]:
    return list(read(archive))


@pytest.fixture(scope="module")
def material(recordings: list[Recording]) -> train.Material:
    return train.gather(recordings)


def test_the_command_writes_a_model_that_detects_and_a_card_that_describes_it(
    archive: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    made = train_falls([archive], out)
    card = json.loads((out / "card.json").read_text("utf-8"))
    assert card == made
    assert card["name"] == "mine"
    assert card["sha256"] == hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()
    assert card["trained_on"]["subjects"] == ["SA01", "SA02", "SA03", "SA04", "SA05"]
    young = card["evaluation"]["groups"]["waist young"]
    assert young["recall"]["of"] == 20
    assert young["recall"]["low"] <= young["recall"]["value"] <= young["recall"]["high"]
    assert detect_falls(archive, tmp_path / "out.jsonl", str(out)) >= 18


def test_a_model_that_its_card_does_not_describe_is_refused(archive: Path, tmp_path: Path) -> None:
    shipped = load_model()
    (tmp_path / "card.json").write_text(json.dumps(shipped.card), "utf-8")
    (tmp_path / "model.onnx").write_bytes(b"another file")
    with pytest.raises(ModelUnusable, match=r"is not the file that card\.json describes"):
        load_model(str(tmp_path))


def test_the_exported_file_computes_what_was_trained(
    material: train.Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "TOGETHER", 2)
    networks = train.learn(material, np.ones(len(material.recordings), np.bool_))
    exported = to_onnx(networks)
    card = {"name": "x", "version": "1", "threshold": 0.5, "sha256": hashlib.sha256(exported).hexdigest()}
    (tmp_path / "card.json").write_text(json.dumps(card), "utf-8")
    (tmp_path / "model.onnx").write_bytes(exported)
    scores = load_model(str(tmp_path)).score(material.traces)
    assert scores == pytest.approx(train.judge(networks, material.traces), abs=1e-4)


def test_no_fold_meets_the_people_it_is_judged_on(
    material: train.Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[set[str]] = []
    learn = train.learn
    monkeypatch.setattr(
        train, "learn", lambda m, among: met.append(set(m.subjects[among])) or learn(m, among)
    )
    everyone = np.ones(len(material.recordings), np.bool_)
    held = np.zeros(len(everyone), int)
    for fold in nested(material, everyone):
        strangers = set(material.subjects[fold.held_out])
        assert all(not strangers & people for people in met)
        met.clear()
        held += fold.held_out
    assert (held == 1).all()


def test_the_threshold_keeps_the_allowance_among_training_subjects(material: train.Material) -> None:
    everyone = np.ones(len(material.recordings), np.bool_)
    scores = np.random.default_rng(0).random(len(material.met.of))
    threshold = train.lowest(material, material.met, scores, everyone)
    alarms = reported(material.met, scores >= threshold)
    counted = tally(material.recordings, alarms, range(len(material.recordings)))
    assert threshold == 0.99 or counted.per_hour.value <= train.ALLOWED_PER_HOUR


def test_training_without_falls_or_with_one_subject_is_refused(
    material: train.Material, recordings: list[Recording]
) -> None:
    falls = np.array([one.is_fall for one in recordings])
    with pytest.raises(ValueError, match="needs falls"):
        train.learn(material, ~falls)
    with pytest.raises(ValueError, match="at least three subjects"):
        train.choose_thresholds(material, material.subjects == "SA01")


def test_another_device_keeps_the_movement_and_stays_in_range(recordings: list[Recording]) -> None:
    rng = np.random.default_rng(1)
    for one in recordings[:20]:
        other = as_other_device(one, rng)
        assert other.rate_hz is not None
        assert 15 < other.rate_hz < 60
        assert np.isfinite(other.samples).all()
        assert other.samples.shape == (len(other.stamps_s), 3)
        assert np.median(np.linalg.norm(other.samples, axis=1)) == pytest.approx(9.8, rel=0.25)


def test_a_window_with_a_held_start_keeps_impact_and_end(material: train.Material) -> None:
    windows = material.met.windows
    held = hold_start(windows, np.random.default_rng(0))
    assert (held[:, 63:] == windows[:, 63:]).all()
    assert (held[:, :62] != windows[:, :62]).any()


def test_traces_have_the_length_of_the_card(material: train.Material) -> None:
    assert trace(material.met.windows).shape[1] == LENGTH == load_model().card["inputs"]["length"]


def test_elders_are_told_by_the_archives_own_names(recordings: list[Recording]) -> None:
    assert not elders(recordings).any()
