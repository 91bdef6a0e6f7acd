"""From which score on the detector speaks. A slow device sees less of an impact and scores lower, so it has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOW_BELOW_HZ = 30.0
SLOW_HZ = 20.0  # what recordings are thinned to when the slow threshold is chosen


class Thresholds(NamedTuple):
    """Fixed in the model's card before any test."""

    full: float
    slow: float

    def at(self, rate_hz: float) -> float:
        """The one for a device of this rate."""
        return self.slow if rate_hz < SLOW_BELOW_HZ else self.full

    def passed(self, scores: NDArray[np.float64], rates_hz: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) which scores reach the threshold for their device's rate."""
        return np.asarray(scores >= np.where(rates_hz < SLOW_BELOW_HZ, self.slow, self.full))
