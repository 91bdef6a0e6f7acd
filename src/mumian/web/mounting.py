"""Mounts the pages and actions that scenarios declare. A page's view runs in a thread; a form's fault keeps what was typed.

It adds no address of its own and knows no scenario by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import compile_path

from mumian.core.kernel.errors import MumianError, NotFound
from mumian.core.scenario import Action, File, Page, Redirect, Stream, Visit
from mumian.web import faults, frame, words
from mumian.web.site import Handler, Site, json, principal_of, visitor_of
from mumian.web.visitor import identify

if TYPE_CHECKING:
    from mumian.core.scenario import Live as Running


FIELDS, FILES = 2000, 4
LOOK_AGAIN_S = 5.0  # how often a stream asks whether its reader may still read


def mount(site: Site) -> None:
    """Mount every page, action and stream of the site's scenarios."""
    for scenario in site.scenarios:
        for page in scenario.pages:
            site.form("GET", page.path, page.permission, _reader(site, page))
        for action in scenario.actions:
            site.form("POST", action.path, action.permission, _doer(site, action), max_bytes=action.max_bytes)
        for stream in scenario.streams:
            site.bare("GET", stream.path, stream.permission, _streamer(site, stream))


def _streamer(site: Site, stream: Stream) -> Handler:
    async def open_(request: Request) -> Response:
        visit = _visit(site, request, request.path_params, {})
        headers = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
        events = _while_allowed(site, request, stream, stream.open(visit))
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    return open_


async def _while_allowed(
    site: Site, request: Request, stream: Stream, events: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """The events until the asker signs out or loses the right; the browser comes back then and is told why."""
    looked = time.monotonic()
    async for event in events:
        if time.monotonic() - looked > LOOK_AGAIN_S:
            looked = time.monotonic()
            if not await asyncio.to_thread(_still_allowed, site, request, stream.permission):
                return
        yield event


def _still_allowed(site: Site, request: Request, permission: str) -> bool:
    with contextlib.suppress(MumianError):
        visitor = identify(request.scope, site.identity, site.clock.now_us(), look_up=True)
        return visitor.principal is not None and site.can(visitor.principal, permission)
    return False


def _reader(site: Site, page: Page) -> Handler:
    async def read(request: Request) -> Response:
        return await show(site, request, page, request.path_params)

    return read


def _doer(site: Site, action: Action) -> Handler:
    async def do(request: Request) -> Response:
        form, files = (
            await handed_in(request, action.max_bytes) if action.max_bytes else (await form_of(request), {})
        )
        visit = _visit(site, request, request.path_params, form, files)
        try:
            done = await asyncio.to_thread(action.do, visit)
        except MumianError as fault:
            if not faults.wants_page(request):
                raise
            error = faults.spoken(site, fault, visit.lang)
            return await _back(site, request, form, {"error": error, "typed": Typed(form)}, fault)
        if not faults.wants_page(request):  # a script of the page asks: it draws the answer itself
            return json({"said": done.said, "to": done.path} if isinstance(done, Redirect) else done)
        if isinstance(done, Redirect):
            return redirect(request, done.path, done.said)
        return await _back(site, request, form, done, None)

    return do


async def show(
    site: Site, request: Request, page: Page, params: Mapping[str, str], form: Mapping[str, list[str]] | None = None,
    extra: Mapping[str, Any] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    """Render a scenario's page for this visitor, or go where it has moved."""
    visit = _visit(site, request, params, form or {})

    def draw() -> Response:
        seen = page.view(visit)
        if isinstance(seen, Redirect):
            return redirect(request, seen.path, seen.said)
        context = {"typed": Typed({}), "notice": site.notice(page), **seen, **(extra or {})}
        title = str(context.get("title") or words.titles(page.title, visit.lang))
        fragment = request.query_params.get("fragment") if request.method == "GET" else None
        html = site.render(request, page.template, context, title, fragment)
        return Response(html, status, media_type="text/html")

    answer = await asyncio.to_thread(draw)
    frame.keep_wishes(request, answer, site)
    return answer


def redirect(request: Request, path: str, said: str = "") -> Response:
    """Go to a page of our own after a form, and say `said` there once."""
    answer = RedirectResponse(path, HTTPStatus.SEE_OTHER)
    frame.say_once(request, answer, said)
    return answer


class Typed:
    """What was typed in the form that came back with a fault: `typed.name` or `typed["name"]`, empty when absent."""

    def __init__(self, form: Mapping[str, list[str]]) -> None:
        self._form = {name: values for name, values in form.items() if name not in ("csrf", "password")}

    def __getitem__(self, name: str) -> str:
        return (self._form.get(name) or [""])[0]

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def get(self, name: str, default: str = "") -> str:
        """The first value typed for `name`."""
        return self[name] or default

    def all(self, name: str) -> list[str]:
        """All values typed for `name`."""
        return self._form.get(name, [])

    def __bool__(self) -> bool:
        return bool(self._form)


async def form_of(request: Request) -> dict[str, list[str]]:
    """The posted form: name → values; files are refused, since an action that takes some says so."""
    form = await request.form(max_files=0, max_fields=FIELDS)
    out: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        out.setdefault(name, []).append(str(value))
    return out


async def handed_in(request: Request, max_bytes: int) -> tuple[dict[str, list[str]], dict[str, File]]:
    """The posted form and the files chosen in it; the guard has limited the whole body. Raises HTTPException 400 for a torn one."""
    form, files = dict[str, list[str]](), dict[str, File]()
    async with request.form(max_files=FILES, max_fields=FIELDS, max_part_size=max_bytes) as posted:
        for name, value in posted.multi_items():
            if isinstance(value, str):
                form.setdefault(name, []).append(value)
            elif value.filename:
                files[name] = File(re.split(r"[/\\]", value.filename)[-1][:200], await value.read())
    return form, files


async def _back(
    site: Site,
    request: Request,
    form: Mapping[str, list[str]],
    extra: Mapping[str, Any],
    fault: MumianError | None,
) -> Response:
    """The page whose form this was: the one at the action's own path, else the one the form was sent from."""
    status = fault.status if fault else 200
    for path in (request.url.path, urlsplit(request.headers.get("referer", "")).path):
        found = _page_at(site, path)
        if found and site.can(principal_of(request), found[0].permission):
            try:
                return await show(site, request, found[0], found[1], form, extra, status)
            except NotFound:
                continue  # the page itself has gone with what the action removed
    if fault is None:
        return redirect(request, "/")
    raise fault


def _page_at(site: Site, path: str) -> tuple[Page, dict[str, str]] | None:
    for page in site.pages:
        if match := compile_path(page.path)[0].match(path):
            return page, match.groupdict()
    return None


def _visit(site: Site, request: Request, params: Mapping[str, str], form: Mapping[str, list[str]], files: Mapping[str, File] | None = None) -> Visit:  # fmt: skip
    live: Running = site.live
    return Visit(
        store=site.store, clock=site.clock, principal=principal_of(request), lang=visitor_of(request).lang,
        params=dict(params), query=dict(request.query_params), form=form, live=live, files=files or {},
    )  # fmt: skip
