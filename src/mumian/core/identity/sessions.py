"""Sessions of people who signed in: a random cookie of which only the hash is stored, ended by time or by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mumian.core.identity import secret
from mumian.core.identity.principal import Principal, floors_of
from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.kernel.errors import Unauthenticated
from mumian.core.kernel.ids import StaffId

if TYPE_CHECKING:
    from mumian.core.store import Store

IDLE_US = DAY_US // 2  # longer than a shift
ABSOLUTE_US = 7 * DAY_US
_NOTED_EVERY_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class Opened:
    """`token` goes into the cookie; it is known here and never again."""

    token: str
    csrf: str
    expires_us: int


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and what her forms must carry."""

    principal: Principal
    user_name: str
    csrf: str


def open_for(store: Store, account: int) -> Opened:
    """Begin a session for somebody whose password was right; what has expired goes."""
    now_us = store.clock.now_us()
    token, stored = secret.fresh()
    csrf, _ = secret.fresh()
    with store.tx() as cur:
        cur.execute(
            "delete from identity.sessions where expires_us <= %s or seen_us <= %s",
            (now_us, now_us - IDLE_US),
        )
        cur.execute(
            "insert into identity.sessions (token_hash, account, made_us, seen_us, expires_us, csrf) "
            "values (%s, %s, %s, %s, %s, %s)",
            (stored, account, now_us, now_us, now_us + ABSOLUTE_US, csrf),
        )
    return Opened(token, csrf, now_us + ABSOLUTE_US)


def find(store: Store, token: str) -> Session:
    """Whose session it is, with role and floors as they are now. Raises Unauthenticated."""
    now_us, stored = store.clock.now_us(), secret.digest(token)
    found = store.query(
        "select a.id, a.user_name, a.staff, coalesce(s.role, a.role), s.floors, t.csrf, t.seen_us "
        "from identity.sessions t join identity.accounts a on a.id = t.account "
        "left join registry.staff s on s.id = a.staff "
        "where t.token_hash = %s and t.expires_us > %s and t.seen_us > %s "
        "and a.disabled_us is null and s.left_us is null",
        (stored, now_us, now_us - IDLE_US),
    )
    if not found:
        raise Unauthenticated
    account, user_name, staff, role, floors, csrf, seen_us = found[0]
    if now_us - seen_us > _NOTED_EVERY_US:
        store.query("update identity.sessions set seen_us = %s where token_hash = %s", (now_us, stored))
    actor = f"staff:{staff}" if staff else f"account:{user_name}"
    who = Principal(actor, role, StaffId(staff) if staff else None, floors_of(role, floors), account)
    return Session(who, user_name, csrf)


def close(store: Store, token: str) -> None:
    """Sign out."""
    store.query("delete from identity.sessions where token_hash = %s", (secret.digest(token),))


def close_all(store: Store, account: int) -> None:
    """Sign out everywhere."""
    store.query("delete from identity.sessions where account = %s", (account,))
