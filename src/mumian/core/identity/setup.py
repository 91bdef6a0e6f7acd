"""The first administrator: made once, through a link that only the person who started the service has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mumian.core.identity import accounts, secret
from mumian.core.identity.accounts import Account
from mumian.core.kernel.errors import NotFound

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store


def issue(store: Store) -> str | None:
    """A fresh token; the one before stops working. None once there is an administrator."""
    token, stored = secret.fresh()
    with store.tx() as cur:
        _one_at_a_time(cur)
        if accounts.has_admin(cur):
            return None
        cur.execute("delete from identity.setup where used_us is null")
        cur.execute(
            "insert into identity.setup (token_hash, made_us) values (%s, %s)", (stored, store.clock.now_us())
        )
    return token


def good(store: Store, token: str) -> bool:
    """Whether the link still works; pages ask before they show the form."""
    found = store.query(
        "select 1 from identity.setup where token_hash = %s and used_us is null", (secret.digest(token),)
    )
    return bool(found)


def use(store: Store, token: str, user_name: str, password: str) -> Account:
    """Make the first administrator. Raises NotFound for a token that is unknown, used or no longer needed.

    A weak password or a bad name is refused and leaves the token good.
    """
    with store.tx() as cur:
        _one_at_a_time(cur)
        used = cur.execute(
            "update identity.setup set used_us = %s where token_hash = %s and used_us is null",
            (store.clock.now_us(), secret.digest(token)),
        ).rowcount
        if not used or accounts.has_admin(cur):
            raise NotFound(what="setup link", id="")
        return accounts.add(cur, user_name, password, "admin")


def _one_at_a_time(cur: Cursor) -> None:
    cur.execute("select pg_advisory_xact_lock(%s)", (0x7365_7475,))
