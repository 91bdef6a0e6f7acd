"""A demo home: the site that its house seeds, accounts for the staff, and the house's world playing on its devices.

It refuses a home that holds a real site: demo accounts exist in demo homes only.
"""

from __future__ import annotations

import ctypes
import json
import secrets
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.identity import accounts
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import StaffId
from mumian.core.observe import broker as brokers
from mumian.core.registry import site
from mumian.core.scenario import Demo, Play

if TYPE_CHECKING:
    from mumian.core.store import Store
    from mumian.service.up import Service


@dataclass(frozen=True, slots=True)
class DemoHome:
    """What was seeded: accounts for the ready line, credentials for the world."""

    accounts: list[dict[str, str]]
    credentials: list[dict[str, Any]]
    house: str = "eldercare"


def seed(store: Store, house: str, demo: Demo, size: int, seed: int, origin: str) -> DemoHome:
    """Make the demo home of a house in an empty store, or open the one that was made before."""
    marker = store.home / "demo.json"
    if marker.exists():
        made = DemoHome(**json.loads(marker.read_text("utf-8")))
        if made.house != house:
            raise BadInput(
                detail=f"{store.home} holds the demo of {made.house}: choose another home for {house}, MUMIAN_HOME=./demo-{house}"
            )
        return made
    if store.query("select 1 from registry.site"):
        raise BadInput(
            detail=f"{store.home} holds a real home: choose an empty one for the demo, MUMIAN_HOME=./demo"
        )
    document = demo.site(size, seed, store.clock.now_us(), origin)
    changes = site.load(store, document)
    worn = {a["device"] for a in document["assignments"]}
    played = {d["id"] for d in document["devices"] if d["place"] or d["id"] in worn}
    credentials = [dict(c.as_json()) for c in changes.credentials if c.device in played]
    home = DemoHome(_accounts(store, document), credentials, house)
    marker.touch(mode=0o600)
    marker.write_text(
        json.dumps(
            {"accounts": home.accounts, "credentials": home.credentials, "house": house}, ensure_ascii=False
        )
    )
    brokers.sync_passwords(store.home, store)
    return home


def _accounts(store: Store, document: dict[str, Any]) -> list[dict[str, str]]:
    """One account for each member of staff, with a password of its own made now."""
    made = []
    for staff in document["staff"]:
        password = secrets.token_urlsafe(9)
        with store.tx() as cur:
            accounts.add(cur, staff["id"], password, staff["role"], StaffId(staff["id"]))
        made.append({"user": staff["id"], "password": password, "role": staff["role"]})
    return made


class World:
    """The world as a process of its own, on the wire only; it ends with us."""

    def __init__(self, service: Service, demo: Demo, home: DemoHome, speed: float, seed: int) -> None:
        assert service.broker is not None
        word = brokers.own_passwords(service.settings.home)[brokers.WORLD]
        self._credentials = [*home.credentials, {"device": "world", "user": brokers.WORLD, "password": word}]
        broker = service.broker.address
        self._command = list(
            demo.world(
                Play(service.settings, broker.url, broker.certificate, speed, seed, len(home.credentials))
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one C call, before the world starts
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._credentials).encode())
        self._process.stdin.close()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:  # it lags behind on a machine that is too small for it
                self._process.kill()
                self._process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(
        1, signal.SIGTERM
    )  # PR_SET_PDEATHSIG: a killed service must not leave a world playing
