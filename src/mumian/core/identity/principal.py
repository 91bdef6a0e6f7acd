"""`Principal`: who asks, with which role, for which floors. Made from a session or a token, never from a request's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mumian.core.kernel.ids import PlaceId, StaffId

ROLES = ("admin", "director", "nurse", "caregiver", "auditor", "gateway")
Floors = frozenset[PlaceId] | None  # None: the whole home


@dataclass(frozen=True, slots=True)
class Principal:
    """An asker whom identity knows.

    actor    as journal and access log name it: "staff:n1", "account:wang", "token:nurse"
    staff    whose person it is, if it is one of the staff
    floors   None: the whole home
    account  id of the account for somebody who signed in; None for a token
    """

    actor: str
    role: str
    staff: StaffId | None = None
    floors: Floors = None
    account: int | None = None


def floors_of(role: str, floors: Sequence[str] | None) -> Floors:
    """The floors that a role reaches; `floors` None means that no member of staff stands behind it.

    A nurse without floors has the whole home, a caregiver without floors nothing; a gateway only brings, it reads nothing.
    """
    if role in ("admin", "director", "auditor"):
        return None
    if role == "nurse" and not floors:
        return None
    return frozenset(PlaceId(f) for f in floors or ()) if role != "gateway" else frozenset()
