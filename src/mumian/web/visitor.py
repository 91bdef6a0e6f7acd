"""Who stands at the door: from a session cookie or a bearer token to a principal, with language and theme.

Only this module reads cookies. The session cookie's name carries the port, since two homes on one machine share a host.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope as Asked

from mumian.web import draw, words

if TYPE_CHECKING:
    from mumian.core.identity.gate import Principal
    from mumian.core.kernel.authorised import Authorised, Scope

THEMES = ("light", "dark")
YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Signed:
    """A person who has signed in: the principal, the account's name, and the token that her forms must carry."""

    principal: Principal
    user_name: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the administrator's page lists it."""

    user_name: str
    role: str
    staff: str | None
    disabled: bool


class Identity(Protocol):
    """What the web asks of identity. `web.identities` answers with core.identity; tests bring their own."""

    def by_session(self, token: str) -> Signed | None:
        """Who holds this session now; None once it has ended, whoever ended it."""
        ...

    def by_token(self, token: str) -> Principal | None:
        """Whom this bearer token stands for; None when unknown or expired."""
        ...

    def may(self, principal: Principal, action: str) -> None:
        """Raises Forbidden unless the principal's role carries `action`."""
        ...

    def scope(self, principal: Principal) -> Authorised[Scope]:
        """What the principal may read now."""
        ...

    def sign_in(self, user_name: str, password: str) -> str:
        """A new session's token. Raises Unauthenticated, the same for a wrong name, password or a disabled account."""
        ...

    def sign_out(self, token: str) -> None:
        """End a session."""
        ...

    def may_set_up(self, token: str) -> bool:
        """Whether this set-up token is unused and no administrator exists yet."""
        ...

    def set_up(self, token: str, user_name: str, password: str) -> None:
        """Make the first administrator and use the token up."""
        ...

    def change_password(self, user_name: str, old: str, new: str) -> None:
        """Change one's own password. Raises Unauthenticated when the old one is wrong."""
        ...

    def accounts(self) -> list[Account]:
        """All accounts, by name."""
        ...

    def create(self, user_name: str, role: str, staff: str | None, password: str) -> None:
        """Make an account. Raises Conflict when the name is taken, BadInput for an unknown role or member of staff."""
        ...

    def reset_password(self, user_name: str, password: str) -> None:
        """Set another's password and end her sessions."""
        ...

    def disable(self, user_name: str, *, disabled: bool) -> None:
        """Close or open an account; closing ends its sessions at once."""
        ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """One request's asker."""

    principal: Principal | None
    signed: Signed | None
    lang: str
    theme: str
    theme_chosen: bool

    @property
    def csrf(self) -> str:
        """What a form must carry; empty for who is not signed in by cookie."""
        return self.signed.csrf if self.signed else ""


def cookies(headers: Headers) -> dict[str, str]:
    """The request's cookies; a broken header is no cookie at all."""
    jar = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def session_cookie(asked: Asked) -> str:
    """Name of the session cookie on this port."""
    server = asked.get("server") or ("", 0)
    return f"mumian-{server[1] or 0}"


def bearer(headers: Headers) -> str | None:
    """The bearer token, if the request carries one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def identify(asked: Asked, identity: Identity, now_us: int, *, look_up: bool) -> Visitor:
    """The asker. A bearer token goes before a cookie; an unknown one is nobody, never a fall-back to the cookie."""
    headers, query = Headers(scope=asked), QueryParams(asked.get("query_string", b""))
    jar = cookies(headers)
    principal: Principal | None = None
    signed: Signed | None = None
    if look_up and (token := bearer(headers)):
        principal = identity.by_token(token)
    elif look_up and (session := jar.get(session_cookie(asked))):
        signed = identity.by_session(session)
        principal = signed.principal if signed else None
    theme = jar.get("theme")
    chosen = theme in THEMES
    return Visitor(
        principal=principal,
        signed=signed,
        lang=words.choose(query.get("lang"), jar.get("lang"), headers.get("accept-language", "")),
        theme=str(theme) if chosen else ("dark" if draw.is_night(now_us) else "light"),
        theme_chosen=chosen,
    )
