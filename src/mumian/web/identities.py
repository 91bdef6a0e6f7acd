"""Answers the web's questions about people with core.identity. It holds nothing; every answer is as of now.

A session or token that ended, an account that was closed, a member of staff who left: nobody, at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mumian.core.identity import accounts, gate, sessions, setup, tokens
from mumian.core.kernel.errors import NotFound, Unauthenticated
from mumian.core.kernel.ids import StaffId
from mumian.web.visitor import Account, Signed

if TYPE_CHECKING:
    from mumian.core.identity.gate import Principal
    from mumian.core.kernel.authorised import Authorised, Scope
    from mumian.core.store import Store


class CoreIdentity:
    """`visitor.Identity` over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def by_session(self, token: str) -> Signed | None:
        """Who holds this session now."""
        try:
            found = sessions.find(self._store, token)
        except Unauthenticated:
            return None
        return Signed(found.principal, found.user_name, found.csrf)

    def by_token(self, token: str) -> Principal | None:
        """Whom this bearer token stands for."""
        try:
            return tokens.find(self._store, token)
        except Unauthenticated:
            return None

    def may(self, principal: Principal, action: str) -> None:
        """Raises Forbidden."""
        gate.may(principal, action)

    def scope(self, principal: Principal) -> Authorised[Scope]:
        """What the principal may read now, for care."""
        return gate.scope(self._store, principal)

    def sign_in(self, user_name: str, password: str) -> str:
        """A new session's token. Raises Locked, WrongPassword."""
        account = accounts.sign_in(self._store, user_name, password)
        return sessions.open_for(self._store, account.id).token

    def sign_out(self, token: str) -> None:
        """End a session."""
        sessions.close(self._store, token)

    def may_set_up(self, token: str) -> bool:
        """Whether this set-up link still works."""
        return setup.good(self._store, token)

    def set_up(self, token: str, user_name: str, password: str) -> None:
        """Make the first administrator."""
        setup.use(self._store, token, user_name, password)

    def change_password(self, user_name: str, old: str, new: str) -> None:
        """Change one's own password; all sessions of the account end."""
        accounts.change_password(self._store, self._id(user_name), old, new)

    def accounts(self) -> list[Account]:
        """All accounts, by name."""
        with self._store.tx() as cur:
            return [Account(a.user_name, a.role, a.staff, not a.usable) for a in accounts.every(cur)]

    def create(self, user_name: str, role: str, staff: str | None, password: str) -> None:
        """Make an account."""
        with self._store.tx() as cur:
            accounts.add(cur, user_name, password, role, StaffId(staff) if staff else None)

    def reset_password(self, user_name: str, password: str) -> None:
        """Set another's password and end her sessions."""
        account = self._id(user_name)
        with self._store.tx() as cur:
            accounts.set_password(cur, account, password)

    def disable(self, user_name: str, *, disabled: bool) -> None:
        """Close or open an account; closing ends its sessions."""
        account = self._id(user_name)
        with self._store.tx() as cur:
            (accounts.disable if disabled else accounts.enable)(cur, account)

    def _id(self, user_name: str) -> int:
        with self._store.tx() as cur:
            for account in accounts.every(cur):
                if account.user_name == user_name:
                    return account.id
        raise NotFound(what="account", id=user_name)
