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
PHASES = ("leaving", "flying", "closing")  # of a cycle
Going = Callable[[str, "Dock"], None]  # (phase or goal, the dock at this look); raises to end it


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
    while not reached(goal, done.dock, limit_percent):
        going(phase or goal, done.dock)
        if time.monotonic() >= until:
            raise Unavailable(
                part=client.sn, detail=f"{goal} not reached in {timeout_s:g} s; {_words(done.dock)}"
            )
        if order := next_order(goal, done.dock, limit_percent):
            client.order(order.method, dict(order.data))
            done.orders.append(order.method)
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
            raise Unavailable(part=client.sn, detail=f"the drone diverted; {_words(dock)}")
        if time.monotonic() >= until:
            raise Unavailable(part=client.sn, detail=f"the drone is not back in {seconds:g} s")


def _words(dock: Dock) -> str:
    faults = ", ".join(sorted(dock.faults)) or "no fault"
    return f"cover {dock.cover}, putter {dock.putter}, drone {dock.drone}, {faults}"
