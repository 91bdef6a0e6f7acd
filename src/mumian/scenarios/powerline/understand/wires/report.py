"""What `wires.json` says of a cloud."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.understand.clearance.conductors import LEAST_ABOVE_GROUND_M
from mumian.scenarios.powerline.understand.clearance.ground import terrain
from mumian.scenarios.powerline.understand.clouds import Cloud
from mumian.scenarios.powerline.understand.wires.linear import linear
from mumian.scenarios.powerline.understand.wires.search import find_wires
from mumian.scenarios.powerline.understand.wires.wire import Wire

_CLEAN_SHARE = (
    0.3  # of the points that conductors hold in a cloud of wires, outliers and all; a whole scene's hold less
)
_AS_FULL = 0.8  # what the clean points lose at the ends of conductors
WIRE_CLASS = 14  # ASPRS LAS 1.4-R15, table 17: wire, conductor
NOT_WIRES = (2, 3, 4, 5, 6, 7, 9, 15, 16, 18)  # ground, vegetation, building, noise, water, tower, insulator


def report(cloud: Cloud) -> dict[str, Any]:
    """The contract's conductors, most points first, with the standard error of c, ends, and what was left over."""
    points, taken = wire_points(cloud)
    wires = find_wires(points)[0]
    held = sum(wire.points for wire in wires)
    if held < _CLEAN_SHARE * len(points):
        thin = points[_thin_and_high(points)]
        among = find_wires(thin)[0]
        if sum(wire.points for wire in among) > _AS_FULL * held or not wires:
            wires, points, taken = among, thin, f"{taken}, of these the long, thin and level above the ground"
    return {
        "conductors": [conductor(wire) for wire in wires],
        "points": len(cloud.xyz),
        "points_searched": len(points),
        "points_taken_from": taken,
        "points_in_no_conductor": len(points) - sum(wire.points for wire in wires),
        "rows_without_place": cloud.dropped,
        "units": {"lengths": "m", "heights": "m, the file's own vertical reference"},
    }


def wire_points(cloud: Cloud) -> tuple[Floats, str]:
    """The points among which conductors are sought, and in words which those are."""
    if cloud.classes is None or len(np.unique(cloud.classes)) == 1:
        return cloud.xyz, "all points"
    is_wire = cloud.classes == WIRE_CLASS
    if is_wire.any():
        return cloud.xyz[is_wire], "class 14 (wire, conductor)"
    return cloud.xyz[~np.isin(cloud.classes, NOT_WIRES)], "points of no other class"


def _thin_and_high(points: Floats) -> NDArray[np.bool_]:
    """Of a whole scene, what may be wires; a scene without any height has none."""
    if len(points) == 0 or np.ptp(points[:, 2]) < LEAST_ABOVE_GROUND_M:
        return np.zeros(len(points), np.bool_)
    kept = points[:, 2] - terrain(points).at(points[:, :2]) > LEAST_ABOVE_GROUND_M
    kept[kept] = linear(points[kept])
    return kept


def conductor(wire: Wire) -> dict[str, Any]:
    """One conductor; `lowest_z_m` is the curve's lowest height between its ends."""
    start, end = wire.point(wire.start_m), wire.point(wire.end_m)
    return {
        "c_m": round(wire.curve.c_m, 3),
        "lowest_z_m": round(wire.curve.lowest(wire.start_m, wire.end_m), 4),
        "points": wire.points,
        "rmse_m": round(wire.rmse_m, 4),
        "c_stderr_m": round(wire.c_stderr_m, 3),
        "across_rmse_m": round(wire.across_rmse_m, 4),
        "sag_m": round(wire.curve.sag(wire.start_m, wire.end_m), 3),
        "length_m": round(wire.end_m - wire.start_m, 3),
        "azimuth_deg": round((90 - math.degrees(wire.track.heading_rad)) % 180, 4),
        "start": [round(one, 3) for one in start],
        "end": [round(one, 3) for one in end],
    }
