"""Judges photographs: every component of a tower has one, every span of a corridor is covered from both sides."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mumian.scenarios.powerline.decide.plan import corridor, shots
from mumian.scenarios.powerline.decide.plan.case import Case
from mumian.scenarios.powerline.decide.plan.flight import Leg, Point
from mumian.scenarios.powerline.decide.plan.mission import Violation


def photographed(case: Case) -> Iterator[Violation]:
    """By the profile; nothing for a plan of which nobody said what it is for."""
    if case.task.profile == "tower":
        yield from _shots(case)
    elif case.task.profile == "corridor":
        yield from _coverage(case)


def _shots(case: Case) -> Iterator[Violation]:
    wanted = taken = 0
    for pylon in case.keepout.works.pylons:
        if not case.task.first <= pylon.number <= case.task.last:
            continue
        needed = shots.targets(case.keepout.works, pylon, case.rules)
        lacking = [
            target
            for target in shots.missing(case.flight, needed, pylon, case.rules)
            if target.id not in case.task.verified
        ]
        wanted, taken = wanted + len(needed), taken + len(needed) - len(lacking)
        for target in lacking:
            yield case.violation(
                _meant_for(case, target), "shots", _too_far(case, target),
                f"部位 {target.id} 没有合格照片", f"no photograph shows {target.id} from its side, near and aimed enough",
            )  # fmt: skip
    case.worst["shots"], case.worst["shots_required"] = taken, wanted


def _meant_for(case: Case, target: shots.Target) -> int:
    """The waypoint that was to photograph the target: by the plan's own list of shots, else the one nearest to it."""
    items, reach_m = case.mission.items, case.rules.camera.reach_m(target.gsd_mm)
    for jump_id in (shot.jump_id for shot in case.mission.shots if shot.id == target.id):
        photo = next((p for p in case.flight.photos if items[p.index].jump_id == jump_id), None)
        if photo is not None and photo.arrived_by >= 0:
            return case.legs[photo.arrived_by].index
        before = [leg for leg in case.legs if items[leg.index].jump_id < jump_id]
        if before and math.dist(before[-1].end, target.at) <= reach_m:
            return before[-1].index
    pylon = case.keepout.works.pylon(target.tower)
    reached = [leg for leg in case.legs if shots.is_on_side(leg.end, target, pylon)] or case.legs
    return min(reached, key=lambda leg: math.dist(leg.end, target.at)).index if reached else 0


def _too_far(case: Case, target: shots.Target) -> float | None:
    """Metres by which the nearest photograph is too far; None where there is none, or distance is not what is wrong."""
    pylon = case.keepout.works.pylon(target.tower)
    near = [math.dist(p.at, target.at) for p in case.flight.photos if shots.is_on_side(p.at, target, pylon)]
    missing = min(near, default=0.0) - case.rules.camera.reach_m(target.gsd_mm)
    return missing if missing > 0 else None


def _coverage(case: Case) -> Iterator[Violation]:
    strips = corridor.strips(case.keepout.works, case.task.first, case.task.last)
    uncovered = corridor.gaps(case.flight, case.rules, strips)
    case.worst["uncovered_m"] = round(sum(gap.uncovered_m for gap in uncovered), 1)
    for gap in uncovered:
        zh, en = ("右", "right") if gap.side > 0 else ("左", "left")
        span = f"{gap.strip.start.number}-{gap.strip.end.number}"
        yield case.violation(
            _nearest_item(case, gap), "coverage", gap.uncovered_m,
            f"档 {span} {zh}侧有 {gap.uncovered_m:.0f} m 没有照片", f"{gap.uncovered_m:.0f} m of span {span} are not photographed from the {en}",
        )  # fmt: skip


def _nearest_item(case: Case, gap: corridor.Gap) -> int:
    """The item whose leg passes nearest to where the gap should have been photographed from."""
    middle = (gap.from_m + gap.to_m) / 2
    height_m = float(gap.strip.heights(np.array([middle]))[0][0])
    place = gap.strip.at(middle, gap.side * (case.keepout.works.structure.arm_m + 15.0), height_m)
    return min(case.legs, key=lambda leg: _to_leg(place, leg)).index if case.legs else 0


def _to_leg(place: Point, leg: Leg) -> float:
    a, b, p = (np.array(q) for q in (leg.start, leg.end, place))
    share = float(np.clip((p - a) @ (b - a) / max(float((b - a) @ (b - a)), 1e-9), 0.0, 1.0))
    return float(np.linalg.norm(p - a - share * (b - a)))
