"""The docks' page: how every unattended dock stands, its log, and held orders. What moves comes by the stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import cast

from mumian.core.identity.gate import permitted
from mumian.core.kernel.errors import Unavailable
from mumian.core.scenario import Visit
from mumian.scenarios.powerline.act.dock.giving import LIMITS
from mumian.scenarios.powerline.act.dock.post import Docks
from mumian.scenarios.powerline.domain.dock import INTERLOCKS
from mumian.scenarios.powerline.pages import people


def view(visit: Visit) -> Mapping[str, object]:
    """GET /powerline/docks: the frame; docks come by the stream. `?dock=` chooses one."""
    zh = visit.lang == "zh"
    return {
        "locks": {lock.name: lock.zh if zh else lock.en for lock in INTERLOCKS},
        "limits": LIMITS,
        "chosen": visit.query.get("dock", ""),
        "may_command": permitted(visit.principal.role, "flight.command"),
        "people": people.names(visit.store),
        "runs": visit.live is not None and Docks.name in visit.live.posts,
    }


def events(visit: Visit) -> AsyncIterator[bytes]:
    """GET /powerline/docks/stream: items `state`, `log` and `cycle` of each dock, the newest of each."""
    return _docks(visit).watch.board.events(visit.clock.now_us)


def order(visit: Visit) -> Mapping[str, object]:
    """POST /powerline/docks/{dock}: do=an order, cycle or stop; tid; limit=storage|mission."""
    return _docks(visit).order(
        visit.params["dock"], visit.field("do"), people.who(visit), visit.field("tid"), visit.field("limit")
    )


def _docks(visit: Visit) -> Docks:
    post = visit.live.posts.get(Docks.name) if visit.live is not None else None
    if post is None:
        raise Unavailable(part="docks", detail="the watch on the docks runs within `mumian up` only")
    return cast("Docks", post)
