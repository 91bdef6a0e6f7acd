"""Health, metrics, Web Push subscriptions and the API's own description."""

from __future__ import annotations

import ipaddress
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from mumian import __doc__ as about
from mumian.core.act.channels import WebPush
from mumian.core.kernel.errors import BadInput, Forbidden, Unauthenticated
from mumian.web import permissions
from mumian.web.api import ingest, shapes
from mumian.web.doors import PUBLIC
from mumian.web.site import Site, json, principal_of, visitor_of

METRICS_ROLES = ("admin", "auditor")  # numbers about the machine, not about people


def mount(site: Site) -> None:
    """Mount the calls."""
    calls = Service(site)
    site.api("GET", "/healthz", PUBLIC, calls.health, tags=["service"])
    site.api("GET", "/metrics", PUBLIC, calls.metrics, tags=["service"])
    site.api("GET", "/openapi.json", PUBLIC, calls.openapi, include_in_schema=False)
    site.api("GET", "/api/push/key", permissions.PUSH, calls.push_key, tags=["push"])
    site.api("POST", "/api/push/subscriptions", permissions.PUSH, calls.subscribe, tags=["push"])


class Service:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._described: dict[str, Any] | None = None

    def health(self, request: Request) -> Response:
        """Each part's state; 503 while one is down."""
        parts = self._site.live.health()
        well = all(state.get("ok") for state in parts.values())
        return json({"ok": well, "parts": parts}, 200 if well else 503)

    def metrics(self, request: Request) -> Response:
        """Prometheus text; from this machine, or with a token that may read it."""
        if not _from_here(request):
            if visitor_of(request).principal is None:
                raise Unauthenticated
            if (role := principal_of(request).role) not in METRICS_ROLES:
                raise Forbidden(role=role, action="metrics.read")
        return Response(self._site.live.metrics_text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def openapi(self, request: Request) -> Response:
        """The API, described."""
        if self._described is None:
            self._described = describe(self._site)
        return json(self._described)

    def push_key(self, request: Request) -> Response:
        """The application server key that a browser subscribes with."""
        return json({"key": WebPush(self._site.settings.home / "keys").public_key()})

    def subscribe(self, request: Request, body: shapes.Subscription) -> Response:
        """Send the asker's pages to this browser too."""
        staff = principal_of(request).staff
        if staff is None:
            raise Forbidden(role=principal_of(request).role, action="push")
        if not body.endpoint.startswith("https://") or not {"p256dh", "auth"} <= set(body.keys):
            raise BadInput(
                detail="give the subscription as PushSubscription.toJSON() writes it, with an https endpoint"
            )
        from mumian.core.act import subscriptions

        subscriptions.add(self._site.store, staff, body.endpoint, body.keys["p256dh"], body.keys["auth"])
        return json({"subscribed": True}, 201)


def describe(site: Site) -> dict[str, Any]:
    """OpenAPI of the whole API, with the ingest call that FastAPI does not know."""
    document = get_openapi(
        title="Mumian", version=site.app.version, routes=site.app.routes, description=(about or "").strip()
    )
    document["paths"][ingest.PATH] = ingest.OPENAPI
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["token"] = {"type": "http", "scheme": "bearer", "description": "mumian token ROLE"}
    document["security"] = [{"token": []}]
    return document


def _from_here(request: Request) -> bool:
    """Whether this very machine asks; what a proxy forwards comes from elsewhere."""
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
