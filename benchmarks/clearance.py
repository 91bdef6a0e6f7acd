"""A tile of 10 million points: seconds and memory of `mumian powerline clearance`, and what reading alone costs in the same run.

Draws a simulated corridor over the first line of a GeoJSON file (seeded), runs the command in a process of its own, compares the hazards
with the planted truth, and prints one JSON document. Example: benchmarks/clearance.py lines.geojson --points 10000000
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mumian.worlds.powerline.corridor_scene import Scene
from mumian.worlds.powerline.lidar import scan

PLANTED_M = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
READ = "import sys, laspy\nwith laspy.open(sys.argv[1], laz_backend=laspy.LazBackend.Lazrs) as r:\n    [c.X for c in r.chunk_iterator(1_000_000)]"


def timed(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak megabytes of a child."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("line", type=Path)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--spans", type=int, default=3)
    parser.add_argument("--first", type=int, default=3)
    parser.add_argument("--classes", choices=("all", "ground", "none"), default="all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tile, out = Path(folder) / "tile.laz", Path(folder) / "hazards.json"
        scene = Scene(
            options.first,
            options.spans,
            options.points,
            trees=400,
            planted_m=PLANTED_M,
            classes=options.classes,
        )
        truth = scan(options.line, tile, scene)
        read_s = timed([sys.executable, "-c", READ, str(tile)])
        command = [
            sys.executable,
            "-m",
            "mumian",
            "powerline",
            "clearance",
            str(tile),
            "--line",
            str(options.line),
        ]
        run_s = timed([*command, "--rules", "gb50545", "--out", str(out)])
        made = json.loads(out.read_text("utf-8"))
    print(json.dumps(verdict(made, truth) | figures(options, read_s, run_s), indent=1))


def figures(options, read_s, run_s) -> dict[str, object]:
    return {
        "origin": "simulation",
        "points": options.points,
        "classes": options.classes,
        "wall_s": round(run_s[0], 2),
        "cpu_s": round(run_s[1], 2),
        "peak_mb": round(run_s[2]),
        "reading_alone_wall_s": round(read_s[0], 2),
        "wall_over_reading": round(run_s[0] / read_s[0], 2),
        "within_15_s_and_1500_mb": run_s[0] <= 15 and run_s[2] <= 1500,
    }


def verdict(made, truth) -> dict[str, object]:
    errors, matched = [], 0
    for planted in truth["planted"]:
        near = [h for h in made["hazards"] if math.hypot(h["x"] - planted["x"], h["y"] - planted["y"]) < 2]
        matched += len(near)
        errors += [abs(h["clearance_m"] - planted["clearance_m"]) for h in near[:1]]
    return {
        "planted": len(truth["planted"]),
        "found": len(errors),
        "extra": len(made["hazards"]) - matched,
        "worst_error_m": round(max(errors, default=math.nan), 4),
    }


if __name__ == "__main__":
    main()
