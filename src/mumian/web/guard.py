"""The one middleware: sane host, door, visitor, permission, CSRF, and the headers that every answer carries.

It runs before any handler and before any body is parsed; what it refuses reaches no other code.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Asked

from mumian.core.kernel.errors import BadInput, Forbidden, MumianError, NotFound, Unauthenticated
from mumian.web.doors import OPEN_TO_ALL, PUBLIC, SIGNED_IN, Door
from mumian.web.visitor import Visitor, identify

if TYPE_CHECKING:
    from mumian.web.site import Site

SAFE = ("GET", "HEAD", "OPTIONS")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORM_LIMIT = 256 * 1024
BODY_LIMIT = 8 * 1024 * 1024
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


class ForgedRequest(Forbidden):
    """An unsafe request with a cookie, but without the page's own token, or from another origin."""

    code = "csrf"
    zh = "这个请求不是从本站页面发出的，或页面放得太久：请重新载入页面再试"
    en = "This request did not come from our own page, or the page has aged: reload it and try again"


class TooLarge(BadInput):
    """The body is larger than the door takes."""

    code, status = "too_large", 413
    zh, en = "内容超过 {limit} 字节：请分批发送", "The body exceeds {limit} bytes: send it in parts"


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
        receive = _limited(headers, receive)
        if asked["method"] not in SAFE:
            receive = await _own_page(asked, headers, visitor, receive)
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


def _limited(headers: Headers, receive: Receive) -> Receive:
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > BODY_LIMIT:
        raise TooLarge(limit=BODY_LIMIT)
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_LIMIT:
            raise TooLarge(limit=BODY_LIMIT)
        return message

    return counted


async def _own_page(asked: Asked, headers: Headers, visitor: Visitor, receive: Receive) -> Receive:
    """For cookies: the origin is ours and the page's token is there. A bearer token proves intent by itself."""
    if visitor.principal is not None and visitor.signed is None:
        return receive
    if not _same_origin(headers, asked["scheme"]):
        raise ForgedRequest
    if visitor.signed is None:
        return receive
    given = headers.get("x-csrf-token", "")
    if not given and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        body = await _read(receive)
        given = parse_qs(body.decode("utf-8", "replace")).get("csrf", [""])[0]
        receive = _again(body)
    if not hmac.compare_digest(given.encode(), visitor.signed.csrf.encode()):
        raise ForgedRequest
    return receive


def _same_origin(headers: Headers, scheme: str) -> bool:
    """Browsers send Origin with every unsafe request; what sends none is no browser and carries no stolen cookie."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    parts = urlsplit(origin)
    return parts.netloc == headers.get("host") and parts.scheme in (
        scheme,
        headers.get("x-forwarded-proto", scheme),
    )


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadInput(detail="the request ended early")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > FORM_LIMIT:
            raise TooLarge(limit=FORM_LIMIT)
    return bytes(body)


def _again(body: bytes) -> Receive:
    """Hand the body that was read here to the handler."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


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
