"""kill -9 of the service and of the broker while alarms are raised: none lost, nobody paged twice, answers kept.

The short run is part of `make test`; the long one (50 kills of the service, 5 of mosquitto, 200 alarms) of `make test-all`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.running import Band, Home, wait_for
from tests.sites import small_home

from mumian.core.kernel.clock import parse

LADDER = (1.0, 4.0, 4.0)
RESEND_S = 2.0


class Receiver:
    """Takes the webhook's posts as a paging provider would: the same idempotency key is the same page."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, str, int]] = {}
        self.posts = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                page = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.posts += 1
                outer.keys[self.headers["Idempotency-Key"]] = (page["alarm"], page["to"], page["step"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"


class Resending(Band):
    """A band that sends again what was not acknowledged for `RESEND_S`, as the protocol asks of our devices."""

    def __init__(self, home: Home, device: str) -> None:
        super().__init__(home, device)
        self._ended = threading.Event()
        threading.Thread(target=self._again, daemon=True).start()

    def _again(self) -> None:
        while not self._ended.wait(RESEND_S):
            self.resend()

    def close(self) -> None:
        self._ended.set()
        super().close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()


@pytest.fixture
def beaten(tmp_path: Path, receiver: Receiver) -> Iterator[Home]:
    running = Home(tmp_path, MUMIAN_LADDER_S=",".join(map(str, LADDER)), MUMIAN_WEBHOOK_URL=receiver.url)
    running.start()
    yield running
    running.sweep()


def test_alarms_survive_a_few_kills(beaten: Home, receiver: Receiver) -> None:
    batter(beaten, receiver, alarms=30, kills=3, broker_kills=1, bands=5, within_s=3)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_alarms_survive_fifty_kills(beaten: Home, receiver: Receiver) -> None:
    batter(beaten, receiver, alarms=200, kills=50, broker_kills=5, bands=20, within_s=1)


Life = tuple[int, int]  # from the ready line to the kill, in microseconds
FOREVER = 2**62


def batter(
    home: Home, receiver: Receiver, *, alarms: int, kills: int, broker_kills: int, bands: int, within_s: float
) -> None:
    """Raise, kill, answer; then count both sides."""
    chance = random.Random(7)
    home.load(small_home(bands))
    nurse = home.api("nurse", "n1")
    held = [Resending(home, f"B-{i}") for i in range(1, bands + 1)]
    sent: Counter[str] = Counter()
    answered: set[str] = set()
    lives: list[Life] = [(time.time_ns() // 1000, FOREVER)]
    struck = 0
    blows = ["service"] * kills + ["mosquitto"] * broker_kills
    chance.shuffle(blows)
    shared = [len(blows) * n // alarms for n in range(alarms + 1)]
    for n in range(alarms):
        band = chance.choice(held)
        band.event("sos")
        sent[band.device] += 1
        if n % 5 == 0:
            answered |= answer(nurse)
        for blow in blows[shared[n] : shared[n + 1]]:
            time.sleep(chance.uniform(0, 0.6))  # a random point of whatever the service is doing
            strike(home, blow, lives)
            struck += 1
    for band in held:
        band.settled(60)
    wait_for(lambda: climbed(home.alarms()), 60, "every unanswered alarm at the top of its ladder")
    assert struck == kills + broker_kills
    judge(home, receiver, sent, answered, lives, within_s)
    for band in held:
        band.close()


def strike(home: Home, what: str, lives: list[Life]) -> None:
    if what == "service":
        begun_us = lives[-1][0]
        home.kill()
        lives[-1] = (begun_us, time.time_ns() // 1000)
        home.start()
        lives.append((time.time_ns() // 1000, FOREVER))
        return
    found = httpx.get(f"{home.ready['url']}/healthz", timeout=20, trust_env=False).json()
    parts = found.get("parts", found)
    with contextlib.suppress(ProcessLookupError):
        os.kill(parts["mosquitto"]["pid"], signal.SIGKILL)


def answer(nurse: httpx.Client) -> set[str]:
    """Acknowledge one open alarm; an answer that got no 200 is not counted as given."""
    try:
        new = [a["id"] for a in nurse.get("/api/alarms").json() if a["state"] == "new"]
        if not new:
            return set()
        key = {"Idempotency-Key": f"ack-{new[-1]}"}
        said = nurse.post(f"/api/alarms/{new[-1]}/acknowledge", json={}, headers=key)
        return {new[-1]} if said.status_code == 200 else set()
    except httpx.HTTPError:
        return set()


def climbed(alarms: list[dict[str, Any]]) -> bool:
    return all({p["step"] for p in a["pages"]} == {1, 2, 3} for a in alarms if a["state"] == "new")


def judge(
    home: Home, receiver: Receiver, sent: Counter[str], answered: set[str], lives: list[Life], within_s: float
) -> None:
    alarms = home.alarms()
    raised = Counter(a["device"] for a in alarms)
    assert raised == sent, f"lost or doubled: sent {sent - raised}, surplus {raised - sent}"
    assert answered <= {a["id"] for a in alarms if a["state"] == "acknowledged"}

    wait_for(
        lambda: (
            {p["outcome"] for a in home.alarms() for p in a["pages"] if p["channel"] == "webhook"}
            == {"delivered"}
        ),
        30,
    )
    doubled = [page for page, n in Counter(receiver.keys.values()).items() if n > 1]
    assert not doubled, f"paged twice: {doubled}"
    late = lateness_s(home.alarms(), lives)
    print(
        f"\n{len(alarms)} alarms, {len(lives) - 1} kills of the service, lost 0, double-paged 0, {len(answered)} answers kept,"
        f" {receiver.posts - len(receiver.keys)} posts repeated under the same key, latest timer {max(late, default=0):.2f} s of a standing service after it was due"
    )
    assert max(late, default=0) < within_s, "a due timer waited too long after recovery"


def lateness_s(alarms: list[dict[str, Any]], lives: list[Life]) -> list[float]:
    """For each step that was asked after its predecessor's time was up: seconds for which a service stood and did not ask."""
    out = []
    for alarm in alarms:
        asked: dict[int, int] = defaultdict(lambda: 2**62)
        for page in alarm["pages"]:
            asked[page["step"]] = min(asked[page["step"]], parse(page["at"]))
        for step in (1, 2):
            if step + 1 in asked and step in asked:
                due = asked[step] + round(LADDER[step] * 1e6)
                stood = (min(end, asked[step + 1]) - max(begin, due) for begin, end in lives)
                out.append(sum(max(0, us) for us in stood) / 1e6)
    return out
