"""Along which headings a cloud's parallel conductors run: where points, seen end-on, crowd into few narrow strips.

Works for any azimuth, for bundles, gaps and outliers; a principal axis would not (it turns with every gap and outlier).
"""

from __future__ import annotations

import math

import numpy as np

from mumian.scenarios.powerline.domain.catenary import Floats

_FIRST_STEP = math.radians(1.0)
_FINEST_STRIP_M = 0.15
_MOST_STRIPS = 200_000
_KEPT = 6  # coarse headings that are refined
_APART = math.radians(2.0)


def headings(xy: Floats, most: int = 3) -> list[float]:
    """Up to `most` headings in radians [0, π) from x towards y, best first, at least 2° apart; (n, 2) points."""
    away = xy - np.median(xy, axis=0)
    reach = float(np.percentile(np.hypot(away[:, 0], away[:, 1]), 98)) or 1.0
    away = away[
        np.hypot(away[:, 0], away[:, 1]) <= 2 * reach
    ]  # a stray row far out would need endless strips
    coarse = np.arange(0.0, math.pi, _FIRST_STEP)
    crowding = np.array([_crowding(away, angle, reach * _FIRST_STEP) for angle in coarse])
    seeds = coarse[np.argsort(-crowding)[: _KEPT * 2]]
    refined = sorted((_refined(away, float(angle), reach) for angle in seeds), reverse=True)
    found: list[float] = []
    for _, angle in refined:
        if all(_between(angle, other) > _APART for other in found):
            found.append(angle % math.pi)
    return found[:most]


def _refined(away: Floats, angle: float, reach: float) -> tuple[float, float]:
    """(crowding at the finest strip, heading): the step halves with the strip, so that no strip is stepped over."""
    step = _FIRST_STEP
    finest = max(_FINEST_STRIP_M, reach / _MOST_STRIPS)
    while reach * step > finest:
        step /= 2
        tried = [angle + k * step for k in (-2, -1, 0, 1, 2)]
        angle = max(tried, key=lambda one: _crowding(away, one, max(reach * step, finest)))
    return _crowding(away, angle, finest), angle


def _crowding(away: Floats, angle: float, strip_m: float) -> float:
    """Σ (points in a strip)², over strips along `angle`, the mean of two gratings half a strip apart."""
    across = (away[:, 1] * math.cos(angle) - away[:, 0] * math.sin(angle)) / strip_m
    total = 0.0
    for shift in (0.0, 0.5):
        strip = np.floor(across + shift).astype(np.int64)
        counts = np.bincount(strip - strip.min()).astype(np.float64)
        total += float(counts @ counts)
    return total / 2


def _between(a: float, b: float) -> float:
    apart = abs(a - b) % math.pi
    return min(apart, math.pi - apart)
