"""Fixtures of a real database for every test: one server a session, one fresh migrated database a test.

Load it with `pytest_plugins = ["tests.postgres"]` (or "postgres" with tests on the path). A fresh database costs about
50 ms: it is copied from a template that was migrated once.

    def test_something(store): ...               all packages' migrations, a ManualClock in store.clock
    def test_mine(make_store): make_store("observe")   only store's and the named packages' migrations
    def test_both(store_on_each): ...            runs on the embedded server and on Debian's PostgreSQL 15
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from mumian.core import store as stores
from mumian.core.kernel.clock import Clock, ManualClock

DEBIAN = Path("/usr/lib/postgresql/15/bin")
_numbers = itertools.count(1)


class Postgres:
    """A running server of the test session that hands out databases."""

    def __init__(self, home: Path, programs: Path | None = None) -> None:
        self.server = stores.postgres.Launcher(programs, {"fsync": "off"}).start(home)
        self._templates: dict[tuple[str, ...] | None, str] = {}

    def run(self, sql: str) -> None:
        with psycopg.connect(self.server.dsn, autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload, unused-ignore]

    def dsn(self, database: str) -> str:
        return self.server.dsn.replace("dbname=mumian", f"dbname={database}")

    def fresh(self, packages: tuple[str, ...] | None = None) -> str:
        """DSN of a new database, migrated; `packages` None means all that there are."""
        database = f"t{next(_numbers)}"
        self.run(f"create database {database} template {self._template(packages)}")
        return self.dsn(database)

    def empty(self) -> str:
        """DSN of a new database in which nothing stands."""
        database = f"t{next(_numbers)}"
        self.run(f"create database {database} template template0")
        return self.dsn(database)

    def drop(self, dsn: str) -> None:
        self.run(f"drop database {psycopg.conninfo.conninfo_to_dict(dsn)['dbname']} with (force)")

    def _template(self, packages: tuple[str, ...] | None) -> str:
        if packages not in self._templates:
            name = f"template_{len(self._templates)}"
            self.run(f"create database {name} template template0")
            store = stores.Store(self.dsn(name), Path("/nonexistent"))
            try:
                stores.migrate(store, packages)
            except BaseException:
                store.close()
                self.run(f"drop database {name} with (force)")
                raise
            store.close()
            self._templates[packages] = name
        return self._templates[packages]


def _server(tmp_path_factory: pytest.TempPathFactory, programs: Path | None) -> Iterator[Postgres]:
    home = tmp_path_factory.mktemp("pg")
    running = Postgres(home, programs)
    yield running
    running.server.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The embedded server."""
    yield from _server(tmp_path_factory, None)


@pytest.fixture(scope="session")
def postgres_debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Debian's postgresql-15, started by our launcher; skipped where it is not installed."""
    if not (DEBIAN / "initdb").exists():
        pytest.skip("apt-get install postgresql-15 to run this on Debian's server too")
    yield from _server(tmp_path_factory, DEBIAN)


MakeStore = Callable[..., stores.Store]


def _make(server: Postgres, home: Path) -> Iterator[MakeStore]:
    made: list[stores.Store] = []

    def make(*packages: str, clock: Clock | None = None, all_packages: bool = False) -> stores.Store:
        dsn = server.fresh(None if all_packages else packages)
        made.append(stores.Store(dsn, home / f"home{len(made)}", clock or ManualClock()))
        return made[-1]

    yield make
    for store in made:
        store.close()
        server.drop(store.dsn)


@pytest.fixture
def make_store(postgres: Postgres, tmp_path: Path) -> Iterator[MakeStore]:
    """Make stores with the named packages' tables (store's own are always there)."""
    yield from _make(postgres, tmp_path)


@pytest.fixture
def store(make_store: MakeStore) -> stores.Store:
    """A fresh store with every package's tables."""
    return make_store(all_packages=True)


@pytest.fixture(params=["postgres", "postgres_debian"])
def store_on_each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[stores.Store]:
    """A fresh store with store's own tables, once on each server."""
    for make in _make(request.getfixturevalue(request.param), tmp_path):
        yield make()
