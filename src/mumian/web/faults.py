"""Errors at the edge: RFC 9457 problem details for programs, a page for people: consequence, remedy, button, code.

A fault that nobody foresaw is logged under a number; the reader gets the number, never the traceback.
"""

from __future__ import annotations

import dataclasses
import os
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mumian.core.kernel.errors import BadInput, MumianError, NotFound

if TYPE_CHECKING:
    from mumian.web.site import Site

log = structlog.get_logger()
PROBLEM = "application/problem+json"
_TITLES = {
    400: "请求不合规", 401: "还没有登录", 403: "这一步不归您的角色做", 404: "没有这个页面或记录",
    405: "这个地址不接受这个动作", 409: "现在的状态不允许", 413: "内容太大", 422: "没存上：填的内容不行",
    429: "太频繁，稍等再试", 500: "这一步没做成：程序出错", 503: "现在用不了",
}  # fmt: skip


class Unforeseen(MumianError):
    """A fault in our own code; `number` finds it in the log."""

    code = "unforeseen"
    zh = "已记在日志里，编号 {number}。报警与呼叫由别的部件照常进行；可以退回重试"
    en = "It is in the log under {number}. Alarms and calls go on in other parts; go back and try again"


def wants_page(request: Request) -> bool:
    """Whether a person reads the answer."""
    path = request.url.path
    if path.startswith(("/api/", "/static/", "/healthz", "/metrics", "/openapi.json")):
        return False
    return "text/html" in request.headers.get("accept", "*/*") or "*/*" in request.headers.get(
        "accept", "*/*"
    )


def problem(fault: MumianError, lang: str, title: str) -> Response:
    """RFC 9457: type, title, status, detail, and our code with the facts that can be told."""
    body: dict[str, Any] = {
        "type": f"urn:mumian:error:{fault.code}",
        "title": title,
        "status": fault.status,
        "detail": fault.say(lang),
        "code": fault.code,
        "retry": fault.retry_helps,
    }
    headers = {"Content-Language": "zh-CN" if lang == "zh" else "en"}
    if fault.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if fault.retry_helps:
        headers["Retry-After"] = "2"
    if fault.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = str(fault.facts.get("allowed", ""))
    return Response(msgspec.json.encode(body), fault.status, headers, media_type=PROBLEM)


def spoken(site: Site, fault: MumianError, lang: str) -> dict[str, str]:
    """An error for `parts.error`: title, text, code."""
    return {
        "title": site.words.say(lang, _TITLES.get(fault.status, _TITLES[500])),
        "text": fault.say(lang),
        "code": f"{fault.status} · {fault.code}",
    }


async def refuse(site: Site, request: Request, fault: MumianError) -> Response:
    """`fault` as the asker reads it. People who are not signed in are led to the sign-in page, and back afterwards."""
    visitor = request.scope["state"]["visitor"]
    if not wants_page(request):
        return problem(
            fault, visitor.lang, site.words.say(visitor.lang, _TITLES.get(fault.status, _TITLES[500]))
        )
    if fault.status == HTTPStatus.UNAUTHORIZED:
        return RedirectResponse(sign_in_address(request), HTTPStatus.SEE_OTHER)
    error = spoken(site, fault, visitor.lang)
    if fault.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
        error |= {"href": "/", "button": site.words.say(visitor.lang, "回到首页")}
    try:
        return await site.page(
            request, "fault.html", {"fault": error}, title=error["title"], status=fault.status
        )
    except MumianError:  # the frame itself needs what is away: show the fault without it
        request.scope["state"]["visitor"] = dataclasses.replace(visitor, principal=None, signed=None)
        return await site.page(
            request, "fault.html", {"fault": error}, title=error["title"], status=fault.status
        )


def sign_in_address(request: Request) -> str:
    """`/login?next=…` for a page that was read; plain for one that was posted to."""
    if request.method != "GET" or request.url.path == "/":
        return "/login"
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return str(request.url_for("login").include_query_params(next=asked)).removeprefix(
        str(request.base_url).rstrip("/")
    )


def from_starlette(fault: Exception) -> MumianError:
    """FastAPI's and Starlette's own refusals as ours."""
    if isinstance(fault, RequestValidationError):
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        return BadInput(detail=f"{place or 'body'}: {first['msg']}")
    if isinstance(fault, HTTPException) and fault.status_code == HTTPStatus.NOT_FOUND:
        return NotFound(what="page", id="")
    return BadInput(detail=str(getattr(fault, "detail", fault)))


def unforeseen(fault: Exception, request: Request) -> Unforeseen:
    """Log `fault` with its traceback under a number."""
    number = f"E-{os.urandom(4).hex()}"
    trace = "".join(
        traceback.format_exception(fault)
    )  # without the frames' values: they hold tokens and names
    log.error("web.unforeseen", number=number, path=request.url.path, method=request.method, trace=trace)
    return Unforeseen(number=number)
