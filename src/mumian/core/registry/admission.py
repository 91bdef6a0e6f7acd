"""Admission, moves and departure of residents. Each is one step inside a transaction of the caller.

Nothing is deleted: a departure ends what the person wore and frees the bed; consents stay as they were given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import Conflict, NotFound
from mumian.core.kernel.ids import DeviceId, PersonId
from mumian.core.registry import journal, rows
from mumian.core.registry.model import Assignment, Consent, Item, Person, Register
from mumian.core.registry.site import submit
from mumian.core.registry.site.shape import checked

if TYPE_CHECKING:
    from mumian.core.store import Cursor


def admit(
    cur: Cursor,
    given: Mapping[str, Any],
    *,
    at_us: int,
    by: str,
    purposes: Sequence[str] = (),
    device: DeviceId | None = None,
) -> PersonId:
    """Take a resident in: `given` has id, name, born, bed, care_level; consents and band begin now.

    Someone who departed before may come back under the same id. Raises Refused (bed taken, band worn, …).
    """
    row: Person = checked("people", given)
    consents = [Consent(row.id, checked("purpose", p), at_us) for p in dict.fromkeys(purposes)]
    worn: list[Item] = [Assignment(device, row.id, at_us)] if device else []
    _welcome_back(cur, row.id, at_us, by)
    submit(cur, at_us, by, row, *consents, *worn)
    return row.id


def _welcome_back(cur: Cursor, person: PersonId, at_us: int, by: str) -> None:
    rows.lock(cur)
    before = rows.read(cur)
    old = before.people.get(person)
    if old is not None and old.departed_us is None:
        raise Conflict(state=f"resident {person}", action="admit them a second time")
    if old is not None:
        write(cur, before, {"people": [replace(old, admitted_us=at_us, departed_us=None)]}, at_us, by)


def edit_person(cur: Cursor, person: PersonId, *, at_us: int, by: str, **fields: Any) -> None:
    """Change name, born, bed or care_level of a present resident (a move is a change of bed). Raises Refused."""
    who = present(rows.read(cur), person)
    given = {"name": who.name, "born": who.born, "bed": who.bed, "care_level": who.care_level, **fields}
    submit(cur, at_us, by, checked("people", {"id": person, **given}))


def depart(cur: Cursor, person: PersonId, *, at_us: int, by: str) -> None:
    """The resident leaves: the bed is free, their devices are released, care no longer reads their data."""
    rows.lock(cur)
    before = rows.read(cur)
    gone = replace(present(before, person), bed=None, departed_us=at_us)
    ended = [
        replace(a, until_us=max(at_us, a.from_us))
        for a in before.assignments.values()
        if a.person == person and (a.until_us is None or a.until_us > at_us)
    ]
    write(cur, before, {"people": [gone], "assignments": ended}, at_us, by)


def present(register: Register, person: PersonId) -> Person:
    """The resident. Raises NotFound for the unknown and the departed."""
    who = register.people.get(person)
    if who is None or who.departed_us is not None:
        raise NotFound(what="person", id=person)
    return who


def write(cur: Cursor, before: Register, written: Mapping[str, Sequence[Item]], at_us: int, by: str) -> None:
    """Store what needs no judging (endings) and tell the journal."""
    for section, items in written.items():
        rows.put(cur, section, items)
    journal.tell(cur, before, before, written, at_us, by)
