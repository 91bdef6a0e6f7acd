"""Which rate a recording runs at, known only from the stamps of samples that have arrived.

Stamps of WEDA-FALL are of arrival: four or five samples within 10 ms, then 100 ms of nothing, while the sensor
sampled evenly. The straight line through sample number over stamp gives the true rate within 1 % after two seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mumian.scenarios.eldercare.understand.falls.archive import Recording

WARM_UP_S = 2.0  # nothing can be decided before 2.2 s, so waiting this long delays no decision
_EVERY = 50  # samples between two estimates
_SLOWEST_HZ, _FASTEST_HZ = 5.0, 1000.0


class Piece(NamedTuple):
    """Samples `start` to `stop` of a recording, taken as evenly spaced at `rate_hz`."""

    start: int
    stop: int
    rate_hz: float


def pieces(recording: Recording) -> Iterator[Piece]:
    """Cut a recording where its rate is estimated anew; a piece's rate rests on samples before its second one.

    The first piece is the exception: its samples are held until WARM_UP_S have passed, which no decision needs.
    """
    total = len(recording.stamps_s)
    if recording.rate_hz is not None:
        yield Piece(0, total, recording.rate_hz)
        return
    start, stop = 0, _warm(recording.stamps_s)
    rates = _rates(recording.stamps_s)
    while start < total:
        known = stop if start == 0 else start
        yield Piece(start, stop, float(rates[known - 1]))
        start, stop = stop, min(stop + _EVERY, total)


def _warm(stamps_s: NDArray[np.float64]) -> int:
    passed = np.flatnonzero(stamps_s - stamps_s[0] >= WARM_UP_S)
    return int(passed[0]) + 1 if len(passed) else len(stamps_s)


def _rates(stamps_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) slope in Hz of sample number over stamp by least squares (number on stamp), over all samples up to each."""
    number = np.arange(len(stamps_s), dtype=np.float64)
    since = stamps_s - stamps_s[0]
    count = number + 1
    covariance = np.cumsum(number * since) - np.cumsum(number) * np.cumsum(since) / count
    variance = np.cumsum(number**2) - np.cumsum(number) ** 2 / count
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(covariance > 0, variance / covariance, np.nan)
    return np.asarray(np.clip(np.nan_to_num(rate, nan=_FASTEST_HZ), _SLOWEST_HZ, _FASTEST_HZ))
