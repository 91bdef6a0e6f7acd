"""Parameters of commands that would make the flown path, or what the camera sees, differ from the path that is judged.

The path is straight from place to place. What a parameter bends, delays or leaves to the autopilot is not guessed at: it is told,
with what to do about it. Meanings: MAVLink common, MAV_CMD (https://mavlink.io/en/messages/common.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mumian.scenarios.powerline.decide.plan import mission as m
from mumian.scenarios.powerline.decide.plan.mission import Item

FASTEST_MPS = 30.0  # no multirotor of this class flies faster; a plan that says so says nothing
_DELAYS = (112, 114)  # CONDITION_DELAY, CONDITION_DISTANCE: what follows happens somewhere on the way
_ZOOM = 531
_ROI_AT_A_PLACE = 3  # MAV_ROI_LOCATION


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an item's parameters; metres where it is a matter of metres."""

    metres: float | None
    zh: str
    en: str


def faults(item: Item, near_m: float, *, is_photographed: bool) -> Iterator[Fault]:
    """What of this item is not flown as it is judged. near_m: how far from a place counts as being there."""
    if not item.continues:
        yield Fault(
            None,
            "autoContinue 为 false，飞到这里会停下",
            "autoContinue is false: the flight stops here; set it to true",
        )
    p = [value or 0.0 for value in item.params]
    if item.command in (m.WAYPOINT, m.LOITER_TIME):
        yield from _rounded(p, near_m)
    elif item.command == m.DELAY and p[0] < 0:
        yield Fault(
            None,
            "等到某一时刻，时长和电量无法证明",
            "it waits for a time of day, so energy cannot be proved: give seconds in params[0]",
        )
    elif item.command == m.CHANGE_SPEED:
        yield from _speed(p)
    elif item.command == m.SET_ROI and p[0] not in (0, _ROI_AT_A_PLACE):
        yield Fault(
            None,
            f"ROI 模式 {p[0]:g} 看向哪里无法证明",
            f"ROI mode {p[0]:g}: where the camera looks cannot be proved; use mode 3, a place",
        )
    elif item.command in _DELAYS:
        yield Fault(
            None,
            "后面的指令会在途中别处执行",
            "what follows is done somewhere on the way: use a hold at the waypoint",
        )
    elif item.command == _ZOOM and is_photographed:
        yield Fault(
            None,
            "变焦后照片能看清什么无法证明",
            "what photographs show after a zoom cannot be proved: take it out",
        )


def _rounded(p: list[float], near_m: float) -> Iterator[Fault]:
    for value, zh, en in (
        (p[1], "到达半径", "acceptance radius"),
        (abs(p[2]), "通过半径", "pass or loiter radius"),
    ):
        if value > near_m:
            yield Fault(
                value - near_m, f"{zh} {value:g} m，会切弯", f"{en} {value:g} m: the corner is cut; {near_m:g} m are the most",
            )  # fmt: skip


def _speed(p: list[float]) -> Iterator[Fault]:
    if p[0] not in (0, 1):
        yield Fault(
            None,
            "改变升降速度，电量无法证明",
            "it changes the speed of climb or descent, so energy cannot be proved: take it out",
        )
    elif p[1] > FASTEST_MPS:
        yield Fault(
            None,
            f"速度 {p[1]:g} m/s 不可信",
            f"{p[1]:g} m/s is no speed of a multirotor; {FASTEST_MPS:g} are the most",
        )
