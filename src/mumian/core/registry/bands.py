"""Who wears or holds what: assign, release, swap. A swap is two intervals for each band, never an edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mumian.core.kernel.errors import MumianError
from mumian.core.kernel.ids import DeviceId, PersonId
from mumian.core.registry import rows
from mumian.core.registry.admission import write
from mumian.core.registry.intervals import holds
from mumian.core.registry.model import Assignment, Register
from mumian.core.registry.site import submit

if TYPE_CHECKING:
    from mumian.core.store import Cursor


class NotWorn(MumianError, LookupError):
    """Nobody wears the device now, so there is nothing to end or to swap."""

    code, status = "not_worn", 409
    zh, en = "现在没有人佩戴设备 {device}", "Nobody wears device {device} now"


def assign(cur: Cursor, device: DeviceId, person: PersonId, *, at_us: int, by: str) -> None:
    """From now on the person wears the device. Raises Refused when somebody else does: release it first."""
    if rows.wearer(cur, device, at_us) != person:
        submit(cur, at_us, by, Assignment(device, person, at_us))


def release(cur: Cursor, device: DeviceId, *, at_us: int, by: str) -> PersonId:
    """From now on nobody wears the device; gives back who did. Raises NotWorn."""
    rows.lock(cur)
    before = rows.read(cur)
    worn = current(before, device, at_us)
    write(cur, before, {"assignments": [replace(worn, until_us=at_us)]}, at_us, by)
    return worn.person


def swap_band(cur: Cursor, one: DeviceId, other: DeviceId, *, at_us: int, by: str) -> None:
    """Two residents exchange their devices: both intervals end now and two new ones begin. Raises NotWorn.

    When only one of the two is worn, its wearer changes over to the other (a new band for an old one).
    """
    rows.lock(cur)
    before = rows.read(cur)
    worn = [a for a in (_current(before, one, at_us), _current(before, other, at_us)) if a]
    if not worn:
        raise NotWorn(device=one)
    write(cur, before, {"assignments": [replace(a, until_us=at_us) for a in worn]}, at_us, by)
    crossed = {one: other, other: one}
    submit(cur, at_us, by, *(Assignment(crossed[a.device], a.person, at_us) for a in worn))


def current(register: Register, device: DeviceId, at_us: int) -> Assignment:
    """The interval that holds at the instant. Raises NotWorn."""
    found = _current(register, device, at_us)
    if found is None:
        raise NotWorn(device=device)
    return found


def _current(register: Register, device: DeviceId, at_us: int) -> Assignment | None:
    worn = (a for a in register.assignments.values() if a.device == device)
    return next((a for a in worn if holds(a.from_us, a.until_us, at_us)), None)
