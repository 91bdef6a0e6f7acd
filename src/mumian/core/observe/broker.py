"""Our mosquitto as a supervised child: its configuration, its passwords, its topic walls.

A device may write only under its own name and read only its own `command` and `ack`. A broker that a killed service
left behind is taken over, so that devices stay connected and queued messages are kept.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from mumian.core.kernel import ports
from mumian.core.kernel.errors import BadInput, Unavailable
from mumian.core.observe.broker_log import BrokerLog
from mumian.core.observe.gateways import Topic
from mumian.core.observe.records import Refused
from mumian.core.registry.credentials import mosquitto_hash
from mumian.core.store import Store

SERVICE, WORLD, BRIDGE = "mumian-service", "mumian-world", "zigbee2mqtt"

_ACL = f"""\
pattern write mumian/%u/obs
pattern write mumian/%u/accel
pattern write mumian/%u/event
pattern write mumian/%u/reply
pattern read mumian/%u/command
pattern read mumian/%u/ack

user {SERVICE}
topic read mumian/+/obs
topic read mumian/+/accel
topic read mumian/+/event
topic read mumian/+/reply
topic write mumian/+/command
topic write mumian/+/ack
topic read {BRIDGE}/#
topic read truth/#

user {BRIDGE}
topic readwrite {BRIDGE}/#

user {WORLD}
topic write truth/#
"""


def acl(topics: Sequence[Topic] = ()) -> str:
    """The broker's walls: the core's own, then each house's, where a device stands under its own name only."""
    device = [f"pattern {topic.who} {topic.of('%u')}" for topic in topics]
    service = [f"topic {'read' if topic.who == 'write' else 'write'} {topic.of('+')}" for topic in topics]
    return _ACL.replace(
        f"\nuser {SERVICE}\n",
        "".join(f"{line}\n" for line in device)
        + f"\nuser {SERVICE}\n"
        + "".join(f"{line}\n" for line in service),
    )


class BrokerMissing(Unavailable):
    """No mosquitto on this machine."""

    code = "broker_missing"
    zh = "找不到 mosquitto：apt-get install mosquitto，或用 MUMIAN_MQTT_URL 指向别的代理"
    en = "mosquitto is not installed: apt-get install mosquitto, or name a broker by MUMIAN_MQTT_URL"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a home's own broker answers; `certificate` is the one it shows, None for plain MQTT."""

    host: str
    port: int
    certificate: Path | None

    @property
    def url(self) -> str:
        """`mqtt://host:port`, to reach it from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - reached, not bound
        return (
            f"{'mqtts' if self.certificate else 'mqtt'}://{f'[{host}]' if ':' in host else host}:{self.port}"
        )


def address(home: Path) -> Address | None:
    """Of the broker that runs over `home`; None when none does."""
    left = _left(home / "mosquitto")
    return _address(left) if left else None


def _left(folder: Path) -> dict[str, Any] | None:
    """What `running.json` says, while the process it names is ours."""
    try:
        left: dict[str, Any] = json.loads((folder / "running.json").read_text())
    except (OSError, ValueError):
        return None
    return left if _is_ours(left["pid"], folder) else None


def _address(left: dict[str, Any]) -> Address:
    shown = left.get("certificate")
    return Address(left["host"], left["port"], Path(shown) if shown else None)


@dataclass(slots=True)
class Broker:
    """One mosquitto over `home/mosquitto`. `denied` counts what it refused by itself."""

    home: Path
    host: str
    port: int
    certificate: tuple[Path, Path] | None = None
    pid: int = 0
    denied: int = 0
    topics: Sequence[Topic] = ()
    on_refused: Callable[[list[Refused]], None] = lambda refused: None
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        return self.home / "mosquitto"

    @property
    def address(self) -> Address:
        """Where it answers, once started."""
        return Address(self.host, self.port, self.certificate[0] if self.certificate else None)

    def start(self) -> None:
        """Start it, or take over the one that a killed service left running on the wanted port."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._adopt():
            return
        if self.port == 0:
            self.port = ports.free(self.host)
        elif ports.taken(self.host, self.port):
            raise BadInput(
                detail=f"port {self.port} on {self.host} is used by another program: choose another with --mqtt-port, 0 takes a free one"
            )
        (self.folder / "acl").write_text(acl(self.topics))
        (self.folder / "mosquitto.conf").write_text(self._config())
        for file in ("acl", "mosquitto.conf", "passwords"):
            (self.folder / file).touch(mode=0o600)
            (self.folder / file).chmod(0o600)
        self._spawn()

    def alive(self) -> bool:
        """Whether the process is there."""
        if self._child is not None:
            return self._child.poll() is None
        return self.pid > 0 and _is_ours(self.pid, self.folder)

    def restart(self) -> None:
        """After it died: the same port, so that devices find it again."""
        self._child = None
        self._spawn()

    def stop(self) -> None:
        """End it and wait."""
        if not self.alive():
            return
        os.kill(self.pid, signal.SIGTERM)
        for _ in range(100):
            if not self.alive():
                break
            time.sleep(0.05)
        else:
            os.kill(self.pid, signal.SIGKILL)
        (self.folder / "running.json").unlink(missing_ok=True)

    def _spawn(self) -> None:
        binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if binary is None:
            raise BrokerMissing
        log = (self.folder / "log").open("ab")
        self._child = subprocess.Popen(
            [binary, "-c", str(self.folder / "mosquitto.conf")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        self.pid = self._child.pid
        self._wait()
        (self.folder / "running.json").write_text(
            json.dumps(
                {
                    "pid": self.pid,
                    "port": self.port,
                    "host": self.host,
                    "certificate": str(self.certificate[0]) if self.certificate else None,
                }
            )
        )
        Thread(target=self._follow_log, args=(self.pid,), daemon=True, name="broker-log").start()

    def _wait(self) -> None:
        for _ in range(200):
            if not self.alive():
                tail = (self.folder / "log").read_text(errors="replace")[-400:]
                raise Unavailable(
                    part="mosquitto", detail=f"it ended at once on port {self.port}: {tail.strip()}"
                )
            with socket.socket(ports.family(self.host)) as probe:
                if probe.connect_ex((self.host, self.port)) == 0:
                    return
            time.sleep(0.025)
        raise Unavailable(part="mosquitto", detail=f"it does not answer on port {self.port}")

    def _adopt(self) -> bool:
        left = _left(self.folder)
        if left is None:
            return False
        self.pid = left["pid"]
        wanted = Address(
            self.host, self.port or left["port"], self.certificate[0] if self.certificate else None
        )
        if _address(left) == wanted:
            self.port = left["port"]
            (self.folder / "acl").write_text(acl(self.topics))
            os.kill(self.pid, signal.SIGHUP)  # the walls are those of the houses that stand now
            Thread(target=self._follow_log, args=(self.pid,), daemon=True, name="broker-log").start()
            return True
        self.stop()
        return False

    def _config(self) -> str:
        lines = [
            f"listener {self.port} {self.host}",
            *(
                [f"certfile {self.certificate[0]}", f"keyfile {self.certificate[1]}"]
                if self.certificate
                else []
            ),
            "allow_anonymous false",
            f"password_file {self.folder / 'passwords'}",
            f"acl_file {self.folder / 'acl'}",
            "set_tcp_nodelay true",
            "max_inflight_messages 5000",
            "max_queued_messages 500000",
            "message_size_limit 1048576",  # above 256 KiB the service refuses, so that the number still counts as durable
            "persistence true",
            f"persistence_location {self.folder}/",
            "autosave_interval 60",
            "log_dest stderr",  # it holds lines back on stdout until 4 KiB are full
            "log_type error",
            "log_type warning",
            "log_type notice",
            "log_type debug",  # the only type under which refused publishes are named
            "connection_messages true",  # whose client id a refused publish came from
            *(["user root"] if os.geteuid() == 0 else []),
        ]
        return "\n".join(lines) + "\n"

    def _follow_log(self, pid: int) -> None:
        BrokerLog(self.folder / "log", self._tell).follow(lambda: self.pid == pid and self.alive())

    def _tell(self, refused: list[Refused]) -> None:
        self.denied += len(refused)
        self.on_refused(refused)


def _is_ours(pid: int, folder: Path) -> bool:
    try:
        return str(folder / "mosquitto.conf").encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def own_passwords(home: Path) -> dict[str, str]:
    """Passwords of the service, the world and the Zigbee bridge: made once, kept in `home/keys`, readable by us alone."""
    file = home / "keys" / "broker.json"
    if file.exists():
        return dict(json.loads(file.read_text()))
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = {user: secrets.token_urlsafe(24) for user in (SERVICE, WORLD, BRIDGE)}
    file.touch(mode=0o600)
    file.write_text(json.dumps(made))
    return made


def sync_passwords(home: Path, store: Store) -> None:
    """Write the broker's password file from the registry and tell a running broker to read it again."""
    folder = home / "mosquitto"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [f"{user}:{mosquitto_hash(word)}" for user, word in own_passwords(home).items()]
    found = store.query(
        "select id, secret_hash from registry.devices where retired_us is null and secret_hash is not null"
    )
    lines += [f"{device}:{secret}" for device, secret in found]
    fresh = folder / f"passwords.{os.getpid()}"
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join(lines) + "\n")
    fresh.replace(folder / "passwords")
    if running := _left(folder):
        os.kill(running["pid"], signal.SIGHUP)
