"""A line handed in, and a plan made, proved and kept. What cannot be read or flown is refused, and nothing of it is stored."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from mumian.core.kernel import ids
from mumian.core.kernel.errors import BadInput, NotFound, Unavailable
from mumian.core.kernel.geo import LocalFrame
from mumian.core.store import Jsonb
from mumian.scenarios.powerline.decide.formats import geojson, plan_file, wpl, wpml
from mumian.scenarios.powerline.decide.plan import certificate, corridor, planning
from mumian.scenarios.powerline.decide.plan import rules as packs
from mumian.scenarios.powerline.decide.plan.flight import fly
from mumian.scenarios.powerline.decide.plan.judged_by import task_of
from mumian.scenarios.powerline.decide.plan.mission import Profile
from mumian.scenarios.powerline.decide.plan.proof import Proof, prove
from mumian.scenarios.powerline.decide.plan.structure import Pylon, works
from mumian.scenarios.powerline.decide.plans import rows
from mumian.scenarios.powerline.domain.catenary import hung
from mumian.scenarios.powerline.domain.line import Line
from mumian.scenarios.powerline.observe.lines import Datum, Listed, listed, read_bytes

if TYPE_CHECKING:
    from mumian.core.store import Store

WAIT_S = 1.0
_PLANNING = Lock()
_STATIONS = 13  # of a wire's drawing


class NoLineFile(BadInput):
    """The form came without a line."""

    zh = "没有交来文件：请选一个 GeoJSON、KML 或 CSV 文件，或者贴上内容"
    en = "no file was handed in: choose a GeoJSON, KML or CSV file, or paste its text"


class PlanOfNobody(BadInput):
    """A plan file that does not say which line and towers it is for."""

    zh = "{file}：这份航线里没有线路（mumian 一项）：请交在这里排出来的航线"
    en = "{file}: the plan carries no line (key mumian): hand in one that was made here"


class PlannerBusy(Unavailable):
    """One plan is made at a time: planning takes a core for seconds, and alarms go before it."""

    zh = "正在排另一条航线，请过一会儿再按一次"
    en = "another plan is being made: press again in a moment"


@contextmanager
def _alone() -> Iterator[None]:
    """Raises PlannerBusy where another plan is still being made after WAIT_S."""
    if not _PLANNING.acquire(timeout=WAIT_S):
        raise PlannerBusy(part="planner", detail="")
    try:
        yield
    finally:
        _PLANNING.release()


def keep_line(store: Store, name: str, source: str, datum: Datum, by: str, ordinal: int | None = None, instead_of: str = "") -> str:  # fmt: skip
    """Keep a line's file and return its id; the same line of the same file again is the same one. Raises BadInput.

    ordinal     which of the file's lines; the first that is one if None
    instead_of  a line that is forgotten for it, if no plan was made for it
    """
    if not source.strip():
        raise NoLineFile
    if "\0" in source or "\\u0000" in source or "\0" in name:
        raise BadInput(detail=f"{name[:80]!r} holds NUL characters: export it again as text")
    raw, file = source.encode("utf-8", "surrogatepass"), Path(name).name
    held = listed(raw, file)
    number = ordinal or (held[0].ordinal if held else 1)
    drawn = read_bytes(raw, file, datum, number)
    packs.load(drawn.voltage_kv, None)
    which = f"\n{number}" if number > 1 else ""
    id = (
        "N-"
        + hashlib.sha256(f"{name}\n{datum}\n{source}{which}".encode("utf-8", "surrogatepass")).hexdigest()[
            :20
        ]
    )
    row = {"id": id, "name": drawn.name, "voltage_kv": drawn.voltage_kv, "towers": len(drawn.towers), "file": file, "datum": datum,
           "source": source, "made_us": store.clock.now_us(), "made_by": by, "ordinal": number, "lines_in_file": max(len(held), 1)}  # fmt: skip
    with store.tx() as cur:
        rows.add(cur, "lines", rows.LINE, row)
        if instead_of != id:
            rows.drop_unused(cur, instead_of)
    return id


def choose(store: Store, line: str, ordinal: int, by: str) -> str:
    """Take another line of the file that a kept line came from; its id. Raises NotFound, BadInput."""
    held = rows.line(store, line)
    if held is None:
        raise NotFound(what="line", id=line)
    return keep_line(store, held["file"], held["source"], held["datum"], by, ordinal, instead_of=line)


def lines_of(held: dict[str, Any]) -> list[Listed]:
    """What the kept line's file holds."""
    return listed(str(held["source"]).encode(), held["file"])


def line_of(held: dict[str, Any]) -> Line:
    """The line of a kept file."""
    return read_bytes(str(held["source"]).encode(), held["file"], held["datum"], held["ordinal"])


def make(store: Store, line: str, first: int, count: int, profile: Profile, by: str) -> str:
    """Plan, prove and keep; the plan's id. Raises NotFound, and BadInput where nothing can be flown."""
    held = rows.line(store, line)
    if held is None:
        raise NotFound(what="line", id=line)
    with _alone():
        return _made(store, held, planning.Wish(first, count, profile), by)


def _made(store: Store, held: dict[str, Any], wish: planning.Wish, by: str) -> str:
    drawn, first, count, profile = line_of(held), wish.first, wish.count, wish.profile
    made = plan_file.as_json(planning.plan(drawn, packs.load(drawn.voltage_kv, None), wish))
    which = f"-{held['ordinal']}" if held["lines_in_file"] > 1 else ""
    name = f"{Path(held['file']).stem}{which}-{first}-{count}-{profile}.plan"
    again = plan_file.read(json.loads(json.dumps(made)), Path(name))
    if again.task is None:
        raise BadInput(detail=f"{name}: the plan lost its line")
    return _keep(store, held, prove(again, again.task), made, name, by)


def check(store: Store, line: str, name: str, data: bytes, by: str) -> str:
    """Prove a plan file that was changed elsewhere against the kept line, and keep what came of it; the plan's id.

    Raises NotFound, BadInput (PlanUnreadable) for a file that is no plan, or a plan of nobody's towers.
    """
    held = rows.line(store, line)
    if held is None:
        raise NotFound(what="line", id=line)
    file = Path(Path(name).name)
    made = plan_file.parsed(data, file)
    mission = plan_file.read(made, file)
    if mission.task is None or mission.task.profile is None:
        raise PlanOfNobody(file=file)
    task, notes = task_of(mission, line_of(held), None, file)
    with _alone():
        return _keep(store, held, prove(mission, task, notes), made, file.name, by)


def _keep(store: Store, held: dict[str, Any], proof: Proof, made: dict[str, Any], name: str, by: str) -> str:
    certificate.put_into(made, proof, name)
    id, task = ids.new("P"), proof.task
    row = {"id": id, "line": held["id"], "first": task.first, "count": task.last - task.first + 1, "profile": task.profile,
           "verdict": "proved" if proof.is_proved else "violated", "made_us": store.clock.now_us(), "made_by": by,
           "told": Jsonb(told(proof, made)), "files": Jsonb(_files(proof, made, name) if proof.is_proved else {})}  # fmt: skip
    with store.tx() as cur:
        rows.add(cur, "plans", rows.PLAN, row)
    return id


def _files(proof: Proof, made: dict[str, Any], name: str) -> dict[str, list[str]]:
    """Ending → [name, base64]. Only what is proved can be taken away."""
    stem = name.removesuffix(".plan")
    content = {
        "plan": json.dumps(made, ensure_ascii=False, indent=1).encode(),
        "waypoints": wpl.text(proof.mission).encode(),
        "kmz": wpml.archive(proof),
        "geojson": json.dumps(geojson.collection(proof), ensure_ascii=False).encode(),
    }
    return {end: [f"{stem}.{end}", base64.b64encode(data).decode()] for end, data in content.items()}


def told(proof: Proof, made: dict[str, Any]) -> dict[str, Any]:
    """The drawing (stations along the towers, heights above home), shots by tower, worst cases, violations, certificate."""
    task = proof.task
    frame = LocalFrame(next(t.at for t in task.line.towers if t.number == task.first))
    built = works(task.line, frame, task.rules, task.home_ground_m)
    pylons = [p for p in built.pylons if task.first <= p.number <= task.last]
    flight = fly(proof.mission, frame, proof.return_height_m)
    path = [flight.legs[0].start, *(leg.end for leg in flight.legs)] if flight.legs else []
    wires = [
        (_placed(pylons, w.start)[0], _placed(pylons, w.end)[0], w)
        for w in built.wires
        if task.first <= w.start_number and w.end_number <= task.last
    ]
    at_item = {leg.index: leg.end for leg in flight.legs}
    return {
        "path": [_placed(pylons, at) for at in path],
        "photos": [_placed(pylons, photo.at) for photo in flight.photos],
        "towers": [{"number": p.number, "at": _placed(pylons, [p.x, p.y, p.ground_m]), "top_m": round(p.top_m, 1)} for p in pylons],
        "wires": [_hot(s0, s1, w) for s0, s1, w in wires],
        "shots": dict(Counter(str(shot.tower) for shot in proof.mission.shots)),
        "frames": corridor.frames(flight) if task.profile == "corridor" else None,
        "worst": dict(proof.worst),
        "return_height_m": proof.return_height_m,
        "violations": [
            certificate.violation(v, task.rules)
            | {"at": _placed(pylons, at_item[max(k for k in at_item if k <= (v.index or 0))]) if any(k <= (v.index or 0) for k in at_item) else None}
            for v in proof.violations
        ],
        "certificate": made["mumian"].get("certificate"),
        "assumed": list(task.line.assumed),
    }  # fmt: skip


def _placed(pylons: list[Pylon], at: Any) -> list[float]:
    """[station, height] of a point beside the towers; before the first and beyond the last it goes on straight."""
    if len(pylons) < 2:
        return [round(float(at[0]), 1), round(float(at[2]), 1)]
    best, before = (float("inf"), 0.0), 0.0
    for number, (a, b) in enumerate(pairwise(pylons)):
        step = np.array([b.x - a.x, b.y - a.y])
        length = float(np.hypot(*step))
        s = float(np.dot([at[0] - a.x, at[1] - a.y], step) / length)
        low = float("-inf") if number == 0 else 0.0
        high = float("inf") if number == len(pylons) - 2 else length
        clamped = min(max(s, low), high)
        foot = np.array([a.x, a.y]) + step / length * clamped
        best = min(best, (float(np.hypot(at[0] - foot[0], at[1] - foot[1])), before + clamped))
        before += length
    return [round(best[1], 1), round(float(at[2]), 1)]


def _hot(s0: float, s1: float, wire: Any) -> list[list[float]]:
    """The wire at its hottest, strings and all: the lowest it hangs."""
    along = np.linspace(0.0, wire.length_m, _STATIONS)
    z = (
        hung(wire.length_m, wire.end[2] - wire.start[2], wire.hot_c_m, wire.start[2]).height(along)
        - wire.string_m
    )
    return [[round(s0 + (s1 - s0) * k / (_STATIONS - 1), 1), round(float(h), 1)] for k, h in enumerate(z)]
