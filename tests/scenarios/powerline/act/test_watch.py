"""`mumian powerline watch` on films of recorded photographs, as its users type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.recordings import photographs
from tests.scenarios.powerline.films import film, library, over
from tests.scenarios.powerline.rtsp import Server

from mumian.core.kernel import settings
from mumian.core.store import open_home
from mumian.scenarios.powerline.act.triage.watching import thinned
from mumian.scenarios.powerline.decide.review import rows
from mumian.scenarios.powerline.observe.video import Frame, Tally


def watched(folder: Path, source: Path | str, *words: str) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [sys.executable, "-m", "mumian", "powerline", "watch", str(source), "--json", *words],
        env={**os.environ, "MUMIAN_HOME": str(folder / "home"), "LANG": "en_US.UTF-8"}, capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.data
def test_a_defect_is_told_with_its_evidence_and_filed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photographs("powerline", "cplid", "defect", "images")[0]
    source = film(tmp_path / "flight.mp4", (pixels for pixels, _ in over(photo, 4.0, 10, seed=1)), fps=10)
    code, told, said = watched(tmp_path, source, "--crops", str(tmp_path / "seen"), "--line", "荔湾线")
    assert code == 0, said
    *findings, summary = told
    assert (summary["read"], summary["judged"], summary["left_out"], summary["broken"]) == (40, 20, 20, 0)
    assert 1 <= len(findings) == summary["findings"]
    for one in findings:
        assert one["n"] >= 2 <= one["of"] <= 3
        assert one["score"] >= one["threshold"]
        assert Path(one["crop"]).read_bytes().startswith(b"\xff\xd8")
    monkeypatch.setenv("MUMIAN_HOME", str(tmp_path / "home"))
    with open_home(settings.load()) as store:
        held = rows.findings(store)
        assert sorted(f["photo"] for f in held) == sorted(f"frame-{one['frame']:06d}.jpg" for one in findings)
        assert {(f["origin"], f["state"], f["flight"]) for f in held} == {
            ("replay", "new", summary["flight"])
        }
    again = watched(tmp_path, source, "--line", "荔湾线")[1][-1]
    assert (again["flight"], again["changed"]) == (summary["flight"], False)


@pytest.mark.data
def test_what_a_stream_told_is_before_the_reviewers_though_it_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library()
    photo = photographs("powerline", "cplid", "defect", "images")[0]
    film_ = [pixels for pixels, _ in over(photo, 4.0, 5, seed=1)]
    monkeypatch.setenv("MUMIAN_HOME", str(tmp_path / "home"))
    with Server(film_, fps=5) as server:
        watching = subprocess.Popen(
            [sys.executable, "-m", "mumian", "powerline", "watch", server.url, "--json", "--line", "荔湾线", "--seconds", "90"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert watching.stdout is not None
        told = json.loads(watching.stdout.readline())
        watching.kill()
        watching.wait()
    assert told["kind"] == "defect"
    with open_home(settings.load()) as store:
        held = rows.findings(store)
    assert f"frame-{told['frame']:06d}.jpg" in {f["photo"] for f in held}


def test_a_stream_of_nothing_ends_when_asked_and_files_nothing(tmp_path: Path) -> None:
    library()
    grey = [np.full((96, 128, 3), 90, np.uint8)] * 25
    with Server(grey, fps=25) as server:
        code, told, said = watched(tmp_path, server.url, "--seconds", "8", "--line", "荔湾线")
    assert code == 0, said
    assert [one["kind"] for one in told] == ["summary"]
    assert told[0]["flight"] is None
    assert 1 <= told[0]["judged"] <= 45


def test_a_lost_stream_is_exit_1_with_its_summary(tmp_path: Path) -> None:
    library()
    with Server([np.full((96, 128, 3), 90, np.uint8)] * 25, fps=25, cut_after=0) as server:
        code, told, said = watched(tmp_path, server.url, "--give-up-s", "2")
    assert code == 1
    assert told[-1]["reconnects"] >= 1
    assert "has given no frame" in said


@pytest.mark.parametrize("words", [("--origin", "field"), ("--rate", "0")])
def test_what_cannot_be_meant_is_exit_2(tmp_path: Path, words: tuple[str, str]) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    assert watched(tmp_path, tmp_path / "a.mp4", *words)[0] == 2


@pytest.mark.parametrize(("fps", "rate", "judged"), [(25, 5, 5), (30, 7, 7), (10, 10, 10), (4, 5, 4)])
def test_as_many_frames_a_second_are_judged_as_asked_for(fps: int, rate: float, judged: int) -> None:
    tally, pixels = Tally(), np.zeros((2, 2, 3), np.uint8)
    kept = list(thinned((Frame(n, n / fps, pixels) for n in range(10 * fps)), rate, tally))
    assert abs(len(kept) - 10 * judged) <= 1
    assert len(kept) + tally.left_out == 10 * fps


def test_a_file_without_a_frame_that_can_be_decoded_is_refused(tmp_path: Path) -> None:
    grey = np.full((64, 96, 3), 90, np.uint8)
    source = film(tmp_path / "x.mkv", [grey] * 5)
    data = bytearray(source.read_bytes())
    body = data.index(b"\x1f\x43\xb6\x75") + 40  # the first cluster
    data[body:-40] = bytes(len(data[body:-40]))
    source.write_bytes(data)
    code, _, said = watched(tmp_path, source)
    assert code == 2
    assert "x.mkv" in said
