"""Signing in and out, and the first administrator: the pages that stand before any session.

There is no default password; a wrong name, a wrong password and a closed account read alike.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mumian.core.kernel.errors import BadInput, MumianError, NotFound
from mumian.web import faults, frame
from mumian.web.doors import PUBLIC, SIGNED_IN
from mumian.web.mounting import Typed, form_of
from mumian.web.site import Site, visitor_of
from mumian.web.visitor import session_cookie

SHIFT_S = 12 * 3600  # a session outlives a shift, not a weekend; identity's own limit counts


class SetupUsed(NotFound):
    """The link that makes the first administrator has done so, or is not of this home."""

    zh = "这个设置链接已经用过，或不是本院的。请到登录页登录；忘了密码，就在服务器上用 mumian account add 名字 --role admin 另建一个"
    en = (
        "This setup link was used already, or is not of this home. Sign in at /login; if the password is lost, make another "
        "administrator on the server: `mumian account add NAME --role admin`"
    )


class PasswordsDiffer(BadInput):
    """The two passwords typed are not the same."""

    code = "passwords_differ"
    zh, en = "两次输入的密码不一样", "The two passwords differ"


def mount(site: Site) -> None:
    """Mount sign-in, sign-out and set-up."""
    pages = SignIn(site)
    site.form("GET", "/login", PUBLIC, pages.show_login, name="login")
    site.form("POST", "/login", PUBLIC, pages.login)
    site.form("POST", "/logout", SIGNED_IN, pages.logout)
    site.form("GET", "/setup/{token}", PUBLIC, pages.show_setup)
    site.form("POST", "/setup/{token}", PUBLIC, pages.setup)


def new_password(first: str, again: str) -> str:
    """The password that was typed twice; whether it is good enough is identity's to say. Raises PasswordsDiffer."""
    if first != again:
        raise PasswordsDiffer
    return first


def local(path: str) -> str:
    """`path` if it leads to a page of our own, else the first page: no link may send a signed-in person elsewhere."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain else "/"


def enter(request: Request, token: str, following: str, said: str = "") -> Response:
    """Set the session's cookie and go on."""
    answer = RedirectResponse(following, HTTPStatus.SEE_OTHER)
    frame.keep(request, answer, session_cookie(request.scope), token, SHIFT_S)
    frame.say_once(request, answer, said)
    return answer


class SignIn:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show_login(self, request: Request) -> Response:
        """The sign-in page; who is signed in already goes on."""
        following = local(request.query_params.get("next", "/"))
        if visitor_of(request).signed and "lang" not in request.query_params:
            return RedirectResponse(following, HTTPStatus.SEE_OTHER)
        return await self._login_page(request, following, {})

    async def login(self, request: Request) -> Response:
        """Check name and password; set the session's cookie."""
        form = await form_of(request)
        typed = Typed(form)
        following = local(typed.get("next", "/"))
        try:
            password = (form.get("password") or [""])[0]
            token = await asyncio.to_thread(self._site.identity.sign_in, typed.user.strip(), password)
        except MumianError as fault:
            error = faults.spoken(self._site, fault, visitor_of(request).lang)
            error["title"] = self._site.words.say(visitor_of(request).lang, "没登录上")
            return await self._login_page(request, following, {"error": error, "typed": typed}, fault.status)
        return enter(request, token, following)

    async def logout(self, request: Request) -> Response:
        """End the session here and in the store."""
        name = session_cookie(request.scope)
        await asyncio.to_thread(self._site.identity.sign_out, request.cookies.get(name, ""))
        answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(name, path="/")
        return answer

    async def show_setup(self, request: Request) -> Response:
        """The form for the first administrator."""
        await self._unused(request)
        return await self._setup_page(request, {})

    async def setup(self, request: Request) -> Response:
        """Make the first administrator and sign her in."""
        await self._unused(request)
        form = await form_of(request)
        identity, typed = self._site.identity, Typed(form)
        try:
            password = new_password(*((form.get(name) or [""])[0] for name in ("password", "again")))
            await asyncio.to_thread(
                identity.set_up, request.path_params["token"], typed.user.strip(), password
            )
            token = await asyncio.to_thread(identity.sign_in, typed.user.strip(), password)
        except NotFound:
            raise
        except MumianError as fault:
            error = faults.spoken(self._site, fault, visitor_of(request).lang)
            return await self._setup_page(request, {"error": error, "typed": typed}, fault.status)
        return enter(request, token, "/")

    async def _unused(self, request: Request) -> None:
        if not await asyncio.to_thread(self._site.identity.may_set_up, request.path_params["token"]):
            raise SetupUsed

    async def _login_page(
        self, request: Request, following: str, more: dict[str, object], status: int = 200
    ) -> Response:
        title = self._site.words.say(visitor_of(request).lang, "登录")
        context = {"next": following, "typed": Typed({}), **more}
        return await self._site.page(request, "login.html", context, title=title, status=status)

    async def _setup_page(self, request: Request, more: dict[str, object], status: int = 200) -> Response:
        title = self._site.words.say(visitor_of(request).lang, "第一位管理员")
        return await self._site.page(
            request, "setup.html", {"typed": Typed({}), **more}, title=title, status=status
        )
