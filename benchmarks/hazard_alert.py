"""From the end of a tile's computation to its hazards on the web page: p95 over surveys, against the goal of 2 s.

Starts a home of its own, files simulated tiles of a corridor one by one while a reader asks the page over HTTP without pause, and prints
one JSON document. A wait runs from the survey's `computed_us` (this machine's clock) until a page that names the survey has arrived.
Examples: benchmarks/hazard_alert.py --surveys 60
          benchmarks/hazard_alert.py --surveys 4 --hazards 1000
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.running import serving
from tests.scenarios.powerline.decide_survey.told import many
from tests.scenarios.powerline.understand_clouds.scenes import line_file
from tests.sites import small_home

from mumian.core.kernel import settings
from mumian.core.store import Store, open_home
from mumian.scenarios.powerline.decide.survey import rows
from mumian.scenarios.powerline.decide.survey.commands import take
from mumian.scenarios.powerline.decide.survey.filing import file
from mumian.worlds.powerline.corridor_scene import Scene
from mumian.worlds.powerline.lidar import scan

GOAL_S = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--surveys", type=int, default=60)
    parser.add_argument("--points", type=int, default=60_000)
    parser.add_argument(
        "--hazards", type=int, help="file drawn tiles of so many, instead of computing scanned ones"
    )
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), MUMIAN_HOUSES="eldercare,powerline") as home,
    ):
        home.load(small_home(2))
        line = line_file(Path(folder))
        told = []
        os.environ |= {"MUMIAN_HOME": str(Path(folder) / "home"), "MUMIAN_HOUSES": "eldercare,powerline"}
        reader = home.api("director", "d1")
        seen: dict[str, int] = {}
        stop = threading.Event()

        def read() -> None:
            while not stop.is_set():
                text = reader.get("/powerline/hazards").raise_for_status().text
                now = time.time_ns() // 1000
                for part in text.split("?survey=")[1:]:
                    seen.setdefault(part.split("&", 1)[0], now)

        threading.Thread(target=read, daemon=True).start()
        waits = []
        with open_home(settings.load()) as store:
            for n in range(options.surveys):
                said = _filed(store, Path(folder), line, n, options)
                told.append(said["hazards"])
                filed = said["survey"]
                until = time.monotonic() + 30
                while filed not in seen and time.monotonic() < until:
                    time.sleep(0.002)
                made = rows.survey(store, filed)
                waits.append(
                    (seen[filed] - made["computed_us"]) / 1e6 if made and filed in seen else math.inf
                )
        stop.set()
    waits.sort()
    p95 = waits[math.ceil(0.95 * len(waits) - 1e-9) - 1]
    print(json.dumps({"origin": "simulation", "surveys": len(waits), "hazards": [min(told), max(told)], "median_s": round(waits[len(waits) // 2], 3), "p95_s": round(p95, 3),
                      "worst_s": round(waits[-1], 3), "within_2_s": p95 <= GOAL_S, "load_1_min": os.getloadavg()[0]}))  # fmt: skip


def _filed(store: Store, folder: Path, line: Path, n: int, options: argparse.Namespace) -> dict[str, Any]:
    """The n-th tile computed and filed; drawn tiles find the places of the one before again, as each year's survey does."""
    if options.hazards:
        return file(store, many(options.hazards, tile=f"{n:x}", day=n + 1, computed_us=store.clock.now_us()))
    scene = Scene(2, 2, options.points, trees=15, planted_m=(0.5, 1.5, 2.5), tension_m=900.0, seed=n + 1)
    tile = folder / f"{n}.laz"
    scan(line, tile, scene)
    return take(store, tile, line, "gb50545", "simulation")


if __name__ == "__main__":
    main()
