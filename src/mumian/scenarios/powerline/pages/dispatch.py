"""The duty dispatcher's screen: live map, vehicles with link and texts, held pause and return. What moves comes by the stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import cast

from mumian.core.identity.gate import permitted
from mumian.core.kernel.errors import Unavailable
from mumian.core.scenario import Visit
from mumian.scenarios.powerline.act.dispatch import orders
from mumian.scenarios.powerline.decide.plan import rules
from mumian.scenarios.powerline.observe.fleet.watch import Watch
from mumian.scenarios.powerline.observe.lines import atlas
from mumian.scenarios.powerline.pages import people

_ANY_KV = 110.0  # the reserve is the same for every voltage of the pack


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/dispatch: the frame and what stands still; vehicles come by the stream."""
    watch = _watch(visit) if visit.live is not None else None
    return {
        "drawings": atlas.drawings(visit.store.home),
        "sources": [{"endpoint": str(s.endpoint), "origin": s.origin} for s in watch.sources]
        if watch
        else [],
        "faults": dict(watch.health()["faults"]) if watch else {},
        "battery": _battery(),
        "may_command": permitted(visit.principal.role, "flight.command"),
    }


def events(visit: Visit) -> AsyncIterator[bytes]:
    """GET /powerline/vehicles/stream: items `state`, `track` and `log` of each vehicle, the newest of each."""
    return _watch(visit).board.events(visit.clock.now_us)


def order(visit: Visit) -> Mapping[str, object]:
    """POST /powerline/dispatch/{vehicle}: do=hold|return|release, take_over=1."""
    by = people.who(visit)
    name = people.names(visit.store).get(by)
    return orders.give(
        _watch(visit),
        visit.clock,
        visit.params["vehicle"],
        visit.field("do"),
        by,
        take_over=visit.field("take_over") == "1",
        name=f"{name}（{by}）" if name else "",
    )


@cache
def _battery() -> Mapping[str, int]:
    """Percent below which a vehicle in flight needs its dispatcher: the rules' reserve, and half of it."""
    reserve = rules.load(_ANY_KV).limits.reserve
    return {"low": round(100 * reserve), "critical": round(50 * reserve)}


def _watch(visit: Visit) -> Watch:
    post = visit.live.posts.get(Watch.name) if visit.live is not None else None
    if post is None:
        raise Unavailable(part="vehicles", detail="the watch on the vehicles runs within `mumian up` only")
    return cast("Watch", post)
