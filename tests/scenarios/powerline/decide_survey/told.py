"""Surveys as a computation tells them, without a cloud."""

from __future__ import annotations

import json
from typing import Any

from mumian.scenarios.powerline.decide.survey.filing import Survey

DAY_US = 86_400_000_000


def hazard(clearance_m: float = 3.0, lat: float = 23.4, grade: str = "severe", **more: Any) -> dict[str, Any]:
    return {"object": "vegetation", "state": "measured", "clearance_m": clearance_m, "required_m": 4.5, "missing_m": 4.5 - clearance_m,
            "grade": grade, "rule": "tree", "clause": "13.0.6-1", "rule_zh": "树木", "rule_en": "trees", "span": 1, "conductor": 1,
            "x": lat * 1e5, "y": 1.0, "z": 12.0, "lat_deg": lat, "lon_deg": 113.3, "points": 9} | more  # fmt: skip


def many(count: int, tile: str = "a", day: int = 1, computed_us: int = 0) -> Survey:
    """A tile of so many trees, 20 m apart along 20 spans, each span drawn with 400 points as a scanned one is."""
    found = [hazard(1.0 + n % 7 / 2, lat=23.4 + n * 20 / 111_195, grade=("severe", "general", "critical")[n % 3], span=1 + n * 20 // count)
             for n in range(count)]  # fmt: skip
    return survey(*found, tile=tile, day=day, computed_us=computed_us, spans=20, drawn_points=400)


def survey(*found: dict[str, Any], tile: str = "a", day: int = 1, origin: str = "simulation", rules: str = "gb50545", computed_us: int = 0,
           spans: int = 2, drawn_points: int = 1) -> Survey:  # fmt: skip
    told = [
        {
            "span": n,
            "length_m": 300.0,
            "judged": True,
            "conductors": [{"rmse_m": 0.03, "across_rmse_m": 0.04}],
        }
        for n in range(1, spans + 1)
    ]
    report = {"line": {"id": "7", "name": "荔湾线", "voltage_kv": 220}, "rules": {"name": rules, "rules": []}, "hazards": list(found),
              "predicted": [], "unconfirmed": [], "spans": told, "scan_temperature_c": 15.0, "assumed": ["flat"]}  # fmt: skip
    curve = [[0.0, 20.0], [150.0, 14.0], [300.0, 20.0]]
    drawn = {"length_m": 300.0, "ground": [[0.0, 0.0], [300.0, 1.0]], "around": {"vegetation": [[150.0, 11.0]] * drawn_points}, "required_m": 4.5,
             "states": {"measured": [curve], "max_sag": [[[s, z - 1] for s, z in curve]]},
             "stations": {json.dumps([h["x"], h["y"]]): 150.0 for h in found}}  # fmt: skip
    return Survey(
        "tile.laz",
        (tile * 64)[:64],
        report,
        dict.fromkeys(range(1, spans + 1), drawn),
        origin,
        day * DAY_US,
        computed_us,
    )
