"""The demo home: people with bands, staff and shifts; recorded people move and fall where the recordings are, else a generator plays."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from mumian.core.kernel.clock import DAY_US, SECOND_US, iso
from mumian.core.scenario import Demo, Play

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


def recordings(data: Path) -> list[Path]:
    """Recorded trials of wristbands that the demo can play; empty: it simulates."""
    file = data / "eldercare" / "falls" / "weda_wrist.npz"
    return [file] if file.exists() else []


def world(play: Play) -> list[str]:
    """The command line of the bands' world."""
    return [
        sys.executable, "-m", "mumian.worlds.eldercare", *map(str, recordings(play.settings.data)),
        "--mqtt", play.broker, *(["--ca", str(play.certificate)] if play.certificate else []), "--credentials", "-",
        "--speed", str(play.speed), "--seed", str(play.seed),
        "--fall-every-s", str(FALL_EVERY_S * play.devices), "--first-fall-s", "12",
        "--state", str(play.settings.home / "world.json"),
    ]  # fmt: skip


DEMO = Demo(document_of, lambda data: "replay" if recordings(data) else "simulation", world)
