"""Devices: add, move, retire, renew the password. The origin is given once and never changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mumian.core.kernel.errors import Conflict, NotFound
from mumian.core.kernel.ids import DeviceId, PersonId, PlaceId
from mumian.core.registry import rows
from mumian.core.registry.admission import write
from mumian.core.registry.credentials import Credential
from mumian.core.registry.model import Assignment, Device, Item, Register
from mumian.core.registry.site import submit
from mumian.core.registry.site.loading import issue
from mumian.core.registry.site.shape import checked

if TYPE_CHECKING:
    from mumian.core.store import Cursor


def add_device(
    cur: Cursor,
    kind: str,
    device: DeviceId,
    *,
    at_us: int,
    by: str,
    origin: str = "field",
    place: PlaceId | None = None,
    person: PersonId | None = None,
) -> Credential:
    """A new device, worn by `person` from now on if one is named. The password is told here and never again."""
    row = checked("devices", {"id": device, "kind": kind, "place": place, "origin": origin})
    if row.id in rows.read(cur).devices:
        raise Conflict(state=f"device {device}", action="add it a second time")
    worn: list[Item] = [Assignment(row.id, person, at_us)] if person else []
    return submit(cur, at_us, by, row, *worn).credentials[0]


def move_device(cur: Cursor, device: DeviceId, place: PlaceId | None, *, at_us: int, by: str) -> None:
    """The device hangs somewhere else now. Raises Refused for an unknown place."""
    submit(cur, at_us, by, replace(known(rows.read(cur), device), place=place))


def retire_device(cur: Cursor, device: DeviceId, *, at_us: int, by: str) -> None:
    """Out of use for good: its wearer is released, its password stops working, its id is never used again."""
    rows.lock(cur)
    before = rows.read(cur)
    retired = replace(known(before, device), retired_us=at_us)
    ended: list[Item] = [
        replace(a, until_us=max(at_us, a.from_us))
        for a in before.assignments.values()
        if a.device == device and (a.until_us is None or a.until_us > at_us)
    ]
    write(cur, before, {"assignments": ended, "devices": [retired]}, at_us, by)


def renew_password(cur: Cursor, device: DeviceId, *, at_us: int, by: str) -> Credential:
    """A fresh password for a device whose own was lost; the old one stops working."""
    before = rows.read(cur)
    found = known(before, device)
    (credential,) = issue(cur, [found])
    write(cur, before, {"devices": [found]}, at_us, by)
    return credential


def password_file(cur: Cursor) -> list[tuple[Any, str]]:
    """User name and mosquitto hash of every device in use."""
    return list(rows.secrets(cur))


def known(register: Register, device: DeviceId) -> Device:
    """The device in use. Raises NotFound for the unknown and the retired."""
    found = register.devices.get(device)
    if found is None or found.retired_us is not None:
        raise NotFound(what="device", id=device)
    return found
