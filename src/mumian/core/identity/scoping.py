"""Lists and single things within a scope. What lies outside answers NotFound, as if it did not exist.

For lists in SQL there is one clause; for what the snapshot holds, one function each.
"""

from __future__ import annotations

from typing import Any

from mumian.core.identity.reach import sees
from mumian.core.kernel.authorised import Authorised, Scope
from mumian.core.kernel.errors import NotFound
from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId
from mumian.core.registry.model import Device, Person
from mumian.core.registry.snapshot import Snapshot


def floors_clause(authorised: Authorised[Scope], column: str) -> tuple[str, list[Any]]:
    """SQL that is true for rows within the scope, with its parameters: `("a.floor = any(%s)", [[…]])`.

    column  a column or expression that gives the row's floor; write it yourself, never from input
    """
    floors = authorised.value.floors
    return ("true", []) if floors is None else (f"{column} = any(%s)", [sorted(floors)])


def sees_floor(authorised: Authorised[Scope], floor: PlaceId | None) -> bool:
    """Whether something on that floor is listed; what lies on no floor only for the whole home."""
    return sees(authorised.value.floors, floor)


def person(home: Snapshot, authorised: Authorised[Scope], id: str) -> Person:
    """The person whose data may be read now (floor, consent, presence). Raises NotFound."""
    found = home.person(PersonId(id))
    if found is None or found.id not in authorised.value.people:
        raise NotFound(what="person", id=id)
    return found


def resident(home: Snapshot, authorised: Authorised[Scope], id: str) -> Person:
    """Somebody who lives here on one's floors, consent or not: for admission and consents, not for measurements."""
    found = home.person(PersonId(id))
    if (
        found is None
        or found.departed_us is not None
        or not sees_floor(authorised, home.floor_of_person(found.id))
    ):
        raise NotFound(what="person", id=id)
    return found


def residents(home: Snapshot, authorised: Authorised[Scope]) -> list[Person]:
    """Everyone who lives here on one's floors, by id."""
    found = (p for p in home.present() if sees_floor(authorised, home.floor_of_person(p.id)))
    return sorted(found, key=lambda p: p.id)


def device(home: Snapshot, authorised: Authorised[Scope], id: str, at_us: int) -> Device:
    """The device, if its wearer or place is on one's floors. Raises NotFound."""
    found = home.device(DeviceId(id))
    if found is None or not sees_floor(authorised, home.floor_of_device(found.id, at_us)):
        raise NotFound(what="device", id=id)
    return found


def devices(home: Snapshot, authorised: Authorised[Scope], at_us: int) -> list[Device]:
    """The devices in use on one's floors, by id."""
    found = (d for d in home.devices.values() if d.retired_us is None)
    return sorted(
        (d for d in found if sees_floor(authorised, home.floor_of_device(d.id, at_us))), key=lambda d: d.id
    )
