"""What must hold in the register as a whole: references, beds, the tree of places, one wearer at a time. Pure.

The same rules judge a site file and a form on a page, so that neither can write what the other would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mumian.core.kernel.clock import SECOND_US, iso
from mumian.core.registry.intervals import interval
from mumian.core.registry.model import Place, Register
from mumian.core.registry.problems import Problem

_RANK = {"building": 0, "floor": 1, "room": 2, "bed": 3}
_BEIJING = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class _Fault:
    section: str
    key: Any
    field: str
    problem: str
    facts: Mapping[str, Any]


def check(after: Register, paths: Mapping[tuple[str, Any], str], at_us: int) -> list[Problem]:
    """Problems of the register as it would stand, each at the path of the item that brings it in."""
    rules: tuple[Callable[[Register], Iterator[_Fault]], ...] = (
        _tree,
        _beds,
        lambda register: _births(register, _today(at_us)),
        _floors,
        _references,
        _wearers,
    )
    return [_problem(fault, paths) for rule in rules for fault in rule(after)]


def _problem(fault: _Fault, paths: Mapping[tuple[str, Any], str]) -> Problem:
    path = paths.get((fault.section, fault.key))
    if path is None:  # what stands in the home already, spoilt by something in the file
        path = f"{fault.section} {fault.key}"
    return Problem(f"{path}.{fault.field}" if path else "", fault.problem, fault.facts)


def _tree(register: Register) -> Iterator[_Fault]:
    for place in register.places.values():
        if place.parent is None:
            continue
        parent = register.places.get(place.parent)
        if parent is None:
            yield _Fault("places", place.id, "parent", "unknown_place", {"value": place.parent})
        elif parent.kind == "bed":
            yield _Fault("places", place.id, "parent", "inside_bed", {"value": parent.id})
        elif ring := _ring(register, place):
            yield _Fault("places", place.id, "parent", "cycle", {"ring": " → ".join(ring)})
        elif (above := _above(register, place)) and _smaller(above, place):
            facts = {"kind": place.kind, "other_kind": above.kind, "value": above.id}
            yield _Fault("places", place.id, "parent", "inside_smaller", facts)


def _smaller(above: Place, place: Place) -> bool:
    if place.kind == "zone":
        return False
    return _RANK[above.kind] > _RANK[place.kind] or above.kind == place.kind == "floor"


def _above(register: Register, place: Place) -> Place | None:
    """The nearest place above that is no zone; call it only where there is no cycle."""
    above = register.places.get(place.parent) if place.parent else None
    seen = {place.id}
    while above and above.kind == "zone" and above.id not in seen:
        seen.add(above.id)
        above = register.places.get(above.parent) if above.parent else None
    return above if above and above.kind != "zone" else None


def _ring(register: Register, place: Place) -> list[str]:
    """The cycle that the place itself is part of, closed; empty when there is none."""
    way: list[str] = [place.id]
    seen = {place.id}
    at = place
    while at.parent and (parent := register.places.get(at.parent)):
        way.append(parent.id)
        if parent.id == place.id:
            return way
        if parent.id in seen:  # a cycle further up: reported there
            return []
        seen.add(parent.id)
        at = parent
    return []


def _beds(register: Register) -> Iterator[_Fault]:
    taken: dict[str, str] = {}
    for person in register.people.values():
        if person.departed_us is not None or person.bed is None:
            continue
        bed = register.places.get(person.bed)
        if bed is None:
            yield _Fault("people", person.id, "bed", "unknown_place", {"value": person.bed})
        elif bed.kind != "bed":
            yield _Fault("people", person.id, "bed", "not_a_bed", {"value": bed.id, "kind": bed.kind})
        elif person.bed in taken:
            facts = {"value": bed.id, "other": taken[person.bed]}
            yield _Fault("people", person.id, "bed", "bed_taken", facts)
        taken.setdefault(person.bed, person.id)


def _births(register: Register, today: date) -> Iterator[_Fault]:
    for person in register.people.values():
        if person.born and person.born > today:
            yield _Fault("people", person.id, "born", "born_in_future", {"value": person.born.isoformat()})


def _today(at_us: int) -> date:
    return (datetime.fromtimestamp(at_us // SECOND_US, UTC) + _BEIJING).date()


def _floors(register: Register) -> Iterator[_Fault]:
    for staff in register.staff.values():
        for i, floor in enumerate(staff.floors):
            place = register.places.get(floor)
            if place is None:
                yield _Fault("staff", staff.id, f"floors[{i}]", "unknown_place", {"value": floor})
            elif place.kind != "floor":
                facts = {"value": floor, "kind": place.kind}
                yield _Fault("staff", staff.id, f"floors[{i}]", "not_a_floor", facts)


def _references(register: Register) -> Iterator[_Fault]:
    for device in register.devices.values():
        if device.place is not None and device.place not in register.places:
            yield _Fault("devices", device.id, "place", "unknown_place", {"value": device.place})
    for key, shift in register.shifts.items():
        if shift.staff not in register.staff:
            yield _Fault("shifts", key, "staff", "unknown_staff", {"value": shift.staff})
    for consent_key, consent in register.consents.items():
        if consent.person not in register.people:
            yield _Fault("consents", consent_key, "person", "unknown_person", {"value": consent.person})
    for worn_key, worn in register.assignments.items():
        device_known = register.devices.get(worn.device)
        person = register.people.get(worn.person)
        if device_known is None:
            yield _Fault("assignments", worn_key, "device", "unknown_device", {"value": worn.device})
        elif device_known.retired_us is not None and worn.until_us is None:
            facts = {"id": worn.device, "when": iso(device_known.retired_us)}
            yield _Fault("assignments", worn_key, "device", "retired", facts)
        if person is None:
            yield _Fault("assignments", worn_key, "person", "unknown_person", {"value": worn.person})
        elif person.departed_us is not None and worn.until_us is None:
            facts = {"id": worn.person, "when": iso(person.departed_us)}
            yield _Fault("assignments", worn_key, "person", "departed", facts)


def _wearers(register: Register) -> Iterator[_Fault]:
    """One device is with one person at a time; the later beginning is at fault."""
    last: dict[str, Any] = {}
    for key, worn in sorted(register.assignments.items(), key=lambda kv: (kv[1].device, kv[1].from_us)):
        before = last.get(worn.device)
        span = interval(worn.from_us, worn.until_us)
        if before and span[0] < interval(before.from_us, before.until_us)[1] and span[0] < span[1]:
            facts = {"device": worn.device, "other": before.person, "since": iso(before.from_us)}
            yield _Fault("assignments", key, "from", "worn_twice", facts)
        if not before or span[1] > interval(before.from_us, before.until_us)[1]:
            last[worn.device] = worn
