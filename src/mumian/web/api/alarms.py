"""Alarms over HTTP: read, report, acknowledge, hand over, resolve, shelve. What a state forbids is 409."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query
from starlette.requests import Request
from starlette.responses import Response

from mumian.core.act import pages
from mumian.core.decide import acts, alarms
from mumian.web import permissions
from mumian.web.api import shapes
from mumian.web.api.shapes import CONFLICT, FAULTS
from mumian.web.site import Site, json, principal_of, scope_of

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


def mount(site: Site) -> None:
    """Mount /api/alarms and its actions."""
    calls = Alarms(site)
    site.api("GET", "/api/alarms", permissions.ALARM_READ, calls.every, responses=FAULTS, tags=["alarms"])
    site.api(
        "POST",
        "/api/alarms",
        permissions.ALARM_REPORT,
        calls.report,
        status_code=201,
        responses=FAULTS,
        tags=["alarms"],
    )
    for action, permission, endpoint in (
        ("acknowledge", permissions.ALARM_ACT, calls.acknowledge),
        ("handover", permissions.ALARM_ACT, calls.handover),
        ("resolve", permissions.ALARM_ACT, calls.resolve),
        ("shelve", permissions.ALARM_ACT, calls.shelve),
    ):
        path = f"/api/alarms/{{id}}/{action}"
        site.api("POST", path, permission, endpoint, responses=FAULTS | CONFLICT, tags=["alarms"])
    site.api("GET", "/api/alarms/{id}", permissions.ALARM_READ, calls.one, responses=FAULTS, tags=["alarms"])
    site.api(
        "POST",
        "/api/pages/{id}/receipt",
        permissions.ALARM_READ,
        calls.receipt,
        responses=FAULTS,
        tags=["alarms"],
    )


class Alarms:
    """Handlers over one site; synchronous, run in threads."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def every(
        self,
        request: Request,
        state: str = "open",
        limit: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    ) -> Response:
        """Alarms within the asker's scope, newest first; all of them unless `limit` is given. state: open or all."""
        found = alarms.read(self._site.store, scope_of(request, self._site), state, limit)
        return json(pages.with_pages(self._site.store, found))

    def one(self, request: Request, id: str) -> Response:
        """One alarm."""
        found = alarms.one(self._site.store, scope_of(request, self._site), id)
        return json(pages.with_pages(self._site.store, [found])[0])

    def report(self, request: Request, body: shapes.Report, key: Key = None) -> Response:
        """A person reports a fall that no device saw; it counts as missed by the devices."""
        site = self._site
        made = acts.report(
            site.store,
            principal_of(request),
            scope_of(request, site),
            body.model_dump(),
            site.settings.ladder_s,
            key,
        )
        return json(pages.with_pages(site.store, [made])[0], 201)

    def acknowledge(
        self, request: Request, id: str, body: shapes.Acknowledge | None = None, key: Key = None
    ) -> Response:
        """Claim the alarm: from now on the asker owns it."""
        return self._act(request, id, "acknowledge", body.model_dump(exclude_none=True) if body else {}, key)

    def handover(self, request: Request, id: str, body: shapes.Handover, key: Key = None) -> Response:
        """Give a claimed alarm to a colleague."""
        return self._act(request, id, "handover", body.model_dump(exclude_none=True), key)

    def resolve(self, request: Request, id: str, body: shapes.Resolve, key: Key = None) -> Response:
        """Close a claimed alarm: it was true, false, or a test."""
        return self._act(request, id, "resolve", body.model_dump(exclude_none=True), key)

    def shelve(self, request: Request, id: str, body: shapes.Shelve, key: Key = None) -> Response:
        """Set the alarm aside until a time, with the reason; it comes back by itself."""
        return self._act(request, id, "shelve", body.model_dump(exclude_none=True), key)

    def receipt(self, request: Request, id: str) -> Response:
        """The called person's browser shows the page: the page is delivered."""
        pages.receipt(self._site.store, principal_of(request), id)
        return json({"page": id, "outcome": "delivered"})

    def _act(self, request: Request, id: str, action: str, body: dict[str, Any], key: str | None) -> Response:
        site = self._site
        done = acts.act(site.store, principal_of(request), scope_of(request, site), id, action, body, key)
        return json(pages.with_pages(site.store, [done])[0])
