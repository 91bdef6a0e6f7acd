"""`python -m mumian.worlds.powerline.lidar LINE.geojson --out tile.laz --truth truth.json`: a scanned corridor over a real line's towers.

Simulation, and labelled so in the LAZ header and in the truth: the map knows where towers stand; terrain, heights, conductors, trees and
noise are drawn here. The truth holds every conductor's catenary and every planted tree's exact distance, from this file's own formulas.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mumian.core.kernel.errors import BadInput
from mumian.worlds.powerline.corridor_scene import GROUND, HALF_WIDTH_M, Floats, Scene, draw, terrain

_CHUNK = 2_000_000


def scan(line: Path, out: Path, scene: Scene) -> dict[str, Any]:
    """Write the tile and return its truth. BadInput for a line without so many towers."""
    degrees, voltage_kv = _line(line)
    degrees = degrees[scene.first - 1 : scene.first + scene.spans]
    if len(degrees) != scene.spans + 1:
        raise BadInput(detail=f"{line}: no {scene.spans} spans from tower {scene.first}")
    towers, crs = _placed(degrees, scene)
    rng = np.random.default_rng(scene.seed)
    drawn = draw(towers, voltage_kv, scene, rng)
    rows = _write(out, towers, drawn.clouds, scene, crs, rng)
    return {
        "origin": "simulation",
        "voltage_kv": voltage_kv,
        "points": rows,
        "crs": crs,
        "seed": scene.seed,
        **drawn.truth,
    }


def _line(path: Path) -> tuple[list[tuple[float, float]], int]:
    try:
        feature = json.loads(path.read_text("utf-8"))
        feature = feature["features"][0] if "features" in feature else feature
        places = [(float(lon), float(lat)) for lon, lat, *_ in feature["geometry"]["coordinates"]]
        return places, round(float(feature["properties"]["voltage"]) / 1000)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise BadInput(detail=f"{path}: no GeoJSON line with a voltage ({error})") from None


def _placed(degrees: list[tuple[float, float]], scene: Scene) -> tuple[Floats, str]:
    from pyproj import Transformer

    lon, lat = degrees[0]
    crs = scene.crs or f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6) + 1}"
    if crs == "local":
        there = Transformer.from_crs(
            "EPSG:4326", f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1", always_xy=True
        )
    else:
        there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.column_stack(there.transform([a for a, _ in degrees], [b for _, b in degrees])), crs


def _ground(towers: Floats, rows: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Ground echoes over the corridor, along the line as a flight would take them."""
    steps = np.diff(towers, axis=0)
    lengths = np.hypot(*steps.T)
    for k, share in enumerate(lengths / lengths.sum()):
        aside = np.array([-steps[k, 1], steps[k, 0]]) / lengths[k]
        left = round(rows * share)
        pieces = max(-(-left // _CHUNK), 1)
        for piece in range(pieces):
            count = left // pieces
            along = (piece + np.sort(rng.uniform(0, 1, count))) / pieces
            xy = (
                towers[k]
                + along[:, None] * steps[k]
                + rng.uniform(-HALF_WIDTH_M, HALF_WIDTH_M, count)[:, None] * aside
            )
            yield np.column_stack([xy, terrain(xy) + rng.normal(0, 0.03, count)])


def _write(
    out: Path,
    towers: Floats,
    clouds: list[tuple[Floats, int]],
    scene: Scene,
    crs: str,
    rng: np.random.Generator,
) -> int:
    import laspy

    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = np.full(3, 0.001), np.array([*np.floor(towers.min(0)), 0.0])
    header.system_identifier, header.generating_software = "SIMULATION", "mumian world"
    if crs != "local":
        from pyproj import CRS

        header.add_crs(CRS.from_user_input(crs))
    fixed = sum(len(cloud) for cloud, _ in clouds)
    rows = 0
    with laspy.open(out, "w", header=header) as writer:
        for cloud in _ground(towers, max(scene.points - fixed, 1000), rng):
            rows += _put(writer, header, cloud, GROUND, scene)
        for cloud, what in clouds:
            rows += _put(writer, header, cloud, what, scene)
    return rows


def _put(writer: Any, header: Any, cloud: Floats, what: int, scene: Scene) -> int:
    import laspy

    record = laspy.ScaleAwarePointRecord.zeros(len(cloud), header=header)
    record["x"], record["y"], record["z"] = cloud.T
    kept = scene.classes == "all" or (scene.classes == "ground" and what == GROUND)
    record["classification"] = np.full(len(cloud), what if kept else 1, np.uint8)
    writer.write_points(record)
    return len(cloud)


def main(given: list[str] | None = None) -> int:
    """Exit 0, or 2 for bad input."""
    options = _parser().parse_args(given)
    scene = Scene(
        options.first, options.spans, options.points, options.conductors, options.tension_m, options.noise_m,
        options.wire_points_per_m, options.trees, tuple(options.planted_m), options.classes, options.crs, options.seed,
    )  # fmt: skip
    try:
        truth = scan(options.line, options.out, scene)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    options.truth.write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    drawn = Scene()
    parser = argparse.ArgumentParser(prog="python -m mumian.worlds.powerline.lidar", description=__doc__)
    add = parser.add_argument
    add("line", type=Path, help="GeoJSON whose first feature's vertices are towers")
    add("--out", type=Path, required=True, help="the tile, .laz or .las")
    add("--truth", type=Path, required=True, help="JSON of what is true of it")
    add("--first", type=int, default=drawn.first, help="first tower, counted from 1")
    add("--spans", type=int, default=drawn.spans)
    add("--points", type=int, default=drawn.points, help="in all")
    add("--conductors", type=int, default=drawn.conductors, help="in each span")
    add("--tension-m", type=float, default=drawn.tension_m, help="mean catenary parameter c")
    add("--noise-m", type=float, default=drawn.noise_m, help="standard deviation of every axis, on wires")
    add("--wire-points-per-m", type=float, default=drawn.wire_points_per_m)
    add("--trees", type=int, default=drawn.trees, help="that are far from every conductor")
    add("--planted-m", type=float, nargs="*", default=list(drawn.planted_m), help="a tree so near each")
    add("--classes", choices=("all", "ground", "none"), default=drawn.classes)
    add("--crs", help="EPSG:…, or local for metres from the first tower; default the UTM zone")
    add("--seed", type=int, default=drawn.seed)
    return parser


if __name__ == "__main__":
    sys.exit(main())
