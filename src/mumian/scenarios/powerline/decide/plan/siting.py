"""Where to stand: the place beside a tower from which one side of it is photographed, and the place of home."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.decide.plan.airspace import Airspace
from mumian.scenarios.powerline.decide.plan.flight import Point
from mumian.scenarios.powerline.decide.plan.refusals import NoPlaceForHome
from mumian.scenarios.powerline.decide.plan.shots import Target
from mumian.scenarios.powerline.decide.plan.structure import Pylon

_TURNS_DEG = (0, 15, -15, 30, -30, 45, -45, 60, -60, 75, -75)  # away from straight across the line
_STEP_M = 0.5
_RAISED_M = 1.5  # above the component, so that the sky is not behind it
_HOME_ALONG_M = (0.0, -20.0, 20.0, -40.0, 40.0, -70.0, 70.0, -100.0, 100.0)
_HOME_ACROSS_M = (35.0, 45.0, 55.0, 70.0, 90.0)


@dataclass(frozen=True, slots=True)
class Stand:
    """A column beside a tower, and what is photographed from which height, from the top down."""

    pylon: Pylon
    side: int
    x: float
    y: float
    shots: tuple[tuple[float, Target], ...]

    @property
    def top(self) -> Point:
        """The highest place."""
        return self.x, self.y, self.shots[0][0]


class NoPlaceToStand(BadInput):
    """A tower cannot be photographed from one side under these rules."""

    code = "no_place_to_stand"
    zh = "杆塔 {tower} {side_zh}侧没有满足 {required_m:.1f} m 距离且能拍清的位置。{mend_zh}"
    en = (
        "Tower {tower}: nowhere on its {side} side do {required_m:.1f} m from the line and the ground sampling "
        "distance go together. {mend}"
    )


def stand(air: Airspace, pylon: Pylon, side: int, wanted: tuple[Target, ...]) -> Stand:
    """The nearest clear column on a side from which all its targets are within reach."""
    heights = [(_height(air, target), target) for target in wanted]
    heights.sort(key=lambda row: -row[0])
    for turn_deg, away_m in _candidates(air):
        x, y = _beside(pylon, side, turn_deg, away_m)
        high_m = max(heights[0][0], air.over([(x, y)]))
        column = np.array([(x, y, z) for z in _levels(high_m, heights[-1][0])])
        if (
            _reaches(air, (x, y), heights)
            and air.are_clear(column).all()
            and air.is_clear([(x, y, high_m), (x, y, heights[-1][0])])
        ):
            return Stand(pylon, side, x, y, tuple(heights))
    raise NoPlaceToStand(
        tower=pylon.number,
        side="right" if side > 0 else "left",
        side_zh="右" if side > 0 else "左",
        required_m=air.rules.required_m,
        mend="Choose other towers, or a pack with another stand-off or camera",
        mend_zh="请另选杆塔，或换规则包",
    )


def _candidates(air: Airspace) -> list[tuple[int, float]]:
    least = air.keepout.works.structure.arm_m + air.margin_m
    most = least + air.rules.camera.reach_m(air.rules.photo.component_gsd_mm)
    steps = range(int((most - least) / _STEP_M))
    return sorted(
        ((turn, least + n * _STEP_M) for turn in _TURNS_DEG for n in steps),
        key=lambda row: row[1] + abs(row[0]) / 15,
    )


def _beside(pylon: Pylon, side: int, turn_deg: float, away_m: float) -> tuple[float, float]:
    turn = math.radians(turn_deg)
    across = (pylon.right[0] * side, pylon.right[1] * side)
    x = across[0] * math.cos(turn) - across[1] * math.sin(turn)
    y = across[0] * math.sin(turn) + across[1] * math.cos(turn)
    return pylon.x + x * away_m, pylon.y + y * away_m


def _height(air: Airspace, target: Target) -> float:
    """Slightly above the component; the foundation is taken from as low as is allowed with room."""
    if target.part == "foundation":
        return target.at[2] + air.rules.limits.floor_m + 10.0
    return target.at[2] + _RAISED_M


def _levels(high_m: float, low_m: float) -> list[float]:
    return [float(z) for z in np.linspace(high_m, low_m, max(2, math.ceil(high_m - low_m) + 1))]


def _reaches(air: Airspace, at: tuple[float, float], heights: list[tuple[float, Target]]) -> bool:
    return all(
        math.dist((*at, z), target.at) <= air.rules.camera.reach_m(target.gsd_mm) - 0.1
        for z, target in heights
    )


def home(air: Airspace, pylon: Pylon, height_m: float) -> tuple[tuple[float, float], int]:
    """((x, y), side) of an assumed home near the tower: the nearest place with a clear column up to `height_m`."""
    ahead = (-pylon.right[1], pylon.right[0])
    for across_m in _HOME_ACROSS_M:
        for along_m in _HOME_ALONG_M:
            for side in (1, -1):
                x = pylon.x + side * across_m * pylon.right[0] + along_m * ahead[0]
                y = pylon.y + side * across_m * pylon.right[1] + along_m * ahead[1]
                column = np.array([(x, y, z) for z in _levels(height_m, pylon.ground_m)])
                if air.are_clear(column).all():
                    return (x, y), side
    raise NoPlaceForHome(within_m=_HOME_ACROSS_M[-1], number=pylon.number)
