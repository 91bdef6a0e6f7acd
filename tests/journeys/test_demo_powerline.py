"""`mumian demo powerline`: what a newcomer sees after a minute: vehicles that fly, docks that speak, a hazard before the reviewers."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

pytest.importorskip("mavsdk")
from tests.running import Home, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_corridor_plays(tmp_path: Path) -> None:
    home = Home(tmp_path)
    try:
        ready = home.start("demo", "powerline", "--no-browser", "--speed", "12")
        lead = next(a for a in ready["accounts"] if a["role"] == "director")
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
