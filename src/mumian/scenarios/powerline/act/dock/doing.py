"""A goal followed through: look, order what decide says, look again, until it is reached or cannot be."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mumian.core.kernel.errors import Unavailable
from mumian.scenarios.powerline.decide.dock.next_order import Goal, next_order, reached

if TYPE_CHECKING:
    from mumian.scenarios.powerline.act.dock.client import DockClient
    from mumian.scenarios.powerline.domain.dock import Dock

LOOK_S = 5.0


@dataclass(slots=True)
class Done:
    """What was ordered and how the dock stands."""

    dock: Dock
    orders: list[str] = field(default_factory=list)


def pursue(client: DockClient, goal: Goal, limit_percent: float, timeout_s: float) -> Done:
    """Bring the dock to `goal`. Raises what an order raises, and Unavailable where it is not reached in time."""
    until, done = time.monotonic() + timeout_s, Done(client.look(LOOK_S))
    while not reached(goal, done.dock, limit_percent):
        if time.monotonic() >= until:
            raise Unavailable(
                part=client.sn, detail=f"{goal} not reached in {timeout_s:g} s; {_words(done.dock)}"
            )
        if order := next_order(goal, done.dock, limit_percent):
            client.order(order.method, dict(order.data))
            done.orders.append(order.method)
        done.dock = client.look(LOOK_S)
    return done


def cycle(client: DockClient, limit_percent: float, timeout_s: float) -> Done:
    """Take-off, the flight, the return, closing, charging: a whole cycle with no human order between."""
    flown = pursue(client, "fly", limit_percent, timeout_s)
    until = time.monotonic() + timeout_s
    while (dock := client.look(LOOK_S)).drone != "in":
        if dock.drone == "diverted":
            raise Unavailable(part=client.sn, detail=f"the drone diverted; {_words(dock)}")
        if time.monotonic() >= until:
            raise Unavailable(part=client.sn, detail=f"the drone is not back in {timeout_s:g} s")
    back = pursue(client, "charge", limit_percent, timeout_s)
    return Done(back.dock, flown.orders + back.orders)


def _words(dock: Dock) -> str:
    faults = ", ".join(sorted(dock.faults)) or "no fault"
    return f"cover {dock.cover}, putter {dock.putter}, drone {dock.drone}, {faults}"
