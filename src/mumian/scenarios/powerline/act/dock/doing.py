"""A goal followed through: look, order what decide says, look again, until it is reached or cannot be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mumian.core.kernel.errors import Unavailable
from mumian.scenarios.powerline.decide.dock.next_order import Goal, next_order, reached

if TYPE_CHECKING:
    from mumian.scenarios.powerline.act.dock.client import DockClient
    from mumian.scenarios.powerline.domain.dock import Dock

LOOK_S = 5.0
AGAIN_S = 60.0  # an order that was acknowledged and has changed nothing is given anew after so long
PHASES = ("leaving", "flying", "closing")  # of a cycle
_ZH = {"closed": "关", "open": "开", "moving": "在动", "abnormal": "卡住", "in": "在舱内", "rising": "正在起飞", "away": "在外",
       "approaching": "正在返回", "landing": "正在降落", "diverted": "备降他处"}  # fmt: skip
Going = Callable[[str, "Dock"], None]  # (phase or goal, the dock at this look); raises to end it


class NotReached(Unavailable):
    """The dock is not where it was wanted within the time."""

    zh = "机巢 {part} {why}：{words_zh}"

    def __init__(self, sn: str, why: str, detail: str, dock: Dock) -> None:
        faults = "、".join(sorted(dock.faults)) or "没有故障"
        zh = f"舱盖{_ZH[dock.cover]}，推杆{_ZH[dock.putter]}，无人机{_ZH[dock.drone]}，{faults}"
        super().__init__(part=sn, why=why, detail=f"{detail}; {_words(dock)}", words_zh=zh)


@dataclass(slots=True)
class Done:
    """What was ordered and how the dock stands."""

    dock: Dock
    orders: list[str] = field(default_factory=list)


def _on(phase: str, dock: Dock) -> None:
    """Nobody wants to know or to end it."""


def pursue(
    client: DockClient,
    goal: Goal,
    limit_percent: float,
    timeout_s: float,
    going: Going = _on,
    phase: str = "",
) -> Done:
    """Bring the dock to `goal`. Raises what an order or `going` raises, and Unavailable where it is not reached in time."""
    until, done = time.monotonic() + timeout_s, Done(client.look(LOOK_S))
    last, again_at = "", 0.0
    while not reached(goal, done.dock, limit_percent):
        going(phase or goal, done.dock)
        if time.monotonic() >= until:
            raise NotReached(
                client.sn, f"{timeout_s:g} 秒内没有到位", f"{goal} not reached in {timeout_s:g} s", done.dock
            )
        order = next_order(goal, done.dock, limit_percent)
        if order and (order.method != last or time.monotonic() >= again_at):
            client.order(order.method, dict(order.data))
            done.orders.append(order.method)
            last, again_at = order.method, time.monotonic() + AGAIN_S
        done.dock = client.look(LOOK_S)
    return done


def cycle(
    client: DockClient,
    limit_percent: float,
    timeout_s: float,
    flight_s: float | None = None,
    going: Going = _on,
) -> Done:
    """Take-off, the flight, the return, closing, charging: a whole cycle with no human order between.

    `timeout_s` is given to leaving and to closing, `flight_s` (the same unless given) to the flight. `going` hears every look.
    """
    flown = pursue(client, "fly", limit_percent, timeout_s, going, PHASES[0])
    _await_return(client, timeout_s if flight_s is None else flight_s, going)
    back = pursue(client, "charge", limit_percent, timeout_s, going, PHASES[2])
    return Done(back.dock, flown.orders + back.orders)


def _await_return(client: DockClient, seconds: float, going: Going) -> None:
    until = time.monotonic() + seconds
    while (dock := client.look(LOOK_S)).drone != "in":
        going(PHASES[1], dock)
        if dock.drone == "diverted":
            raise NotReached(client.sn, "的无人机没有回来", "the drone diverted", dock)
        if time.monotonic() >= until:
            raise NotReached(
                client.sn,
                f"的无人机 {seconds:g} 秒内没有回来",
                f"the drone is not back in {seconds:g} s",
                dock,
            )


def _words(dock: Dock) -> str:
    faults = ", ".join(sorted(dock.faults)) or "no fault"
    return f"cover {dock.cover}, putter {dock.putter}, drone {dock.drone}, {faults}"
