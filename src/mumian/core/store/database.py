"""`Store`: one database and one folder. Transactions, queries and notifications; the only door to the driver.

It refuses a transaction inside a transaction, and turns the driver's errors into ours.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from mumian.core.kernel.clock import Clock, SystemClock
from mumian.core.store.faults import translated

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]
_OPEN: ContextVar[frozenset[int]] = ContextVar("transactions", default=frozenset())

__all__ = ["Connection", "Cursor", "Jsonb", "Row", "Store"]


_QUIET_S = 2.0  # unused for longer than this, a connection is asked, for a network may have forgotten it
_used: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()


def _usable(connection: Connection) -> None:
    """Raise when the server has gone. A round trip only where needed: a server that ends closes its sockets, which shows at once."""
    now = time.monotonic()
    gone = select.poll()
    gone.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if gone.poll(0) or now - _used.get(connection, 0.0) > _QUIET_S:
        ConnectionPool.check_connection(connection)
    _used[connection] = now


class Cursor(psycopg.Cursor[Row]):
    """A cursor inside `Store.tx()`; it knows its store, so that functions need only the cursor."""

    store: Store


class Store:
    """The state of one home. Safe to share between threads; async code calls it through `asyncio.to_thread`."""

    def __init__(self, dsn: str, home: Path, clock: Clock | None = None, *, connections: int = 12) -> None:
        self.dsn, self.home = dsn, home
        self.clock = SystemClock() if clock is None else clock
        self.closed = threading.Event()
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            min_size=1,
            max_size=connections,
            kwargs={"autocommit": True, "options": "-c timezone=UTC -c application_name=mumian"},
            check=_usable,
            timeout=20,
            open=True,
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit, for what must not run in a transaction or needs its own isolation."""
        with translated(), self._pool.connection() as connection:
            yield connection

    @contextmanager
    def tx(self) -> Iterator[Cursor]:
        """One transaction, read committed: committed at the end, rolled back on an error. Rows are tuples."""
        with translated(), self.untranslated() as cursor:
            yield cursor

    @contextmanager
    def untranslated(self) -> Iterator[Cursor]:
        """As `tx`, with the driver's own errors, for store's modules that act on them."""
        if id(self) in _OPEN.get():
            raise RuntimeError("a transaction is open here already: hand its cursor on instead of nesting")
        token = _OPEN.set(_OPEN.get() | {id(self)})
        try:
            with (
                self._pool.connection() as connection,
                connection.transaction(),
                Cursor(connection) as cursor,
            ):
                cursor.store = self
                yield cursor
        finally:
            _OPEN.reset(token)

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """All rows of one statement, in its own transaction; [] for a statement without rows."""
        with self.connection() as connection:
            done = connection.execute(cast("Any", sql), params or None)
            return done.fetchall() if done.description else []

    def listen(self, channels: Sequence[str], timeout_s: float = 1.0) -> Iterator[tuple[str, str] | None]:
        """(channel, payload) of every NOTIFY, and None after each `timeout_s` of silence. Ends when the store closes.

        Listening begins before the first value (None) is given, so whoever reads state after that one misses nothing.
        Raises Unavailable when the server goes: call again and read state anew.
        """
        with translated(), psycopg.connect(self.dsn, autocommit=True) as connection:
            for channel in channels:
                connection.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(channel)))
            yield None
            while not self.closed.is_set():
                quiet = True
                for note in connection.notifies(timeout=timeout_s, stop_after=1):
                    quiet = False
                    yield note.channel, note.payload
                if quiet:
                    yield None

    def close(self) -> None:
        """Close all connections."""
        self.closed.set()
        self._pool.close()
