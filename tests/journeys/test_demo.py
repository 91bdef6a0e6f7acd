"""The demo as a visitor runs it: a seeded home, people who move and fall, accounts that open it, and an end by itself."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest
from tests.running import Home, wait_for

ACCOUNTS = {"admin", "director", "nurse", "caregiver", "auditor"}


def test_people_move_and_fall_and_the_demo_ends_by_itself(tmp_path: Path) -> None:
    home = Home(tmp_path)
    try:
        ready = home.start("demo", "--residents=4", "--seconds=45", "--no-browser")
        assert {a["role"] for a in ready["accounts"]} >= ACCOUNTS
        nurse = next(a for a in ready["accounts"] if a["role"] == "nurse")
        with httpx.Client(base_url=ready["url"], trust_env=False, follow_redirects=True) as browser:
            page = browser.post(
                "/login",
                data={"user": nurse["user"], "password": nurse["password"]},
                headers={"Origin": ready["url"]},
            )
            assert page.status_code == 200
            assert "/login" not in str(page.url)
            falls = wait_for(
                lambda: [a for a in browser.get("/api/alarms?state=all").json() if a["kind"] == "fall"],
                40,
                "the first fall",
            )
            assert {a["origin"] for a in falls} <= {"replay", "simulation"}, "a demo is never field evidence"
        assert home.process is not None
        home.process.wait(100)
        assert home.process.returncode == 0
    finally:
        home.sweep()


def test_on_the_network_the_demo_speaks_tls_to_pages_and_bands(tmp_path: Path) -> None:
    home = Home(tmp_path)
    try:
        refused = home.run("demo", "--host=0.0.0.0", "--no-browser", check=False)
        assert refused.returncode == 2
        assert "mumian cert" in refused.stderr
        home.run("cert")
        ready = home.start("demo", "--host=0.0.0.0", "--residents=2", "--no-browser")
        assert ready["url"].startswith("https://")
        assert ready["mqtt"].startswith("mqtts://")
        trust = ssl.create_default_context(cafile=tmp_path / "home" / "keys" / "tls.crt")
        trust.check_hostname = False
        nurse = next(a for a in ready["accounts"] if a["role"] == "nurse")
        with httpx.Client(base_url=ready["url"], trust_env=False, verify=trust) as browser:
            sent = {"user": nurse["user"], "password": nurse["password"]}
            browser.post("/login", data=sent, headers={"Origin": ready["url"]})
            wait_for(
                lambda: all(d["last_seen"] for d in browser.get("/api/devices").json() if d["person"]), 30, "every band to be heard"
            )  # fmt: skip
    finally:
        home.sweep()


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_a_home_listens_on_the_address_that_is_named(tmp_path: Path, host: str) -> None:
    home = Home(tmp_path)
    try:
        ready = home.start("up", f"--host={host}")
        assert httpx.get(f"{ready['url']}/healthz", trust_env=False).json()["parts"]
    finally:
        home.sweep()
