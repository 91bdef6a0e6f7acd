"""A withdrawn consent ends every reading at the next call, without a restart; calls for help go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest
from tests.running import Home, serving, wait_for
from tests.sites import small_home

from mumian.core.kernel import settings
from mumian.core.kernel.clock import iso
from mumian.core.store import open_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("consent")) as running:
        running.load(small_home(3))
        yield running


def now_us() -> int:
    return time.time_ns() // 1000


def series_of(client: httpx.Client, device: str) -> list[int]:
    return [s["id"] for s in client.get("/api/series", params={"device": device}).json()]


def test_a_withdrawal_ends_reading_at_once_and_no_call_is_lost(home: Home) -> None:
    readers = {
        role: home.api(role, staff)
        for role, staff in (("nurse", "n1"), ("director", "d1"), ("auditor", None))
    }
    nurse = readers["nurse"]
    bands = {n: home.band(f"B-{n}") for n in (1, 2, 3)}
    for band in bands.values():
        band.obs(heart_rate_bpm=80)
        band.settled()
    ids = {n: series_of(nurse, f"B-{n}")[0] for n in bands}
    for id in ids.values():
        assert len(nurse.get(f"/api/series/{id}").json()["points"]) == 1
    assert nurse.get("/api/people/p1").status_code == 200

    site: dict[str, Any] = deepcopy(small_home(3))
    site["people"][0]["consents"][1]["until"] = iso(
        now_us() - 1_000_000
    )  # monitoring, withdrawn a second ago
    soon = now_us() + 8_000_000
    site["people"][1]["consents"][0]["until"] = iso(soon)  # care, ends by itself
    home.load(site)

    for role, client in readers.items():
        assert client.get(f"/api/series/{ids[1]}").status_code == 404, role
        assert not series_of(client, "B-1"), role
        assert ids[1] not in {s["id"] for s in client.get("/api/series").json()}, role
        assert client.get("/api/people/p1").status_code == 404, role
        assert client.get(f"/api/series/{ids[3]}").status_code == 200, role

    bands[1].event("sos")
    bands[1].settled()
    raised = wait_for(
        lambda: [a for a in nurse.get("/api/alarms").json() if a["kind"] == "sos"], what="the call"
    )
    assert (raised[0]["person"], raised[0]["device"]) == ("p1", "B-1")

    for _ in range(3):
        bands[1].obs(heart_rate_bpm=150)  # nobody may watch it, so nothing is found in it
    bands[1].settled()
    wait_for(
        lambda: nurse.get(f"/api/series/{ids[2]}").status_code == 404, 30, "a consent that ends at its time"
    )
    assert now_us() >= soon
    assert not [a for a in nurse.get("/api/alarms").json() if a["kind"] == "heart_rate"]
    assert reads_logged(home, "B-1/heart_rate_bpm") == [("staff:n1", "care", "points", 1)]


def reads_logged(home: Home, subject: str) -> list[tuple[Any, ...]]:
    with open_home(settings.load(home.env, home.folder)) as store:
        return store.query(
            "select actor, purpose, action, n from store.access_log where subject = %s order by id", [subject]
        )
