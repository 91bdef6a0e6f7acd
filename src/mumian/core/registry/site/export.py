"""The register as a site file: loading it again changes nothing.

It leaves out what is over for good (departed people, retired devices, staff who left): `mumian backup` keeps those.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.clock import iso, iso_us
from mumian.core.registry import rows
from mumian.core.registry.model import Place, Register

if TYPE_CHECKING:
    from mumian.core.store import Store

_RANK = {"building": 0, "floor": 1, "zone": 2, "room": 3, "bed": 4}


def export(store: Store) -> dict[str, Any]:
    """The whole home as a document for `site.load`."""
    with store.tx() as cur:
        return document(rows.read(cur))


def document(register: Register) -> dict[str, Any]:
    """The same from a register in memory."""
    people = {p.id for p in register.people.values() if p.departed_us is None}
    staff = {s.id for s in register.staff.values() if s.left_us is None}
    devices = {d.id for d in register.devices.values() if d.retired_us is None}
    doc: dict[str, Any] = {}
    if register.site:
        doc["site"] = {"id": register.site.id, "name": register.site.name}
    doc["places"] = [
        {"id": p.id, "kind": p.kind, "name": p.name, "parent": p.parent}
        for p in _places(register.places.values())
    ]
    doc["people"] = [_person(register, person) for person in sorted(people)]
    doc["staff"] = [
        {"id": s.id, "name": s.name, "role": s.role, "floors": list(s.floors)}
        for s in (register.staff[i] for i in sorted(staff))
    ]
    doc["shifts"] = [
        {"staff": s.staff, **_span(s)} for _, s in sorted(register.shifts.items()) if s.staff in staff
    ]
    doc["devices"] = [
        {"id": d.id, "kind": d.kind, "place": d.place, "origin": d.origin}
        for d in (register.devices[i] for i in sorted(devices))
    ]
    doc["assignments"] = [
        {"device": a.device, "person": a.person, **_span(a)}
        for _, a in sorted(register.assignments.items())
        if a.device in devices and a.person in people and a.until_us != a.from_us
    ]
    return doc


def _places(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda p: (_RANK[p.kind], p.id))


def _person(register: Register, person: Any) -> dict[str, Any]:
    who = register.people[person]
    return {
        "id": who.id,
        "name": who.name,
        "born": who.born.isoformat() if who.born else None,
        "bed": who.bed,
        "care_level": who.care_level,
        "consents": [
            {"purpose": c.purpose, **_span(c)}
            for _, c in sorted(register.consents.items())
            if c.person == person and c.until_us != c.from_us
        ],
    }


def _span(row: Any) -> dict[str, str | None]:
    return {"from": _when(row.from_us), "until": None if row.until_us is None else _when(row.until_us)}


def _when(us: int) -> str:
    return iso(us) if us % 1000 == 0 else iso_us(us)
