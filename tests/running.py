"""A real service for journeys: `mumian up` as a process on free ports, real MQTT devices, the real command line.

def test_x(home): home.load(SITE); band = home.band("B-1"); band.event("sos"); home.alarms()
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

MUMIAN = [sys.executable, "-m", "mumian"]


class Home:
    """One running home."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.env = {**os.environ, "MUMIAN_HOME": str(folder / "home"), "LANG": "en_US.UTF-8", **settings}
        self.credentials: dict[str, dict[str, Any]] = {}
        self.process: subprocess.Popen[str] | None = None
        self.ready: dict[str, Any] = {}
        self._ports: dict[str, int] = {"port": 0, "mqtt-port": 0, "watch-port": 0}

    # — the service ——————————————————————————————————————————————————————————

    def start(self, command: str = "up", *more: str) -> dict[str, Any]:
        """Start and wait for the ready line. After the first start the ports stay the same."""
        ports = [f"--{name}={port}" for name, port in self._ports.items()]
        log = (self.folder / "stderr.log").open("a")
        self.process = subprocess.Popen(
            [*MUMIAN, command, *more, *ports],
            env=self.env,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"no ready line: {(self.folder / 'stderr.log').read_text()[-2000:]}"
        self.ready = json.loads(line)
        self._ports = {
            "port": urlsplit(self.ready["url"]).port or 0,
            "mqtt-port": urlsplit(self.ready["mqtt"]).port or 0,
            "watch-port": int((self.ready["watch"] or "0").rpartition(":")[2]),
        }
        return self.ready

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        assert self.process is not None
        os.kill(self.ready["pids"]["service"], signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def sweep(self) -> None:
        """End what a killed service left behind, by process id."""
        self.stop()
        for name in ("postgres", "mosquitto"):
            if pid := self.ready.get("pids", {}).get(name):
                try:
                    os.kill(pid, signal.SIGTERM)
                except ProcessLookupError:
                    continue

    # — the command line ————————————————————————————————————————————————————

    def run(
        self, *words: str, check: bool = True, given: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*MUMIAN, *words],
            check=False,
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            input=given,
        )
        if check:
            assert done.returncode == 0, f"{words}: {done.stderr[-2000:]}"
        return done

    def load(self, site: dict[str, Any]) -> dict[str, Any]:
        file = self.folder / "site.json"
        file.write_text(json.dumps(site, ensure_ascii=False), "utf-8")
        said = json.loads(self.run("site", "load", str(file)).stdout)
        self.credentials |= {c["device"]: c for c in said["credentials"]}
        return dict(said)

    def alarms(self) -> list[dict[str, Any]]:
        return list(json.loads(self.run("alarms", "--json").stdout))

    def api(self, role: str, staff: str | None = None) -> httpx.Client:
        word = self.run("token", role, *(["--staff", staff] if staff else [])).stdout.strip()
        return httpx.Client(
            base_url=self.ready["url"],
            headers={"Authorization": f"Bearer {word}"},
            timeout=20,
            trust_env=False,
        )

    # — devices ——————————————————————————————————————————————————————————————

    def band(self, device: str) -> Band:
        return Band(self, device)


class Band:
    """A device of ours: numbers its messages, keeps them until `ack`, sends them again after a reconnect."""

    def __init__(self, home: Home, device: str) -> None:
        self.device, self._home = device, home
        self.seq, self.acked = 0, 0
        self.kept: dict[int, tuple[str, bytes]] = {}
        self.commands: list[dict[str, Any]] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=device, clean_session=True)
        self.client.username_pw_set(device, home.credentials[device]["password"])
        self.client.reconnect_delay_set(0.1, 0.5)
        self.client.on_connect = self._connected
        self.client.on_message = self._arrived
        self.client.connect("127.0.0.1", urlsplit(home.ready["mqtt"]).port or 0)
        self.client.loop_start()

    def _connected(self, client: paho.Client, *_: Any) -> None:
        client.subscribe([(f"mumian/{self.device}/command", 1), (f"mumian/{self.device}/ack", 1)])
        self.resend()

    def _arrived(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        body = json.loads(message.payload)
        if message.topic.endswith("/ack"):
            self.acked = max(self.acked, body["seq"])
            for seq in [s for s in self.kept if s <= self.acked]:
                del self.kept[seq]
        else:
            self.commands.append(body)

    def send(self, channel: str, **body: Any) -> int:
        self.seq += 1
        payload = json.dumps({"seq": self.seq, "time": time.time_ns() // 1_000_000, **body}).encode()
        self.kept[self.seq] = (channel, payload)
        self.client.publish(f"mumian/{self.device}/{channel}", payload, 1)
        return self.seq

    def resend(self) -> None:
        for channel, payload in list(self.kept.values()):
            self.client.publish(f"mumian/{self.device}/{channel}", payload, 1)

    def event(self, kind: str) -> int:
        return self.send("event", kind=kind)

    def obs(self, **values: Any) -> int:
        return self.send("obs", values=values)

    def settled(self, seconds: float = 15) -> None:
        """Wait until everything sent is acknowledged as durable."""
        wait_for(lambda: self.acked >= self.seq, seconds, f"{self.device}: acked {self.acked} of {self.seq}")

    def close(self) -> None:
        self.client.loop_stop()
        self.client.disconnect()


def wait_for(true: Callable[[], Any], seconds: float = 15, what: str = "") -> Any:
    """The first truthy answer; fails after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := true():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


@contextlib.contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Home]:
    """A running home, with quick ladder steps unless `settings` say otherwise. A module may share one:

    @pytest.fixture(scope="module")
    def home(tmp_path_factory): with serving(tmp_path_factory.mktemp("home")) as running: yield running
    """
    running = Home(folder, **{"MUMIAN_LADDER_S": "2,3,3", **settings})
    try:
        running.start()
        yield running
    finally:
        running.sweep()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home of its own, running."""
    with serving(tmp_path) as running:
        yield running
