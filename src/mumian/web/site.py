"""The site: what every handler shares, and the only two ways to mount one (`api`, `form`), each with its permission.

Handlers of people's pages are synchronous and run in threads, since the store is synchronous.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mumian.core.kernel.errors import Forbidden, Unauthenticated
from mumian.web import frame
from mumian.web.doors import Door, Doors
from mumian.web.visitor import Identity, Visitor

if TYPE_CHECKING:
    from mumian.core.identity.gate import Principal
    from mumian.core.kernel.authorised import Authorised, Scope
    from mumian.core.kernel.clock import Clock
    from mumian.core.kernel.settings import Settings
    from mumian.core.scenario import Page, Scenario
    from mumian.core.store import Store
    from mumian.web.live import Live
    from mumian.web.templating import Templates
    from mumian.web.words import Words

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Site:
    """Everything the web needs, put together by `app.create`."""

    app: FastAPI
    store: Store
    settings: Settings
    clock: Clock
    scenarios: Sequence[Scenario]
    live: Live
    identity: Identity
    words: Words
    templates: Templates
    doors: Doors = field(default_factory=Doors)

    @property
    def pages(self) -> tuple[Page, ...]:
        """All scenarios' pages in their order."""
        return tuple(page for scenario in self.scenarios for page in scenario.pages)

    def notice(self, page: Page) -> str:
        """What the house of `page` says of itself on every page of its own; empty where it says nothing."""
        return next(scenario.notice for scenario in self.scenarios if page in scenario.pages)

    def api(self, method: str, path: str, permission: str, endpoint: Callable[..., Any], **docs: Any) -> None:
        """Mount an API call, described in /openapi.json by its types and `docs`."""
        self.doors.add(Door(method, path, permission, head=False))
        self.app.add_api_route(path, endpoint, methods=[method], response_model=None, **docs)

    def bare(self, method: str, path: str, permission: str, handler: Handler) -> None:
        """Mount a plain Starlette handler that /openapi.json does not describe by itself."""
        self.doors.add(Door(method, path, permission))
        self.app.add_route(path, handler, methods=[method], include_in_schema=False)

    def form(
        self, method: str, path: str, permission: str, handler: Handler, name: str | None = None, max_bytes: int = 0
    ) -> None:  # fmt: skip
        """Mount a page or the target of a form; a form with `max_bytes` may carry files."""
        self.doors.add(Door(method, path, permission, max_bytes=max_bytes))
        self.app.add_route(path, handler, methods=[method], name=name, include_in_schema=False)

    async def page(
        self, request: Request, template: str, context: Mapping[str, Any], *, title: str, status: int = 200
    ) -> HTMLResponse:
        """Render `template` in the frame for this visitor."""
        html = await asyncio.to_thread(self.render, request, template, context, title)
        answer = HTMLResponse(html, status)
        frame.keep_wishes(request, answer, self)
        return answer

    def render(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        title: str,
        fragment: str | None = None,
    ) -> str:
        """The page's text, or that of the named blocks; runs in a thread."""
        visitor = visitor_of(request)
        around = frame.around(self, request, visitor, title)
        return self.templates.render(template, visitor.lang, {**around, **context}, fragment)

    def can(self, principal: Principal | None, action: str) -> bool:
        """Whether the gate lets `principal` do `action`."""
        if principal is None:
            return False
        try:
            self.identity.may(principal, action)
        except Forbidden:
            return False
        return True


def visitor_of(request: Request) -> Visitor:
    """The asker whom the guard has looked at."""
    visitor: Visitor = request.scope["state"]["visitor"]
    return visitor


def principal_of(request: Request) -> Principal:
    """The principal behind a door that asked for one."""
    principal = visitor_of(request).principal
    if principal is None:
        raise Unauthenticated
    return principal


def scope_of(request: Request, site: Site) -> Authorised[Scope]:
    """What the asker may read now: role, place and consent looked at anew for each request."""
    return site.identity.scope(principal_of(request))


def json(data: object, status: int = 200) -> Response:
    """JSON by msgspec: a whole series of a million points is no reason to be slow."""
    return Response(msgspec.json.encode(data), status, media_type="application/json")
