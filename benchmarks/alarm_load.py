"""1,000 bands at full rate with everything on: loss, alarm latency from publish to the browser, CPU by process.

Each band sends 1 s of 50 Hz acceleration a second and vitals every 2.5 s (1,400 messages/s together); every half second
one of them presses SOS. Latency is taken in a real Chromium that holds the alarm stream open (`--no-browser`: an HTTP
client). Prints one JSON document. Example: benchmarks/alarm_load.py --bands 1000 --seconds 300
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.running import Home, wait_for
from tests.sites import small_home

VITALS_EVERY_S = 2.5
SOS_EVERY_S = 0.5
QUIET_S = 15.0  # a service that stores nothing for so long has nothing left to store


# — the generator: a process of its own, MQTT 3.1.1 written by hand so that 1,000 connections cost little ————————————————


def _string(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, digit = divmod(n, 128)
        out.append(digit | (128 if n else 0))
        if not n:
            return bytes(out)


def connect(user: str, password: str) -> bytes:
    body = _string(b"MQTT") + bytes([4, 0xC2]) + (60).to_bytes(2, "big")
    body += _string(user.encode()) + _string(user.encode()) + _string(password.encode())
    return b"\x10" + _length(len(body)) + body


def publish(topic: bytes, payload: bytes, mid: int) -> bytes:
    body = _string(topic) + mid.to_bytes(2, "big") + payload
    return b"\x32" + _length(len(body)) + body


async def band(
    index: int, credential: dict[str, str], port: int, until: float, tally: dict[str, int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    device = credential["device"]
    writer.write(connect(device, credential["password"]))
    await reader.readexactly(4)
    drain = asyncio.create_task(_swallow(reader))
    chance = random.Random(index)
    signal = [
        ",".join(
            f"{9.81 * part + 0.4 * math.sin(i / 4 + index) + chance.gauss(0, 0.15):.2f}" for i in range(50)
        )
        for part in (0.1, 0.2, 0.97)
    ]
    accel = b'"rate_hz":50,"unit":"m/s2","x":[%s],"y":[%s],"z":[%s]}' % tuple(
        axis.encode() for axis in signal
    )
    seq, next_vitals = 0, time.time() + chance.random() * VITALS_EVERY_S
    await asyncio.sleep(chance.random())
    while time.time() < until:
        seq += 1
        head = b'{"seq":%d,"time":%d,' % (seq, time.time_ns() // 1_000_000 - 1000)
        writer.write(publish(b"mumian/%s/accel" % device.encode(), head + accel, seq % 65535 + 1))
        tally["accel"] += 1
        if time.time() >= next_vitals:
            next_vitals += VITALS_EVERY_S
            seq += 1
            values = b'{"seq":%d,"time":%d,"values":{"heart_rate_bpm":%d,"spo2_percent":97,"battery_percent":81,"worn":true}}'
            writer.write(
                publish(
                    b"mumian/%s/obs" % device.encode(),
                    values % (seq, time.time_ns() // 1_000_000, 70 + seq % 20),
                    seq % 65535 + 1,
                )
            )
            tally["obs"] += 1
        if tally.get("sos_by") == index:
            tally["sos_by"] = -1
            seq += 1
            at = time.time_ns() // 1_000_000
            writer.write(
                publish(
                    b"mumian/%s/event" % device.encode(),
                    b'{"seq":%d,"time":%d,"kind":"sos"}' % (seq, at),
                    seq % 65535 + 1,
                )
            )
            tally["sos"] += 1
        await writer.drain()
        await asyncio.sleep(1 - (time.time() % 1 - index / 1000) % 1)
    await asyncio.sleep(2)
    drain.cancel()
    writer.close()


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def generate(port: int, seconds: float) -> None:
    credentials = json.load(sys.stdin)
    tally = {"accel": 0, "obs": 0, "sos": 0, "sos_by": -1}
    until = time.time() + seconds
    tasks = [asyncio.create_task(band(i, c, port, until, tally)) for i, c in enumerate(credentials)]
    turn = 0
    while time.time() < until - 3:
        await asyncio.sleep(SOS_EVERY_S)
        turn = (turn + 37) % len(credentials)
        tally["sos_by"] = turn
    await asyncio.gather(*tasks)
    tally.pop("sos_by")
    print(json.dumps(tally))


# — the measurement ——————————————————————————————————————————————————————————————————————————————————————————————————


def cpu_s(pid: int, *, tree: bool = True) -> float:
    """CPU seconds of a process and, with `tree`, of all below it."""
    total, ticks = 0.0, os.sysconf("SC_CLK_TCK")
    wanted = {pid}
    for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda p: int(p.parent.name)):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        own, parent = int(stat.parent.name), int(fields[1])
        if own in wanted or (tree and parent in wanted):
            wanted.add(own)
            total += (int(fields[11]) + int(fields[12])) / ticks
    return total


LISTEN = """(url) => { window.seen = []; const s = new EventSource(url);
 s.onmessage = e => window.seen.push([JSON.parse(e.data), Date.now()]); }"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bands", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--generate", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.generate:
        asyncio.run(generate(options.generate, options.seconds))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), MUMIAN_LADDER_S="15,60,120")
        home.start()
        try:
            print(json.dumps(measure(home, options), indent=2))
        finally:
            home.sweep()


def measure(home: Home, options: argparse.Namespace) -> dict[str, Any]:
    home.load(small_home(options.bands, "simulation"))
    credentials = [home.credentials[f"B-{i}"] for i in range(1, options.bands + 1)]
    watch = HttpWatch(home) if options.no_browser else ChromiumWatch(home)
    port = urlsplit(home.ready["mqtt"]).port
    before = usage(home)
    started = time.time()
    generator = subprocess.Popen(
        [sys.executable, __file__, "--generate", str(port), "--seconds", str(options.seconds)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert generator.stdin and generator.stdout
    generator.stdin.write(json.dumps(credentials))
    generator.stdin.close()
    burnt = 0.0
    while generator.poll() is None:
        burnt = max(burnt, cpu_s(generator.pid))
        time.sleep(1)
    sent = json.loads(generator.stdout.read())
    took = time.time() - started
    stored = settled(home, sum(sent.values()))
    after = usage(home)
    alarms = {a["id"]: a for a in home.alarms() if a["kind"] == "sos"}
    seen = watch.stop()
    timed = [
        (at - parse_ms(alarms[data["alarm"]]["event_time"]), round(at / 1000 - started))
        for data, at in seen
        if data["to"] == "new" and data["alarm"] in alarms
    ]
    latencies = sorted(late for late, _ in timed)
    return {
        "bands": options.bands, "seconds": round(took, 1), "sent": sent, "messages_per_s": round(sum(sent.values()) / options.seconds),
        "stored": stored, "loss": sum(sent.values()) - stored, "alarms_lost": sent["sos"] - len(alarms),
        "seen_by": watch.name, "latency_ms": {"n": len(latencies), **{f"p{q}": quantile(latencies, q) for q in (50, 95, 99)}, "max": latencies[-1] if latencies else None},
        "slowest_ms_at_s": sorted(timed, reverse=True)[:12],
        "cpu_share_of_one_core": {name: round((after[name] - before[name]) / took, 2) for name in after} | {"generator": round(burnt / took, 2), "browser": round(watch.cpu_s / took, 2)},
        "load_average": os.getloadavg(),
    }  # fmt: skip


def usage(home: Home) -> dict[str, float]:
    pids = home.ready["pids"]
    return {
        "service": cpu_s(pids["service"], tree=False),
        "postgres": cpu_s(pids["postgres"]),
        "mosquitto": cpu_s(pids["mosquitto"]),
    }


def settled(home: Home, sent: int) -> int:
    """Messages durable by number, once no more arrive."""
    last, since = -1, time.monotonic()

    def quiet() -> bool:
        nonlocal last, since
        now = counted(home)
        if now != last:
            last, since = now, time.monotonic()
        return now >= sent or time.monotonic() - since > QUIET_S

    wait_for(quiet, 300, "the backlog to clear")
    return counted(home)


def counted(home: Home) -> int:
    import httpx

    text = httpx.get(f"{home.ready['url']}/metrics", trust_env=False, timeout=30).text
    return sum(
        int(line.split()[-1])
        for line in text.splitlines()
        if line.startswith('mumian_messages_total{outcome="stored"}')
    )


def parse_ms(iso: str) -> int:
    from mumian.core.kernel.clock import parse

    return parse(iso) // 1000


def quantile(values: list[int], q: int) -> int | None:
    return values[min(len(values) - 1, math.ceil(len(values) * q / 100) - 1)] if values else None


class HttpWatch:
    """An HTTP client on the stream."""

    name = "http"
    cpu_s = 0.0

    def __init__(self, home: Home) -> None:
        self._seen: list[tuple[dict[str, Any], int]] = []
        self._client = home.api("nurse", "n1")
        threading.Thread(target=self._read, daemon=True).start()
        time.sleep(1)

    def _read(self) -> None:
        import httpx

        with (
            contextlib.suppress(httpx.HTTPError),
            self._client.stream("GET", "/api/alarms/stream", timeout=None) as answer,
        ):
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    self._seen.append((json.loads(line[6:]), time.time_ns() // 1_000_000))

    def stop(self) -> list[tuple[dict[str, Any], int]]:
        return self._seen


class ChromiumWatch:
    """A real browser whose page holds the stream open."""

    name = "chromium"

    def __init__(self, home: Home) -> None:
        from playwright.sync_api import sync_playwright

        self._play = sync_playwright().start()
        self._browser = self._play.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        word = home.api("nurse", "n1").headers["Authorization"]
        self._page = self._browser.new_page(extra_http_headers={"Authorization": word})
        self._page.goto(f"{home.ready['url']}/healthz")
        self._page.evaluate(LISTEN, f"{home.ready['url']}/api/alarms/stream")
        self.cpu_s = 0.0

    def stop(self) -> list[tuple[dict[str, Any], int]]:
        seen = self._page.evaluate("() => window.seen")
        self.cpu_s = sum(
            cpu_s(int(p.parent.name), tree=False)
            for p in Path("/proc").glob("[0-9]*/cmdline")
            if b"chromium" in _bytes(p)
        )
        self._browser.close()
        self._play.stop()
        return [(data, at) for data, at in seen]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main()
