"""Guessing passwords is slowed: after five failures a user name waits, and the wait doubles with each further one.

An attempt is counted before the password is looked at, so that many at once count as many. Unknown names count too.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from mumian.core.kernel.clock import DAY_US, SECOND_US
from mumian.core.kernel.errors import Unauthenticated

if TYPE_CHECKING:
    from mumian.core.store import Store

FREE = 5
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 15 * 60  # a nurse locked out by somebody else's guessing gets in again within a coffee break


class Locked(Unauthenticated):
    """Too many wrong passwords: wait."""

    code, status, retry_helps = "locked", 429, True
    zh = "密码错误次数过多，请 {seconds} 秒后再试"
    en = "Too many wrong passwords: try again in {seconds} s"


def wait_s(failed: int) -> int:
    """Seconds to wait after so many failures in a row."""
    return 0 if failed < FREE else min(FIRST_WAIT_S * 2 ** min(failed - FREE, 20), LONGEST_WAIT_S)


def count(store: Store, user_name: str) -> None:
    """Count an attempt. Raises Locked while the name waits (which does not prolong the wait)."""
    now_us = store.clock.now_us()
    with store.tx() as cur:
        cur.execute("delete from identity.attempts where last_us < %s", (now_us - DAY_US,))
        cur.execute(
            "insert into identity.attempts (user_name, failed, last_us) values (%s, 0, %s) on conflict do nothing",
            (user_name, now_us),
        )
        cur.execute(
            "select failed, coalesce(locked_until_us, 0) from identity.attempts where user_name = %s for update",
            (user_name,),
        )
        failed, until_us = cur.fetchone() or (0, 0)
        if until_us > now_us:
            raise Locked(seconds=ceil((until_us - now_us) / SECOND_US))
        wait_us = wait_s(failed + 1) * SECOND_US
        cur.execute(
            "update identity.attempts set failed = %s, last_us = %s, locked_until_us = %s where user_name = %s",
            (failed + 1, now_us, now_us + wait_us if wait_us else None, user_name),
        )


def forget(store: Store, user_name: str) -> None:
    """The password was right: the count begins anew."""
    store.query("delete from identity.attempts where user_name = %s", (user_name,))
