"""Who sees and does what: floors and roles, over the interface. Outside one's scope a thing does not exist."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.running import Home, serving, wait_for
from tests.sites import SINCE, UNTIL, small_home

from mumian.core.identity import tokens
from mumian.core.kernel import settings
from mumian.core.store import open_home


def two_floors() -> dict[str, Any]:
    """p1, p2 on the third floor, p3 on the fourth, where n2 and c4 work."""
    site = small_home(3)
    site["places"].insert(2, {"id": "f4", "kind": "floor", "name": "四楼", "parent": "b1"})
    next(p for p in site["places"] if p["id"] == "r3")["parent"] = "f4"
    for id, role in (("c4", "caregiver"), ("n2", "nurse")):
        site["staff"].append({"id": id, "name": id, "role": role, "floors": ["f4"]})
        site["shifts"].append({"staff": id, "from": SINCE, "until": UNTIL})
    return site


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("scopes"), MUMIAN_LADDER_S="60,60,60") as running:
        running.load(two_floors())
        for n in (1, 3):
            band = running.band(f"B-{n}")
            band.obs(heart_rate_bpm=80)
            band.event("sos")
            band.settled()
            band.close()
        yield running


@pytest.fixture(scope="module")
def asked(home: Home) -> dict[str, httpx.Client]:
    """A client of each who asks."""
    staff = {"c1": "caregiver", "c4": "caregiver", "n1": "nurse", "n2": "nurse", "d1": "director"}
    who = {
        **{id: (role, id) for id, role in staff.items()},
        "auditor": ("auditor", None),
        "admin": ("admin", None),
    }
    who |= {"gateway": ("gateway", None), "nurse": ("nurse", None)}
    with open_home(settings.load(home.env, home.folder)) as store:
        words = {name: tokens.issue(store, role, id) for name, (role, id) in who.items()}
    return {
        name: httpx.Client(
            base_url=home.ready["url"],
            headers={"Authorization": f"Bearer {word}"},
            timeout=20,
            trust_env=False,
        )
        for name, word in words.items()
    }


def sos(client: httpx.Client) -> dict[str, str]:
    """Person → alarm, of the calls for help that are listed."""
    return {a["person"]: a["id"] for a in client.get("/api/alarms").json() if a["kind"] == "sos"}


def devices(client: httpx.Client) -> set[str]:
    return {d["id"] for d in client.get("/api/devices").json()}


def series(client: httpx.Client) -> dict[str, int]:
    return {
        s["device"]: s["id"] for s in client.get("/api/series").json() if s["quantity"] == "heart_rate_bpm"
    }


@pytest.mark.parametrize(
    ("who", "other", "here", "there"),
    [("c1", "c4", "1", "3"), ("n1", "n2", "1", "3"), ("c4", "c1", "3", "1")],
)
def test_another_floor_does_not_exist(
    asked: dict[str, httpx.Client], who: str, other: str, here: str, there: str
) -> None:
    mine, theirs = asked[who], asked[other]
    wait_for(lambda: f"p{here}" in sos(mine) and f"p{there}" in sos(theirs), what="both calls")
    assert set(sos(mine)) == {f"p{here}"}
    assert f"B-{there}" not in devices(mine) and f"B-{here}" in devices(mine)
    assert set(series(mine)) == {f"B-{here}"}

    alarm, points = sos(theirs)[f"p{there}"], series(theirs)[f"B-{there}"]
    assert mine.get(f"/api/alarms/{alarm}").status_code == 404
    for action, body in (("acknowledge", {}), ("handover", {"to": who}), ("resolve", {"resolution": "true"}),
                         ("shelve", {"reason": "x", "until": time.time_ns() // 1_000_000 + 60_000})):  # fmt: skip
        assert mine.post(f"/api/alarms/{alarm}/{action}", json=body).status_code == 404, action
    assert mine.get(f"/api/series/{points}").status_code == 404
    assert mine.get(f"/api/people/p{there}").status_code == 404
    report = {"person": f"p{there}", "kind": "fall", "time": time.time_ns() // 1_000_000}
    assert mine.post("/api/alarms", json=report).status_code == 404
    assert theirs.get(f"/api/alarms/{alarm}").json()["state"] == "new"


def test_the_whole_home_is_read_by_those_who_answer_for_it(asked: dict[str, httpx.Client]) -> None:
    for who in ("d1", "auditor", "nurse"):
        assert set(sos(asked[who])) == {"p1", "p3"}, who
        assert set(series(asked[who])) == {"B-1", "B-3"}, who
        assert {"B-1", "B-2", "B-3"} <= devices(asked[who]), who


def test_the_administrator_reads_devices_and_quarantine_and_nobodys_data(
    asked: dict[str, httpx.Client],
) -> None:
    admin, points = asked["admin"], series(asked["d1"])["B-1"]
    listed = admin.get("/api/devices").json()
    assert {"B-1", "B-2", "B-3"} == {d["id"] for d in listed}
    assert {d["person"] for d in listed} == {None}
    assert admin.get("/api/quarantine").status_code == 200
    for path in (
        "/api/series",
        f"/api/series/{points}",
        "/api/alarms",
        "/api/alarms/stream",
        "/api/people/p1",
    ):
        assert admin.get(path).status_code == 403, path


def test_the_auditor_reads_and_acts_on_nothing(asked: dict[str, httpx.Client]) -> None:
    auditor = asked["auditor"]
    alarm = sos(auditor)["p1"]
    assert auditor.get(f"/api/alarms/{alarm}").status_code == 200
    assert auditor.get("/api/quarantine").status_code == 200
    assert auditor.post(f"/api/alarms/{alarm}/acknowledge", json={}).status_code == 403
    report = {"person": "p1", "kind": "fall", "time": time.time_ns() // 1_000_000}
    assert auditor.post("/api/alarms", json=report).status_code == 403


def test_only_a_gateway_ingests_and_it_reads_nothing(asked: dict[str, httpx.Client]) -> None:
    batch = {
        "observations": [
            {"device": "B-2", "seq": 1, "time": time.time_ns() // 1_000_000, "values": {"steps": 1}}
        ]
    }
    for who in ("c1", "n1", "d1", "admin", "auditor"):
        assert asked[who].post("/api/ingest/observations", json=batch).status_code == 403, who
    gateway = asked["gateway"]
    for path in (
        "/api/series",
        "/api/alarms",
        "/api/devices",
        "/api/quarantine",
        "/api/people/p1",
        "/api/indicators",
    ):
        assert gateway.get(path).status_code == 403, path
    assert gateway.post("/api/ingest/observations", json=batch).json()["accepted"] == 1


def test_nobody_in_particular_is_let_in_nowhere(home: Home, asked: dict[str, httpx.Client]) -> None:
    alarm = sos(asked["n1"])["p1"]
    for headers in ({}, {"Authorization": "Bearer mumian_guess"}):
        with httpx.Client(base_url=home.ready["url"], headers=headers, trust_env=False) as stranger:
            for path in (
                "/api/series",
                "/api/alarms",
                "/api/alarms/stream",
                "/api/devices",
                "/api/quarantine",
                "/api/people/p1",
            ):
                assert stranger.get(path).status_code == 401, path
            assert stranger.post("/api/ingest/observations", json={"observations": []}).status_code == 401
            assert stranger.post(f"/api/alarms/{alarm}/acknowledge", json={}).status_code == 401
            assert stranger.get("/healthz").status_code == 200


def test_the_stream_tells_of_ones_own_floor_only(asked: dict[str, httpx.Client]) -> None:
    people: set[str] = set()
    with asked["c1"].stream(
        "GET", "/api/alarms/stream", headers={"Last-Event-ID": "0"}, timeout=20
    ) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                people.add(line.partition('"person":"')[2][:2])
            if line.startswith(": alive") or "p1" in people:
                break
    assert people == {"p1"}
