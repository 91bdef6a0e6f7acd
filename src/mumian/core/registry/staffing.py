"""Staff and their shifts: who works here, on which floors, and who is on duty now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import NotFound
from mumian.core.kernel.ids import PlaceId, StaffId
from mumian.core.registry import journal, rows
from mumian.core.registry.admission import write
from mumian.core.registry.model import Register, Shift, Staff
from mumian.core.registry.site import submit
from mumian.core.registry.site.shape import checked
from mumian.core.registry.snapshot import Snapshot

if TYPE_CHECKING:
    from mumian.core.store import Cursor


def add_staff(
    cur: Cursor, staff: StaffId, name: str, role: str, floors: Sequence[PlaceId], *, at_us: int, by: str
) -> None:
    """Somebody begins to work here. Raises Refused."""
    submit(
        cur, at_us, by, checked("staff", {"id": staff, "name": name, "role": role, "floors": list(floors)})
    )


def edit_staff(cur: Cursor, staff: StaffId, *, at_us: int, by: str, **fields: Any) -> None:
    """Change name, role or floors. Raises Refused, NotFound."""
    who = employed(rows.read(cur), staff)
    given = {"name": who.name, "role": who.role, "floors": list(who.floors), **fields}
    submit(cur, at_us, by, checked("staff", {"id": staff, **given}))


def leave(cur: Cursor, staff: StaffId, *, at_us: int, by: str) -> None:
    """Somebody stops working here: signed out of everything at once, no longer on any shift."""
    rows.lock(cur)
    before = rows.read(cur)
    gone = replace(employed(before, staff), left_us=at_us)
    for shift in before.shifts.values():
        if shift.staff == staff and shift.from_us >= at_us:
            rows.drop_shift(cur, staff, shift.from_us)
    cut = [
        replace(t, until_us=at_us)
        for t in before.shifts.values()
        if t.staff == staff and t.from_us < at_us < t.until_us
    ]
    write(cur, before, {"staff": [gone], "shifts": cut}, at_us, by)


def add_shift(cur: Cursor, staff: StaffId, from_us: int, until_us: int, *, at_us: int, by: str) -> None:
    """Plan a shift, or move the end of one that begins at the same time. Raises Refused, NotFound."""
    employed(rows.read(cur), staff)
    checked("shifts", {"staff": staff, "from": from_us // 1000, "until": until_us // 1000})
    submit(cur, at_us, by, Shift(staff, from_us, until_us))


def drop_shift(cur: Cursor, staff: StaffId, from_us: int, *, at_us: int, by: str) -> None:
    """Take a shift that has not begun out of the plan. Raises NotFound."""
    if from_us <= at_us or not rows.drop_shift(cur, staff, from_us):
        raise NotFound(what="shift", id=f"{staff} {from_us}")
    journal.shift_dropped(cur, Shift(staff, from_us, from_us), at_us, by)


def on_shift(cur: Cursor, role: str, floor: PlaceId | None, at_us: int) -> list[Staff]:
    """Who of the role is on duty for the floor, those of few floors first. `Snapshot.on_shift` is the same."""
    return Snapshot(rows.read(cur)).on_shift(role, floor, at_us)


def employed(register: Register, staff: StaffId) -> Staff:
    """One of the staff. Raises NotFound for the unknown and for who left."""
    who = register.staff.get(staff)
    if who is None or who.left_us is not None:
        raise NotFound(what="staff", id=staff)
    return who
