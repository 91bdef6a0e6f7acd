"""Browsers that take Web Push for a member of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mumian.core.store import Store


def add(store: Store, staff: str, endpoint: str, p256dh: str, auth: str) -> None:
    """Send this person's pages to this browser too; a browser belongs to whoever subscribed it last."""
    with store.tx() as cur:
        cur.execute(
            "insert into act.push_subscriptions (endpoint, staff, p256dh, auth, made_us) values (%s, %s, %s, %s, %s)"
            " on conflict (endpoint) do update set staff = excluded.staff, p256dh = excluded.p256dh, auth = excluded.auth",
            (endpoint, staff, p256dh, auth, store.clock.now_us()),
        )
