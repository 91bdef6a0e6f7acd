"""SQL of what a flight has seen. Writers take the caller's cursor and its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mumian.scenarios.powerline.decide.coverage.ledger import Covered

if TYPE_CHECKING:
    from mumian.core.store import Store

SHOT = ("flight", "shot", "tower", "circuit", "phase", "part", "state", "reason", "photo")
FLOWN = ("id", "line", "origin", "made_us", "photos", "plan", "ended_us")


def write(cur: Any, flight: str, covered: Sequence[Covered]) -> None:
    """The ledger of a flight, in place of an earlier one."""
    cur.execute("delete from powerline.coverage where flight = %s", (flight,))
    columns = ", ".join((*SHOT, "ordinal"))
    for n, one in enumerate(covered):
        at = one.place
        cur.execute(
            f"insert into powerline.coverage ({columns}) values ({', '.join(['%s'] * (len(SHOT) + 1))})",
            (flight, at.shot, at.tower, at.circuit, at.phase, at.part, one.state, one.reason, one.photo, n),
        )


def flights(store: Store, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Flights with a ledger, newest first, each with its number of shots by state; and how many there are."""
    names = ", ".join(f"f.{name}" for name in FLOWN)
    found = store.query(
        f"""
        select {names}, count(*), count(*) filter (where c.state = 'seen'), count(*) filter (where c.state = 'blurred'),
            count(*) filter (where c.state = 'missing'), count(*) filter (where c.state = 'unbound'), count(*) over ()
        from powerline.flights f join powerline.coverage c on c.flight = f.id
        group by f.id order by f.made_us desc, f.id limit %s
        """,
        (limit,),
    )
    keys = (*FLOWN, "required", "seen", "blurred", "missing", "unbound")
    return [dict(zip(keys, row[:-1], strict=True)) for row in found], int(found[0][-1]) if found else 0


def shots(store: Store, flight: str) -> list[dict[str, Any]]:
    """A flight's shots in the order of its plan, by tower."""
    found = store.query(
        f"select {', '.join(SHOT)} from powerline.coverage where flight = %s order by tower, ordinal",
        (flight,),
    )
    return [dict(zip(SHOT, row, strict=True)) for row in found]


def loose(store: Store, flight: str) -> list[tuple[str, str]]:
    """Photographs of a flight that are bound to no shot, with why."""
    return [
        (str(name), str(why))
        for name, why in store.query(
            "select name, unbound from powerline.photos where flight = %s and unbound is not null order by name",
            (flight,),
        )
    ]
