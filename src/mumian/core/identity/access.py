"""Who read what of a person: the answer that a resident or family may ask for (PIPL article 45), from the access log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mumian.core.kernel.authorised import Authorised, Scope
from mumian.core.kernel.ids import PersonId
from mumian.core.registry.snapshot import snapshot
from mumian.core.store import access

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store


@dataclass(frozen=True, slots=True)
class Access:
    """One reading. `subject` is the person, or "device/quantity"; `n` says how many rows came back."""

    at_us: int
    actor: str
    purpose: str
    action: str
    subject: str
    n: int


def note(cur: Cursor, authorised: Authorised[Scope], action: str, person: str, n: int = 1) -> None:
    """Note that the person's card or alarms were read; telemetry is noted by the store itself."""
    access.log(cur, authorised.value, action, person, n)


def of(store: Store, person: PersonId, limit: int = 500) -> list[Access]:
    """Readings that name the person or a device they ever wore, newest first; rather one too many than one too few.

    Lists of the whole home (subject "all") name nobody and are left out.
    """
    devices = [a.device for a in snapshot(store).held(person)]
    found = store.query(
        "select at_us, actor, purpose, action, subject, n from store.access_log "
        "where subject = %s or string_to_array(regexp_replace(subject, '/.*$', ''), ',') && %s "
        "order by id desc limit %s",
        (person, devices, limit),
    )
    return [Access(*row) for row in found]
