"""What a plan is for, as it stands under the key `mumian`: line, towers, profile, what is assumed, rules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame, MetresAmsl, Wgs84
from mumian.scenarios.powerline.decide.plan import rules as packs
from mumian.scenarios.powerline.decide.plan.mission import Shot, Task
from mumian.scenarios.powerline.decide.plan.structure import Pylon, works
from mumian.scenarios.powerline.domain.line import COMPONENTS, Line, Tower, TowerKind

_MOST_CIRCUITS = 4
_LARGEST = 1e5  # degrees or metres


def task_json(task: Task) -> dict[str, Any]:
    """Everything a proof from the file alone needs, and the assumed heights for whoever reads it."""
    line = task.line
    frame = LocalFrame(next(t.at for t in line.towers if t.number == task.first))
    stand = works(line, frame, task.rules, task.home_ground_m)
    return {
        "line": {
            "id": line.id,
            "name": line.name,
            "voltage_kv": line.voltage_kv,
            "circuits": line.circuits,
            "towers": [_tower_json(tower) for tower in line.towers],
        },
        "towers": [task.first, task.last],
        "profile": task.profile,
        "assumed": list(line.assumed),
        "heights": {
            "reference": "home",
            "home_amsl_m": task.home_ground_m,
            "assumed": any(p.is_height_assumed for p in stand.pylons) or task.home_ground_m is None,
            "towers": [_pylon_json(p) for p in stand.pylons if task.first <= p.number <= task.last],
        },
        "return_height_m": task.return_height_m,
        "verified": list(task.verified),
        "rules": task.rules.as_json(),
    }


def _tower_json(tower: Tower) -> dict[str, Any]:
    known = {"ground_amsl_m": tower.ground_m, "height_m": tower.height_m}
    return {
        "number": tower.number,
        "lat": tower.at.lat_deg,
        "lon": tower.at.lon_deg,
        "kind": tower.kind,
        **{key: value for key, value in known.items() if value is not None},
    }


def _pylon_json(pylon: Pylon) -> dict[str, Any]:
    return {
        "number": pylon.number,
        "ground_m": round(pylon.ground_m, 2),
        "arms_m": [round(height, 2) for height in pylon.arms_m],
        "top_m": round(pylon.top_m, 2),
        "assumed": pylon.is_height_assumed,
    }


def shot_json(shot: Shot, task: Task | None) -> dict[str, Any]:
    """A shot, named 线路名_杆塔号_部位."""
    phase = f"{shot.circuit}{shot.phase}相" if shot.circuit else ""
    part = COMPONENTS.get(shot.part, (shot.part, shot.part))[0]
    made = {
        "id": shot.id,
        "tower": shot.tower,
        "circuit": shot.circuit,
        "phase": shot.phase,
        "part": shot.part,
        "doJumpId": shot.jump_id,
    }
    return made if task is None else {**made, "name": f"{task.line.name}_{shot.tower}_{phase}{part}"}


def task_of_json(ours: dict[str, Any], what: str) -> Task:
    """The task a plan carries. BadInput names the entry that is missing or wrong."""
    assumed = ours.get("assumed", [])
    line = _line(
        ours.get("line"), f"{what}.line", tuple(map(str, assumed)) if isinstance(assumed, list) else ()
    )
    towers = ours.get("towers")
    if (
        not isinstance(towers, list)
        or len(towers) != 2
        or not all(isinstance(t, int) and abs(t) < 1e9 for t in towers)
    ):
        raise BadInput(detail=f"{what}.towers: [first, last] by their numbers is meant")
    profile = ours.get("profile")
    if profile not in ("tower", "corridor"):
        raise BadInput(detail=f"{what}.profile is {profile!r}: tower or corridor is meant")
    if profile == "corridor" and towers[0] == towers[1]:
        raise BadInput(detail=f"{what}.towers: a corridor has two towers at least")
    heights = ours.get("heights")
    verified = ours.get("verified", [])
    return Task(
        line,
        towers[0],
        towers[1],
        profile,
        packs.of_json(ours.get("rules"), f"{what}.rules"),
        _optional(ours.get("return_height_m"), f"{what}.return_height_m"),
        _optional(heights.get("home_amsl_m"), f"{what}.heights.home_amsl_m")
        if isinstance(heights, dict)
        else None,
        tuple(str(shot) for shot in verified) if isinstance(verified, list) else (),
    )


def _line(written: Any, what: str, assumed: tuple[str, ...]) -> Line:
    if not isinstance(written, dict) or not isinstance(written.get("towers"), list):
        raise BadInput(detail=f"{what}: the line with its towers is missing; give --line")
    circuits, voltage_kv = written.get("circuits"), written.get("voltage_kv")
    if not isinstance(circuits, int) or not 1 <= circuits <= _MOST_CIRCUITS:
        raise BadInput(detail=f"{what}.circuits is {circuits!r}: 1 to {_MOST_CIRCUITS} is meant")
    if not isinstance(voltage_kv, int) or isinstance(voltage_kv, bool) or not 1 <= voltage_kv < 10_000:
        raise BadInput(detail=f"{what}.voltage_kv is {str(voltage_kv)[:20]}: whole kilovolts are meant")
    towers = tuple(_tower(t, n, f"{what}.towers") for n, t in enumerate(written["towers"], 1))
    if any(b.number <= a.number for a, b in pairwise(towers)):
        raise BadInput(detail=f"{what}.towers: their numbers must rise")
    return Line(str(written.get("id")), str(written.get("name")), voltage_kv, circuits, towers, assumed)


def _tower(written: Any, ordinal: int, what: str) -> Tower:
    if not isinstance(written, dict):
        raise BadInput(detail=f"{what}: number {ordinal} is no object")
    lat, lon = (_optional(written.get(key), f"{what}: number {ordinal}, {key}") for key in ("lat", "lon"))
    if lat is None or lon is None:
        raise BadInput(detail=f"{what}: number {ordinal} has no lat or lon")
    number = written.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) > 1e9:
        raise BadInput(detail=f"{what}: number {ordinal}: its number is meant to be whole")
    ground = _optional(written.get("ground_amsl_m"), f"{what}: number {ordinal}, ground_amsl_m")
    kind: TowerKind = "strain" if written.get("kind") == "strain" else "tangent"
    height = _optional(written.get("height_m"), f"{what}: number {ordinal}, height_m")
    return Tower(number, Wgs84(lat, lon), kind, None if ground is None else MetresAmsl(ground), height)


def _optional(value: Any, what: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise BadInput(detail=f"{what}: a finite number up to {_LARGEST:g} is meant")
    return float(value)
