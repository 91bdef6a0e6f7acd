"""What all tests share: a real database (tests/postgres.py) and patience on a busy machine."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.postgres", "tests.running", "tests.browser"]

# A loaded two-core machine makes drawing slow; slowness is measured in benchmarks/, never in tests.
settings.register_profile("mumian", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mumian")
