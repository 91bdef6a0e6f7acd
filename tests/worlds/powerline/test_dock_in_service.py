"""A registered dock in a running home: heard, stored, shown as spoken; one that pretends to be another is not."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from tests.running import serving, wait_for
from tests.sites import small_home

pytestmark = pytest.mark.slow


def peer(home, user: str, sn: str) -> subprocess.Popen[bytes]:
    port, word = urlsplit(home.ready["mqtt"]).port, home.credentials[user]["password"]
    url = f"mqtt://{user}:{word}@127.0.0.1:{port}"
    return subprocess.Popen(
        [sys.executable, "-m", "mumian.worlds.powerline.dock", "--mqtt", url, "--sn", sn],
        stdout=subprocess.DEVNULL,
    )


def test_a_dock_is_heard_under_its_own_name_only(tmp_path):
    site = small_home()
    place = site["places"][0]["id"]
    site["devices"] += [
        {"id": sn, "kind": "dock", "place": place, "origin": "simulation"} for sn in ("D-A", "D-B")
    ]
    with serving(tmp_path, MUMIAN_HOUSES="eldercare,powerline") as home:
        home.load(site)
        docks = [peer(home, "D-A", "D-A"), peer(home, "D-A", "D-B")]
        try:
            with home.api("admin") as api:

                def seen(sn: str):
                    listed = api.get("/api/devices").json()
                    listed = listed if isinstance(listed, list) else listed["devices"]
                    return next(d for d in listed if d["id"] == sn)

                wait_for(lambda: seen("D-A")["last_seen"], 20, "D-A is heard")
                assert seen("D-A")["battery_percent"] == pytest.approx(60)
                assert seen("D-B")["last_seen"] is None
        finally:
            for dock in docks:
                dock.terminate()
                dock.wait()
