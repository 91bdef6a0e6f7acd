"""Two stations and one vehicle: the page names who holds control and since when, refuses without it, and a held take-over is on the record."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("mavsdk")
from playwright.sync_api import Browser, expect
from tests.browser import DESK, PHONE, Window
from tests.running import serving
from tests.scenarios.powerline.act.plans import written
from tests.scenarios.powerline.act.test_fly_world import vehicle
from tests.sites import small_home

from mumian.core.kernel.ports import free

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
PASSWORD = "grey brick and kapok"
ANOTHER_STATION = """
import sys, time
from pathlib import Path
from mumian.core.kernel.clock import SystemClock
from mumian.scenarios.powerline.act.flight.lease import LeaseFile
from mumian.scenarios.powerline.act.flight.refusals import LeaseHeld
lease = LeaseFile(sys.argv[1], "station west", SystemClock())
try:
    while True:
        lease.take()
        print("held", flush=True)
        time.sleep(1)
except LeaseHeld as lost:
    print("lost to", lost.facts["holder"], flush=True)
"""


def test_a_take_over_is_held_works_and_is_on_the_record(tmp_path: Path, chromium: Browser) -> None:
    port = free()
    plan = written(tmp_path / "p.plan", waypoints=40, spacing_m=30.0)
    address = f"udpout:127.0.0.1:{port}"
    with (
        vehicle(f"udpin://127.0.0.1:{port}", plan, "--speed", "3"),
        serving(
            tmp_path,
            MUMIAN_HOUSES="powerline",
            MUMIAN_VEHICLES=f"{address}=simulation",
            XDG_RUNTIME_DIR=str(tmp_path),
        ) as home,
    ):
        home.load(small_home(bands=1))
        home.run("account", "add", "d1", "--role", "director", "--staff", "d1", given=PASSWORD + "\n")
        desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
        desk.go("/powerline/dispatch")
        desk.page.wait_for_selector('[data-vehicle="1-1"]', timeout=20_000)
        name = f"{address} system 1"  # what leases call it
        other = subprocess.Popen(
            [sys.executable, "-c", ANOTHER_STATION, name], env=home.env, stdout=subprocess.PIPE, text=True
        )
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            since = time.strftime("%H:%M", time.gmtime(time.time() + 8 * 3600))
            expect(desk.page.locator('[data-one="lease"]')).to_contain_text("station west", timeout=10_000)
            expect(desk.page.locator('[data-one="lease"]')).to_contain_text(f"{since[:4]}")
            assert desk.page.locator('[data-order="take"]').is_hidden()

            _press(desk, "hold", 1.3)
            expect(desk.page.locator('[data-one="said"]')).to_contain_text(
                "station west 正在控制", timeout=15_000
            )
            expect(desk.page.locator('[data-order="take"]')).to_be_visible()
            desk.page.screenshot(path=str(tmp_path / "held.png"))

            _press(desk, "take", 0.4)
            expect(desk.page.locator('[data-one="said"]')).to_contain_text("已取消")
            assert _audit(tmp_path, "taken over") == []
            expect(desk.page.locator('[data-order="take"]')).to_be_visible()  # she may try again

            _press(desk, "take", 1.3)
            assert other.communicate(timeout=15)[0].splitlines()[-1].startswith("lost to")
            (taken,) = _audit(tmp_path, "taken over")
            assert (taken["holder"], taken["taken_from"]) == ("d1", "station west")
            expect(desk.page.locator('[data-one="lease"]')).to_contain_text(
                "从 station west 接管", timeout=10_000
            )
            expect(desk.page.locator('[data-one="said"]')).not_to_contain_text("已发出", timeout=60_000)
            said = desk.page.locator('[data-one="said"]')
            expect(said).to_contain_text("飞行器不肯悬停")  # it stands disarmed
            expect(said).to_contain_text("返航不要控制权")
            states = [row.get("state") for row in _audit(tmp_path, "order") if row["holder"] == "d1"]
            assert states[0] == "sent" and len(states) >= 2, states
            desk.page.screenshot(path=str(tmp_path / "taken.png"))
        finally:
            other.kill()
            other.wait()
        phone = Window(chromium, home.ready["url"], PHONE).sign_in("d1", PASSWORD)
        phone.go("/powerline/dispatch")
        assert phone.sideways() == 0


def _press(window: Window, order: str, seconds: float) -> None:
    window.page.locator(f'[data-order="{order}"]').scroll_into_view_if_needed()
    window.page.hover(f'[data-order="{order}"]')
    window.page.mouse.down()
    time.sleep(seconds)
    window.page.mouse.up()


def _audit(folder: Path, event: str) -> list[dict[str, str]]:
    rows = [
        json.loads(line)
        for file in folder.glob("mumian-leases-*/*.audit.jsonl")
        for line in file.read_text("utf-8").splitlines()
    ]
    return [row for row in rows if row["event"] == event]
