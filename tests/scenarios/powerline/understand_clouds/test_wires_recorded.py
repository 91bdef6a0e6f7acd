"""The cloud of conductors in the data folder: simulated by its makers, c = 200 m, noise 0.028 m; an exact check, no field evidence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.recordings import recorded

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def cloud() -> Path:
    return recorded("powerline", "wires", "easy.parquet")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mumian", "powerline", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_the_contract_on_the_recorded_cloud(cloud, tmp_path):
    done = run("wires", cloud, "--out", tmp_path / "wires.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "wires.json").read_text("utf-8"))["conductors"]
    assert [one["points"] for one in found] == [514, 496, 492]
    for one in found:
        assert one["c_m"] == pytest.approx(200, rel=0.02)
        assert one["lowest_z_m"] == pytest.approx(10.0, abs=0.01)
        assert one["rmse_m"] < 0.035


@pytest.mark.parametrize("content", [b"", b"PAR1", b"LASF" + bytes(20), b"x,y,z"])
def test_bad_files_end_with_2_and_a_sentence(tmp_path, content):
    (tmp_path / "cloud.laz").write_bytes(content)
    done = run("wires", tmp_path / "cloud.laz", "--out", tmp_path / "wires.json")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert "cloud.laz" in done.stderr.replace("\n", "")
