"""A small home with an account for every role, its web, and clients signed in or with tokens."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.core.registry.homes import SMALL
from tests.web.house import HOUSE, StandIn

from mumian import web
from mumian.core import registry
from mumian.core.identity import accounts, tokens
from mumian.core.kernel import settings as all_settings
from mumian.core.store import Store

ORIGIN = "http://127.0.0.1:8000"
PASSWORD = "kapok-red-on-grey-7"
STAFF = {"admin": "m1", "director": "d1", "nurse": "n1", "caregiver": "c1", "auditor": "a1"}


@dataclass
class Home:
    store: Store
    app: FastAPI
    live: StandIn
    accounts: set[str] = field(default_factory=set)

    def client(self, *, peer: str = "127.0.0.1") -> TestClient:
        return TestClient(
            self.app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False, client=(peer, 50_000),
            headers={"Accept": "text/html"},
        )  # fmt: skip

    def signed_in(self, role: str) -> TestClient:
        with self.store.tx() as cur:  # made when first needed: hashing a password is slow on purpose
            if role not in self.accounts:
                accounts.add(cur, role, PASSWORD, role, STAFF[role])  # type: ignore[arg-type]
                self.accounts.add(role)
        client = self.client()
        answer = client.post("/login", data={"user": role, "password": PASSWORD}, headers={"Origin": ORIGIN})
        assert answer.status_code == 303, answer.text
        return client

    def program(self, role: str, staff: str | None = None) -> TestClient:
        client = self.client()
        client.headers.update(
            {
                "Authorization": f"Bearer {tokens.issue(self.store, role, staff)}",
                "Accept": "application/json",
            }
        )
        return client


def csrf_of(page: str) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]*)">', page)
    assert found
    return found.group(1)


@pytest.fixture
def home(store: Store) -> Home:
    registry.site.load(store, SMALL, dry_run=False)
    settings = replace(all_settings.load({}), home=store.home)
    live = StandIn(settings)
    return Home(store, web.create(store, settings, store.clock, [HOUSE], live), live)


@pytest.fixture
def raise_alarm(home: Home) -> Callable[..., str]:
    """Raise an alarm for a resident: `raise_alarm("wang", "F1")`."""
    from mumian.core.decide import writer

    def make(person: str, floor: str, finding: str = "f1", **changes: Any) -> str:
        wish = writer.Wish(
            finding=finding, kind="fall", person=person, place=None, floor=floor, device=None, tier="intervene",
            event_us=home.store.clock.now_us(), reason={"zh": "疑似跌倒", "en": "Possible fall"}, evidence={},
            origin="replay", ladder=("nurse", "director"), **changes,
        )  # fmt: skip
        with home.store.tx() as cur:
            made = writer.raise_alarm(cur, wish, (15.0, 60.0, 120.0), home.store.clock.now_us())
        assert made
        return made

    return make


@pytest.fixture
def served(home: Home) -> Iterator[str]:
    with serving(home.app) as address:
        yield address


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The web on a port of its own, for as long as it is asked."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
