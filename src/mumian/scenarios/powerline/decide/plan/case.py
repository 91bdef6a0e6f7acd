"""A mission under judgement: everything the rules ask about, computed once from items, line and rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame
from mumian.scenarios.powerline.decide.plan.airspace import Airspace
from mumian.scenarios.powerline.decide.plan.flight import Flight, Leg, Point, flat, fly
from mumian.scenarios.powerline.decide.plan.keepout import KeepOut
from mumian.scenarios.powerline.decide.plan.mission import Mission, Task, Violation
from mumian.scenarios.powerline.decide.plan.rules import Rules
from mumian.scenarios.powerline.decide.plan.structure import works
from mumian.scenarios.powerline.domain.catenary import Floats

Worst = dict[str, float | int]  # the worst case of each rule over the whole flight


@dataclass(frozen=True)
class Case:
    """starts, ends: (m, 3) of the legs. return_height_m: flown on a return; needed_m: what clears everything in reach."""

    mission: Mission
    task: Task
    frame: LocalFrame
    air: Airspace
    flight: Flight
    starts: Floats
    ends: Floats
    return_height_m: float
    needed_m: float
    worst: Worst = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        """What it is judged by."""
        return self.task.rules

    @property
    def keepout(self) -> KeepOut:
        """The line as obstacles."""
        return self.air.keepout

    @property
    def legs(self) -> list[Leg]:
        """What is flown."""
        return self.flight.legs

    @property
    def last(self) -> int:
        """Index of the item by which the flight ends."""
        return self.legs[-1].index if self.legs else len(self.mission.items) - 1

    @property
    def home(self) -> Point:
        """Home, on the ground."""
        return (*flat(self.frame, self.mission.home), 0.0)

    def violation(self, index: int, rule: str, metres: float | None, zh: str, en: str) -> Violation:
        """Item `index` breaks the rule by so many metres."""
        jump_id = self.mission.items[index].jump_id
        return Violation(index, jump_id, rule, None if metres is None else round(metres, 2), zh, en)

    def follows_another(self, n: int) -> bool:
        """Whether where leg n starts is another item's doing."""
        return n > 0 and self.legs[n - 1].index != self.legs[n].index


def case(mission: Mission, task: Task) -> Case:
    """Stand the line up and fly the mission. BadInput where it cannot even be followed."""
    numbers = [tower.number for tower in task.line.towers]
    if task.first not in numbers or task.last not in numbers or task.first > task.last:
        raise BadInput(
            detail=f"the plan is for towers {task.first} to {task.last}; the line has {numbers[0]} to {numbers[-1]}"
        )
    frame = LocalFrame(task.line.towers[numbers.index(task.first)].at)
    air = Airspace(KeepOut(works(task.line, frame, task.rules, task.home_ground_m)), task.rules)
    needed_m = _needed_m(mission, frame, air)
    return_height_m = needed_m if task.return_height_m is None else task.return_height_m
    flight = fly(mission, frame, return_height_m)
    starts, ends = (
        np.array([getattr(leg, which) for leg in flight.legs], np.float64).reshape(-1, 3)
        for which in ("start", "end")
    )
    return Case(mission, task, frame, air, flight, starts, ends, return_height_m, needed_m)


def _needed_m(mission: Mission, frame: LocalFrame, air: Airspace) -> float:
    """The height above home at which everything in reach of the mission is cleared."""
    places = [leg.end[:2] for leg in fly(mission, frame, 0.0).legs] or [(0.0, 0.0)]
    places += [flat(frame, point.at) for point in mission.rally]
    return air.over(places, air.rules.required_m)
