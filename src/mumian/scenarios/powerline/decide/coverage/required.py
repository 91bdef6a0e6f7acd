"""The shots that a plan must take: those it names, and those that its line and rules ask for and it leaves out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame
from mumian.scenarios.powerline.decide.formats import plan_file
from mumian.scenarios.powerline.decide.plan import shots
from mumian.scenarios.powerline.decide.plan.mission import Task
from mumian.scenarios.powerline.decide.plan.structure import works
from mumian.scenarios.powerline.domain.photograph import Place


@dataclass(frozen=True, slots=True)
class Required:
    """A plan by its file name and digest, its line, and its shots: by the item (doJumpId) that takes them, and all that are required."""

    plan: str
    sha256: str
    line: str
    by_item: dict[int, Place]
    shots: tuple[Place, ...]


def required(path: Path) -> Required:
    """Of a plan file. PlanUnreadable, or BadInput for a plan that names no shots."""
    mission = plan_file.read(plan_file.load(path), path)
    if mission.task is None or not mission.shots:
        raise BadInput(
            detail=f"{path}: the plan names no shots (mumian.shots); give a plan made by `plan --profile tower`, "
            "or leave out --record and --plan"
        )
    by_item = {s.jump_id: Place(s.id, s.tower, s.circuit, s.phase, s.part) for s in mission.shots}
    if len(by_item) < len(mission.shots):
        raise BadInput(detail=f"{path}: two shots are taken by one item (doJumpId); plan it anew")
    planned = {place.shot for place in by_item.values()}
    left_out = tuple(p for p in _asked(mission.task) if p.shot not in planned | set(mission.task.verified))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Required(path.name, digest, mission.task.line.name, by_item, (*by_item.values(), *left_out))


def _asked(task: Task) -> list[Place]:
    """What line and rules ask for, as the proof derives it; nothing for a profile without towers."""
    if task.profile != "tower":
        return []
    start = next((t.at for t in task.line.towers if t.number == task.first), task.line.towers[0].at)
    stand = works(task.line, LocalFrame(start), task.rules, task.home_ground_m)
    return [
        Place(target.id, target.tower, target.circuit, target.phase, target.part)
        for pylon in stand.pylons
        if task.first <= pylon.number <= task.last
        for target in shots.targets(stand, pylon, task.rules)
    ]
