"""The HTTP contract as the issue states it, over a real store."""

from __future__ import annotations

import pytest
from tests.web.conftest import Home

from mumian.core.kernel.clock import iso
from mumian.core.store import telemetry


@pytest.fixture
def nurse(home: Home):
    return home.program("nurse", "n1")


def test_alarms_of_ones_floors_only(home: Home, raise_alarm) -> None:
    first, second = raise_alarm("wang", "F1", "f1"), raise_alarm("chen", "F2", "f2")
    everyone = {a["id"] for a in home.program("nurse", "n1").get("/api/alarms").json()}
    assert everyone == {first, second}
    caregiver = home.program("caregiver", "c1")
    assert {a["id"] for a in caregiver.get("/api/alarms").json()} == {first}
    assert caregiver.get(f"/api/alarms/{second}").status_code == 404
    assert caregiver.post(f"/api/alarms/{second}/acknowledge", json={}).status_code == 404
    assert home.program("caregiver").get("/api/alarms").json() == []


def test_the_life_of_an_alarm(home: Home, nurse, raise_alarm) -> None:
    alarm = raise_alarm("wang", "F1")
    path = f"/api/alarms/{alarm}"
    early = nurse.post(f"{path}/resolve", json={"resolution": "true"})
    assert (early.status_code, early.headers["content-type"]) == (409, "application/problem+json")
    taken = nurse.post(f"{path}/acknowledge").json()
    assert (taken["state"], taken["owner"], taken["pages"]) == ("acknowledged", "n1", [])
    assert nurse.post(f"{path}/acknowledge", json={}).status_code == 409
    over = nurse.post(f"{path}/handover", json={"to": "c1", "note": "请去"}).json()
    assert [(t["from"], t["to"]) for t in over["transitions"]][-1] == ("acknowledged", "acknowledged")
    assert nurse.post(f"{path}/handover", json={"to": "nobody"}).status_code == 422
    assert nurse.post(f"{path}/resolve", json={"resolution": "maybe"}).status_code == 422
    assert nurse.post(f"{path}/resolve", json={"resolution": "false", "notes": "x"}).status_code == 422
    done = nurse.post(f"{path}/resolve", json={"resolution": "false", "note": "坐下"}).json()
    assert (done["state"], done["resolution"]) == ("resolved", "false")
    assert nurse.get("/api/alarms").json() == []
    assert len(nurse.get("/api/alarms?state=all").json()) == 1
    assert nurse.get("/api/alarms?state=some").status_code == 422
    assert nurse.get("/api/alarms?limit=0").status_code == 422


def test_shelving_needs_a_reason_and_a_time_that_is_near(home: Home, nurse, raise_alarm) -> None:
    path = f"/api/alarms/{raise_alarm('wang', 'F1')}/shelve"
    now_us = home.store.clock.now_us()
    assert nurse.post(path, json={"until": iso(now_us + 3_600_000_000)}).status_code == 422
    assert nurse.post(path, json={"reason": "x", "until": iso(now_us + 90_000_000_000)}).status_code == 422
    assert (
        nurse.post(path, json={"reason": "柜满", "until": iso(now_us + 3_600_000_000)}).json()["state"]
        == "shelved"
    )


def test_a_key_makes_a_repeat_an_answer(home: Home, nurse, raise_alarm) -> None:
    path = f"/api/alarms/{raise_alarm('wang', 'F1')}/acknowledge"
    first = nurse.post(path, json={}, headers={"Idempotency-Key": "k1"})
    second = nurse.post(path, json={}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["transitions"] == second.json()["transitions"]


def test_a_fall_that_no_device_saw(home: Home, nurse) -> None:
    body = {"person": "wang", "kind": "fall", "time": iso(home.store.clock.now_us()), "note": "浴室"}
    made = nurse.post("/api/alarms", json=body)
    assert made.status_code == 201
    assert made.json()["state"] == "new"
    assert nurse.post("/api/alarms", json=body | {"kind": "flood"}).status_code == 422
    assert nurse.post("/api/alarms", json=body | {"person": "nobody"}).status_code == 404
    assert home.program("auditor").post("/api/alarms", json=body).status_code == 403


def test_series_and_points_are_whole_and_scoped(home: Home, nurse) -> None:
    now_us = home.store.clock.now_us()
    with home.store.tx() as cur:
        series = telemetry.series_id(cur, "band-1", "heart_rate_bpm", "bpm")
        stamps = [now_us - 1_000_000 * i for i in range(600)]
        telemetry.append_points(
            cur, [series] * 600, stamps, [now_us] * 600, [80.0 + i % 7 for i in range(600)]
        )
    listed = nurse.get("/api/series", params={"device": "band-1"}).json()
    assert listed == [{"id": series, "device": "band-1", "quantity": "heart_rate_bpm", "unit": "bpm"}]
    points = nurse.get(f"/api/series/{series}").json()["points"]
    assert len(points) == 600
    assert points[0]["time"] < points[-1]["time"]
    some = nurse.get(
        f"/api/series/{series}", params={"from": iso(now_us - 9_000_000), "to": iso(now_us)}
    ).json()["points"]
    assert len(some) == 9
    assert nurse.get(f"/api/series/{series}?from=yesterday").status_code == 422
    assert nurse.get("/api/series/999999").status_code == 404
    assert nurse.get("/api/series/nonsense").status_code == 404
    other = home.program("nurse", "n2")  # second floor only
    assert other.get("/api/series", params={"device": "band-1"}).json() == []
    assert other.get(f"/api/series/{series}").status_code == 404


def test_withdrawal_of_consent_is_effective_at_once(home: Home, nurse) -> None:
    assert nurse.get("/api/people/wang").status_code == 200
    from mumian.core.identity import consent

    with home.store.tx() as cur:
        for purpose in ("care", "monitoring"):
            consent.withdraw(cur, "wang", purpose, at_us=home.store.clock.now_us(), by="n1")  # type: ignore[arg-type]
    assert nurse.get("/api/people/wang").status_code == 404
    assert nurse.get("/api/series", params={"device": "band-1"}).json() == []


def test_people_are_read_within_scope_and_noted(home: Home) -> None:
    assert home.program("nurse", "n2").get("/api/people/wang").status_code == 404
    found = home.program("nurse", "n1").get("/api/people/wang").json()
    assert (found["name"], found["room"], found["devices"]) == ("王秀英", "R101", ["band-1"])
    assert home.store.query(
        "select count(*) from store.access_log where subject = 'wang' and action = 'person'"
    ) == [(1,)]


def test_devices_and_quarantine(home: Home, nurse) -> None:
    devices = nurse.get("/api/devices").json()
    assert {"id", "last_seen", "expected_interval_s", "blind_since"} <= set(devices[0])
    assert {d["id"] for d in nurse.get("/api/devices?limit=2").json()} <= {d["id"] for d in devices}
    seen = home.program("admin").get("/api/devices").json()
    assert seen
    assert all(d["person"] is None for d in seen)


def test_ingest_takes_what_is_well_formed_and_names_the_rest(home: Home) -> None:
    gateway = home.program("gateway")
    good = {"device": "band-1", "seq": 1, "time": "2026-11-24T06:05:32Z", "values": {"heart_rate_bpm": 84}}
    batch = [good, {"device": "band-1", "seq": "two"}, good | {"device": "unknown"}, 7]
    answer = gateway.post("/api/ingest/observations", json={"observations": batch})
    assert answer.status_code == 200
    assert (answer.json()["accepted"], [q["index"] for q in answer.json()["quarantined"]]) == (1, [1, 2, 3])
    rows = home.program("admin").get("/api/quarantine").json()
    assert {row["reason"] for row in rows} == {"malformed"}
    assert {"id", "device", "reason", "message", "received_at", "count"} <= set(rows[0])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"observations": 3}', b"\xff\xfe", b"[" * 100_000])
def test_ingest_refuses_what_is_no_batch_and_counts_it(home: Home, body: bytes) -> None:
    answer = home.program("gateway").post("/api/ingest/observations", content=body)
    assert answer.status_code == 422
    assert home.store.query("select sum(count) from observe.quarantine") == [(1,)]


def test_ingest_hands_nan_to_the_judge(home: Home) -> None:
    body = b'{"observations": [{"device": "band-1", "seq": 1, "time": 0, "values": {"heart_rate_bpm": NaN}}]}'
    assert home.program("gateway").post("/api/ingest/observations", content=body).status_code == 200
    assert home.live.taken[0].values["heart_rate_bpm"] != home.live.taken[0].values["heart_rate_bpm"]


def test_openapi_describes_every_api_call(home: Home) -> None:
    document = home.client().get("/openapi.json").json()
    for door in home.app.state.site.doors:
        if door.path.startswith("/api/"):
            assert door.method.lower() in document["paths"][door.path], door
    assert "requestBody" in document["paths"]["/api/alarms/{id}/handover"]["post"]


def test_metrics_from_here_or_with_a_token(home: Home) -> None:
    assert home.client().get("/metrics").text == "mumian_part_up 1\n"
    far = home.client(peer="10.0.0.7")
    far.headers["Accept"] = "text/plain"
    assert far.get("/metrics").status_code == 401
    for role, status in (("admin", 200), ("auditor", 200), ("nurse", 403)):
        token = home.program(role).headers["authorization"]
        assert far.get("/metrics", headers={"Authorization": token}).status_code == status
    assert (
        home.client().get("/metrics", headers={"X-Forwarded-For": "10.0.0.7", "Accept": "*/*"}).status_code
        == 401
    )


def test_health(home: Home) -> None:
    answer = home.client().get("/healthz")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)


def test_a_browser_subscription_is_kept(home: Home) -> None:
    nurse = home.program("nurse", "n1")
    assert nurse.get("/api/push/key").json()["key"]
    body = {"endpoint": "https://push.example/1", "keys": {"p256dh": "p", "auth": "a"}}
    assert nurse.post("/api/push/subscriptions", json=body).status_code == 201
    assert home.store.query("select staff from act.push_subscriptions") == [("n1",)]
    assert nurse.post("/api/push/subscriptions", json=body | {"endpoint": "http://x"}).status_code == 422
    assert home.program("nurse").post("/api/push/subscriptions", json=body).status_code == 403
