"""The administrator's page: make an account for a member of staff, set a new password, close and open accounts.

A new password is made here, shown once, and stored by identity only as its hash.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mumian.core.kernel.errors import BadInput, MumianError
from mumian.web import faults, permissions
from mumian.web.mounting import Typed, form_of, redirect
from mumian.web.site import Site, visitor_of
from mumian.web.wording import ROLE

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on paper


def mount(site: Site) -> None:
    """Mount the page and its one form target."""
    pages = Accounts(site)
    site.form("GET", "/accounts", permissions.ACCOUNT_WRITE, pages.show)
    site.form("POST", "/accounts", permissions.ACCOUNT_WRITE, pages.change)


def fresh_password() -> str:
    """Twelve letters in groups of four: about 59 bits, readable over a telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


class Accounts:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """All accounts, and the form for a new one."""
        return await self._page(request, {})

    async def change(self, request: Request) -> Response:
        """One change: create, reset, disable or enable."""
        form = await form_of(request)
        typed = Typed(form)
        try:
            secret = await asyncio.to_thread(self._do, typed, visitor_of(request).signed)
        except MumianError as fault:
            error = faults.spoken(self._site, fault, visitor_of(request).lang)
            return await self._page(request, {"error": error, "typed": typed}, fault.status)
        if secret:
            return await self._page(request, {"secret": secret, "secret_of": typed.user.strip()})
        return redirect(request, "/accounts", self._site.words.say(visitor_of(request).lang, "改好了"))

    def _do(self, typed: Typed, signed: Any) -> str:
        identity, user, what = self._site.identity, typed.user.strip(), typed.do
        if what in ("disable", "enable"):
            if signed and user == signed.user_name:
                raise BadInput(
                    detail="不能关掉自己的帐号：请另一位管理员来做 / one cannot close one's own account"
                )
            identity.disable(user, disabled=what == "disable")
            return ""
        password = fresh_password()
        if what == "create":
            identity.create(user, typed.role, typed.staff or None, password)
        elif what == "reset":
            identity.reset_password(user, password)
        else:
            raise BadInput(detail=f"do {what!r}: create, reset, disable or enable")
        return password

    async def _page(self, request: Request, more: dict[str, Any], status: int = 200) -> Response:
        context = await asyncio.to_thread(self._context)
        title = self._site.words.say(visitor_of(request).lang, "帐号")
        whole = {"typed": Typed({}), **context, **more}
        return await self._site.page(request, "accounts.html", whole, title=title, status=status)

    def _context(self) -> dict[str, Any]:
        from mumian.core import registry

        staff = sorted(registry.snapshot(self._site.store).staff.values(), key=lambda s: s.name)
        names: dict[str, str] = {member.id: member.name for member in staff}
        rows = [(account, names.get(account.staff or "", "")) for account in self._site.identity.accounts()]
        return {"rows": rows, "staff": staff, "roles": [role for role in ROLE if role != "gateway"]}
