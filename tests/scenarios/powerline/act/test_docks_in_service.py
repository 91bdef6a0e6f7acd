"""Orders to docks in a running service: one tid is one order, what is refused is sealed, and a killed service sends nothing twice."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import duckdb
import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.running import Home, serving, wait_for
from tests.scenarios.powerline.pages.test_docks_journey import dock, site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class Spy:
    """Hears, as the dock itself may, every order that leaves for it."""

    def __init__(self, home: Home, sn: str) -> None:
        self.orders: list[tuple[str, str]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"spy-{sn}")
        self._client.username_pw_set(sn, home.credentials[sn]["password"])
        self._client.reconnect_delay_set(0.1, 0.5)
        self._client.on_connect = lambda client, *_: client.subscribe(f"thing/product/{sn}/services", 1)
        self._client.on_message = lambda _c, _d, m: self._heard(json.loads(m.payload))
        self._client.connect("127.0.0.1", urlsplit(home.ready["mqtt"]).port or 0)
        self._client.loop_start()

    def _heard(self, said: dict[str, Any]) -> None:
        self.orders.append((said["tid"], said["method"]))

    def publish(self, topic: str, body: dict[str, Any]) -> None:
        self._client.publish(topic, json.dumps(body), 1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def give(api: httpx.Client, sn: str, do: str, **more: str) -> httpx.Response:
    return api.post(f"/powerline/docks/{sn}", data={"do": do, **more}, headers={"Accept": "application/json"})


def board(api: httpx.Client) -> dict[str, dict[str, Any]]:
    """The first frame of the page's stream: item name → item."""
    with api.stream("GET", "/powerline/docks/stream") as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("data:"):
                return {f"{item['of']} {item['key']}": item for item in json.loads(line[5:])["items"]}
    raise AssertionError("no frame")


def sealed(home: Home) -> list[dict[str, Any]]:
    """Bodies of the sealed events of docks, read from the segments' files alone."""
    home.run("seal")
    files = [str(file) for file in (home.folder / "home" / "segments").rglob("events-*.parquet")]
    found = duckdb.sql("select body, origin, subject from read_parquet($files) where kind = 'powerline_dock' order by id", params={"files": files}).fetchall()  # fmt: skip
    return [{**json.loads(body), "origin": origin, "sn": subject} for body, origin, subject in found]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("docks"), MUMIAN_HOUSES="eldercare,powerline") as running:
        running.load(site("D-A", "D-S"))
        with dock(running, "D-A"):
            yield running


@pytest.fixture(scope="module")
def api(home: Home) -> Iterator[httpx.Client]:
    with home.api("director", "d1") as client:
        wait_for(lambda: board(client).get("state D-A", {}).get("dock"), 20, "D-A is heard")
        yield client


def test_one_tid_is_one_order(home: Home, api: httpx.Client) -> None:
    spy = Spy(home, "D-A")
    try:
        time.sleep(0.5)
        first = give(api, "D-A", "drone_open", tid="T-once-0001")
        again = give(api, "D-A", "drone_open", tid="T-once-0001")
        other = give(api, "D-A", "drone_close", tid="T-once-0001")
        assert first.json() == {"result": "acknowledged", "tid": "T-once-0001"}
        assert again.json() == {"result": "acknowledged", "tid": "T-once-0001", "again": True}
        assert (other.status_code, other.json()["code"]) == (409, "dock_tid")
        assert spy.orders == [("T-once-0001", "drone_open")]
    finally:
        spy.close()


def test_what_is_refused_is_told_and_sealed_with_who_and_why(home: Home, api: httpx.Client) -> None:
    locked = give(api, "D-A", "putter_open", tid="T-locked-01")
    silent = give(api, "D-S", "cover_open", tid="T-silent-01")
    with home.api("nurse", "n1") as nurse:
        assert give(nurse, "D-A", "cover_open").status_code == 403
    assert (locked.status_code, locked.json()["code"]) == (409, "dock_interlock")
    assert (silent.status_code, silent.json()["code"]) == (503, "dock_silent")
    assert give(api, "D-A", "self_destruct").status_code == 422
    assert give(api, "D-A", "cover_open", tid="a b").status_code == 422
    assert give(api, "D-X", "cover_open").status_code == 404
    told = {row.get("tid"): row for row in sealed(home)}
    assert told["T-locked-01"] == {"event": "forbidden", "by": "d1", "cycle": None, "tid": "T-locked-01", "method": "putter_open",
                                   "interlock": "cover_shut", "origin": "simulation", "sn": "D-A"}  # fmt: skip
    assert (told["T-silent-01"]["event"], told["T-silent-01"]["code"]) == ("refused", "dock_silent")


def test_an_order_from_elsewhere_stands_in_the_log(home: Home, api: httpx.Client) -> None:
    word, port = home.credentials["D-A"]["password"], urlsplit(home.ready["mqtt"]).port
    keys = json.loads((home.folder / "home" / "keys" / "broker.json").read_text())["mumian-service"]
    assert word
    url = f"mqtt://mumian-service:{keys}@127.0.0.1:{port}"
    home.run("powerline", "dock", url, "--sn", "D-A", "--do", "drone_close", "--json")
    wait_for(lambda: any(body["event"] == "foreign order" and body["method"] == "drone_close" for _, body in board(api)["log D-A"]["lines"]), 10, "it is seen")  # fmt: skip


def test_a_cycle_is_not_disturbed_and_stops_at_once(home: Home, api: httpx.Client) -> None:
    begun = give(api, "D-A", "cycle", tid="T-cycle-001")
    assert begun.json() == {"result": "begun", "tid": "T-cycle-001"}
    assert give(api, "D-A", "cycle", tid="T-cycle-001").json()["again"]
    assert give(api, "D-A", "cover_close", tid="T-between-1").json()["code"] == "dock_cycle"
    wait_for(lambda: board(api)["cycle D-A"]["phase"] == "flying", 30, "it flies")
    assert give(api, "D-A", "stop").json() == {"result": "stopping"}
    row = board(api)["cycle D-A"]
    assert (row["outcome"], row["flown"], row["by"]) == ("stopped", True, "d1")
    ends = [row for row in sealed(home) if row["event"] == "cycle ended"]
    assert [(row["outcome"], row["cycle"]) for row in ends] == [("stopped", "T-cycle-001")]


def test_a_killed_service_tells_that_the_cycle_was_interrupted_and_sends_nothing_twice(tmp_path) -> None:
    with serving(tmp_path, MUMIAN_HOUSES="eldercare,powerline") as home:
        home.load(site("D-A", "D-B"))
        with dock(home, "D-A", "--flight-s", "150"), dock(home, "D-B") as second:
            spies = {sn: Spy(home, sn) for sn in ("D-A", "D-B")}
            with home.api("director", "d1") as api:
                wait_for(lambda: all(board(api).get(f"state {sn}", {}).get("dock") for sn in spies), 20, "both are heard")  # fmt: skip
                assert give(api, "D-A", "cycle", tid="T-killed-01").status_code == 200
                wait_for(lambda: board(api)["cycle D-A"]["phase"] == "flying", 30, "it flies")
                os.kill(second.pid, signal.SIGSTOP)  # a dock that does not reply
                Thread(target=lambda: _quietly(home, "D-B"), daemon=True).start()
                wait_for(lambda: spies["D-B"].orders, 5, "the order left")
                home.kill()
                time.sleep(0.5)
                sent = {sn: len(spy.orders) for sn, spy in spies.items()}
            home.start()
            os.kill(second.pid, signal.SIGCONT)
            with home.api("director", "d1") as api:
                row = board(api)["cycle D-A"]
                assert (row["outcome"], row["flown"], row["id"]) == ("interrupted", True, "T-killed-01")
                again = give(api, "D-B", "drone_open", tid="T-unknown-1")
                assert (again.status_code, again.json()["code"]) == (409, "dock_tid")
                wait_for(lambda: (board(api)["state D-A"].get("dock") or {}).get("drone") == "in", 40, "the drone is home")  # fmt: skip
                time.sleep(3)
                assert board(api)["state D-A"]["dock"]["cover"] == "open"  # nobody went on with the cycle
            assert {sn: len(spy.orders) for sn, spy in spies.items()} == sent
            for spy in spies.values():
                spy.close()
        orders = spies["D-A"].orders
        assert [method for _, method in orders] == ["cover_open", "putter_open", "drone_open", "flighttask_execute"]  # fmt: skip
        assert len({tid for tid, _ in orders}) == len(orders)
        assert {tid for tid, _ in spies["D-B"].orders} == {"T-unknown-1"}
        told = sealed(home)
        assert [row["outcome"] for row in told if row["event"] == "cycle ended"] == ["interrupted"]
        assert [row["tid"] for row in told if row["event"] == "unknown"] == ["T-unknown-1"]
        figures = json.loads(home.run("indicators", "--json").stdout)
        mine = [f for f in figures if f["id"] == "powerline.unattended_cycles" and f["n"]]
        assert [(f["origin"], f["n"], f["k"]) for f in mine] == [("simulation", 1, 0)]


def _quietly(home: Home, sn: str) -> None:
    """An order whose answer never comes: its service is killed meanwhile."""
    try:
        with home.api("director", "d1") as api:
            give(api, sn, "drone_open", tid="T-unknown-1")
    except httpx.HTTPError:
        return
