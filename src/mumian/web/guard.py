"""The one middleware: sane host, door, visitor, permission, CSRF, and the headers that every answer carries.

It runs before any handler and before any body is parsed; what it refuses reaches no other code.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Asked

from mumian.core.kernel.errors import BadInput, Forbidden, MumianError, NotFound, Unauthenticated
from mumian.web import bodies
from mumian.web.doors import OPEN_TO_ALL, PUBLIC, SIGNED_IN, Door
from mumian.web.visitor import Visitor, identify

if TYPE_CHECKING:
    from mumian.web.site import Site

SAFE = ("GET", "HEAD", "OPTIONS")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?"
)
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class BadHost(BadInput):
    """The Host header names no host of ours: a rebinding attack, or a proxy that was not told about."""

    code, status = "bad_host", 400
    zh = "本服务只在本机开放，不认识主机名 {host}；要给别的机器用，请以 mumian up --host 启动"
    en = "This service is open on this machine only and does not know the host {host}; start it with mumian up --host"


class NoSuchPage(NotFound):
    """Nothing is mounted at this address."""

    code = "no_such_page"
    zh, en = "这里没有 {path} 这个地址", "There is no address {path} here"


class MethodNotAllowed(BadInput):
    """The address exists, but not for this method."""

    code, status = "method_not_allowed", 405
    zh, en = "这个地址只接受 {allowed}", "This address takes {allowed} only"


class Guard:
    """ASGI middleware around the whole application of a site."""

    def __init__(
        self, app: ASGIApp, site: Site, refuse: Callable[[Request, MumianError], Awaitable[ASGIApp]]
    ) -> None:
        """`refuse` renders an error in the form the asker reads: problem details or a page."""
        self._app, self._site, self._refuse = app, site, refuse

    async def __call__(self, asked: Asked, receive: Receive, send: Send) -> None:
        """Let the request through to its handler, or answer it here."""
        if asked["type"] != "http":
            await self._app(asked, receive, send)
            return
        send = _with_headers(asked, send)
        try:
            receive = await self._check(asked, receive)
        except MumianError as fault:
            answer = await self._refuse(Request(asked, receive), fault)
            await answer(asked, receive, send)
            return
        await self._app(asked, receive, send)

    async def _check(self, asked: Asked, receive: Receive) -> Receive:
        site, headers = self._site, Headers(scope=asked)
        now_us = site.clock.now_us()
        asked.setdefault("state", {})["visitor"] = identify(asked, site.identity, now_us, look_up=False)
        _sane_host(headers.get("host", ""), site.settings.host)
        door, methods = site.doors.find(asked["method"], asked["path"])
        asked["state"]["door"] = door
        if not methods:
            if "text/html" in headers.get("accept", ""):  # who is signed in keeps her rail on the 404 page
                await self._identify(asked, now_us, PUBLIC)
            raise NoSuchPage(path=asked["path"][:200])
        if door is None:
            raise MethodNotAllowed(allowed=", ".join(methods))
        visitor: Visitor = asked["state"]["visitor"]
        if not asked["path"].startswith("/static/"):
            visitor = await self._identify(asked, now_us, door.permission)
        _permit(site, door, visitor)
        receive = bodies.limited(headers, receive, door.max_bytes)
        if asked["method"] not in SAFE:
            receive = await bodies.own_page(
                asked, headers, visitor, receive, carries_files=door.max_bytes > 0
            )
        return receive

    async def _identify(self, asked: Asked, now_us: int, permission: str) -> Visitor:
        """Who asks. While the database is away, public doors (health, sign-in) stay open to nobody in particular."""
        try:
            visitor = await asyncio.to_thread(identify, asked, self._site.identity, now_us, look_up=True)
        except MumianError:
            if permission != PUBLIC:
                raise
            visitor = asked["state"]["visitor"]
        asked["state"]["visitor"] = visitor
        return visitor


def _permit(site: Site, door: Door, visitor: Visitor) -> None:
    if door.permission == PUBLIC:
        return
    if visitor.principal is None:
        raise Unauthenticated
    if door.permission == SIGNED_IN and visitor.signed is None:
        raise Forbidden(role=visitor.principal.role, action="account")
    if door.permission not in OPEN_TO_ALL:
        site.identity.may(visitor.principal, door.permission)


def _sane_host(host: str, bound: str) -> None:
    """Refuse names that a browser can only have got from somebody else's DNS."""
    if not _HOST.fullmatch(host):
        raise BadHost(host=repr(host[:60]))
    name = re.sub(r":\d+$", "", host).lower()
    if bound in ("127.0.0.1", "localhost", "::1") and name not in LOOPBACK and name != bound:
        raise BadHost(host=name)


def _with_headers(asked: Asked, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
            if asked["scheme"] == "https":
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await send(message)

    return sending
