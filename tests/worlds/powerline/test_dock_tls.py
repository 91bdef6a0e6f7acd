"""A dock and its ground over TLS: a certificate that is not believed is refused, one that is carries orders; a whole home on it too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.running import Home, wait_for
from tests.scenarios.powerline.act.test_docks_in_service import board
from tests.scenarios.powerline.pages.test_docks_journey import site

from mumian.core.kernel import ports
from mumian.core.kernel.errors import Unavailable
from mumian.scenarios.powerline.act.dock.client import DockClient
from mumian.scenarios.powerline.act.flight.record import Journal
from mumian.service import tls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def world(url: str, sn: str, authority: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "mumian.worlds.powerline.dock",
        "--mqtt",
        url,
        "--sn",
        sn,
        "--speed",
        "20",
    ]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, "SSL_CERT_FILE": str(authority)}
    )


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """(port, certificate) of a broker that shows a certificate of its own making."""
    certificate, key = tls.make(tmp_path, ["127.0.0.1"])
    port = ports.free("127.0.0.1")
    lines = (
        f"listener {port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\nallow_anonymous true\nuser root\n"
    )
    (tmp_path / "conf").write_text(lines)
    child = subprocess.Popen([MOSQUITTO, "-c", str(tmp_path / "conf")], stderr=subprocess.DEVNULL)
    for _ in range(200):
        if ports.taken("127.0.0.1", port):
            break
        time.sleep(0.02)
    yield port, certificate
    child.terminate()
    child.wait()


def test_a_certificate_that_nobody_signed_is_believed_only_where_told(broker, tmp_path):
    port, certificate = broker
    url = f"mqtts://127.0.0.1:{port}"
    dock = world(url, "D-A", certificate)
    try:
        strict = DockClient(url, "D-A", Journal(tmp_path / "strict"))
        with pytest.raises(Unavailable, match="certificate"):
            strict.start()
        strict.stop()
        own = DockClient(url, "D-A", Journal(tmp_path / "own"), insecure_tls=True)
        own.start()
        try:
            assert own.look(10).cover == "closed"
            own.order("cover_open")
        finally:
            own.stop()
        command = [
            sys.executable,
            "-m",
            "mumian",
            "powerline",
            "dock",
            url,
            "--sn",
            "D-A",
            "--do",
            "open",
            "--json",
        ]
        told = subprocess.run(command, env={**os.environ, "SSL_CERT_FILE": str(certificate)}, cwd=tmp_path, capture_output=True, text=True, check=False)  # fmt: skip
        assert told.returncode == 0, told.stdout + told.stderr
    finally:
        dock.terminate()
        dock.wait()


def test_the_post_hears_docks_on_a_home_over_tls(tmp_path):
    certificate, _ = tls.make(tmp_path / "home", ["127.0.0.1"])
    home = Home(tmp_path, MUMIAN_HOUSES="eldercare,powerline")
    dock = None
    try:
        home.start("up", "--host", "0.0.0.0")
        assert home.ready["mqtt"].startswith("mqtts://")
        home.load(site("D-A"))
        word = home.credentials["D-A"]["password"]
        dock = world(home.ready["mqtt"].replace("://", f"://D-A:{word}@"), "D-A", certificate)
        token = home.run("token", "director", "--staff", "d1").stdout.strip()
        with httpx.Client(base_url=home.ready["url"], headers={"Authorization": f"Bearer {token}"}, verify=False, trust_env=False, timeout=20) as api:  # fmt: skip
            wait_for(lambda: board(api).get("state D-A", {}).get("dock"), 20, "D-A is heard")
            answer = api.post(
                "/powerline/docks/D-A", data={"do": "cover_open"}, headers={"Accept": "application/json"}
            )
            assert answer.json()["result"] == "acknowledged"
    finally:
        if dock is not None:
            dock.terminate()
            dock.wait()
        home.sweep()
