"""Judges a mission against every rule, from what is flown and not from what the plan says of itself.

Photographs, distances, heights and energy are computed anew from items, line and rules; nothing the plan claims about them is
read, except to name the item that was meant for a missing photograph.
"""

from __future__ import annotations

from dataclasses import dataclass

from mumian.scenarios.powerline.decide.plan import bounds, clearances, photographs
from mumian.scenarios.powerline.decide.plan.case import Worst, case
from mumian.scenarios.powerline.decide.plan.mission import Mission, Task, Violation

# What a reader should see first of an item.
_ORDER = (
    "simple-items", "command", "height-reference", "conductor-distance", "tower-distance", "under-conductors", "ceiling", "floor",
    "fence-present", "fence", "return-height", "return-path", "energy", "rally", "shots", "coverage",
)  # fmt: skip
_JUDGES = (
    clearances.conductors, clearances.towers, clearances.under, bounds.heights, bounds.fenced, bounds.return_height,
    bounds.enough_energy, bounds.rally, photographs.photographed,
)  # fmt: skip
_SEVERAL_AN_ITEM = ("shots", "coverage", "rally")


@dataclass(frozen=True)
class Proof:
    """The verdict: no violation, or each one; and the worst case of each rule, over the whole flight."""

    mission: Mission
    task: Task
    violations: tuple[Violation, ...]
    worst: Worst
    return_height_m: float
    notes: tuple[str, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether nothing is violated."""
        return not self.violations


def prove(mission: Mission, task: Task, notes: tuple[str, ...] = ()) -> Proof:
    """Judge the mission under the task's rules. BadInput where it cannot even be followed (no coordinates, crossing fence)."""
    judged = case(mission, task)
    found = list(judged.flight.violations)
    for judge in _JUDGES:
        found += judge(judged)
    found += clearances.climbs(judged, {one.index for one in found})
    return Proof(mission, task, _ordered(found), judged.worst, round(judged.return_height_m, 2), notes)


def _ordered(found: list[Violation]) -> tuple[Violation, ...]:
    """In the order of the items; of the same rule at the same item only the worst."""
    worst: dict[tuple[int | None, str, str], Violation] = {}
    for one in found:
        key = (one.index, one.rule, one.en if one.rule in _SEVERAL_AN_ITEM else "")
        if key not in worst or (one.metres or 0.0) > (worst[key].metres or 0.0):
            worst[key] = one
    return tuple(sorted(worst.values(), key=lambda v: (v.index or 0, _ORDER.index(v.rule))))
