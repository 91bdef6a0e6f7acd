"""Both layouts of recordings, with and without a gyroscope, and what is said of an archive that is neither."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.scenarios.eldercare.understand.movements import clapping, fall

from mumian.scenarios.eldercare.understand.falls.archive import RecordingUnreadable, read
from mumian.scenarios.eldercare.understand.falls.commands import detect_falls
from mumian.scenarios.eldercare.understand.falls.model import ModelUnusable
from mumian.scenarios.eldercare.understand.falls.pacing import pieces


def bursts(samples: NDArray[np.float64], rate_hz: float, first_ms: int = 0) -> NDArray[np.int32]:
    """Wrist layout: stamps of arrival, a burst every 0.1 s."""
    arrival = np.ceil(np.arange(len(samples)) / rate_hz / 0.1) * 100
    within = np.arange(len(samples)) % 4 * 2
    return np.column_stack([arrival + within + first_ms, samples * 100]).astype(np.int32)


def counts(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    """Waist layout: 1/256 g."""
    return np.round(samples / 9.80665 * 256).astype(np.int16)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "recordings.npz"
    np.savez(
        path,
        F01_U01_R01_accel=bursts(fall(), 50.0, first_ms=1000),
        F01_U01_R01_gyro=np.zeros((10, 4), np.int32),
        D10_U02_R01_accel=bursts(clapping(12), 39.7),
        F02_U77_R01_accel=bursts(fall(20.0, seed=1), 20.0),
        F01_SA01_R01=counts(fall(seed=2)),
    )
    return path


def test_both_layouts_with_and_without_gyroscope(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "detections.jsonl"
    assert detect_falls(archive, out) == 3
    found = lines(out)
    assert [(line["recording"], line["subject"]) for line in found] == [
        ("F01_U01_R01", "U01"),
        ("F02_U77_R01", "U77"),
        ("F01_SA01_R01", "SA01"),
    ]
    assert all(set(line) == {"recording", "subject", "time_s", "score"} for line in found)
    assert [line["time_s"] for line in found] == pytest.approx([1 + 6.6 + 2.3, 6.6 + 2.3, 6.6 + 2.2], abs=0.3)


def test_time_is_the_stamp_of_a_sample(archive: Path, tmp_path: Path) -> None:
    detect_falls(archive, tmp_path / "out.jsonl")
    first, *_, waist = lines(tmp_path / "out.jsonl")
    stamps = np.load(archive)["F01_U01_R01_accel"][:, 0] / 1000
    assert np.min(np.abs(stamps - float(str(first["time_s"])))) < 1e-9
    assert (float(str(waist["time_s"])) * 50) % 1 == pytest.approx(0, abs=1e-6)


def test_cutting_a_recording_after_the_decision_leaves_it_unchanged(tmp_path: Path) -> None:
    whole = bursts(fall(), 49.6)
    np.savez(tmp_path / "whole.npz", F01_U01_R01_accel=whole)
    detect_falls(tmp_path / "whole.npz", tmp_path / "whole.jsonl")
    (found,) = lines(tmp_path / "whole.jsonl")
    last = int(np.flatnonzero(whole[:, 0] <= round(float(str(found["time_s"])) * 1000))[-1])
    for extra in (1, 2, 7, 60):
        np.savez(tmp_path / "cut.npz", F01_U01_R01_accel=whole[: last + extra])
        detect_falls(tmp_path / "cut.npz", tmp_path / "cut.jsonl")
        assert lines(tmp_path / "cut.jsonl") == [found]


@pytest.mark.parametrize("rate_hz", [20.0, 31.25, 39.7, 49.6])
def test_the_rate_is_known_from_bursts_within_three_percent(tmp_path: Path, rate_hz: float) -> None:
    np.savez(tmp_path / "one.npz", D01_U01_R01_accel=bursts(clapping(12, rate_hz), rate_hz))
    (recording,) = read(tmp_path / "one.npz")
    cut = list(pieces(recording))
    assert cut[0].start == 0
    assert cut[-1].stop == len(recording.samples)
    assert [piece.rate_hz for piece in cut] == pytest.approx([rate_hz] * len(cut), rel=0.03)


def test_what_arrives_later_changes_no_earlier_rate(tmp_path: Path) -> None:
    stamped = bursts(clapping(12, 40.0), 40.0)
    np.savez(tmp_path / "whole.npz", D01_U01_R01_accel=stamped)
    np.savez(tmp_path / "part.npz", D01_U01_R01_accel=stamped[:300])
    (whole,), (part,) = read(tmp_path / "whole.npz"), read(tmp_path / "part.npz")
    assert [p.rate_hz for p in pieces(part)] == [p.rate_hz for p in pieces(whole)][: len(list(pieces(part)))]


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"D01_U01_R01_accel": np.zeros((9, 5))}, r"shape \(9, 5\)"),
        ({"D01_U01_R01_accel": np.zeros(9)}, "shape"),
        ({"D01_U01_R01_accel": np.zeros((0, 4))}, "shape"),
        ({"D01_U01_R01_accel": np.full((9, 4), np.nan)}, "not a finite number"),
        ({"D01_U01_R01_accel": np.array([["a"] * 4] * 3)}, "not a finite number"),
        ({"D01_U01_R01_accel": np.zeros((9, 4))}, "do not advance"),
        ({"walk": np.zeros((9, 3))}, "names no subject"),
        ({"D01_U01_R01_gyro": np.zeros((9, 4))}, "holds no acceleration"),
        ({"D01_U01_R01_accel": np.array([[object()] * 4], dtype=object)}, "D01_U01_R01_accel"),
    ],
)
def test_an_unreadable_array_is_named_with_its_remedy(
    tmp_path: Path, arrays: dict[str, NDArray[np.generic]], says: str
) -> None:
    np.savez(tmp_path / "odd.npz", **arrays)
    with pytest.raises(RecordingUnreadable, match=says) as caught:
        list(read(tmp_path / "odd.npz"))
    assert isinstance(caught.value, ValueError)
    assert caught.value.facts["mend"]


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut short"])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.npz").write_bytes(content)
    with pytest.raises(RecordingUnreadable, match="Cannot read recordings"):
        list(read(tmp_path / "odd.npz"))


def test_a_missing_file_and_a_single_array_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "single.npy", np.zeros((3, 3)))
    for name in ("absent.npz", "single.npy"):
        with pytest.raises(RecordingUnreadable):
            list(read(tmp_path / name))


def test_an_unknown_model_is_refused_with_those_that_there_are(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="kapok"):
        detect_falls(archive, tmp_path / "out.jsonl", "no-such-model")
    assert not (tmp_path / "out.jsonl").exists()


def test_a_recording_too_short_to_decide_is_read_and_silent(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "short.npz", D01_U01_R01_accel=bursts(fall()[:30], 50.0), D02_SA01_R01=counts(fall()[:2])
    )
    assert detect_falls(tmp_path / "short.npz", tmp_path / "out.jsonl") == 0
