"""Series and points: whole, never thinned, cut to what the asker may read."""

from __future__ import annotations

import gzip

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mumian.core.kernel import clock
from mumian.core.kernel.authorised import ALWAYS
from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.store import telemetry
from mumian.web import permissions
from mumian.web.api.shapes import FAULTS
from mumian.web.site import Site, json, scope_of

LARGE = 4096  # bytes from which squeezing pays


def mount(site: Site) -> None:
    """Mount /api/series."""
    calls = Telemetry(site)
    site.api(
        "GET", "/api/series", permissions.SERIES_READ, calls.series, responses=FAULTS, tags=["telemetry"]
    )
    site.api(
        "GET", "/api/series/{id}", permissions.SERIES_READ, calls.points, responses=FAULTS, tags=["telemetry"]
    )


class Telemetry:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def series(self, request: Request, device: str | None = None) -> Response:
        """Series within the asker's scope: id, device, quantity, unit."""
        found = telemetry.series_list(
            self._site.store, scope_of(request, self._site), [device] if device else None
        )
        return json([{"id": s.id, "device": s.device, "quantity": s.quantity, "unit": s.unit} for s in found])

    def points(self, request: Request, id: str) -> Response:
        """All points with from ≤ time < to, by event time. Without `from` or `to`: from the first, to the last."""
        from_us = _bound(request, "from", ALWAYS[0])
        until_us = _bound(request, "to", ALWAYS[1])
        if from_us > until_us:
            raise BadInput(detail="from lies after to")
        if not id.isdecimal() or int(id) > 2**31 - 1:
            raise NotFound(what="series", id=id[:40])
        found = telemetry.points(self._site.store, scope_of(request, self._site), int(id), from_us, until_us)
        return _squeezed(
            request, {"points": [{"time": clock.iso_us(us), "value": value} for us, value in found]}
        )


def _bound(request: Request, name: str, otherwise: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return otherwise
    return clock.parse(int(given) if given.lstrip("-").isdecimal() else given.replace(" ", "+"), name)


def _squeezed(request: Request, data: object) -> Response:
    """Points squeeze to a tenth; there is no secret of ours in them that a guesser could squeeze out (BREACH)."""
    body = msgspec.json.encode(data)
    headers = {"Vary": "Accept-Encoding"}
    if len(body) > LARGE and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(body, 200, headers, media_type="application/json")
