"""The server's life: quick starts, one service a home, servers that a killed parent left, stale files, several commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.postgres import DEBIAN, Postgres

from mumian.core.kernel import settings as settings_of
from mumian.core.kernel.errors import Unavailable
from mumian.core.store import HomeInUse, Store, cluster, open_home
from mumian.core.store.postgres import Launcher, Server, service_pid

LAUNCHER = Launcher(settings={"fsync": "off"})


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home whose data folder was made once."""
    home = tmp_path_factory.mktemp("launcher") / "home"
    LAUNCHER.start(home).stop()
    yield home
    cluster.stop(home / "postgres")


@pytest.fixture
def home(initialised: Path) -> Iterator[Path]:
    yield initialised
    cluster.stop(initialised / "postgres")


def ask(server: Server, home: Path, sql: str) -> list[tuple]:
    store = Store(server.dsn, home)
    try:
        return store.query(sql)
    finally:
        store.close()


def child(home: Path, body: str) -> subprocess.Popen[str]:
    """A Python process that starts a service on `home`, runs `body` and prints "ready" before it."""
    code = f"""
        import sys, time
        from pathlib import Path
        from mumian.core.store import Store
        from mumian.core.store.postgres import Launcher
        home = Path({str(home)!r})
        server = Launcher(settings={{"fsync": "off"}}).start(home)
        store = Store(server.dsn, home)
        print("ready", flush=True)
    """
    code = textwrap.dedent(code) + textwrap.dedent(body)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_it_starts_answers_and_stops(home: Path) -> None:
    begun = time.monotonic()
    with LAUNCHER.start(home) as server:
        assert time.monotonic() - begun < 10  # 0.1 s on a quiet machine
        assert server.alive()
        assert server.pid is not None
        assert service_pid(home) == os.getpid()
        shown = dict(ask(server, home, "select name, setting from pg_settings"))
        assert shown["data_checksums"] == "on"
        assert shown["listen_addresses"] == ""
        assert shown["full_page_writes"] == "on"
    assert not server.alive()
    assert service_pid(home) is None
    server.stop()  # twice does nothing


def test_fsync_is_on_unless_a_test_turns_it_off() -> None:
    assert cluster.SETTINGS["fsync"] == "on"


def test_a_second_service_is_refused_with_what_to_do(home: Path) -> None:
    with LAUNCHER.start(home) as server:
        with pytest.raises(HomeInUse, match=f"process {os.getpid()}.*MUMIAN_HOME") as refused:
            LAUNCHER.start(home)
        assert "MUMIAN_HOME" in refused.value.say("zh")
        assert server.alive()  # the refusal touched nothing


def test_a_server_left_by_a_killed_parent_is_taken_over(home: Path) -> None:
    parent = child(home, "store.query('create table if not exists public.kept (n int)')\ntime.sleep(60)\n")
    left = cluster.living(home / "postgres")
    assert left is not None
    time.sleep(0.3)
    parent.kill()
    parent.wait()
    with LAUNCHER.start(home) as server:
        assert server.pid == left[0]
        assert ask(server, home, "select to_regclass('public.kept') is not null") == [(True,)]
    assert cluster.living(home / "postgres") is None


def test_a_killed_server_recovers(home: Path) -> None:
    with LAUNCHER.start(home) as server:
        ask(server, home, "create table if not exists public.recovered (n int)")
        ask(server, home, "insert into public.recovered values (1)")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        while server.alive():
            time.sleep(0.01)
        server.ensure()
        assert server.alive()
        assert ask(server, home, "select count(*) from public.recovered") == [(1,)]


def test_a_stale_pid_file_that_names_another_program_does_not_stop_the_start(home: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    (home / "postgres" / "postmaster.pid").write_text(
        f"{sleeper.pid}\n{home / 'postgres'}\n1\n5432\n/tmp\n\n1 1\nready\n"
    )
    try:
        with LAUNCHER.start(home) as server:
            assert server.pid != sleeper.pid
            assert ask(server, home, "select 1") == [(1,)]
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_commands_share_a_stopped_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings_of.load({"MUMIAN_HOME": str(home)})

    def command(_: int) -> int:
        with open_home(chosen) as store:
            time.sleep(0.05)
            return int(store.query("select count(*) from store.generation")[0][0])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(command, range(8))) == [3] * 8
    assert cluster.living(home / "postgres") is None


def test_a_command_uses_the_service_and_the_last_one_out_stops_it(home: Path) -> None:
    service = LAUNCHER.start(home)
    with LAUNCHER.attach(home) as command:
        assert command.pid == service.pid
        service.stop()
        assert command.alive()
        LAUNCHER.start(home).stop()  # a new service comes and goes while the command works
        assert ask(command, home, "select 1") == [(1,)]
    assert not command.alive()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20) / ("folder" * 15)
    with LAUNCHER.start(home) as server:
        assert ask(server, home, "select 1") == [(1,)]


def test_a_database_that_others_run_has_one_service_too(postgres: Postgres, tmp_path: Path) -> None:
    dsn = postgres.empty()
    with LAUNCHER.start(tmp_path / "a", dsn) as server:
        assert (server.dsn, server.pid, server.alive()) == (dsn, None, True)
        with pytest.raises(HomeInUse):
            LAUNCHER.start(tmp_path / "b", dsn)
        with LAUNCHER.attach(tmp_path / "b", dsn) as command:
            assert ask(command, tmp_path, "select 1") == [(1,)]
    LAUNCHER.start(tmp_path / "b", dsn).stop()
    postgres.drop(dsn)


def test_a_data_folder_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(Unavailable, match=r"postgres\.log"):
        LAUNCHER.start(tmp_path)
    assert service_pid(tmp_path) is None


@pytest.mark.skipif(not (DEBIAN / "initdb").exists(), reason="needs Debian's postgresql-15")
def test_debians_server_is_launched_too(postgres_debian: Postgres) -> None:
    assert ask(postgres_debian.server, Path(), "show server_version_num")[0][0].startswith("15")
