"""The demo: two docks of a drawn corridor, two vehicles that fly plans along it, a scanned tile; recorded photographs where they are."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mumian.core.kernel import ports
from mumian.core.kernel.clock import DAY_US, iso
from mumian.core.scenario import Demo, Play

if TYPE_CHECKING:
    from mumian.core.kernel.settings import Settings

DOCKS = ("DOCK-LX-01", "DOCK-LX-02")
VEHICLES = 2
SHIFT_DAYS = 28
_STAFF = (("director1", "邓调度", "director"), ("director2", "何审核", "director"), ("auditor1", "唐审计", "auditor"), ("admin1", "区管理员", "admin"))  # fmt: skip


def site(_size: int, _seed: int, now_us: int, _origin: str) -> dict[str, Any]:
    """The station's SITE.json; docks are simulated, whatever else is recorded."""
    places = [{"id": "station", "kind": "building", "name": "流溪运检站", "parent": None}]
    places += [
        {"id": f"site-{n}", "kind": "zone", "name": f"{n} 号机巢场", "parent": "station"}
        for n in range(1, len(DOCKS) + 1)
    ]
    return {
        "site": {"id": "demo", "name": "流溪运检站"},
        "places": places,
        "people": [],
        "staff": [{"id": id, "name": name, "role": role, "floors": []} for id, name, role in _STAFF],
        "shifts": [{"staff": "director1", "from": iso(now_us - DAY_US), "until": iso(now_us + SHIFT_DAYS * DAY_US)}],
        "devices": [
            {"id": sn, "kind": "dock", "place": f"site-{n}", "origin": "simulation"} for n, sn in enumerate(DOCKS, 1)
        ],
        "assignments": [],
    }  # fmt: skip


def adjust(settings: Settings) -> Settings:
    """Listen to the demo's vehicles, if the home names none of its own."""
    if settings.vehicles:
        return settings
    waiting = [ports.free() for _ in range(VEHICLES)]
    return replace(settings, vehicles=tuple(f"udpout:127.0.0.1:{port}=simulation" for port in waiting))


def world(play: Play) -> list[str]:
    """The command line of the corridor's world."""
    listened = [
        v.partition("=")[0].rpartition(":")[2]
        for v in play.settings.vehicles
        if v.startswith("udpout:127.0.0.1:")
    ]
    return [
        sys.executable, "-m", "mumian.worlds.powerline", "--mqtt", play.broker, "--credentials", "-",
        "--home", str(play.settings.home), "--data", str(play.settings.data), "--vehicles", ",".join(listened),
        "--speed", str(play.speed), "--seed", str(play.seed),
    ]  # fmt: skip


def plays(settings: Settings) -> list[str]:
    """What the cameras see, and what the docks have to do with the vehicles."""
    recorded = settings.data / "powerline" / "cplid"
    seen = (
        f"recorded ones from {recorded}"
        if recorded.is_dir()
        else f"drawn, since {recorded} is not there: MUMIAN_DATA names the folder of recordings"
    )
    return [
        f"photographs: {seen}",
        "vehicles: they start beside the line, where a station gives them a full battery after each flight",
        "docks: each holds a drone of its own, which is none of these vehicles",
    ]


DEMO = Demo(site, lambda _: "simulation", world, adjust, plays)
