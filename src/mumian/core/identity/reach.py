"""How far an asker reaches: people and windows from consents, assignments, floors and presence. Pure over a snapshot.

A device that goes with a person is read while somebody within reach wore it and had consented. A sensor that stands in
a room is read while everyone who lives there lets it; in a corridor it is about nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from weakref import WeakKeyDictionary

from mumian.core.identity.principal import Floors
from mumian.core.kernel.authorised import ALWAYS, Interval, Scope
from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId
from mumian.core.registry.consents import spans
from mumian.core.registry.intervals import intersect, interval, join, subtract
from mumian.core.registry.model import Assignment, Device, Person
from mumian.core.registry.snapshot import Snapshot

AFTER_DEPARTURE = ("research", "evidence")  # care has nobody to care for once they have gone


def reach(home: Snapshot, actor: str, purpose: str, floors: Floors, now_us: int, *, reads: bool) -> Scope:
    """The scope at the instant. `reads` False: floors only, for roles that list devices but read nobody's data.

    Kept with the snapshot while nothing in it begins or ends, so that a request costs no walk through the whole home.
    """
    if not reads:
        return Scope(actor, purpose, frozenset(), {}, floors)
    known = _KNOWN.setdefault(home, {})
    span, people, windows = known.get((purpose, floors), _NOTHING)
    if not span[0] <= now_us < span[1]:
        people, windows = _reach(home, purpose, floors, now_us)
        known[purpose, floors] = (home.steady(now_us), people, windows)
    return Scope(actor, purpose, people, windows, floors)


Windows = Mapping[DeviceId, tuple[Interval, ...]]
Reached = tuple[Interval, frozenset[PersonId], Windows]
_NOTHING: Reached = ((0, 0), frozenset(), {})
_KNOWN: WeakKeyDictionary[Snapshot, dict[tuple[str, Floors], Reached]] = WeakKeyDictionary()


def _reach(home: Snapshot, purpose: str, floors: Floors, now_us: int) -> tuple[frozenset[PersonId], Windows]:
    people = frozenset(p.id for p in home.people.values() if _within(home, p, purpose, floors, now_us))
    given = {p: spans(home.consents_of(p), purpose) for p in people}
    windows = {d.id: _windows(home, d, given, floors, now_us) for d in home.devices.values()}
    return people, MappingProxyType({device: found for device, found in windows.items() if found})


def _within(home: Snapshot, person: Person, purpose: str, floors: Floors, now_us: int) -> bool:
    gone = person.departed_us is not None and person.departed_us <= now_us
    if gone and purpose not in AFTER_DEPARTURE:
        return False
    if floors is not None and home.floor_of_person(person.id) not in floors:
        return False
    return home.readable(person.id, purpose, now_us)


Given = dict[PersonId, tuple[Interval, ...]]


def _windows(
    home: Snapshot, device: Device, given: Given, floors: Floors, now_us: int
) -> tuple[Interval, ...]:
    worn = home.assignments(device.id)
    mine = [w for a in worn if a.person in given for w in _worn(home, a, given[a.person])]
    if home.is_worn(device.id):
        # Once a band has had a wearer, what it says between two wearers may still be about one of them.
        free = () if worn else _at_large(home, device.id, floors, now_us)
    else:
        free = subtract(
            _standing(home, device, given, floors), [interval(a.from_us, a.until_us) for a in worn]
        )
    return join([*mine, *free])


def _worn(home: Snapshot, worn: Assignment, consented: tuple[Interval, ...]) -> tuple[Interval, ...]:
    who = home.people[worn.person]
    ends = [t for t in (worn.until_us, who.departed_us) if t is not None]
    return intersect([interval(worn.from_us, min(ends) if ends else None)], consented)


def _at_large(home: Snapshot, device: DeviceId, floors: Floors, now_us: int) -> tuple[Interval, ...]:
    """A band that nobody ever wore is about nobody: it is read where its place is within reach."""
    return (ALWAYS,) if floors is None or home.floor_of_device(device, now_us) in floors else ()


def _standing(home: Snapshot, device: Device, given: Given, floors: Floors) -> tuple[Interval, ...]:
    if floors is not None and home.floor(device.place) not in floors:
        return ()
    residents = home.residents_at(device.place)
    if not residents and home.is_bedroom(device.place):
        return ()  # what was recorded there is about somebody who lived there before
    allowed: tuple[Interval, ...] = (ALWAYS,)
    for person in residents:
        allowed = intersect(allowed, given.get(person, ()))
    return allowed


def sees(floors: Floors, floor: PlaceId | None) -> bool:
    """Whether a floor is within reach; what lies on no floor is seen by those who have the whole home."""
    return floors is None or floor in floors
