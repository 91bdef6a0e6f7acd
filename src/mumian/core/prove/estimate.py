"""Estimators: counts become a value with one-sided bounds. Every bound holds with confidence `LEVEL` on its own side.

Exact methods only, so that a figure with few cases is not flattered by a normal approximation. A value is never
returned without n, and without evidence it is None rather than 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mumian.core.understand import evaluation

LEVEL = 0.95
PROPORTION = "clopper-pearson"
RATE = "poisson-exact"
QUANTILE = "order-statistic"
CENSUS = "census"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an indicator function returns.

    n        cases; for a rate the exposure in its unit (hours, days)
    k        cases that count: hits, faults, or waits within the goal
    lower, upper   one-sided bounds, each at `LEVEL`; None where the evidence gives none
    p        which quantile, for `order-statistic`
    final    False while the period still runs and the count can only grow
    """

    value: float | None
    n: float
    lower: float | None
    upper: float | None
    method: str
    k: float | None = None
    note: str = ""
    p: float | None = None
    final: bool = True


def proportion(k: int, n: int, note: str = "") -> Estimate:
    """Share k of n. Exact binomial bounds (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404)."""
    if n == 0:
        return Estimate(None, 0, None, None, PROPORTION, 0, note)
    found = evaluation.clopper_pearson(k, n, LEVEL, one_sided=True)
    return Estimate(k / n, n, found.low, found.high, PROPORTION, k, note)


def rate(k: int, exposure: float, note: str = "") -> Estimate:
    """Events k in `exposure`. Exact Poisson bounds (Garwood 1936, doi:10.1093/biomet/28.3-4.437)."""
    if exposure <= 0:
        return Estimate(None, 0, None, None, RATE, k, note)
    found = evaluation.rate_interval(k, exposure, LEVEL, one_sided=True)
    return Estimate(k / exposure, exposure, found.low, found.high, RATE, k, note)


def quantile(sample: Sequence[float], p: float, within: float, note: str = "") -> Estimate:
    """The p-quantile of `sample` with distribution-free bounds (David and Nagaraja, Order Statistics, 7.1).

    `within` is the goal: k tells how many of the sample keep it. Bounds are members of the sample or None when it is
    too small: the upper bound of a p95 needs 59 cases.
    """
    ordered = sorted(sample)
    n = len(ordered)
    k = sum(x <= within for x in ordered)
    if n == 0:
        return Estimate(None, 0, None, None, QUANTILE, 0, note, p)
    value = ordered[max(0, math.ceil(n * p - 1e-9) - 1)]
    low, high = _ranks(n, p)
    lower = ordered[low - 1] if low else None
    upper = ordered[high - 1] if high <= n else None
    return Estimate(value, n, lower, upper, QUANTILE, k, note, p)


def census(count: int, note: str = "", *, final: bool = True) -> Estimate:
    """Every case was looked at, so that the count is its own bound."""
    return Estimate(count, count, count, count, CENSUS, count, note, final=final)


def with_faultless(found: Estimate, more: int, *, rising: bool) -> Estimate:
    """The estimate after `more` further cases without a fault; `rising` tells that k counts successes."""
    k = int(found.k or 0)
    if found.method == PROPORTION:
        return proportion(k + more if rising else k, int(found.n) + more)
    if found.method == RATE:
        return rate(k, found.n + more)
    n = int(found.n) + more
    _, high = _ranks(n, found.p or 0.5)
    return replace(found, n=n, k=k + more, upper=0.0 if high <= k + more else None)


def _ranks(n: int, p: float) -> tuple[int, int]:
    """Ranks (from 1) of the order statistics that bound the p-quantile; 0 and n + 1 mean that there is none."""
    from scipy import stats  # costs half a second, which only those who compute should pay

    low = int(stats.binom.ppf(1 - LEVEL, n, p))
    while stats.binom.sf(low - 1, n, p) < LEVEL:  # P(at least `low` of n lie below the quantile)
        low -= 1
    high = int(stats.binom.ppf(LEVEL, n, p)) + 1
    while stats.binom.cdf(high - 1, n, p) < LEVEL:
        high += 1
    return max(0, low), min(high, n + 1)
