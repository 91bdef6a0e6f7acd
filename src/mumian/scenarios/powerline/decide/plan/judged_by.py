"""By which line, towers and rules a plan that was handed in is judged: what holds, and what is told about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.decide.plan import rules as packs
from mumian.scenarios.powerline.decide.plan.mission import Mission, Task
from mumian.scenarios.powerline.domain.line import Line


def task_of(
    mission: Mission, line: Line | None, pack: Path | None, file: Path
) -> tuple[Task, tuple[str, ...]]:
    """The task to judge by, and what should be told about it."""
    task, notes = mission.task, []
    if task is None:
        if line is None:
            raise BadInput(detail=f"{file}: the plan carries no line (key mumian); give --line LINE.geojson")
        first = line.towers[0].number
        notes.append("the plan was not made here: photographs are not judged")
        task = Task(line, first, first, None, packs.load(line.voltage_kv, pack), None)
        return task, tuple(notes)
    shipped = packs.load(task.line.voltage_kv, pack)
    rules, laxer = packs.strictest(task.rules, shipped)
    notes += [f"laxer in the plan than in the pack, the pack holds: {one}" for one in laxer]
    if otherwise := packs.assumed_otherwise(task.rules, shipped):
        notes.append(
            f"assumed in the plan, which counts, and not in the pack (in brackets): {', '.join(otherwise)}"
        )
    if task.verified:
        notes.append(f"{len(task.verified)} shots are taken for being in hand already (mumian.verified)")
    if line is not None:
        notes += _differences(task.line, line)
        if line.voltage_kv != task.line.voltage_kv:
            rules = packs.load(line.voltage_kv, pack)
        task = replace(task, line=line)
    return replace(task, rules=rules), tuple(notes)


def _differences(ours: Line, given: Line) -> list[str]:
    said = []
    if ours.voltage_kv != given.voltage_kv:
        said.append(f"the plan says {ours.voltage_kv} kV, the line {given.voltage_kv} kV; the line holds")
    if [t.at for t in ours.towers] != [t.at for t in given.towers]:
        said.append("the plan's towers are not the line's; the line's hold")
    if ours.circuits != given.circuits:
        said.append(f"the plan says {ours.circuits} circuits, the line {given.circuits}; the line's hold")
    return said
