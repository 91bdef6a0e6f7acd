"""Claim: `mumian demo` shows a usable page ≤ 30 s after installation, and every page paints in < 2 s with 1,000 residents and 50 open alarms.

A demo home of N residents is started fresh, 50 of them press SOS over MQTT, then Chromium opens each page three times as
the nurse, cold cache each time, and tells its first contentful paint (W3C Paint Timing) and when it was loaded. Beside it,
in the same run, the same pages of a home of 10 residents: what is left is what the residents cost.

    python benchmarks/first_paint.py [--residents 1000] [--alarms 50]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import httpx
from playwright.sync_api import Browser, sync_playwright
from tests.browser import CHROMIUM, FLAGS
from tests.running import Home, wait_for

PATHS = (
    *(f"/eldercare/{page}" for page in ("station", "phone", "residents", "residents/{person}", "handover", "devices", "staff", "burden", "admission")),
    "/indicators",
)  # fmt: skip
PAINT = """() => [performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
 performance.getEntriesByType('navigation')[0].loadEventEnd]"""


def measured(browser: Browser, residents: int, alarms: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        try:
            began = time.monotonic()
            ready = home.start("demo", f"--residents={residents}", "--no-browser")
            ready_s = time.monotonic() - began
            base = ready["url"]
            users = {a["role"]: a for a in ready["accounts"]}
            first_s = open_page(browser, base, users["nurse"], "/eldercare/station")["wall_s"]
            raise_alarms(home, alarms)
            person = home.api("director", "director1").get("/api/alarms").json()[0]["person"]
            pages = {
                path: median(
                    [
                        open_page(browser, base, users["director"], path.format(person=person))
                        for _ in range(3)
                    ]
                )
                for path in PATHS
            }
        finally:
            home.sweep()
    return {"residents": residents, "ready_s": round(ready_s, 1), "ready_and_first_page_s": round(ready_s + first_s, 1), "pages": pages}  # fmt: skip


def raise_alarms(home: Home, alarms: int) -> None:
    """As many residents press SOS: the demo's own bands play on, so each press comes over HTTP from a gateway's side."""
    nurse = home.api("nurse", "nurse1")
    people = [d["person"] for d in nurse.get("/api/devices").json() if d["person"]][:alarms]
    for i, person in enumerate(people):
        body = {"person": person, "kind": "fall", "time": int(time.time() * 1000)}
        nurse.post("/api/alarms", json=body, headers={"Idempotency-Key": f"paint-{i}"}).raise_for_status()
    wait_for(
        lambda: len(nurse.get("/api/alarms?state=open").json()) >= len(people), 60, "the alarms to stand open"
    )


def open_page(browser: Browser, base: str, account: dict[str, str], path: str) -> dict[str, float]:
    """One page in a fresh window that is signed in already; times in seconds."""
    with httpx.Client(base_url=base, trust_env=False) as client:
        client.post(
            "/login",
            data={"user": account["user"], "password": account["password"]},
            headers={"Origin": base},
        )
        cookies = [{"name": c.name, "value": c.value or "", "url": base} for c in client.cookies.jar]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    began = time.monotonic()
    answer = page.goto(base + path, wait_until="load")
    assert answer and answer.status == 200, f"{path}: {answer and answer.status}"
    paint, load = page.evaluate(PAINT)
    wall = time.monotonic() - began
    context.close()
    return {"paint_s": (paint or 0) / 1000, "load_s": load / 1000, "wall_s": wall}


def median(runs: list[dict[str, float]]) -> dict[str, float]:
    out = {f"{name}": round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}
    return {**out, "worst_paint_s": round(max(run["paint_s"] for run in runs), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=1000)
    parser.add_argument("--alarms", type=int, default=50)
    options = parser.parse_args()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        large = measured(browser, options.residents, options.alarms)
        small = measured(browser, 10, 5)
        browser.close()
    ratio = {path: round(large["pages"][path]["paint_s"] / max(small["pages"][path]["paint_s"], 0.01), 1) for path in PATHS}  # fmt: skip
    print(json.dumps({"large": large, "small": small, "large_is_times": ratio, "load_average": os.getloadavg()}, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
