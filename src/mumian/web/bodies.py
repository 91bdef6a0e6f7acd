"""Bodies of unsafe requests: how large they may be, and proof that they were sent from our own page (CSRF).

A bearer token proves intent by itself; a cookie does not, so its requests carry the page's token and our origin.
"""

from __future__ import annotations

import hmac
import re
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.types import Message, Receive
from starlette.types import Scope as Asked

from mumian.core.kernel.errors import BadInput, Forbidden
from mumian.web.visitor import Visitor

FORM_LIMIT = 256 * 1024
BODY_LIMIT = 8 * 1024 * 1024
PEEK = 2048
# What browsers send (RFC 7578). A forger who knows no token gains nothing by bending it.
_TOKEN = re.compile(
    rb'--[^\r\n]{1,70}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n([^\r\n]{1,200})\r\n',
    re.IGNORECASE,
)


class ForgedRequest(Forbidden):
    """An unsafe request with a cookie, but without the page's own token, or from another origin."""

    code = "csrf"
    zh = "这个请求不是从本站页面发出的，或页面放得太久：请重新载入页面再试"
    en = "This request did not come from our own page, or the page has aged: reload it and try again"


class TooLarge(BadInput):
    """The body is larger than the door takes."""

    code, status = "too_large", 413
    zh, en = "内容超过 {limit} 字节：请分批发送", "The body exceeds {limit} bytes: send it in parts"


class FileTooLarge(TooLarge):
    """The form and the files in it are larger than its action takes."""

    zh = "文件连同表单超过 {mb} MB，没有收：请只留下需要的部分，再交一次"
    en = "The form and its file exceed {mb} MB and were not taken: keep the part that is needed, and send it again"


def limited(headers: Headers, receive: Receive, max_bytes: int = 0) -> Receive:
    """`receive`, refusing with 413 what is declared larger than the door takes, or turns out so; nothing is gathered here."""
    limit = max_bytes or BODY_LIMIT
    fault = FileTooLarge(mb=round(max_bytes / 1e6, 1)) if max_bytes else TooLarge(limit=BODY_LIMIT)
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdecimal() and len(declared) < 20) or int(declared) > limit:
        raise fault
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise fault
        return message

    return counted


async def own_page(
    asked: Asked, headers: Headers, visitor: Visitor, receive: Receive, *, carries_files: bool = False
) -> Receive:
    """For cookies: the origin is ours and the page's token is there. A bearer token proves intent by itself.

    A form with files is not gathered to look for the token: it is the form's first part, in the first bytes.
    """
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
    elif not given and carries_files and headers.get("content-type", "").startswith("multipart/form-data"):
        given, receive = await _first_part(receive)
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


async def _first_part(receive: Receive) -> tuple[str, Receive]:
    """The token in the first part of a multipart form, empty when that is another; and the whole body again."""
    read: list[Message] = []
    start = b""
    while len(start) < PEEK and (not read or read[-1].get("more_body", False)):
        read.append(await receive())
        if read[-1]["type"] == "http.disconnect":
            raise BadInput(detail="the request ended early")
        start += read[-1].get("body", b"")
    found = _TOKEN.match(start)
    waiting = iter(read)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return found.group(1).decode("latin-1") if found else "", again


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
