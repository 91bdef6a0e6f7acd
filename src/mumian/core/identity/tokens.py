"""Bearer tokens for scripts and gateways: `mumian token ROLE`. Shown once, stored as a hash, good for a year by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mumian.core.identity import secret
from mumian.core.identity.accounts import works_as
from mumian.core.identity.principal import ROLES, Principal, floors_of
from mumian.core.kernel.clock import DAY_US
from mumian.core.kernel.errors import BadInput, Unauthenticated
from mumian.core.kernel.ids import StaffId

if TYPE_CHECKING:
    from mumian.core.store import Store

PREFIX = "mumian_"  # so that scanners find one that was pasted where it should not be


def issue(store: Store, role: str, staff: str | None = None, *, days: float = 90) -> str:
    """A new token. Raises BadInput for an unknown role, or a member of staff who does not exist or has another role."""
    if role not in ROLES:
        raise BadInput(detail=f"role {role!r}: use one of {', '.join(ROLES)}")
    if not 0 < days <= 3660:
        raise BadInput(detail=f"days {days}: a token lasts from a moment to ten years")
    token, stored = secret.fresh(PREFIX)
    now_us = store.clock.now_us()
    with store.tx() as cur:
        if staff is not None:
            works_as(cur, staff, role)
        cur.execute(
            "insert into identity.tokens (token_hash, role, staff, made_us, expires_us) values (%s, %s, %s, %s, %s)",
            (stored, role, staff, now_us, now_us + round(days * DAY_US)),
        )
    return token


def find(store: Store, token: str) -> Principal:
    """Whose token it is. Raises Unauthenticated when unknown, expired, revoked, or its owner has left or changed role."""
    found = store.query(
        "select t.role, t.staff, s.floors from identity.tokens t left join registry.staff s on s.id = t.staff "
        "where t.token_hash = %s and t.expires_us > %s and t.revoked_us is null "
        "and (t.staff is null or (s.left_us is null and s.role = t.role))",
        (secret.digest(token), store.clock.now_us()),
    )
    if not found:
        raise Unauthenticated
    role, staff, floors = found[0]
    actor = f"staff:{staff}" if staff else f"token:{role}"
    return Principal(actor, role, StaffId(staff) if staff else None, floors_of(role, floors))


def revoke(store: Store, token: str) -> None:
    """It stops working."""
    store.query(
        "update identity.tokens set revoked_us = coalesce(revoked_us, %s) where token_hash = %s",
        (store.clock.now_us(), secret.digest(token)),
    )
