"""kill -9 while it flies: the next `fly` takes the watching up within five seconds and orders nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.scenarios.powerline.act.autopilot import Autopilot, Script
from tests.scenarios.powerline.act.plans import written

from mumian.core.kernel.ports import free

pytestmark = pytest.mark.timeout(120)


def begin(plan, port):
    return subprocess.Popen(
        [sys.executable, "-m", "mumian", "powerline", "fly", str(plan), "--vehicle", f"udp:127.0.0.1:{port}", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def rows(plan, kind):
    found = []
    for line in plan.with_suffix(".flight.jsonl").read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found += [row] if row["kind"] == kind else []
    return found


def test_killed_in_flight_it_goes_on_watching_and_orders_nothing_twice(tmp_path):
    plan, port = written(tmp_path / "p.plan", waypoints=8), free()
    with Autopilot(("127.0.0.1", port), Script(item_s=1.0)) as autopilot:
        first = begin(plan, port)
        wait_until(lambda: autopilot.current >= 4)
        kill(first)
        began = time.monotonic()
        second = begin(plan, port)
        wait_until(lambda: rows(plan, "resumed"))
        assert time.monotonic() - began < 5
        out, err = second.communicate(timeout=60)
        assert second.returncode == 0, err
        told = json.loads(out)
        orders = [command for command in autopilot.commands() if command not in (511, 512)]
        assert orders == [176, 400, 300]
        assert [kind for kind, _ in autopilot.told("count")] == [1, 2, 0] and not autopilot.told("clear")
    assert (
        told["outcome"] == "whole" and told["items_flown"] == told["items"] and told["photos_missing"] == []
    )


def test_killed_in_flight_and_landed_meanwhile(tmp_path):
    plan, port = written(tmp_path / "p.plan"), free()
    with Autopilot(("127.0.0.1", port), Script(item_s=0.4)) as autopilot:
        first = begin(plan, port)
        wait_until(lambda: autopilot.current >= 3)
        kill(first)
        wait_until(lambda: not autopilot.armed)
        second = begin(plan, port)
        out, err = second.communicate(timeout=60)
        assert second.returncode == 0 and json.loads(out)["outcome"] == "whole", err
        assert autopilot.commands().count(400) == 1 and len(autopilot.told("count")) == 3


def test_killed_before_it_armed_it_begins_anew(tmp_path):
    plan, port = written(tmp_path / "p.plan"), free()
    with Autopilot(("127.0.0.1", port), Script(arm_refusals=2)) as autopilot:
        first = begin(plan, port)
        wait_until(lambda: len(autopilot.told("count")) >= 2)
        kill(first)
        second = begin(plan, port)
        out, err = second.communicate(timeout=60)
        assert second.returncode == 0 and json.loads(out)["outcome"] == "whole", err


def test_two_cannot_watch_one_flight(tmp_path):
    plan, port = written(tmp_path / "p.plan"), free()
    with Autopilot(("127.0.0.1", port), Script(item_s=1.0)) as autopilot:
        first = begin(plan, port)
        wait_until(lambda: autopilot.current >= 2)
        second = begin(plan, port)
        _, err = second.communicate(timeout=30)
        assert second.returncode == 2 and "Another `fly`" in err
        kill(first)
