"""A demo home: a seeded site with people, staff and shifts, its accounts, and the world that plays on its bands.

It refuses a home that holds a real site: demo accounts exist in demo homes only.
"""

from __future__ import annotations

import ctypes
import json
import random
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mumian.core.identity import accounts
from mumian.core.kernel.clock import DAY_US, SECOND_US, iso
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ids import StaffId
from mumian.core.observe import broker as brokers
from mumian.core.registry import site

if TYPE_CHECKING:
    from mumian.core.store import Store
    from mumian.service.up import Service

BEDS_A_ROOM, ROOMS_A_FLOOR = 2, 10
SPARE = 2  # bands in the drawer, for who is admitted next
SHIFT_DAYS = 28
FALL_EVERY_S = 240.0  # one fall in the whole home, whatever its size
_SHANGHAI_US = 8 * 3600 * SECOND_US
_SURNAMES = "陈李黄张梁林何吴罗邓周叶苏曾冯谢郭卢潘彭蔡许杜沈郑魏薛袁蒋石龙戴汪夏吕傅曹"
_STAFF = (
    ("director", "周主任"), ("nurse", "李护士"), ("nurse", "梁护士"), ("nurse", "方护士"), ("caregiver", "何护理员"),
    ("caregiver", "杨护理员"), ("caregiver", "温护理员"), ("caregiver", "罗护理员"), ("auditor", "唐审计"),
    ("admin", "区管理员"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoHome:
    """What was seeded: accounts for the ready line, credentials for the world."""

    accounts: list[dict[str, str]]
    credentials: list[dict[str, Any]]


def seed(store: Store, residents: int, seed: int, origin: str) -> DemoHome:
    """Make the demo home in an empty store, or open the one that was made before."""
    marker = store.home / "demo.json"
    if marker.exists():
        return DemoHome(**json.loads(marker.read_text("utf-8")))
    if store.query("select 1 from registry.site"):
        raise BadInput(
            detail=f"{store.home} holds a real home: choose an empty one for the demo, MUMIAN_HOME=./demo"
        )
    document = document_of(residents, seed, store.clock.now_us(), origin)
    changes = site.load(store, document)
    worn = {a["device"] for a in document["assignments"]}
    credentials = [dict(c.as_json()) for c in changes.credentials if c.device in worn]
    home = DemoHome(_accounts(store, document), credentials)
    marker.touch(mode=0o600)
    marker.write_text(
        json.dumps({"accounts": home.accounts, "credentials": home.credentials}, ensure_ascii=False)
    )
    brokers.sync_passwords(store.home, store)
    return home


def document_of(residents: int, seed: int, now_us: int, origin: str) -> dict[str, Any]:
    """The demo's SITE.json. The same seed and size give the same home."""
    chance = random.Random(seed)  # noqa: S311 - a demo home, not a secret
    places, beds = _places(residents)
    floors = [p["id"] for p in places if p["kind"] == "floor"]
    since = iso(now_us - 40 * DAY_US)
    people = [_person(chance, i, bed, now_us, since) for i, bed in enumerate(beds)]
    bands = [{"id": f"B-{bed}", "kind": "band", "place": None, "origin": origin} for bed in beds]
    spare = [
        {"id": f"B-spare-{n}", "kind": "band", "place": None, "origin": origin} for n in range(1, SPARE + 1)
    ]
    return {
        "site": {"id": "demo", "name": "荔湾一院区"},
        "places": places,
        "people": people,
        "staff": _staff(floors),
        "shifts": _shifts(now_us),
        "devices": bands + spare,
        "assignments": [
            {"device": d["id"], "person": p["id"], "from": since, "until": None}
            for d, p in zip(bands, people, strict=True)
        ],
    }


def _places(residents: int) -> tuple[list[dict[str, Any]], list[str]]:
    places: list[dict[str, Any]] = [{"id": "b1", "kind": "building", "name": "一号楼", "parent": None}]
    beds: list[str] = []
    names = "二三四五六七八九十"
    floor = 0
    while len(beds) < residents:
        number = floor + 2
        name = f"{names[floor]}楼" if floor < len(names) else f"{number} 楼"
        places.append({"id": f"f{number}", "kind": "floor", "name": name, "parent": "b1"})
        for room in range(1, ROOMS_A_FLOOR + 1):
            id = f"{number}{room:02d}"
            places.append({"id": id, "kind": "room", "name": id, "parent": f"f{number}"})
            for bed in range(1, BEDS_A_ROOM + 1):
                places.append({"id": f"{id}-{bed}", "kind": "bed", "name": f"{id}-{bed}", "parent": id})
                beds.append(f"{id}-{bed}")
        floor += 1
    return places, beds[:residents]


def _person(chance: random.Random, i: int, bed: str, now_us: int, since: str) -> dict[str, Any]:
    year = 2026 - chance.randint(72, 96)
    return {
        "id": f"p{i + 1:04d}",
        "name": chance.choice(_SURNAMES) + chance.choice(("婆婆", "伯")),
        "born": f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "bed": bed,
        "care_level": chance.choices((1, 2, 3, 4, 5), (2, 4, 5, 3, 1))[0],
        "consents": [
            {"purpose": purpose, "from": since, "until": None} for purpose in ("care", "monitoring")
        ],
    }


def _staff(floors: list[str]) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    out = []
    for role, name in _STAFF:
        counts[role] = counts.get(role, 0) + 1
        own = floors if role == "caregiver" else []
        out.append({"id": f"{role}{counts[role]}", "name": name, "role": role, "floors": own})
    return out


def _shifts(now_us: int) -> list[dict[str, Any]]:
    """Day 07–19 and night 19–07, Asia/Shanghai, taking turns; the first begins yesterday evening."""
    midnight = (now_us + _SHANGHAI_US) // DAY_US * DAY_US - _SHANGHAI_US
    day, night = ("nurse1", "caregiver1", "caregiver2", "director1"), ("nurse2", "caregiver3", "caregiver4")
    out = []
    for d in range(-1, SHIFT_DAYS):
        for staff, from_h, until_h in [*((s, 7, 19) for s in day), *((s, 19, 31) for s in night)]:
            begin = midnight + d * DAY_US
            out.append(
                {
                    "staff": staff,
                    "from": iso(begin + from_h * 3600 * SECOND_US),
                    "until": iso(begin + until_h * 3600 * SECOND_US),
                }
            )
    return out


def _accounts(store: Store, document: dict[str, Any]) -> list[dict[str, str]]:
    """One account for each member of staff, with a password of its own made now."""
    made = []
    for staff in document["staff"]:
        password = secrets.token_urlsafe(9)
        with store.tx() as cur:
            accounts.add(cur, staff["id"], password, staff["role"], StaffId(staff["id"]))
        made.append({"user": staff["id"], "password": password, "role": staff["role"]})
    return made


def recordings(data: Path) -> list[Path]:
    """Recorded trials of wristbands that the demo can play; empty: it simulates."""
    file = data / "eldercare" / "falls" / "weda_wrist.npz"
    return [file] if file.exists() else []


class World:
    """The world as a process of its own, on the wire only; it ends with us."""

    def __init__(self, service: Service, home: DemoHome, speed: float, seed: int) -> None:
        assert service.broker is not None
        word = brokers.own_passwords(service.settings.home)[brokers.WORLD]
        self._credentials = [*home.credentials, {"device": "world", "user": brokers.WORLD, "password": word}]
        broker = service.broker.address
        self._command = [
            sys.executable, "-m", "mumian.worlds.eldercare", *map(str, recordings(service.settings.data)),
            "--mqtt", broker.url, *(["--ca", str(broker.certificate)] if broker.certificate else []), "--credentials", "-", "--speed", str(speed), "--seed", str(seed),
            "--fall-every-s", str(FALL_EVERY_S * len(home.credentials)), "--first-fall-s", "12",
            "--state", str(service.settings.home / "world.json"),
        ]  # fmt: skip
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
