"""One's own account: password, language, theme, sound self-test, push; and the list of all places for small screens.

Nothing here reads a resident's data.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mumian.core.kernel.errors import MumianError, Unauthenticated
from mumian.web import faults, frame, words
from mumian.web.doors import PUBLIC, SIGNED_IN
from mumian.web.mounting import form_of
from mumian.web.sign_in import enter, local, new_password
from mumian.web.site import Site, visitor_of
from mumian.web.visitor import THEMES


def mount(site: Site) -> None:
    """Mount the account's pages and the way from `/` to the first place."""
    pages = OwnAccount(site)
    site.form("GET", "/", SIGNED_IN, pages.first)
    site.form("GET", "/more", SIGNED_IN, pages.more)
    site.form("GET", "/account", SIGNED_IN, pages.show)
    site.form("POST", "/account/password", SIGNED_IN, pages.password)
    site.form("POST", "/preferences", PUBLIC, pages.preferences)


class OwnAccount:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def first(self, request: Request) -> Response:
        """To the first place that the visitor may enter."""
        site, visitor = self._site, visitor_of(request)
        found = await asyncio.to_thread(frame.places, site, visitor, "/")
        if found:
            return RedirectResponse(found[0]["path"], HTTPStatus.SEE_OTHER)
        return RedirectResponse("/account", HTTPStatus.SEE_OTHER)

    async def more(self, request: Request) -> Response:
        """All places in words."""
        all_places = await asyncio.to_thread(frame.places, self._site, visitor_of(request), "/more")
        return await self._page(request, "more.html", "更多", {"all_places": all_places})

    async def show(self, request: Request) -> Response:
        """The account page."""
        return await self._page(request, "account.html", "我的帐号", {})

    async def password(self, request: Request) -> Response:
        """Change one's own password."""
        visitor, form = visitor_of(request), await form_of(request)
        if visitor.signed is None:
            raise Unauthenticated
        old, new, again = ((form.get(name) or [""])[0] for name in ("old", "new", "again"))
        try:
            fresh = new_password(new, again)
            identity, user = self._site.identity, visitor.signed.user_name
            await asyncio.to_thread(identity.change_password, user, old, fresh)
            token = await asyncio.to_thread(identity.sign_in, user, fresh)  # the change ended every session
        except MumianError as fault:
            error = faults.spoken(self._site, fault, visitor.lang)
            if isinstance(fault, Unauthenticated):
                error["text"] = self._site.words.say(visitor.lang, "现在的密码不对")
            return await self._page(request, "account.html", "我的帐号", {"error": error}, 422)
        return enter(request, token, "/account", self._site.words.say(visitor.lang, "密码改好了"))

    async def preferences(self, request: Request) -> Response:
        """Keep theme or language, and go back to where one was."""
        form = await form_of(request)
        back = local(urlsplit(request.headers.get("referer", "")).path or "/")
        answer = RedirectResponse(back, HTTPStatus.SEE_OTHER)
        theme, lang = ((form.get(name) or [""])[0] for name in ("theme", "lang"))
        if theme in THEMES:
            frame.keep(request, answer, "theme", theme)
        elif theme == "auto":
            answer.delete_cookie("theme", path="/")
        if lang in words.LANGUAGES:
            frame.keep(request, answer, "lang", lang)
        return answer

    async def _page(
        self, request: Request, template: str, title: str, context: dict[str, object], status: int = 200
    ) -> Response:
        said = self._site.words.say(visitor_of(request).lang, title)
        return await self._site.page(request, template, context, title=said, status=status)
