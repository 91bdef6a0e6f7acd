"""What all tests share: a real database (tests/postgres.py) and patience on a busy machine."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.postgres", "tests.running", "tests.browser"]

# A loaded two-core machine makes drawing slow; slowness is measured in benchmarks/, never in tests.
settings.register_profile("mumian", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mumian")


@pytest.fixture(scope="session", autouse=True)
def _own_settings_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keys that the product makes for whoever runs it do not land in the tester's own folder."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
