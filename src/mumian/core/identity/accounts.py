"""Accounts of people: made by an administrator, tied to a member of staff or to nobody, with a password of their own.

There is no default account and no default password. A disabled account is signed out at once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mumian.core.identity import passwords, throttle
from mumian.core.kernel.errors import BadInput, Conflict, NotFound, Unauthenticated
from mumian.core.kernel.ids import StaffId
from mumian.core.registry.model import STAFF_ROLES

if TYPE_CHECKING:
    from mumian.core.store import Cursor, Store

_USER = re.compile(r"[^\W_][\w.@-]{0,63}")
_COLUMNS = "a.id, a.user_name, a.staff, coalesce(s.role, a.role), a.disabled_us, s.left_us is not null"
_FROM = "identity.accounts a left join registry.staff s on s.id = a.staff"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as pages list it; the role of one of the staff is the role she has in the register."""

    id: int
    user_name: str
    staff: StaffId | None
    role: str
    disabled_us: int | None
    left: bool = False

    @property
    def usable(self) -> bool:
        """Whether one can sign in with it."""
        return self.disabled_us is None and not self.left


class WrongPassword(Unauthenticated):
    """User name or password is wrong; which of the two is not said."""

    code = "wrong_password"
    zh, en = "用户名或密码不对", "The user name or the password is wrong"


def add(cur: Cursor, user_name: str, password: str, role: str, staff: StaffId | None = None) -> Account:
    """A new account. Raises BadInput (name, role, staff), WeakPassword, Conflict (name or staff has one)."""
    name = plain(user_name)
    if role not in STAFF_ROLES:
        raise BadInput(detail=f"role {role!r}: use one of {', '.join(STAFF_ROLES)}")
    if staff is not None:
        works_as(cur, staff, role)
    made = cur.execute(
        "insert into identity.accounts (user_name, staff, role, password_hash, made_us) values (%s, %s, %s, %s, %s) "
        "on conflict do nothing returning id",
        (name, staff, role, passwords.hashed(password, name), cur.store.clock.now_us()),
    ).fetchone()
    if made is None:
        raise Conflict(
            state=f"account {name} or an account of {staff or 'that name'}", action="add a second one"
        )
    return Account(made[0], name, staff, role, None)


def plain(user_name: str) -> str:
    """The user name as stored: lower case, compatibility forms folded. Raises BadInput."""
    name = unicodedata.normalize("NFKC", user_name).casefold().strip()
    if not _USER.fullmatch(name):
        raise BadInput(detail=f"user name {user_name[:70]!r}: use 1 to 64 letters, digits or . _ @ -")
    return name


def works_as(cur: Cursor, staff: str, role: str) -> list[str]:
    """The floors of the member of staff. Raises BadInput unless she works here in that role."""
    row = cur.execute("select role, left_us, floors from registry.staff where id = %s", (staff,)).fetchone()
    if row is None or row[1] is not None:
        raise BadInput(detail=f"no staff {staff!r}: add them on the staff page or with mumian site load")
    if row[0] != role:
        raise BadInput(detail=f"staff {staff} is {row[0]}, not {role}: use the role {row[0]}")
    return list(row[2])


def sign_in(store: Store, user_name: str, password: str) -> Account:
    """The account. Raises Locked, WrongPassword."""
    try:
        name = plain(user_name)
    except BadInput:
        raise WrongPassword from None
    throttle.count(store, name)
    found = store.query(f"select {_COLUMNS}, a.password_hash from {_FROM} where a.user_name = %s", (name,))
    account = Account(*found[0][:-1]) if found else None
    right = passwords.matches(found[0][-1] if found else None, password)
    if account is None or not right or not account.usable:
        raise WrongPassword
    throttle.forget(store, name)
    return account


def change_password(store: Store, account: int, old: str, new: str) -> None:
    """Change one's own password; all sessions of the account end. Raises Locked, WrongPassword, WeakPassword."""
    with store.tx() as cur:
        name = get(cur, account).user_name
    if sign_in(store, name, old).id != account:
        raise WrongPassword
    with store.tx() as cur:
        set_password(cur, account, new)


def set_password(cur: Cursor, account: int, new: str) -> None:
    """Set it for somebody who forgot theirs; all sessions of the account end, and no name waits any longer."""
    found = get(cur, account)
    stored = passwords.hashed(new, found.user_name)
    cur.execute("update identity.accounts set password_hash = %s where id = %s", (stored, account))
    cur.execute("delete from identity.sessions where account = %s", (account,))
    cur.execute("delete from identity.attempts where user_name = %s", (found.user_name,))


def disable(cur: Cursor, account: int) -> None:
    """Nobody signs in with it any more. Raises Conflict for the last administrator."""
    cur.execute(
        "lock table identity.accounts in share row exclusive mode"
    )  # two administrators, each disabling the other
    found = get(cur, account)
    if found.role == "admin" and not _other_admin(cur, account):
        raise Conflict(state="the only administrator", action="disable it")
    cur.execute(
        "update identity.accounts set disabled_us = coalesce(disabled_us, %s) where id = %s",
        (cur.store.clock.now_us(), account),
    )
    cur.execute("delete from identity.sessions where account = %s", (account,))


def enable(cur: Cursor, account: int) -> None:
    """It can be used again."""
    get(cur, account)
    cur.execute("update identity.accounts set disabled_us = null where id = %s", (account,))


def get(cur: Cursor, account: int) -> Account:
    """Raises NotFound."""
    row = cur.execute(f"select {_COLUMNS} from {_FROM} where a.id = %s", (account,)).fetchone()
    if row is None:
        raise NotFound(what="account", id=account)
    return Account(*row)


def every(cur: Cursor) -> list[Account]:
    """All accounts by user name."""
    rows: list[Any] = cur.execute(f"select {_COLUMNS} from {_FROM} order by a.user_name").fetchall()
    return [Account(*row) for row in rows]


def has_admin(cur: Cursor) -> bool:
    """Whether an administrator's account exists."""
    return any(account.role == "admin" for account in every(cur))


def _other_admin(cur: Cursor, account: int) -> bool:
    return any(a.role == "admin" and a.usable and a.id != account for a in every(cur))
