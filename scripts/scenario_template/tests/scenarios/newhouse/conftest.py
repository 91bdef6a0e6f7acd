"""This house alone, served by the real web over a real store, with people of every role."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.core.registry.homes import SMALL
from tests.web.conftest import Home, served
from tests.web.house import StandIn

from mumian import web
from mumian.core import registry
from mumian.core.kernel import settings
from mumian.core.store import Store
from mumian.scenarios.newhouse.scenario import SCENARIO

__all__ = ["home", "served"]


@pytest.fixture
def home(store: Store) -> Home:
    registry.site.load(store, SMALL, dry_run=False)
    live = StandIn(replace(settings.load({}), home=store.home))
    return Home(store, web.create(store, live.settings, store.clock, [SCENARIO], live), live)
