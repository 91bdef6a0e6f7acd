"""Transitions by their number, for server-sent events that resume without a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mumian.core.decide import alarms
from mumian.core.kernel.clock import iso

if TYPE_CHECKING:
    from mumian.core.kernel.authorised import Authorised, Scope
    from mumian.core.store import Store


def head(store: Store) -> int:
    """Number of the newest committed transition."""
    return int(store.query("select last from decide.stream_head")[0][0])


def after(
    store: Store, scope: Authorised[Scope], last: int, limit: int = 500
) -> tuple[int, list[tuple[int, dict[str, Any]]]]:
    """Transitions numbered above `last`, within the scope: (highest number looked at, [(number, data)]).

    The first figure moves the reader past transitions outside her scope, so that they are not asked for again.
    """
    floors = scope.value.floors
    found = store.query(
        "select t.id, t.alarm, a.person, t.from_state, t.to_state, t.at_us, t.by, a.floor"
        " from decide.transitions t join decide.alarms a on a.id = t.alarm where t.id > %s order by t.id limit %s",
        (last, limit),
    )
    seen = [
        (number, {"alarm": alarm, "person": person, "from": source, "to": target, "at": iso(at_us), "by": by})
        for number, alarm, person, source, target, at_us, by, floor in found
        if alarms.reaches(floors, floor)
    ]
    return (found[-1][0] if found else last), seen
