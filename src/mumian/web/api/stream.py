"""Server-sent events of alarm transitions (WHATWG HTML §9.2). Numbers rise in commit order; a reader resumes by them.

Transitions outside the reader's scope are left out, which makes numbers skip but never lets one be missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mumian.core.decide import stream
from mumian.core.kernel.errors import BadInput, MumianError
from mumian.web import permissions
from mumian.web.site import Site, scope_of
from mumian.web.visitor import identify

HEARTBEAT_S = 15.0
BATCH = 500
LARGEST = 2**63 - 1
Seen = tuple[int, list[tuple[int, dict[str, object]]]]


def mount(site: Site) -> None:
    """Mount the stream."""
    site.api(
        "GET", "/api/alarms/stream", permissions.ALARM_READ, _Stream(site).open, tags=["alarms"],
        responses={200: {"content": {"text/event-stream": {}}, "description": "id: number; data: one transition"}},
        openapi_extra={"parameters": [
            {"name": "Last-Event-ID", "in": "header", "schema": {"type": "integer"}, "required": False},
            {"name": "after", "in": "query", "schema": {"type": "integer"}, "required": False},
        ]},
    )  # fmt: skip


def start_of(request: Request) -> int | None:
    """The number to go on from: Last-Event-ID, else `?after=`; None begins with what comes next."""
    given = request.headers.get("last-event-id") or request.query_params.get("after")
    if not given:
        return None
    if not given.isdecimal() or int(given) > LARGEST:
        raise BadInput(detail=f"Last-Event-ID {given[:40]!r}: give the number of a transition")
    return int(given)


class _Stream:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def open(self, request: Request) -> Response:
        """Alarm transitions as they are committed. Reconnect with Last-Event-ID (or ?after=) and nothing is missed."""
        head = await asyncio.to_thread(stream.head, self._site.store)
        asked = start_of(request)
        # Read before the answer begins, so that what happens after it is seen. A number above the newest is that of a home
        # since restored from a backup: to wait for it would be to wait in silence.
        start = head if asked is None else min(asked, head)
        headers = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._events(request, start), media_type="text/event-stream", headers=headers
        )

    async def _events(self, request: Request, last: int) -> AsyncIterator[bytes]:
        yield b"retry: 1000\n: open\n\n"
        spoke = time.monotonic()
        while True:
            try:
                looked, seen = await asyncio.to_thread(self._read, request, last)
            except (
                MumianError
            ):  # signed out, role changed, store away: the browser comes back and is told why
                return
            for number, data in seen:
                yield b"id: %d\ndata: %s\n\n" % (number, msgspec.json.encode(data))
                spoke = time.monotonic()
            if looked > last:
                last = looked
                continue
            await self._news(last, spoke + HEARTBEAT_S - time.monotonic())
            if time.monotonic() - spoke >= HEARTBEAT_S:
                yield b": alive\n\n"
                spoke = time.monotonic()

    async def _news(self, last: int, within_s: float) -> None:
        """Until a newer transition may exist, or it is time to show that the line is alive."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._site.live.wait_transition(last), max(0.0, within_s))

    def _read(self, request: Request, last: int) -> Seen:
        """One look, with role and scope as they are at this moment."""
        site = self._site
        visitor = identify(request.scope, site.identity, site.clock.now_us(), look_up=True)
        request.scope["state"]["visitor"] = visitor
        if visitor.principal is None:
            raise BadInput(detail="signed out")
        site.identity.may(visitor.principal, permissions.ALARM_READ)
        return stream.after(site.store, scope_of(request, site), last, BATCH)
