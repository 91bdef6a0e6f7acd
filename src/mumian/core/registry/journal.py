"""Tell the journal what changed in the register, so that figures (residents served, exposure) rest on sealed events.

The origin of an event is its device's. People, places and staff have none: their events carry an empty origin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mumian.core.registry.model import (
    Assignment,
    Consent,
    Device,
    Item,
    Person,
    Place,
    Register,
    Shift,
    Staff,
)
from mumian.core.store import events

if TYPE_CHECKING:
    from mumian.core.store import Cursor

Told = tuple[str, str, dict[str, Any]]  # origin, subject, body


def tell(
    cur: Cursor,
    before: Register,
    after: Register,
    written: Mapping[str, Sequence[Item]],
    at_us: int,
    by: str,
) -> None:
    """One event of kind `registry` for each item written."""
    told = [_told(before, after, item) for items in written.values() for item in items]
    events.append_many(
        cur, [("registry", at_us, origin, subject, {**body, "by": by}) for origin, subject, body in told]
    )


def shift_dropped(cur: Cursor, shift: Shift, at_us: int, by: str) -> None:
    """A planned shift was taken out again."""
    origin, subject, body = _span("", shift.staff, "shift", "dropped", shift)
    events.append(cur, "registry", at_us, origin, subject, {**body, "by": by})


def _told(before: Register, after: Register, item: Item) -> Told:
    match item:
        case Person():
            return _person(before, item)
        case Consent():
            return _span("", item.person, "consent", item.purpose, item)
        case Shift():
            return _span("", item.staff, "shift", "planned", item)
        case Assignment():
            _, subject, body = _span("", item.person, "assignment", "worn", item)
            return (
                after.devices[item.device].origin,
                subject,
                {**body, "id": item.device, "person": item.person},
            )
        case Device():
            what = "retired" if item.retired_us is not None else _what(item.id in before.devices)
            facts = {"from_us": item.made_us, "until_us": item.retired_us, "device_kind": item.kind}
            return item.origin, item.id, {"change": "device", "id": item.id, "what": what, **facts}
        case Staff():
            what = "left" if item.left_us is not None else _what(item.id in before.staff)
            return "", item.id, {"change": "staff", "id": item.id, "what": what}
        case Place():
            return "", item.id, {"change": "place", "id": item.id, "what": _what(item.id in before.places)}


def _person(before: Register, item: Person) -> Told:
    old = before.people.get(item.id)
    known = old is not None and old.departed_us is None
    change = "departure" if item.departed_us is not None else "person" if known else "admission"
    facts = {"from_us": item.admitted_us, "until_us": item.departed_us, "care_level": item.care_level}
    return "", item.id, {"change": change, "id": item.id, "what": _what(known), **facts}


def _span(origin: str, subject: str, change: str, what: str, item: Consent | Shift | Assignment) -> Told:
    facts = {"from_us": item.from_us, "until_us": item.until_us}
    return origin, subject, {"change": change, "id": subject, "what": what, **facts}


def _what(known: bool) -> str:  # noqa: FBT001 - names the one thing it says
    return "changed" if known else "added"
