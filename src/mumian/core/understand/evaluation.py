"""Intervals for counted figures: a share of n trials, or a count in so many hours. A figure without one is an anecdote.

scipy is imported inside, so that a page which shows no interval need not load it.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

from mumian.core.kernel.errors import BadInput


class Interval(NamedTuple):
    """A point estimate between its bounds; `value` is NaN where nothing was tried."""

    value: float
    low: float
    high: float


def wilson(k: int, n: int, level: float = 0.95) -> Interval:
    """Share k/n with Wilson's score interval (J. Am. Stat. Assoc. 1927;22:209), two-sided; for n = 0 it is 0 … 1.

    Close to nominal coverage on average; use `clopper_pearson` where the bound itself is promised.
    """
    _check_share(k, n, level)
    if n == 0:
        return Interval(float("nan"), 0.0, 1.0)
    from scipy.stats import norm

    z2 = float(norm.ppf((1 + level) / 2)) ** 2
    share = k / n
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(share, 0.0 if k == 0 else middle - half, 1.0 if k == n else middle + half)


def clopper_pearson(k: int, n: int, level: float = 0.95, *, one_sided: bool = False) -> Interval:
    """Share k/n with the exact interval (Biometrika 1934;26:404): coverage is never below `level`.

    With `one_sided` each bound holds by itself at `level`: 59 of 59 proves a share of at least 0.95.
    """
    _check_share(k, n, level)
    from scipy.stats import beta

    tail = 1 - level if one_sided else (1 - level) / 2
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.isf(tail, k + 1, n - k))
    return Interval(k / n if n else float("nan"), low, high)


def rate_interval(count: int, hours: float, level: float = 0.95, *, one_sided: bool = False) -> Interval:
    """Events per hour with the exact Poisson interval (Garwood, Biometrika 1936;28:437); for no hours it is 0 … ∞."""
    if count < 0 or hours < 0 or (count and not hours):
        raise BadInput(
            detail=f"{count} events in {hours} hours cannot be a rate: count what happened within the hours"
        )
    _check_level(level)
    if hours == 0:
        return Interval(float("nan"), 0.0, inf)
    from scipy.stats import chi2

    tail = 1 - level if one_sided else (1 - level) / 2
    low = 0.0 if count == 0 else float(chi2.ppf(tail, 2 * count)) / 2
    high = float(chi2.isf(tail, 2 * count + 2)) / 2
    return Interval(count / hours, low / hours, high / hours)


def _check_share(k: int, n: int, level: float) -> None:
    if not 0 <= k <= n:
        raise BadInput(detail=f"{k} of {n} is no share: k must lie between 0 and n")
    _check_level(level)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise BadInput(detail=f"the level {level} must lie between 0 and 1, like 0.95")
