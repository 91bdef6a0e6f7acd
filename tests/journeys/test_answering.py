"""What people do to alarms over the interface: claim, hand over, shelve, resolve; and the stream that tells of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.running import Band, Home, serving, wait_for
from tests.sites import small_home

from mumian.core.kernel.clock import iso


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("answers"), MUMIAN_LADDER_S="60,60,60") as running:
        running.load(small_home())
        yield running


@pytest.fixture(scope="module")
def band(home: Home) -> Iterator[Band]:
    held = home.band("B-1")
    yield held
    held.close()


@pytest.fixture(scope="module")
def caregiver(home: Home) -> httpx.Client:
    return home.api("caregiver", "c1")


@pytest.fixture(scope="module")
def nurse(home: Home) -> httpx.Client:
    return home.api("nurse", "n1")


def call(band: Band, client: httpx.Client) -> str:
    """Press SOS; the id of its alarm."""
    known = {a["id"] for a in client.get("/api/alarms", params={"state": "all"}).json()}
    band.event("sos")

    def new() -> list[str]:
        return [
            a["id"] for a in client.get("/api/alarms").json() if a["id"] not in known and a["kind"] == "sos"
        ]

    return str(wait_for(new, what="the alarm")[0])


def one(client: httpx.Client, alarm: str) -> dict[str, Any]:
    return dict(client.get(f"/api/alarms/{alarm}").json())


def act(client: httpx.Client, alarm: str, action: str, key: str | None = None, **body: Any) -> httpx.Response:
    return client.post(
        f"/api/alarms/{alarm}/{action}", json=body, headers={"Idempotency-Key": key} if key else {}
    )


def steps(client: httpx.Client, alarm: str) -> list[tuple[str | None, str]]:
    return [(t["from"], t["to"]) for t in one(client, alarm)["transitions"]]


def in_seconds(seconds: float) -> str:
    return iso(time.time_ns() // 1000 + round(seconds * 1e6))


def test_a_handover_goes_from_acknowledged_to_acknowledged(
    band: Band, caregiver: httpx.Client, nurse: httpx.Client
) -> None:
    alarm = call(band, caregiver)
    assert act(caregiver, alarm, "handover", to="c2").status_code == 409  # nobody holds it yet
    assert act(caregiver, alarm, "resolve", resolution="true").status_code == 409
    assert act(caregiver, alarm, "acknowledge").status_code == 200
    assert act(caregiver, alarm, "handover", to="nobody").status_code == 422
    said = act(caregiver, alarm, "handover", to="c2", note="交接班").json()
    assert (said["state"], said["owner"]) == ("acknowledged", "c2")
    assert steps(nurse, alarm) == [(None, "new"), ("new", "acknowledged"), ("acknowledged", "acknowledged")]
    wait_for(lambda: "c2" in {p["to"] for p in one(nurse, alarm)["pages"]}, what="the new owner is told")

    assert act(nurse, alarm, "resolve", resolution="maybe").status_code == 422
    assert act(nurse, alarm, "resolve", resolution="false", note="误触").status_code == 200
    for action, body in (("acknowledge", {}), ("handover", {"to": "c1"}), ("resolve", {"resolution": "true"}),
                         ("shelve", {"reason": "x", "until": in_seconds(60)})):  # fmt: skip
        answer = act(nurse, alarm, action, **body)
        assert answer.status_code == 409, action
        assert answer.json()["code"] == "transition_forbidden"
    assert one(nurse, alarm)["resolution"] == "false"


def test_a_repeated_key_answers_again_and_moves_nothing(band: Band, caregiver: httpx.Client) -> None:
    alarm = call(band, caregiver)
    first = act(caregiver, alarm, "acknowledge", key="k-1")
    again = act(caregiver, alarm, "acknowledge", key="k-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["transitions"] == first.json()["transitions"]
    assert act(caregiver, alarm, "resolve", key="k-1", resolution="true").status_code == 422  # another act
    assert act(caregiver, alarm, "acknowledge", key="k-2").status_code == 409
    assert steps(caregiver, alarm) == [(None, "new"), ("new", "acknowledged")]
    act(caregiver, alarm, "resolve", resolution="true")


def test_what_is_shelved_comes_back_by_itself(band: Band, nurse: httpx.Client) -> None:
    alarm = call(band, nurse)
    assert act(nurse, alarm, "shelve", reason="洗澡", until=in_seconds(-5)).status_code == 422
    assert act(nurse, alarm, "shelve", reason="", until=in_seconds(5)).status_code == 422
    said = act(nurse, alarm, "shelve", reason="洗澡", until=in_seconds(2)).json()
    assert said["state"] == "shelved" and said["shelved_until"]
    wait_for(lambda: one(nurse, alarm)["state"] == "new", 10, "back to new")
    assert steps(nurse, alarm) == [(None, "new"), ("new", "shelved"), ("shelved", "new")]
    assert one(nurse, alarm)["transitions"][1]["note"] == "洗澡"

    assert act(nurse, alarm, "shelve", reason="洗澡", until=in_seconds(600)).status_code == 200
    assert act(nurse, alarm, "acknowledge").json()["state"] == "acknowledged"
    act(nurse, alarm, "resolve", resolution="test")


def test_a_fall_that_no_device_saw_is_reported_once(caregiver: httpx.Client, nurse: httpx.Client) -> None:
    body = {"person": "p1", "kind": "fall", "time": in_seconds(-60), "note": "浴室"}
    first = caregiver.post("/api/alarms", json=body, headers={"Idempotency-Key": "r-1"})
    again = caregiver.post("/api/alarms", json=body, headers={"Idempotency-Key": "r-1"})
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert first.json()["evidence"]["missed"] is True
    for wrong in ({"person": "p99"}, {"kind": "flood"}, {"time": "yesterday"}):
        assert caregiver.post("/api/alarms", json={**body, **wrong}).status_code in (404, 422)
    act(nurse, first.json()["id"], "acknowledge")
    act(nurse, first.json()["id"], "resolve", resolution="true")


def events(
    client: httpx.Client, last: int | None, enough: int, seconds: float = 20
) -> list[tuple[int, dict[str, Any]]]:
    """The stream from `last` on, until `enough` events have come."""
    found: list[tuple[int, dict[str, Any]]] = []
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    until = time.monotonic() + seconds
    with client.stream("GET", "/api/alarms/stream", headers=headers, timeout=seconds) as answer:
        assert answer.status_code == 200
        number = 0
        for line in answer.iter_lines():
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                found.append((number, json.loads(line[6:])))
            if len(found) >= enough or time.monotonic() > until:
                return found
    return found


def test_the_stream_resumes_without_a_gap_across_a_restart(
    home: Home, band: Band, caregiver: httpx.Client, nurse: httpx.Client
) -> None:
    before = sum(len(a["transitions"]) for a in home.alarms())
    whole = events(nurse, 0, before)
    assert [number for number, _ in whole] == list(range(1, before + 1))
    assert set(whole[0][1]) == {"alarm", "person", "from", "to", "at", "by"}
    last = whole[-1][0]

    alarm = call(band, caregiver)
    assert home.stop() == 0
    assert not (home.folder / "home" / "service.json").exists()
    home.start()
    wait_for(
        lambda: act(caregiver, alarm, "acknowledge").status_code in (200, 409), what="the service is back"
    )
    second = call(band, caregiver)
    told = events(nurse, last, 3)
    mine = [(e["alarm"], e["from"], e["to"]) for _, e in told if e["alarm"] in (alarm, second)]
    assert mine == [(alarm, None, "new"), (alarm, "new", "acknowledged"), (second, None, "new")]
    assert [number for number, _ in told] == list(range(last + 1, last + 1 + len(told)))
    assert events(nurse, told[0][0], 2) == told[1:3]
    assert nurse.get("/api/alarms/stream", headers={"Last-Event-ID": "x"}).status_code == 422
