"""A dock and its ground over a real broker with topic walls: a whole cycle, a duplicate, a lost reply, a lost link, a wrong name."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from mumian.core.kernel import ports
from mumian.core.kernel.errors import BadInput, Unavailable
from mumian.core.observe.broker import acl
from mumian.core.registry.credentials import mosquitto_hash
from mumian.scenarios.powerline.act.dock.client import DockClient, Forbidden, Refused
from mumian.scenarios.powerline.act.dock.doing import cycle, pursue
from mumian.scenarios.powerline.act.flight.record import Journal
from mumian.scenarios.powerline.scenario import SCENARIO

pytestmark = pytest.mark.slow
MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
USERS = ("D-A", "D-B", "mumian-service")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("broker"), ports.free("127.0.0.1")
    (folder / "acl").write_text(acl(SCENARIO.topics))
    (folder / "passwords").write_text("".join(f"{user}:{mosquitto_hash('word')}\n" for user in USERS))
    lines = f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwords\nacl_file {folder}/acl\nuser root\n"
    (folder / "conf").write_text(lines)
    child = subprocess.Popen([MOSQUITTO, "-c", str(folder / "conf")], stderr=subprocess.DEVNULL)
    for _ in range(200):
        if ports.taken("127.0.0.1", port):
            break
        time.sleep(0.02)
    yield port
    child.terminate()
    child.wait()


@contextlib.contextmanager
def dock(port: int, *more: str, user: str = "D-A", sn: str = "D-A") -> Iterator[None]:
    command = [sys.executable, "-m", "mumian.worlds.powerline.dock", "--mqtt", f"mqtt://{user}:word@127.0.0.1:{port}", "--sn", sn,
               "--speed", "40", *more]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def ground(port: int, tmp_path: Path, sn: str = "D-A", reply_s: float = 2.0) -> Iterator[DockClient]:
    url = f"mqtt://mumian-service:word@127.0.0.1:{port}"
    client = DockClient(url, sn, Journal(tmp_path / "journal.jsonl"), reply_s)
    client.start()
    try:
        yield client
    finally:
        client.stop()


def written(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]


def test_a_whole_cycle_without_a_human_order(broker: int, tmp_path: Path):
    with dock(broker), ground(broker, tmp_path) as client:
        done = cycle(client, 90.0, 30.0)
    assert done.orders == [
        "cover_open",
        "putter_open",
        "drone_open",
        "flighttask_execute",
        "putter_close",
        "cover_close",
        "charge_open",
    ]
    assert done.dock.charging
    assert [row["step"] for row in written(tmp_path)] == ["order", "reply"] * 7
    assert not client.bad


def test_a_duplicate_tid_is_answered_and_not_done_again(broker: int, tmp_path: Path):
    with dock(broker), ground(broker, tmp_path) as client:
        client.look(10)
        first = client.order("cover_open", tid="T-same")
        pursue(client, "close", 90.0, 10.0)
        assert client.seen
        assert client.seen.cover == "closed"
        assert client.order("cover_open", tid="T-same") == first
        time.sleep(0.6)
        assert client.look(5).cover == "closed"


def test_a_lost_reply_is_asked_for_again_under_the_same_tid(broker: int, tmp_path: Path):
    with dock(broker, "--fault", "lost-reply@0"), ground(broker, tmp_path, reply_s=0.5) as client:
        client.look(10)
        client.order("cover_open")
    orders = [row for row in written(tmp_path) if row["step"] == "order"]
    assert [row["attempt"] for row in orders] == [1, 2]
    assert len({row["tid"] for row in orders}) == 1


def test_what_an_interlock_forbids_never_leaves(broker: int, tmp_path: Path):
    with dock(broker), ground(broker, tmp_path) as client:
        client.look(10)
        with pytest.raises(Forbidden, match="cover_shut"):
            client.order("flighttask_execute")
        with pytest.raises(BadInput, match="one of"):
            client.order("self_destruct")
        client.seen = None  # a ground that looks at nothing: the dock has its own interlocks
        with pytest.raises(Refused, match="2 interlock"):
            client.order("flighttask_execute")


def test_a_dock_of_another_name_is_not_heard(broker: int, tmp_path: Path):
    with (
        dock(broker, user="D-A", sn="D-B"),
        ground(broker, tmp_path, sn="D-B") as client,
        pytest.raises(Unavailable),
    ):
        client.look(2)


def test_a_dock_cannot_publish_as_another(broker: int, tmp_path: Path):
    with dock(broker, user="D-B", sn="D-B"), ground(broker, tmp_path, sn="D-B") as client:
        assert client.look(10).cover == "closed"
        forger = paho.Client(CallbackAPIVersion.VERSION2)
        forger.username_pw_set("D-A", "word")
        forger.connect("127.0.0.1", broker)
        forger.loop_start()
        for channel in ("events", "services_reply", "services"):
            forger.publish(f"thing/product/D-B/{channel}", b'{"data": {"forged": 1}}', 1).wait_for_publish(5)
        forger.disconnect()
        client.look(5)
        client.look(5)
    assert not any("forged" in event for event in client.events)


def test_the_drone_comes_home_though_the_link_is_lost(broker: int, tmp_path: Path):
    command = [sys.executable, "-m", "mumian.worlds.powerline.dock", "--mqtt", f"mqtt://D-A:word@127.0.0.1:{broker}", "--sn", "D-A",
               "--speed", "20", "--flight-s", "30"]  # fmt: skip
    with subprocess.Popen([*command, "--fault", "mqtt-lost@40"], stdout=subprocess.PIPE, text=True) as child:
        with ground(broker, tmp_path) as client:
            pursue(client, "fly", 90.0, 20.0)
            with pytest.raises(Unavailable):
                while True:
                    client.look(3)
        assert child.stdout
        until, line = time.monotonic() + 20, {}
        while line.get("drone") != "in" or line.get("cover") != "open":
            assert time.monotonic() < until
            line = json.loads(child.stdout.readline())
            if line["drone"] == "landing":
                assert (line["cover"], line["putter"]) == ("open", "open")
                break
        child.terminate()
