"""The house as a whole: manifest, code and documents agree, and its tables stand in a schema of its own."""

from __future__ import annotations

from mumian import scenarios
from mumian.cli import checking
from mumian.cli.app import app
from mumian.core.store import Store
from mumian.scenarios.newhouse.scenario import SCENARIO


def test_the_house_stands_among_the_others() -> None:
    assert SCENARIO in scenarios.ALL


def test_check_finds_nothing_out_of_order() -> None:
    assert [fault for fault in checking.faults(app) if fault.startswith("newhouse:")] == []


def test_its_schema_stands_after_migration(store: Store) -> None:
    assert store.query("select 1 from pg_namespace where nspname = 'newhouse'") == [(1,)]
