"""The dispatcher through the real interface: a vehicle flies, the page shows it move, she holds "return", and `fly` lets go for good."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

pytest.importorskip("mavsdk")
from tests.browser import CHROMIUM, DESK, FLAGS
from tests.running import serving
from tests.scenarios.powerline.act.plans import written
from tests.scenarios.powerline.act.test_fly_world import vehicle
from tests.sites import small_home

from mumian.core.kernel.ports import free
from mumian.scenarios.powerline.act.flight.flight import station

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_return_held_on_the_page_is_flown_and_fly_does_not_take_control_back(tmp_path):
    from playwright.sync_api import sync_playwright

    port = free()
    plan = written(tmp_path / "p.plan", waypoints=40, spacing_m=30.0)
    address = f"udpout:127.0.0.1:{port}"
    with (
        vehicle(f"udpin://127.0.0.1:{port}", plan, "--speed", "3"),
        serving(
            tmp_path,
            MUMIAN_HOUSES="eldercare,powerline",
            MUMIAN_VEHICLES=f"{address}=simulation",
            XDG_RUNTIME_DIR=str(tmp_path),
        ) as home,
        sync_playwright() as play,
    ):
        home.load(small_home(bands=1))
        home.run("powerline", "map", str(plan))
        token = home.run("token", "director", "--staff", "d1").stdout.strip()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport=DESK, locale="zh-CN", bypass_csp=True).new_page()
        page.set_extra_http_headers({"Authorization": f"Bearer {token}"})
        page.goto(home.ready["url"] + "/powerline/dispatch")
        flying = subprocess.Popen(
            [sys.executable, "-m", "mumian", "powerline", "fly", str(plan), "--vehicle", address, "--json"],
            env=home.env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            page.wait_for_selector('[data-vehicle="1-1"]', timeout=15_000)
            page.wait_for_function("document.querySelector('[data-vehicle] span:nth-child(2)').innerText.includes('MISSION')", timeout=60_000)  # fmt: skip
            height = page.inner_text('[data-vehicle="1-1"] span:nth-child(4) b')
            began = time.monotonic()
            page.wait_for_function(
                "was => document.querySelector('[data-vehicle=\"1-1\"] span:nth-child(4) b').innerText !== was", arg=height, timeout=5000,
            )  # fmt: skip
            assert time.monotonic() - began < 1.5
            assert "按航线飞" in page.inner_text('[data-one="mode"]')
            assert f"p.plan · {station()}" in page.inner_text('[data-one="lease"]')

            page.hover('[data-order="return"]')
            page.mouse.down()
            time.sleep(0.4)
            page.mouse.up()
            assert "已取消" in page.inner_text('[data-one="said"]')  # let go too early: nothing was sent
            page.focus('[data-order="return"]')
            page.keyboard.down(" ")
            answered = """() => { const said = document.querySelector('[data-one="said"]').innerText;
                return said && !said.startsWith("已取消") && !said.startsWith("已发出") && said; }"""
            said = page.wait_for_function(answered, timeout=30_000).json_value()
            page.keyboard.up(" ")
            assert "已应答" in said, said
            page.wait_for_function("document.querySelector('[data-vehicle] span:nth-child(2)').innerText.includes('RTL')", timeout=10_000)  # fmt: skip
            out, err = flying.communicate(timeout=120)
        finally:
            flying.kill()
            browser.close()
        told = json.loads(out) if out.startswith("{") else {}
        assert flying.returncode == 1 and (
            told.get("outcome") == "aborted" or "aborted" in err or "RTL" in err
        ), err[-800:]
        record = [json.loads(line) for line in (tmp_path / "p.flight.jsonl").read_text("utf-8").splitlines()]
        aborted = next(row["time"] for row in record if row["kind"] == "aborted")
        assert not [
            row for row in record if row["kind"] == "command" and row["time"] > aborted
        ]  # nothing was ordered after that
        audit = [
            json.loads(line)
            for file in tmp_path.glob("mumian-leases-*/*.audit.jsonl")
            for line in file.read_text().splitlines()
        ]
        hers = [(row["event"], row.get("state")) for row in audit if not row["holder"].startswith("flight ")]
        assert hers == [("emergency order", None), ("order", "sent"), ("order", "MAV_RESULT_ACCEPTED")]
