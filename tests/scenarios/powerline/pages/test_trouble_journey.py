"""Which vehicle is in trouble, at three in the morning: two vehicles, one of which runs out of battery while its dispatcher holds it."""

from __future__ import annotations

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

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
PASSWORD = "grey brick and kapok"


def test_hold_take_over_and_the_battery_that_ends_it(tmp_path: Path, chromium: Browser) -> None:
    ports = (free(), free())
    plan = written(tmp_path / "p.plan", waypoints=40, spacing_m=10.0)
    urls = [f"udpout:127.0.0.1:{port}" for port in ports]
    with (
        vehicle(f"udpin://127.0.0.1:{ports[0]}", plan),
        vehicle(f"udpin://127.0.0.1:{ports[1]}", plan, "--system", "2", "--speed", "4", "--battery-wh", "20", "--swap-s", "60"),
        serving(
            tmp_path,
            MUMIAN_HOUSES="powerline",
            MUMIAN_VEHICLES=",".join(f"{url}=simulation" for url in urls),
            XDG_RUNTIME_DIR=str(tmp_path),
        ) as home,
    ):  # fmt: skip
        home.load(small_home(bands=1))
        home.run("account", "add", "d1", "--role", "director", "--staff", "d1", given=PASSWORD + "\n")
        desk = Window(chromium, home.ready["url"], DESK).sign_in("d1", PASSWORD)
        desk.go("/powerline/dispatch")
        phone = Window(chromium, home.ready["url"], PHONE).sign_in("d1", PASSWORD)
        phone.go("/powerline/dispatch")
        page = desk.page
        expect(page.locator("[data-vehicle]")).to_have_count(2, timeout=20_000)
        assert order_of(desk) == ["1-1", "2-2"]
        flying = subprocess.Popen(
            [sys.executable, "-m", "mumian", "powerline", "fly", str(plan), "--vehicle", urls[1], "--json"],
            env=home.env, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            second = page.locator('[data-vehicle="2-2"]')
            expect(second).to_contain_text("按航线飞", timeout=60_000)
            second.click()
            page.mouse.move(700, 200)  # a row does not move from under the pointer or the focus
            page.evaluate("document.activeElement.blur()")
            hold(desk, "hold")
            said = page.locator('[data-one="said"]')
            expect(said).to_contain_text("p.plan", timeout=15_000)
            expect(said).not_to_contain_text("秒")  # how long is left is told in one place
            hold(desk, "take")
            expect(said).to_contain_text("飞行器已应答：悬停", timeout=15_000)
            expect(page.locator('[data-one="said-age"]')).to_contain_text("秒前", timeout=5_000)
            expect(second).to_contain_text("悬停中")
            expect(second).to_contain_text("AUTO.LOITER")
            page.mouse.move(700, 200)
            page.evaluate("document.activeElement.blur()")

            bar = page.locator("[data-fleet-trouble]")
            expect(bar).to_contain_text("1 架有异常：2 号机", timeout=60_000)
            expect(bar.locator(".mm-tier")).to_be_visible()
            assert order_of(desk) == ["2-2", "1-1"]
            expect(second.locator(".dispatch__battery small")).to_have_text("电量低于储备")
            expect(phone.page.locator("[data-fleet-trouble]")).to_be_visible(timeout=10_000)
            assert phone.sideways() == 0
            phone.page.screenshot(path=str(tmp_path / "phone.png"))
            page.screenshot(path=str(tmp_path / "low.png"))
            assert desk.axe() == []
            expect(bar).to_contain_text("电量危急", timeout=60_000)
            expect(second.locator(".dispatch__battery .mm-tier--high")).to_be_visible()
            expect(second).to_contain_text("返航中", timeout=10_000)
            page.screenshot(path=str(tmp_path / "critical.png"))
            expect(second).to_contain_text("待命", timeout=90_000)
            expect(second).to_contain_text("100 %", timeout=60_000)
            expect(bar).to_be_hidden()
            assert flying.wait(60) == 1
        finally:
            flying.kill()
            flying.wait()
        home.run("powerline", "fly", str(written(tmp_path / "again.plan", waypoints=2)), "--vehicle", urls[1])
        assert desk.faults == [f for f in desk.faults if "409" in f]  # the refused hold alone


def order_of(window: Window) -> list[str]:
    return list(
        window.page.locator("[data-vehicle]").evaluate_all("rows => rows.map(row => row.dataset.vehicle)")
    )


def hold(window: Window, order: str) -> None:
    window.page.hover(f'[data-order="{order}"]')
    window.page.mouse.down()
    time.sleep(1.3)
    window.page.mouse.up()
