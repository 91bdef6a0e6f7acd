#!/usr/bin/env python3
"""Bring everything Mumian needs onto this machine: `setup.py run` to use it, `setup.py test` to test it.

Standard library only, so that it works on a bare machine. Every step first looks whether its work is done, so a second run
takes a blink and asks no registry. It never starts a server, and it never touches a database.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src/mumian/web/static/vendor"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-test.lock"}
NODE_LOCK = ROOT / "requirements-node.lock"  # Node.js as a wheel, for machines that have none

PYTHON = (3, 11)
NODE_AT_LEAST = 20

# What the pages load, out of all that the packages contain. A page that needs another file adds it here.
VENDORED = (
    "@tabler/core/dist/css/tabler.min.css",
    "htmx.org/dist/htmx.min.js",
    "htmx.org/dist/ext/hx-sse.min.js",
    "echarts/dist/echarts.esm.min.mjs",
    "uplot/dist/uPlot.esm.js",
    "uplot/dist/uPlot.min.css",
    "@fontsource/barlow-semi-condensed/files/barlow-semi-condensed-latin-400-normal.woff2",
    "@fontsource/barlow-semi-condensed/files/barlow-semi-condensed-latin-500-normal.woff2",
    "@fontsource/barlow-semi-condensed/files/barlow-semi-condensed-latin-600-normal.woff2",
)
LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "NOTICE")

# Debian keeps these two where an ordinary user's PATH does not look.
SBIN = ("/usr/sbin", "/usr/local/sbin")
# The oldest server that the store promises to work with.
POSTGRESQL = Path("/usr/lib/postgresql/15/bin/initdb")
NOTO_CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


class Unready(Exception):
    """This machine lacks something that the script may not or cannot install; the message names the remedy."""


def main(arguments: Sequence[str]) -> int:
    purpose = arguments[0] if arguments else "run"
    if purpose not in LOCKS or len(arguments) > 1:
        print("usage: setup.py [run|test]", file=sys.stderr)
        return 2
    try:
        with one_at_a_time():
            install_python_packages(purpose)
            install_browser_libraries()
            install_debian_packages(purpose)
    except Unready as lack:
        print(f"\nMumian is not ready: {lack}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        command = shlex.join(map(str, failure.cmd))
        print(f"\nMumian is not ready: `{command}` failed (see above).", file=sys.stderr)
        return 1
    return 0


# Python ----------------------------------------------------------------------------------------------------------------


def install_python_packages(purpose: str) -> None:
    """Make .venv and install the locked packages and Mumian itself (editable), checked against their hashes."""
    if sys.version_info[:2] != PYTHON:
        wanted = ".".join(map(str, PYTHON))
        found = sys.version.split()[0]
        raise Unready(f"it needs Python {wanted}, this is {found}. Try: make PYTHON=python{wanted}")
    # What is installed for testing serves for running too: the test lock contains the other, version for version.
    enough = ["test"] if purpose == "test" else ["run", "test"]
    works = starts(venv("python"))
    if works and any(python_stamp(each).holds() for each in enough):
        return
    if not works or venv_version() != sys.version:
        step("creating .venv")
        make_venv()
    step(f"installing Python packages from {LOCKS[purpose].name}")
    pip("install", "--require-hashes", "-r", str(LOCKS[purpose]))
    # The build tool is in the lock as well; without isolation, pip fetches nothing that is not locked.
    pip("install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    python_stamp(purpose).set()


def python_stamp(purpose: str) -> Stamp:
    files = (LOCKS[purpose], ROOT / "pyproject.toml")
    place = f"{sys.version} {ROOT}".encode()  # an environment that was moved does not work
    return Stamp(VENV / f".installed-{purpose}", place, *(file.read_bytes() for file in files))


def make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", VENV)
    except subprocess.CalledProcessError:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Unready("Python cannot make .venv. Type: sudo apt-get install python3-venv") from None


def venv(program: str) -> Path:
    return VENV / "bin" / program


def venv_version() -> str:
    ask = "import sys; print(sys.version, end='')"
    return subprocess.check_output([venv("python"), "-c", ask], text=True)


def pip(*arguments: str) -> None:
    run(venv("python"), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


# Browser ---------------------------------------------------------------------------------------------------------------


def install_browser_libraries() -> None:
    """Fetch the locked browser libraries and copy the files that pages load into the package."""
    inputs = (ROOT / "package.json", ROOT / "package-lock.json", Path(__file__))
    stamp = Stamp(VENDOR / ".installed", *(file.read_bytes() for file in inputs))
    complete = all((VENDOR / Path(file).name).is_file() for file in VENDORED)
    if stamp.holds() and complete and NODE_MODULES.is_dir():
        return
    step("installing browser libraries from package-lock.json")
    npm = find_npm()
    search_path = os.pathsep.join(
        [str(npm.parent), os.environ.get("PATH", os.defpath)]
    )  # where npm finds node
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    run(npm, "ci", *options, env={**os.environ, "PATH": search_path})
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for file in VENDORED:
        shutil.copy(NODE_MODULES / file, VENDOR / Path(file).name)
    copy_licences()
    stamp.set()


def find_npm() -> Path:
    """The npm of a recent enough Node.js; where there is none, Node.js comes as a Python wheel into .venv."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node and node_major(Path(node)) >= NODE_AT_LEAST:
        return Path(npm)
    if node_major(venv("node")) < NODE_AT_LEAST:
        step(f"no Node.js {NODE_AT_LEAST} or later here: installing it into .venv")
        pip("install", "--require-hashes", "-r", str(NODE_LOCK))
    return venv("npm")


def node_major(node: Path) -> int:
    try:
        return int(subprocess.check_output([node, "--version"], text=True).lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def copy_licences() -> None:
    for package in {package_of(file) for file in VENDORED}:
        for name in LICENCES:
            licence = NODE_MODULES / package / name
            if licence.is_file():
                target = VENDOR / "licences" / f"{package.replace('/', '-')}-{name}"
                target.parent.mkdir(exist_ok=True)
                shutil.copy(licence, target)


def package_of(file: str) -> str:
    """`@tabler/core/dist/…` → `@tabler/core`; `uplot/dist/…` → `uplot`."""
    parts = file.split("/")
    return "/".join(parts[:2] if file.startswith("@") else parts[:1])


# Debian ----------------------------------------------------------------------------------------------------------------


def install_debian_packages(purpose: str) -> None:
    """Install the broker and, for tests, a browser, a Chinese font and Debian's own PostgreSQL."""
    missing = [] if find_program("mosquitto") else ["mosquitto"]
    if purpose == "test":
        missing += [] if find_program("chromium") else ["chromium"]
        missing += [] if NOTO_CJK.exists() else ["fonts-noto-cjk"]
        missing += [] if POSTGRESQL.exists() else ["postgresql-15"]
    if not missing:
        return
    wanted = ", ".join(missing)
    by_hand = f"sudo apt-get update && sudo apt-get install --no-install-recommends {' '.join(missing)}"
    if not shutil.which("apt-get"):
        raise Unready(f"it needs {wanted}, and there is no apt here. Install them, then try again.")
    if not root_prefix_works():
        raise Unready(f"it needs {wanted}, which only root may install. Type:\n  {by_hand}")
    step(f"installing {wanted} with apt")
    apt("update")
    with no_service_starts():
        if "postgresql-15" in missing:
            apt("install", "postgresql-common")
            with no_default_cluster():
                apt("install", *missing)
        else:
            apt("install", *missing)


def apt(command: str, *packages: str) -> None:
    options = ["-qq", "-o=Dpkg::Use-Pty=0"]
    if command == "install":
        options += ["--yes", "--no-install-recommends"]
    apt_get = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    as_root(*apt_get, *options, command, *packages, stdout=subprocess.DEVNULL)


def find_program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *SBIN]))


def root_prefix() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def root_prefix_works() -> bool:
    return os.geteuid() == 0 or (shutil.which("sudo") is not None and starts(Path("sudo"), "-n", "true"))


def as_root(*command: str, **options: object) -> None:
    run(*root_prefix(), *command, **options)


@contextlib.contextmanager
def no_service_starts() -> Iterator[None]:
    """Debian starts a server as soon as it is installed; Mumian starts its own, so ask Debian to refrain this once."""
    with root_file(Path("/usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", mode="755"):
        yield


@contextlib.contextmanager
def no_default_cluster() -> Iterator[None]:
    """Debian's PostgreSQL makes a database cluster when installed; the tests make their own in a temporary folder."""
    setting = Path("/etc/postgresql-common/createcluster.d/mumian.conf")
    with root_file(setting, "create_main_cluster = false\n", mode="644"):
        yield


@contextlib.contextmanager
def root_file(path: Path, text: str, mode: str) -> Iterator[None]:
    """A system file that exists only inside the `with`; one that was there before is left alone."""
    if path.exists():
        yield
        return
    as_root("mkdir", "-p", str(path.parent))
    as_root("tee", str(path), input=text, text=True, stdout=subprocess.DEVNULL)
    as_root("chmod", mode, str(path))
    try:
        yield
    finally:
        as_root("rm", "-f", str(path))


# What the steps share ----------------------------------------------------------------------------------------------------


class Stamp:
    """A file that says a step was completed, and on which inputs."""

    def __init__(self, path: Path, *inputs: bytes) -> None:
        self.path = path
        self.digest = hashlib.sha256(b"\0".join(hashlib.sha256(each).digest() for each in inputs)).hexdigest()

    def holds(self) -> bool:
        return self.path.is_file() and self.path.read_text() == self.digest

    def set(self) -> None:
        self.path.write_text(self.digest)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two runs at once would break each other's environment: the second one waits."""
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def step(what: str) -> None:
    print(f"setup: {what}", flush=True)


def run(*command: str | Path, **options: object) -> None:
    call: Callable[..., object] = subprocess.run
    call([str(part) for part in command], check=True, cwd=ROOT, **options)


def starts(program: Path, *arguments: str) -> bool:
    command = [program, *(arguments or ("--version",))]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
