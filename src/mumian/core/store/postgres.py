"""Who may use the database of a home, and when it starts and stops. Refuses a home that another living service owns.

Three locks lie in the home, all released by the kernel when their holder dies: `service.lock` (the one service),
`postgres.lock` (held for the moment of a start or stop), `users.lock` (shared by everybody who uses the server; the
last one out stops it).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from mumian.core.store import cluster
from mumian.core.store.faults import HomeInUse, translated

SERVICE_KEY = 0x6D756D69616E  # "mumian": advisory lock of the service on a database that others run


class Server:
    """A database in use. `stop()` lets go of it: our own server stops when nobody else uses it."""

    def __init__(self, home: Path, held: ExitStack, dsn: str, launcher: Launcher) -> None:
        self.home, self.dsn = home, dsn
        self.pid: int | None = None
        self.external = bool(dsn)
        self._held, self._launcher = held, launcher

    def ensure(self) -> None:
        """Start our own server if it does not run (first use, or it has died); committed data survives that."""
        if self.external:
            return
        with _locked(self.home / "postgres.lock"):
            data, log = self.home / "postgres", self.home / "log" / "postgres.log"
            how = self._launcher
            found = cluster.start(data, log, how.programs or cluster.programs(), how.settings)
            self.dsn, self.pid = found.dsn, found.pid
            _make_database(found)

    def alive(self) -> bool:
        """Whether our own server's process runs; True for a database that others run."""
        return self.external or cluster.answers(self.home / "postgres")

    def stop(self) -> None:
        """Let go. Calling it twice does nothing."""
        with ExitStack() as after:
            after.push(self._held.pop_all())
            if not self.external and self.home.is_dir():
                self._stop_if_last(after)

    def _stop_if_last(self, after: ExitStack) -> None:
        with _locked(self.home / "postgres.lock"):
            after.close()
            try:
                users = _lock(self.home / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            with users:
                cluster.stop(self.home / "postgres")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Launcher:
    """Starts the database of a home.

    programs  folder of another PostgreSQL's initdb and postgres; None takes the wheel's
    settings  PostgreSQL settings beside ours, such as {"shared_buffers": "1GB"}
    """

    def __init__(self, programs: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.programs, self.settings = programs, settings

    def start(self, home: Path, dsn: str = "") -> Server:
        """The database for the one service of `home`. Raises HomeInUse while another service lives there."""
        return self._open(home, dsn, service=True)

    def attach(self, home: Path, dsn: str = "") -> Server:
        """The database of `home` for a command: the running one, else started for the moment."""
        return self._open(home, dsn, service=False)

    def _open(self, home: Path, dsn: str, *, service: bool) -> Server:
        home.mkdir(parents=True, exist_ok=True)
        with translated(), ExitStack() as held:
            if service:
                held.enter_context(_own(home))
                if dsn:
                    held.enter_context(_own_database(dsn, home))
            if not dsn:
                # Shared, and taken under the start lock, so that the last user cannot stop what we are about to use.
                with _locked(home / "postgres.lock"):
                    held.enter_context(_lock(home / "users.lock", fcntl.LOCK_SH))
            server = Server(home, held.pop_all(), dsn, self)
            try:
                server.ensure()
            except BaseException:
                server.stop()
                raise
            return server


def service_pid(home: Path) -> int | None:
    """Process id of the living service of `home`, or None."""
    file = home / "service.lock"
    if not file.exists():
        return None
    try:
        _lock(file, fcntl.LOCK_SH | fcntl.LOCK_NB).close()
    except BlockingIOError:
        return int(file.read_text().strip() or 0)
    return None


@contextmanager
def _own(home: Path) -> Iterator[None]:
    file = home / "service.lock"
    try:
        lock = _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HomeInUse(home=home, pid=file.read_text().strip() or "?") from None
    with lock:
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@contextmanager
def _own_database(dsn: str, home: Path) -> Iterator[None]:
    with psycopg.connect(dsn, autocommit=True, application_name="mumian-service") as connection:
        taken = connection.execute("select pg_try_advisory_lock(%s)", [SERVICE_KEY]).fetchone()
        if taken != (True,):
            holder = connection.execute(
                "select pid from pg_locks where locktype = 'advisory' and granted and objid = %s::bigint & 4294967295",
                [SERVICE_KEY],
            ).fetchone()
            raise HomeInUse(home=home, pid=f"{holder[0] if holder else '?'} (PostgreSQL session)")
        yield


def _make_database(server: cluster.Postmaster) -> None:
    dsn = f"host='{server.socket}' dbname=postgres user={cluster.USER}"
    try:
        psycopg.connect(server.dsn).close()
    except psycopg.OperationalError:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"create database {cluster.DATABASE} template template0")


def _lock(file: Path, how: int) -> IO[str]:
    handle = file.open("a+")
    try:
        fcntl.flock(handle, how)
    except BaseException:
        handle.close()
        raise
    return handle


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with _lock(file, fcntl.LOCK_EX):
        yield
