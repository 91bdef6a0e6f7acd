"""A small home served by the real web with this house's own pages, and clients signed in by role."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.scenarios.eldercare.pages.wire import ORIGIN, PASSWORD, StillLive
from tests.sites import small_home

from mumian import web
from mumian.core import registry
from mumian.core.decide import writer
from mumian.core.identity import accounts, tokens
from mumian.core.kernel import settings as all_settings
from mumian.core.store import Store
from mumian.scenarios.eldercare.pages import ACTIONS, PAGES
from mumian.scenarios.eldercare.scenario import SCENARIO

STAFF = {"admin": "m1", "director": "d1", "nurse": "n1", "caregiver": "c1", "auditor": "a1"}


@dataclass
class Served:
    store: Store
    app: FastAPI
    known: set[str] = field(default_factory=set)

    def account(self, role: str) -> None:
        with self.store.tx() as cur:  # made when first needed: hashing a password is slow on purpose
            if role not in self.known:
                accounts.add(cur, role, PASSWORD, role, STAFF[role])  # type: ignore[arg-type]
                self.known.add(role)

    def signed_in(self, role: str) -> TestClient:
        """With a token: it opens the same doors as a session, and no password has to be hashed for it."""
        token = tokens.issue(self.store, role, STAFF[role])  # type: ignore[arg-type]
        headers = {"Accept": "text/html", "Authorization": f"Bearer {token}"}
        return TestClient(self.app, base_url=ORIGIN, follow_redirects=True, headers=headers)


@pytest.fixture
def home(store: Store) -> Served:
    document = small_home(bands=3)
    document["places"].append({"id": "r3-2", "kind": "bed", "name": "r3-2", "parent": "r3"})
    document["staff"] += [
        {"id": "m1", "name": "区管理员", "role": "admin", "floors": []},
        {"id": "a1", "name": "唐审计", "role": "auditor", "floors": []},
    ]
    document["devices"].append({"id": "B-free", "kind": "band", "place": None, "origin": "field"})
    registry.site.load(store, document, dry_run=False)
    settings = replace(all_settings.load({}), home=store.home)
    house = replace(SCENARIO, pages=PAGES, actions=ACTIONS)
    return Served(store, web.create(store, settings, store.clock, [house], StillLive(settings)))


@pytest.fixture
def raise_alarm(home: Served) -> Callable[..., str]:
    """Raise an alarm for a resident: `raise_alarm("p1")`."""

    def make(
        person: str = "p1", kind: str = "fall", tier: str = "intervene", finding: str = "", **more: Any
    ) -> str:
        now_us = home.store.clock.now_us()
        bed = f"r{person[1:]}-1"
        wish = writer.Wish(
            finding=finding or f"{person}:{kind}", kind=kind, person=person, place=bed, floor="f3", device=f"B-{person[1:]}",
            tier=tier, event_us=now_us, reason={"zh": "疑似跌倒", "en": "Possible fall"}, evidence={"score": 0.94, "threshold": 0.8},
            origin="field", ladder=("caregiver", "nurse", "director"), **more,
        )  # fmt: skip
        with home.store.tx() as cur:
            made = writer.raise_alarm(cur, wish, (15.0, 60.0, 120.0), now_us)
        assert made
        return made

    return make


@pytest.fixture
def address(home: Served) -> Iterator[str]:
    """The home's web on a port of its own."""
    server = uvicorn.Server(
        uvicorn.Config(home.app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
