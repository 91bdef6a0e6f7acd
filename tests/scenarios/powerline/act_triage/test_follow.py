"""Photographs judged while the flight runs: a real process, killed for real, over recorded photographs with defects."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.recordings import photographs
from tests.running import wait_for
from tests.scenarios.powerline.act_triage.flights import flown, photographed, picture, save

from mumian.core.kernel import settings
from mumian.core.kernel.clock import SystemClock
from mumian.core.store import Store, open_home
from mumian.scenarios.powerline.act.triage.follow import Follow, run
from mumian.scenarios.powerline.act.triage.inspect import inspect
from mumian.scenarios.powerline.act.triage.placing import flown as flown_by
from mumian.scenarios.powerline.understand.eyes.model import load

WORD = [sys.executable, "-m", "mumian", "powerline", "inspect"]


@pytest.fixture
def defects() -> list[Path]:
    return photographs("powerline", "cplid", "defect")[::20][:8]


def started(folder: Path, home: Path, log: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*WORD, str(folder), "--line", "荔湾线", "--follow", *more],
        env={**os.environ, "MUMIAN_HOME": str(home)}, stdout=subprocess.PIPE, stderr=log.open("a"), text=True,
    )  # fmt: skip


def told(log: Path) -> list[dict[str, Any]]:
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return [json.loads(line) for line in lines if line.startswith("{") and '"photo"' in line]


def slowly(source: Path, target: Path, parts: int = 6) -> None:
    """As a link writes it: piece by piece."""
    data = source.read_bytes()
    size = len(data) // parts + 1
    with target.open("wb") as file:
        for at in range(0, len(data), size):
            file.write(data[at : at + size])
            file.flush()
            time.sleep(0.1)


@pytest.mark.data
@pytest.mark.timeout(180)
def test_killed_in_flight_no_finding_is_lost_and_none_is_twice(defects: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    folder, home, log = tmp_path / "photos", tmp_path / "home", tmp_path / "log"
    folder.mkdir()
    first = started(folder, home, log)
    wait_for(lambda: log.exists() and "watching" in log.read_text("utf-8"), 90, "it watches")
    for n, path in enumerate(defects[:4]):
        slowly(path, folder / f"{n}.jpg")
    wait_for(lambda: len(told(log)) >= 3, 90, "three photographs judged")
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    for n, path in enumerate(defects[4:], 4):
        shutil.copy(path, folder / f"{n}.jpg")
    second = started(folder, home, log, "--until-idle", "4")
    out, _ = second.communicate(timeout=120)
    assert second.returncode == 0, log.read_text("utf-8")[-2000:]
    ledger = json.loads(out)
    assert (ledger["photos"], ledger["refused"]) == (len(defects), [])

    monkeypatch.setenv("MUMIAN_HOME", str(home))
    with open_home(settings.load()) as store:
        found = store.query("select photo, count(*) from powerline.findings group by photo order by photo")
        sealed = store.query("select kind, count(*), count(distinct subject) from store.events where kind like 'powerline%%' group by kind order by kind")  # fmt: skip
    by_photo = {row["photo"]: len(row["findings"]) for row in told(log) if row["findings"]}
    assert len(by_photo) >= 6  # the recordings have a defect each; one or two may be missed
    assert {photo: n for photo, n in found if photo in by_photo} == by_photo
    total = sum(n for _, n in found)
    assert sealed == [("powerline_finding", total, total), ("powerline_flight", 1, 1)]
    assert ledger["findings"] == total
    waits = [row["seconds"] for row in told(log) if int(row["photo"][0]) < 3]
    print("seconds from complete to stored:", waits)
    assert max(waits) <= 2.0, waits


@pytest.mark.timeout(120)
def test_sigterm_ends_the_flight_with_its_ledger(tmp_path: Path) -> None:
    folder, log = tmp_path / "photos", tmp_path / "log"
    folder.mkdir()
    process = started(folder, tmp_path / "home", log)
    save(picture(1), folder / "a.jpg", None)
    wait_for(lambda: told(log), 90, "a photograph judged")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["photos"] == 1


class Rounds:
    """Sleeps for real and ends after so many looks; `between` does what the world does meanwhile."""

    def __init__(self, n: int, between: Callable[[int], None] = lambda n: None) -> None:
        self.left, self.n, self.between = n, 0, between

    def sleep(self, seconds: float) -> None:
        self.between(self.n)
        self.n += 1
        time.sleep(seconds)

    def over(self) -> bool:
        return self.n >= self.left


@pytest.fixture
def now_store(store: Store) -> Store:
    store.clock = SystemClock()
    return store


def test_a_photograph_is_read_when_it_is_whole_and_again_when_it_grows(
    now_store: Store, tmp_path: Path
) -> None:
    whole = save(picture(2), tmp_path / "elsewhere.jpg", None).read_bytes()
    folder, rows = tmp_path / "photos", list[dict[str, Any]]()
    folder.mkdir()

    def write(n: int) -> None:
        if n == 0:
            (folder / "a.jpg").write_bytes(whole[:2000])
        if n == 8:  # after 1.6 s of rest it was taken for whole
            (folder / "a.jpg").write_bytes(whole)

    rounds = Rounds(12, write)
    follow = Follow(now_store, folder, "line 7", "replay", load(), None, rows.append)
    ledger = run(follow, None, rounds.sleep, rounds.over)
    assert ["refused" in row for row in rows if "photo" in row] == [True, False]
    assert (ledger["photos"], ledger["refused"]) == (1, [])


def test_an_empty_folder_leaves_no_flight_and_a_doubled_photograph_counts_once(
    now_store: Store, tmp_path: Path
) -> None:
    rounds = Rounds(1)
    follow = Follow(now_store, tmp_path, "line 7", "replay", load(), None, lambda row: None)
    assert run(follow, None, rounds.sleep, rounds.over)["flight"] is None
    assert now_store.query("select count(*) from powerline.flights") == [(0,)]
    save(picture(3), tmp_path / "a.jpg", None)
    shutil.copy(tmp_path / "a.jpg", tmp_path / "b.jpg")
    rows, rounds = list[dict[str, Any]](), Rounds(4)
    ledger = run(Follow(now_store, tmp_path, "line 7", "replay", load(), None, rows.append), None, rounds.sleep, rounds.over)  # fmt: skip
    assert ledger["photos"] == 1
    assert sorted(bool(row["twin"]) for row in rows if "photo" in row) == [False, True]


def test_with_record_and_plan_the_flight_ends_with_its_coverage(now_store: Store, tmp_path: Path) -> None:
    flight = flown(tmp_path, towers=1)
    photographed(flight, without=(flight.shots[2]["id"],))
    by = flown_by(flight.record, flight.plan, None, in_flight=True)
    rounds = Rounds(4)
    follow = Follow(now_store, flight.images, "line 7", "replay", load(), by, lambda row: None)
    ledger = run(follow, None, rounds.sleep, rounds.over)
    assert ledger["coverage"] == {"required": 9, "seen": 8, "blurred": 0, "missing": 1, "unbound": 0}


def test_a_followed_flight_that_is_judged_again_is_the_same_flight_and_can_be_bound(now_store: Store, tmp_path: Path) -> None:  # fmt: skip
    flight = flown(tmp_path, towers=1)
    photographed(flight)
    rounds = Rounds(4)
    follow = Follow(now_store, flight.images, "line 7", "replay", load(), None, lambda row: None)
    first = run(follow, None, rounds.sleep, rounds.over)
    by = flown_by(flight.record, flight.plan, None)
    again = inspect(now_store, flight.images, "line 7", by=by)
    assert (again["flight"], again["photos"], again["coverage"]["seen"]) == (first["flight"], 9, 9)
    assert now_store.query("select count(*) from powerline.flights") == [(1,)]
