"""`fly` proves a plan before anything leaves for the vehicle, as its users type it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.scenarios.powerline.act.plans import written
from tests.scenarios.powerline.act.test_fly_world import vehicle
from tests.scenarios.powerline.decide.drawn import write

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ports import free
from mumian.scenarios.powerline.act.flight.plan_file import read
from mumian.scenarios.powerline.decide.commands import plan
from mumian.scenarios.powerline.decide.plan.before_flight import PlanNotProved, proved


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    plan(write(folder / "line.geojson"), 3, "tower", folder / "good.plan")
    return folder / "good.plan"


@pytest.fixture
def bad(good: Path, tmp_path: Path) -> Path:
    made = json.loads(good.read_text("utf-8"))
    made["geoFence"] = {"circles": [], "polygons": [], "version": 2}
    (tmp_path / "bad.plan").write_text(json.dumps(made), "utf-8")
    return tmp_path / "bad.plan"


def test_what_is_proved_may_leave_and_what_breaks_a_rule_may_not(good: Path, bad: Path) -> None:
    assert proved(good, must=True) == "proved"
    assert proved(bad, must=False) == "violated"
    with pytest.raises(PlanNotProved, match="fence-present"):
        proved(bad, must=True)


def test_a_plan_without_a_line_is_not_judged(tmp_path: Path) -> None:
    assert proved(written(tmp_path / "elsewhere.plan"), must=True) == "not judged"


def test_the_command_sends_nothing_of_an_unproved_plan(bad: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mumian", "powerline", "fly", str(bad), "--vehicle", f"udpout:127.0.0.1:{free()}", "--json"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert json.loads(done.stdout)["code"] == "plan_not_proved"
    assert "--unproved" in done.stderr


@pytest.mark.parametrize("value", [1, "false", None])
def test_both_readers_want_true_or_false_for_a_fence(good: Path, tmp_path: Path, value: object) -> None:
    made = json.loads(good.read_text("utf-8"))
    made["geoFence"]["polygons"][0]["inclusion"] = value
    file = tmp_path / "x.plan"
    file.write_text(json.dumps(made), "utf-8")
    with pytest.raises(BadInput, match="true or false"):
        read(file)
    with pytest.raises(BadInput, match="true or false"):
        proved(file, must=True)


@pytest.mark.timeout(120)
def test_a_vehicle_that_stands_elsewhere_is_told(tmp_path: Path) -> None:
    pytest.importorskip("mavsdk")
    port, plan_ = free(), written(tmp_path / "p.plan", waypoints=1)
    made = json.loads(plan_.read_text("utf-8"))
    made["mission"]["plannedHomePosition"][0] += 300 / 111_195
    elsewhere = tmp_path / "elsewhere.plan"
    elsewhere.write_text(json.dumps(made), "utf-8")
    with vehicle(f"udpin://127.0.0.1:{port}", plan_, "--speed", "20"):
        done = subprocess.run(
            [sys.executable, "-m", "mumian", "powerline", "fly", str(elsewhere), "--vehicle", f"udpout:127.0.0.1:{port}"],
            capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
    assert "the vehicle stands 300 m from the plan's home" in done.stderr
    assert "carries no line, so nothing was proved" in done.stderr
