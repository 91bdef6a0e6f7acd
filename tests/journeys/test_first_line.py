"""The thin line through all five rooms: a band calls, a caregiver is paged, answers, and the figure counts it."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from tests.running import Home, wait_for
from tests.sites import small_home


@pytest.fixture
def caregiver(home: Home) -> httpx.Client:
    home.load(small_home())
    return home.api("caregiver", "c1")


def test_a_call_reaches_the_caregiver_and_the_proof(home: Home, caregiver: httpx.Client) -> None:
    band = home.band("B-1")
    band.event("sos")
    band.settled()

    alarm = wait_for(lambda: caregiver.get("/api/alarms").json(), what="the alarm")[0]
    assert (alarm["kind"], alarm["person"], alarm["tier"], alarm["state"]) == (
        "sos",
        "p1",
        "intervene",
        "new",
    )
    assert alarm["reason"]["zh"] == "按了求助键"

    said = caregiver.post(f"/api/alarms/{alarm['id']}/acknowledge", json={})
    assert said.status_code == 200 and said.json()["state"] == "acknowledged"
    assert caregiver.post(f"/api/alarms/{alarm['id']}/acknowledge", json={}).status_code == 409
    said = caregiver.post(
        f"/api/alarms/{alarm['id']}/resolve", json={"resolution": "true", "note": "扶起，无伤"}
    )
    assert said.json()["resolution"] == "true"

    kept = home.alarms()[0]
    assert [(t["from"], t["to"]) for t in kept["transitions"]] == [
        (None, "new"), ("new", "acknowledged"), ("acknowledged", "resolved")]  # fmt: skip
    assert {(p["to"], p["step"], p["channel"]) for p in kept["pages"]} == {("c1", 1, "browser")}

    figures = {(f["id"], f["origin"]): f for f in json.loads(home.run("indicators", "--json").stdout)}
    lost = figures["eldercare.alarms_lost", "field"]
    assert (lost["value"], lost["n"]) == (0, 1)
    assert home.run("verify").returncode == 0


def test_vital_values_are_stored_and_read_back(home: Home, caregiver: httpx.Client) -> None:
    band = home.band("B-1")
    for bpm in (80, 82, 84):
        band.obs(heart_rate_bpm=bpm, worn=True)
    band.settled()
    series = {s["quantity"]: s for s in caregiver.get("/api/series", params={"device": "B-1"}).json()}
    points = caregiver.get(f"/api/series/{series['heart_rate_bpm']['id']}").json()["points"]
    assert [p["value"] for p in points] == [80, 82, 84]


def test_the_ladder_climbs_until_somebody_answers(home: Home, caregiver: httpx.Client) -> None:
    band = home.band("B-1")
    band.event("sos")
    wait_for(lambda: {p["step"] for a in home.alarms() for p in a["pages"]} == {1, 2, 3}, 30, "three steps")


def test_sigterm_ends_database_broker_and_service(home: Home) -> None:
    pids = dict(home.ready["pids"])
    assert home.stop() == 0
    assert [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()] == []
