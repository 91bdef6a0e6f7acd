"""The world as a process against a real broker and a small service that stores and acknowledges."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict

import paho.mqtt.client as paho
import pytest

from mumian.core.kernel.clock import SECOND_US, ManualClock, parse
from mumian.worlds.eldercare.play import WorldClock, lead_s

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")


@pytest.fixture
def port(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    (tmp_path / "m.conf").write_text(
        f"listener {number} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
    )
    broker = subprocess.Popen([MOSQUITTO, "-c", str(tmp_path / "m.conf")], stderr=subprocess.DEVNULL)
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", number), 1):
            break
        time.sleep(0.05)
    yield number
    broker.terminate()
    broker.wait()


class Service:
    """Stores what arrives, acknowledges what has no gap, asks once."""

    def __init__(self, port):
        self.stored, self.high = defaultdict(dict), defaultdict(int)
        self.truths, self.answers, self.twice, self.deaf = [], [], 0, False
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, "service")
        self.client.on_message = self._arrived
        self.client.connect("127.0.0.1", port)
        leaves = ("obs", "accel", "event", "reply")
        self.client.subscribe([*((f"mumian/+/{leaf}", 1) for leaf in leaves), ("truth/#", 1)])

    def _arrived(self, _client, _data, message):
        if message.topic.startswith("truth/"):
            self.truths.append((message.topic, json.loads(message.payload)))
            return
        if self.deaf:
            return
        _, device, leaf = message.topic.split("/")
        body = json.loads(message.payload)
        self.twice += body["seq"] in self.stored[device]
        assert self.stored[device].setdefault(body["seq"], (leaf, body)) == (leaf, body)
        while self.high[device] + 1 in self.stored[device]:
            self.high[device] += 1
        self.client.publish(f"mumian/{device}/ack", json.dumps({"seq": self.high[device]}))

    def serve(self, seconds, until=lambda: False):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self.client.loop(0.05)

    def ask(self, device):
        self.client.publish(f"mumian/{device}/command", json.dumps({"id": "c1", "kind": "ask", "until": 0}))

    @property
    def replies(self):
        return [body for box in self.stored.values() for leaf, body in box.values() if leaf == "reply"]


def world(tmp_path, port, *options, bands=4):
    given = [{"device": f"b{k}", "user": f"b{k}", "password": "x", "topics": []} for k in range(bands)]
    given.append({"device": "world", "user": "mumian-world", "password": "x"})
    (tmp_path / "credentials.json").write_text(json.dumps({"credentials": given}))
    command = [sys.executable, "-m", "mumian.worlds.eldercare", "--mqtt", f"mqtt://127.0.0.1:{port}"]
    return subprocess.Popen(
        [*command, "--credentials", str(tmp_path / "credentials.json"), *options],
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process):
    return [json.loads(line) for line in process.communicate(timeout=20)[0].splitlines()]


def test_nothing_is_lost_or_left_out_under_loss_duplicates_and_storms(tmp_path, port):
    service = Service(port)
    playing = world(
        tmp_path, port, "--seconds", "8", "--speed", "4", "--loss", "0.1", "--duplicates", "0.1",
        "--reconnect-storm", "3", "--first-fall-s", "2", "--fall-every-s", "100",
    )  # fmt: skip
    service.serve(20, lambda: playing.poll() is not None)
    service.serve(0.5)
    lines = said(playing)
    assert (lines[0]["playing"], lines[0]["bands"]) == ("simulation", 4)
    assert lines[-1]["pending"] == 0
    assert lines[-1]["lost"] > 0
    assert lines[-1]["reconnects"] >= 4
    assert service.twice > 0
    for device, box in service.stored.items():
        assert service.high[device] == len(box) == max(box)
        stamps = [parse(body["time"]) for _, (leaf, body) in sorted(box.items()) if leaf == "accel"]
        assert {b - a for a, b in itertools.pairwise(stamps)} == {SECOND_US}
        assert len(stamps) >= 25
    topic, fall = next((t, b) for t, b in service.truths if b["kind"] == "fall")
    assert topic == f"truth/eldercare/{fall['device']}"
    assert set(fall) == {"device", "kind", "from", "until", "recording"}
    assert 0 < parse(fall["until"]) - parse(fall["from"]) < 5 * SECOND_US


def test_a_restart_sends_what_was_not_confirmed_and_goes_on_counting(tmp_path, port):
    service = Service(port)
    service.deaf = True
    state = ("--state", str(tmp_path / "state"), "--speed", "5")
    first = world(tmp_path, port, "--seconds", "2", *state)
    service.serve(15, lambda: first.poll() is not None)
    waiting = said(first)[-1]["pending"]
    assert waiting > 0
    service.deaf = False
    second = world(tmp_path, port, "--seconds", "2", *state)
    service.serve(15, lambda: second.poll() is not None)
    assert said(second)[-1]["pending"] == 0
    for device, box in service.stored.items():
        assert service.high[device] == len(box)
    assert sum(map(len, service.stored.values())) > waiting


def test_it_answers_when_it_is_asked_and_ends_on_sigterm(tmp_path, port):
    service = Service(port)
    playing = world(tmp_path, port, "--fall-every-s", "0", bands=8)
    service.serve(10, lambda: len(service.stored) == 8)
    for k in range(8):
        service.ask(f"b{k}")
    service.serve(12, lambda: bool(service.replies))
    assert {(r["command"], r["answer"]) for r in service.replies} == {("c1", "ok")}
    playing.send_signal(signal.SIGTERM)
    service.serve(10, lambda: playing.poll() is not None)
    assert playing.poll() == 0
    assert said(playing)[-1]["ended"] is True


def test_bad_options_end_with_2_and_say_why(tmp_path):
    (tmp_path / "c.json").write_text("[]")
    command = [sys.executable, "-m", "mumian.worlds.eldercare", "--credentials", str(tmp_path / "c.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "no device" in done.stderr) == (2, True)


def test_a_faster_world_begins_in_the_past_and_never_overtakes_the_present():
    clock = ManualClock()
    began_us = clock.now_us()
    world_clock = WorldClock(clock, 4.0, lead_s(4.0, 10.0))
    assert world_clock.now_us() == began_us - 30 * SECOND_US
    clock.advance(5)
    assert world_clock.now_us() == began_us - 10 * SECOND_US
    clock.advance(5)
    assert world_clock.now_us() == clock.now_us()
    clock.advance(60)
    assert world_clock.now_us() == clock.now_us()


def test_a_slower_world_falls_behind():
    clock = ManualClock()
    world_clock = WorldClock(clock, 0.5, lead_s(0.5, 0))
    clock.advance(10)
    assert clock.now_us() - world_clock.now_us() == 5 * SECOND_US
