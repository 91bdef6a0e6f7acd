"""People, colleagues, devices, quarantine and indicators as the API gives them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from mumian.core import registry
from mumian.core.decide import alarms
from mumian.core.identity.principal import floors_of
from mumian.core.kernel.authorised import Scope
from mumian.core.kernel.clock import iso
from mumian.core.kernel.errors import NotFound
from mumian.core.kernel.ids import PersonId
from mumian.core.observe import quarantine, silence
from mumian.core.store import access
from mumian.web import permissions
from mumian.web.api.shapes import FAULTS
from mumian.web.site import Site, json, principal_of, scope_of

Limit = Annotated[int | None, Query(ge=1, le=1_000_000)]


def mount(site: Site) -> None:
    """Mount the calls."""
    calls = Register(site)
    site.api(
        "GET", "/api/people/{id}", permissions.PERSON_READ, calls.person, responses=FAULTS, tags=["people"]
    )
    site.api(
        "GET", "/api/colleagues", permissions.ALARM_ACT, calls.colleagues, responses=FAULTS, tags=["people"]
    )
    site.api(
        "GET", "/api/devices", permissions.DEVICE_READ, calls.devices, responses=FAULTS, tags=["devices"]
    )
    site.api(
        "GET",
        "/api/quarantine",
        permissions.QUARANTINE_READ,
        calls.quarantine,
        responses=FAULTS,
        tags=["devices"],
    )
    site.api(
        "GET",
        "/api/indicators",
        permissions.INDICATOR_READ,
        calls.indicators,
        responses=FAULTS,
        tags=["proof"],
    )


class Register:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def person(self, request: Request, id: str) -> Response:
        """A resident within the asker's scope."""
        scope = scope_of(request, self._site).value
        home = registry.snapshot(self._site.store)
        found = home.person(PersonId(id)) if PersonId(id) in scope.people else None
        if found is None:
            raise NotFound(what="person", id=id[:64])
        access.log_read(self._site.store, scope, "person", id, 1)
        return json(_person(home, PersonId(id), self._site.clock.now_us()))

    def colleagues(self, request: Request, alarm: str | None = None) -> Response:
        """Who could take an alarm over: everybody who works here and cares, those on shift first.

        With `alarm` only those on whose floors it lies.
        """
        floor = alarms.floor_of(self._site.store, scope_of(request, self._site), alarm) if alarm else None
        home, now_us = registry.snapshot(self._site.store), self._site.clock.now_us()
        rows = [
            {
                "id": s.id, "name": s.name, "role": s.role,
                "on_shift": any(t.from_us <= now_us < t.until_us for t in home.shifts(s.id)),
            }
            for s in home.staff.values()
            if s.left_us is None and s.role in ("nurse", "caregiver", "director")
            and (alarm is None or alarms.reaches(floors_of(s.role, list(s.floors)), floor))
        ]  # fmt: skip
        return json(sorted(rows, key=lambda row: (not row["on_shift"], str(row["name"]))))

    def devices(self, request: Request, limit: Limit = None) -> Response:
        """Devices within the asker's scope; an administrator sees all, without who wears them."""
        store = self._site.store
        if principal_of(request).role == "admin":
            return json([{**row, "person": None} for row in silence.devices(store, None, limit)])
        return json(silence.devices(store, self._device_scope(request), limit))

    def _device_scope(self, request: Request) -> Scope:
        return scope_of(request, self._site).value

    def quarantine(self, request: Request, limit: Limit = None) -> Response:
        """What was refused, newest first."""
        return json(quarantine.read(self._site.store, limit))

    def indicators(self, request: Request) -> Response:
        """The newest figure of every indicator and origin."""
        from mumian.core.prove import figures

        return json(figures.current(self._site.store))


def _person(home: registry.Snapshot, id: PersonId, now_us: int) -> dict[str, Any]:
    person = home.people[id]
    return {
        "id": person.id,
        "name": person.name,
        "born": person.born.isoformat() if person.born else None,
        "bed": person.bed,
        "room": home.room(person.bed),
        "floor": home.floor(person.bed),
        "care_level": person.care_level,
        "admitted_at": iso(person.admitted_us),
        "departed_at": iso(person.departed_us) if person.departed_us is not None else None,
        "consents": [
            {
                "purpose": c.purpose,
                "from": iso(c.from_us),
                "until": iso(c.until_us) if c.until_us is not None else None,
            }
            for c in home.consents_of(id)
        ],
        "devices": list(home.devices_of(id, now_us)),
    }
