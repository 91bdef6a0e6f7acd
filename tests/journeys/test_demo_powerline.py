"""`mumian demo powerline`: what a newcomer sees after a minute: vehicles that fly, docks that speak, a hazard before the reviewers."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

pytest.importorskip("mavsdk")
from playwright.sync_api import Browser, expect
from tests.browser import DESK, Window
from tests.running import Home, wait_for
from tests.scenarios.powerline.pages.test_trouble_journey import hold

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_corridor_plays(tmp_path: Path) -> None:
    home = Home(tmp_path, XDG_RUNTIME_DIR=str(tmp_path))
    try:
        ready = home.start("demo", "powerline", "--no-browser", "--speed", "12")
        lead = next(a for a in ready["accounts"] if a["role"] == "director")
        assert "/powerline/dispatch" in lead["acts_on"]
        auditor = next(a for a in ready["accounts"] if a["role"] == "auditor")
        assert (auditor["acts_on"], "/powerline/dispatch" in auditor["looks_at"]) == ([], True)
        assert any("photographs: " in sentence for sentence in ready["plays"])
        with httpx.Client(base_url=ready["url"], trust_env=False, timeout=30) as browser:
            sent = {"user": lead["user"], "password": lead["password"]}
            browser.post("/login", data=sent, headers={"Origin": ready["url"]})
            flown = Path(ready["home"]) / "world" / "vehicle-1" / "flight-1.flight.jsonl"
            wait_for(
                lambda: flown.exists() and '"photo"' in flown.read_text("utf-8"),
                120,
                "a photograph on a flight",
            )
            with browser.stream("GET", "/powerline/docks/stream") as told:
                assert any("DOCK-LX-02" in line for line in told.iter_lines())
            wait_for(
                lambda: "净距不够" in browser.get("/powerline/review").text,
                90,
                "a hazard before the reviewers",
            )
            assert "流溪甲线" in browser.get("/powerline/hazards").text
            assert browser.get("/healthz").status_code == 200
            again = flown.with_name("flight-2.flight.jsonl")
            wait_for(
                lambda: again.exists() and '"photo"' in again.read_text("utf-8"),
                120,
                "a photograph on the second flight",
            )
            houses = home.run("indicators").stdout  # without MUMIAN_HOUSES: the home remembers
            assert "powerline.coverage" in houses
            assert "eldercare." not in houses
    finally:
        home.sweep()


def test_a_flight_that_its_dispatcher_held_and_sent_home_is_followed_by_a_whole_one(
    tmp_path: Path, chromium: Browser
) -> None:
    home = Home(tmp_path, XDG_RUNTIME_DIR=str(tmp_path))
    try:
        ready = home.start("demo", "powerline", "--no-browser", "--speed", "12")
        lead = next(a for a in ready["accounts"] if a["role"] == "director")
        desk = Window(chromium, ready["url"], DESK).sign_in(lead["user"], lead["password"])
        desk.go("/powerline/dispatch")
        first, said = desk.page.locator('[data-vehicle="1-1"]'), desk.page.locator('[data-one="said"]')
        expect(first).to_contain_text("按航线飞", timeout=120_000)
        first.click()
        expect(desk.page.locator('[data-one="lease"]')).to_contain_text("流溪甲线", timeout=10_000)
        hold(desk, "hold")
        expect(said).to_contain_text("正在控制", timeout=15_000)
        hold(desk, "take")
        expect(said).to_contain_text("飞行器已应答：悬停", timeout=15_000)
        expect(first).to_contain_text("悬停中")
        hold(desk, "return")
        expect(said).to_contain_text("飞行器已应答：返航", timeout=15_000)
        expect(first).to_contain_text("待命", timeout=90_000)
        expect(first).to_contain_text("100 %", timeout=60_000)
        again = tmp_path / "home" / "world" / "vehicle-1" / "flight-2.flight.jsonl"
        wait_for(
            lambda: again.exists() and '"outcome": "whole"' in again.read_text("utf-8"),
            300,
            "a whole flight after the one that was sent home",
        )
    finally:
        home.sweep()


def test_a_home_of_one_demo_refuses_another(tmp_path: Path) -> None:
    home = Home(tmp_path)
    try:
        home.start("demo", "--no-browser", "--residents", "2")
        home.stop()
        refused = home.run("demo", "powerline", "--no-browser", check=False)
        assert refused.returncode == 2
        assert "demo of eldercare" in refused.stderr
        assert home.run("demo", "rail", "--no-browser", check=False).returncode == 2
    finally:
        home.sweep()
