"""`create`: the web application over a store, put together once. Listening and TLS are the service's part.

Order of mounting does not decide who gets in: the guard does, by the table of doors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mumian.core.kernel.errors import MumianError
from mumian.web import account, accounts, board, faults, mounting, sign_in
from mumian.web.api import alarms, ingest, register, service, stream, telemetry
from mumian.web.doors import PUBLIC
from mumian.web.guard import Guard
from mumian.web.site import Handler, Site
from mumian.web.static_files import StaticFiles
from mumian.web.templating import Templates
from mumian.web.visitor import Identity
from mumian.web.words import Words

if TYPE_CHECKING:
    from mumian.core.kernel.clock import Clock
    from mumian.core.kernel.settings import Settings
    from mumian.core.scenario import Scenario
    from mumian.core.store import Store
    from mumian.web.live import Live


def create(
    store: Store,
    settings: Settings,
    clock: Clock,
    scenarios: Sequence[Scenario],
    live: Live,
    identity: Identity | None = None,
) -> FastAPI:
    """The application. `identity` is core.identity over `store` unless a test brings its own."""
    static = StaticFiles({s.name: s.folder / "static" for s in scenarios if (s.folder / "static").is_dir()})
    words = Words(s.folder for s in scenarios)
    templates = Templates(words, clock, static, [s.folder / "templates" for s in scenarios])
    app = FastAPI(title="Mumian", openapi_url=None, docs_url=None, redoc_url=None)
    site = Site(app, store, settings, clock, scenarios, live, identity or _core(store), words, templates)
    app.state.site = site
    _mount(site, static)
    _answer_faults(site)
    app.add_middleware(Guard, site=site, refuse=lambda request, fault: faults.refuse(site, request, fault))
    return app


def _core(store: Store) -> Identity:
    from mumian.web.identities import CoreIdentity

    return CoreIdentity(store)


def _mount(site: Site, static: StaticFiles) -> None:
    site.bare("GET", "/static/{path:path}", PUBLIC, _serve(static))
    site.bare("GET", "/sw.js", PUBLIC, _worker(static))
    # The stream's fixed path goes before the alarm's {id}.
    for room in (
        service,
        ingest,
        stream,
        alarms,
        telemetry,
        register,
        sign_in,
        account,
        accounts,
        board,
        mounting,
    ):
        room.mount(site)


def _serve(static: StaticFiles) -> Handler:
    async def serve(request: Request) -> Response:
        return static.serve(request)

    return serve


def _worker(static: StaticFiles) -> Handler:
    """A service worker governs the folder it is served from, so this one comes from the root."""

    async def serve(request: Request) -> Response:
        request.path_params["path"] = "islands/sw.js"
        answer = static.serve(request)
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    return serve


def _answer_faults(site: Site) -> None:
    async def ours(request: Request, fault: Exception) -> Response:
        known = fault if isinstance(fault, MumianError) else faults.from_starlette(fault)
        return await faults.refuse(site, request, known)

    async def unforeseen(request: Request, fault: Exception) -> Response:
        return await faults.refuse(site, request, faults.unforeseen(fault, request))

    for kind in (MumianError, RequestValidationError, HTTPException):
        site.app.add_exception_handler(kind, ours)
    site.app.add_exception_handler(Exception, unforeseen)
