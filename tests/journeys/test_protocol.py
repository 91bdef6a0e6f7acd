"""The device protocol from the device's side: what an `ack` promises, what a reading raises, what silence means."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.running import Band, Home, serving, wait_for
from tests.sites import small_home

BANDS = 8
SILENT = "B-8"  # says one word and then nothing any more


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("protocol")) as running:
        running.load(small_home(BANDS))
        band = running.band(SILENT)
        band.obs(heart_rate_bpm=70)
        band.settled()
        band.close()
        yield running


@pytest.fixture(scope="module")
def nurse(home: Home) -> httpx.Client:
    return home.api("nurse", "n1")


def publish(band: Band, seq: int, channel: str = "obs", **body: Any) -> None:
    """One message under a number of our choice."""
    message = {
        "seq": seq,
        "time": time.time_ns() // 1_000_000,
        **(body or {"values": {"heart_rate_bpm": 60 + seq}}),
    }
    band.client.publish(f"mumian/{band.device}/{channel}", json.dumps(message), 1)


def acked(band: Band, seq: int) -> None:
    wait_for(lambda: band.acked == seq, what=f"ack {seq} of {band.device}, which has {band.acked}")


def heart_rates(nurse: httpx.Client, device: str) -> list[float]:
    listed = nurse.get("/api/series", params={"device": device}).json()
    id = next(s["id"] for s in listed if s["quantity"] == "heart_rate_bpm")
    return [p["value"] for p in nurse.get(f"/api/series/{id}").json()["points"]]


def alarm(nurse: httpx.Client, device: str, kind: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        listed = nurse.get("/api/alarms", params={"state": "all"}).json()
        return next((a for a in listed if (a["device"], a["kind"]) == (device, kind)), None)

    return dict(wait_for(found, what=f"{kind} of {device}"))


def test_a_gap_holds_the_acknowledgement_back_until_it_closes(home: Home, nurse: httpx.Client) -> None:
    band = home.band("B-1")
    publish(band, 1)
    acked(band, 1)
    publish(band, 3)
    publish(band, 4)
    wait_for(lambda: len(heart_rates(nurse, "B-1")) == 3, what="what lies behind the gap is stored")
    assert band.acked == 1
    publish(band, 2)
    acked(band, 4)
    assert sorted(heart_rates(nurse, "B-1")) == [61, 62, 63, 64]
    band.close()


def test_numbers_run_over_all_topics(home: Home, nurse: httpx.Client) -> None:
    band = home.band("B-2")
    publish(
        band, 4, "reply", command="C-1", answer="ok"
    )  # to a question that was never put: quarantined, durable
    publish(band, 2, "accel", rate_hz=50, unit="g", x=[0.0] * 50, y=[0.0] * 50, z=[1.0] * 50)
    publish(band, 3, "event", kind="button")
    alarm(nurse, "B-2", "call")
    assert band.acked == 0
    publish(band, 1)
    acked(band, 4)
    rows = [r for r in home.api("admin").get("/api/quarantine").json() if r["device"] == "B-2"]
    assert [(r["reason"], r["count"]) for r in rows] == [("unknown_command", 1)]
    band.close()


def test_a_duplicate_is_acknowledged_again_and_stored_once(home: Home, nurse: httpx.Client) -> None:
    band = home.band("B-3")
    for seq in (1, 2):
        publish(band, seq)
    publish(band, 3, "event", kind="sos")
    acked(band, 3)
    band.acked = 0  # a device that forgot
    for seq in (1, 2):
        publish(band, seq)
    publish(band, 3, "event", kind="sos")
    acked(band, 3)
    assert heart_rates(nurse, "B-3") == [61, 62]
    calls = [a for a in nurse.get("/api/alarms").json() if (a["device"], a["kind"]) == ("B-3", "sos")]
    assert len(calls) == 1
    band.close()


def test_event_time_and_receive_time_stay_apart(home: Home, nurse: httpx.Client) -> None:
    band = home.band("B-4")
    band.send("obs", time="2024-02-29T23:59:59.123+08:00", values={"steps": 7})
    band.settled()
    listed = nurse.get("/api/series", params={"device": "B-4"}).json()
    points = nurse.get(f"/api/series/{listed[0]['id']}").json()["points"]
    assert points == [{"time": "2024-02-29T15:59:59.123000Z", "value": 7}]
    seen = next(d for d in nurse.get("/api/devices").json() if d["id"] == "B-4")
    assert seen["last_seen"] > "2026"
    band.close()


def test_two_readings_of_a_racing_heart_warn_and_return_by_themselves(
    home: Home, nurse: httpx.Client
) -> None:
    band = home.band("B-5")
    band.obs(heart_rate_bpm=150, worn=False)  # not on the wrist: no reading at all
    band.obs(heart_rate_bpm=150, worn=True)
    band.obs(heart_rate_bpm=90, worn=True)  # a single one is an artefact
    band.settled()
    assert not [
        a for a in nurse.get("/api/alarms").json() if (a["device"], a["kind"]) == ("B-5", "heart_rate")
    ]
    for _ in range(2):
        band.obs(heart_rate_bpm=150, worn=True)
    raised = alarm(nurse, "B-5", "heart_rate")
    assert (raised["tier"], raised["priority"], raised["state"], raised["person"]) == (
        "warn",
        "medium",
        "new",
        "p5",
    )
    assert raised["evidence"]["score"] == 150 and "150" in raised["reason"]["zh"]
    band.obs(heart_rate_bpm=80, worn=True)
    wait_for(lambda: alarm(nurse, "B-5", "heart_rate")["state"] == "returned", what="returned")
    steps = [(t["from"], t["to"], t["by"]) for t in alarm(nurse, "B-5", "heart_rate")["transitions"]]
    assert steps == [(None, "new", "system"), ("new", "returned", "system")]
    band.close()


def test_an_empty_battery_and_a_band_left_off_are_assist(home: Home, nurse: httpx.Client) -> None:
    band = home.band("B-6")
    now_ms = time.time_ns() // 1_000_000
    band.obs(battery_percent=12)
    assert alarm(nurse, "B-6", "low_battery")["tier"] == "assist"
    band.obs(battery_percent=80)
    wait_for(lambda: alarm(nurse, "B-6", "low_battery")["state"] == "returned", what="charged")

    band = home.band("B-7")
    band.send("obs", time=now_ms - 660_000, values={"worn": False})
    band.send("obs", time=now_ms, values={"worn": False})
    off = alarm(nurse, "B-7", "not_worn")
    assert (off["tier"], off["evidence"]["detail"]["minutes"]) == ("assist", 11)
    seen = next(d for d in nurse.get("/api/devices").json() if d["id"] == "B-7")
    assert seen["worn"] is False


def test_a_silent_band_is_blind_since_its_last_word_until_it_speaks(home: Home, nurse: httpx.Client) -> None:
    def device() -> dict[str, Any]:
        return dict(next(d for d in nurse.get("/api/devices").json() if d["id"] == SILENT))

    assert device()["expected_interval_s"] == 10
    wait_for(lambda: device()["blind_since"], 60, "blind after three intervals")
    assert device()["blind_since"] == device()["last_seen"]
    blind = alarm(nurse, SILENT, "blind")
    assert (blind["tier"], blind["state"], blind["person"]) == ("assist", "new", "p8")
    band = home.band(SILENT)
    band.seq = 1
    band.obs(heart_rate_bpm=71)
    band.settled()
    assert device()["blind_since"] is None
    wait_for(lambda: alarm(nurse, SILENT, "blind")["state"] == "returned", what="seen again")
    band.close()
