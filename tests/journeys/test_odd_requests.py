"""Requests that are nearly right: each is refused with a reason or does exactly what it says, and none is a fault of ours."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.running import Home, serving, wait_for
from tests.sites import small_home


def site() -> dict[str, Any]:
    made = small_home(2)
    made["places"].append({"id": "f4", "kind": "floor", "name": "四楼", "parent": "b1"})
    made["staff"] += [
        {"id": "c4", "name": "何四", "role": "caregiver", "floors": ["f4"]},
        {"id": "c0", "name": "何零", "role": "caregiver", "floors": []},
    ]
    made["devices"].append({"id": "B-free", "kind": "band", "place": None, "origin": "field"})
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("odd"), MUMIAN_LADDER_S="60,60,60") as running:
        running.load(site())
        yield running


@pytest.fixture(scope="module")
def nurse(home: Home) -> httpx.Client:
    return home.api("nurse", "n1")


def report(nurse: httpx.Client, person: str, key: str) -> httpx.Response:
    body = {"person": person, "kind": "fall", "time": time.time_ns() // 1_000_000 // 60_000 * 60_000}
    return nurse.post("/api/alarms", json=body, headers={"Idempotency-Key": key})


def test_one_key_stands_for_one_body(nurse: httpx.Client) -> None:
    first = report(nurse, "p1", "once")
    assert report(nurse, "p1", "once").json()["id"] == first.json()["id"]
    other = report(nurse, "p2", "once")
    assert other.status_code == 422, "another resident's fall must never be swallowed"
    assert "Idempotency-Key" in other.text
    alarm = first.json()["id"]
    nurse.post(f"/api/alarms/{alarm}/acknowledge", json={})
    key = {"Idempotency-Key": "hand"}
    assert nurse.post(f"/api/alarms/{alarm}/handover", json={"to": "c1"}, headers=key).status_code == 200
    assert nurse.post(f"/api/alarms/{alarm}/handover", json={"to": "c2"}, headers=key).status_code == 422


def test_an_alarm_is_handed_to_those_alone_who_can_see_it(nurse: httpx.Client) -> None:
    alarm = report(nurse, "p1", "floors").json()["id"]
    nurse.post(f"/api/alarms/{alarm}/acknowledge", json={})
    offered = {p["id"] for p in nurse.get("/api/colleagues", params={"alarm": alarm}).json()}
    assert offered == {"c1", "c2", "n1", "d1"}
    for off in ("c4", "c0"):
        refused = nurse.post(f"/api/alarms/{alarm}/handover", json={"to": off})
        assert refused.status_code == 422
        assert "floor" in refused.text


def test_who_has_no_floor_sees_no_alarm_not_even_one_without_a_floor(home: Home, nurse: httpx.Client) -> None:
    band = home.band("B-free")
    band.event("sos")
    wait_for(
        lambda: [a for a in nurse.get("/api/alarms").json() if a["kind"] == "sos"],
        20,
        "the call of a free band",
    )
    assert home.api("caregiver", "c0").get("/api/alarms").json() == []
    assert [a for a in home.api("caregiver", "c1").get("/api/alarms").json() if a["kind"] == "sos"]
    band.close()


def test_a_stream_asked_for_a_number_that_is_still_to_come_begins_now(
    home: Home, nurse: httpx.Client
) -> None:
    heard: list[str] = []

    def listen() -> None:
        with nurse.stream(
            "GET", "/api/alarms/stream", headers={"Last-Event-ID": "99999999"}, timeout=30
        ) as answer:
            for line in answer.iter_lines():
                heard.append(line)
                if line.startswith("data: "):
                    return

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    wait_for(lambda: bool(heard), 10, "the stream")
    report(home.api("nurse", "n1"), "p2", "after-restore")
    reader.join(10)
    assert any(line.startswith("data: ") for line in heard)


@pytest.mark.parametrize("path", ["/api/series?device=%00", "/api/alarms/%00", "/api/people/%00"])
def test_a_nul_in_an_address_is_no_fault_of_ours(nurse: httpx.Client, path: str) -> None:
    assert nurse.get(path).status_code in (404, 422)


def test_a_nul_in_a_note_is_refused(nurse: httpx.Client) -> None:
    alarm = report(nurse, "p1", "nul").json()["id"]
    nurse.post(f"/api/alarms/{alarm}/acknowledge", json={})
    assert nurse.post(f"/api/alarms/{alarm}/handover", json={"to": "c1", "note": "x\0"}).status_code == 422


def test_a_broken_byte_and_a_broken_row(home: Home) -> None:
    gateway = home.api("gateway")
    broken = gateway.post("/api/ingest/observations", content=b'{"observations":[{"device":"\xff"}]}')
    assert broken.status_code == 422
    rows = [
        {"device": "B-2", "seq": 1, "time": None, "values": {"steps": 1}},
        {"device": "B-2", "seq": 2, "time": time.time_ns() // 1_000_000, "values": {"steps": 2}},
    ]
    first = gateway.post("/api/ingest/observations", json={"observations": rows}).json()
    assert [q["index"] for q in first["quarantined"]] == [0]
    again = gateway.post("/api/ingest/observations", json={"observations": rows}).json()
    assert again == {"accepted": 0, "duplicate": 2, "quarantined": []}


def test_a_port_in_use_ends_the_start_with_what_to_do(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = home.run("up", "--port=0", "--watch-port=0", f"--mqtt-port={port}", check=False)
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "--mqtt-port" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "words", [("eldercare", "decode-watch", "nofile.bin", "--out", "x"), ("backup", "/nope/x"), ("up", "--host=nosuch.invalid", "--insecure")],
    ids=lambda words: words[0],
)  # fmt: skip
def test_what_cannot_be_used_is_named_without_a_traceback(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = Home(tmp_path).run(*words, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert json.dumps(done.stdout) == '""'
