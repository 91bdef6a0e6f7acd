"""Transactions, errors in our own words, notifications, migrations."""

from __future__ import annotations

import threading

import psycopg
import pytest
from tests.postgres import MakeStore, Postgres

from mumian.core.kernel.errors import Unavailable
from mumian.core.store import DiskFull, Store, migrate, room, schema
from mumian.core.store.faults import translated


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


def test_a_transaction_holds_or_leaves_nothing(store: Store) -> None:
    def broken() -> None:
        with store.tx() as cur:
            cur.execute("insert into store.series (device, quantity, unit) values ('d', 'q', 'u')")
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert store.query("select count(*) from store.series") == [(0,)]


def test_nesting_is_refused(store: Store) -> None:
    with store.tx(), pytest.raises(RuntimeError, match="hand its cursor on"), store.tx():
        pass
    with store.tx() as cur:
        assert cur.execute("select 1").fetchone() == (1,)


def test_two_threads_have_a_transaction_each(store: Store) -> None:
    seen: list[int] = []

    def other() -> None:
        with store.tx() as cur:
            cur.execute("select 1")
            seen.append(1)

    with store.tx():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
    assert seen == [1]


def test_a_full_disk_and_a_lost_server_have_names_of_ours() -> None:
    def fails(error: BaseException) -> None:
        with translated():
            raise error

    with pytest.raises(DiskFull, match="make room"):
        fails(psycopg.errors.DiskFull("could not extend file: No space left on device"))
    with pytest.raises(DiskFull):
        fails(OSError(28, "No space left on device"))
    with pytest.raises(DiskFull):
        fails(psycopg.OperationalError("server closed: No space left on device"))
    with pytest.raises(Unavailable):
        fails(psycopg.OperationalError("connection refused"))
    with pytest.raises(FileNotFoundError):
        fails(FileNotFoundError(2, "x"))
    with pytest.raises(psycopg.errors.SyntaxError):
        fails(psycopg.errors.SyntaxError("x"))


def test_a_broken_connection_is_replaced(store: Store) -> None:
    with pytest.raises(Unavailable):
        store.query("select pg_terminate_backend(pg_backend_pid())")
    assert store.query("select 1") == [(1,)]


def test_room_is_told_even_before_the_home_exists(store: Store) -> None:
    assert room(store.home / "not" / "yet") > 0


def test_notifications_arrive_with_the_commit(store: Store) -> None:
    heard = store.listen(["transitions", "registry"], timeout_s=5)
    assert next(heard) is None  # it listens now
    with store.tx() as cur:
        cur.execute("select pg_notify('transitions', '7')")
    assert next(heard) == ("transitions", "7")
    store.closed.set()
    heard.close()  # type: ignore[attr-defined]


def test_migrating_again_does_nothing_and_asks_little(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_upgrade", lambda *_: pytest.fail("Alembic was asked"))
    assert migrate(store, ["store"]) is False


def test_packages_can_be_migrated_one_after_the_other(postgres: Postgres) -> None:
    store = Store(postgres.empty(), None)  # type: ignore[arg-type]
    try:
        assert migrate(store, ["store"]) is True
        assert schema.revisions(store) == ["store_0002"]
        assert migrate(store, ["observe"]) is True
        assert store.query("select to_regclass('observe.quarantine') is not null") == [(True,)]
    finally:
        store.close()
