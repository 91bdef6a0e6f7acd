"""Consent per person and purpose: given, withdrawn, listed. A withdrawal ends all reading for it at the next call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mumian.core.kernel.errors import Conflict
from mumian.core.kernel.ids import PersonId
from mumian.core.registry import rows
from mumian.core.registry.admission import present, write
from mumian.core.registry.consents import hold
from mumian.core.registry.model import Consent
from mumian.core.registry.site import submit
from mumian.core.registry.site.shape import checked

if TYPE_CHECKING:
    from mumian.core.store import Cursor


def give(cur: Cursor, person: PersonId, purpose: str, *, at_us: int, by: str) -> None:
    """From now on the person consents. Raises NotFound, Refused (purpose), Conflict when they consent already."""
    purpose = checked("purpose", purpose)
    rows.lock(cur)
    before = rows.read(cur)
    present(before, person)
    if hold((c for c in before.consents.values() if c.person == person), purpose, at_us):
        raise Conflict(state=f"consented to {purpose}", action="consent a second time")
    submit(cur, at_us, by, Consent(person, purpose, at_us))


def withdraw(cur: Cursor, person: PersonId, purpose: str, *, at_us: int, by: str) -> None:
    """The person no longer consents. Also for those who departed. Raises Conflict when nothing is there to withdraw."""
    purpose = checked("purpose", purpose)
    rows.lock(cur)
    before = rows.read(cur)
    ended = [
        replace(c, until_us=max(at_us, c.from_us))
        for c in before.consents.values()
        if c.person == person and c.purpose == purpose and (c.until_us is None or c.until_us > at_us)
    ]
    if not ended:
        raise Conflict(state=f"not consented to {purpose}", action="withdraw it")
    write(cur, before, {"consents": ended}, at_us, by)


def of(cur: Cursor, person: PersonId) -> list[Consent]:
    """Every consent ever given by the person, oldest first."""
    found = (c for c in rows.read(cur).consents.values() if c.person == person)
    return sorted(found, key=lambda c: (c.from_us, c.purpose))
