"""A trial: some seconds of one person's acceleration, and when in it a fall happens, if one does. What every source gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 50
G_MPS2 = 9.80665
Signal = NDArray[np.float64]  # (n, 3) in m/s² at RATE_HZ, gravity included


@dataclass(frozen=True, slots=True)
class Trial:
    """`fall`: (from, until) in seconds from the first sample, or None for an everyday trial."""

    name: str
    signal: Signal
    fall: tuple[float, float] | None

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return len(self.signal) / RATE_HZ


@dataclass(frozen=True, slots=True)
class Source:
    """Where trials come from. `everyday` and `falls` are names; `load` gives the trial of a name."""

    origin: str  # "replay" or "simulation": what a band that plays it must be registered as
    everyday: tuple[str, ...]
    falls: tuple[str, ...]
    load: Callable[[str], Trial]


def resample(signal: Signal, rate_hz: float) -> Signal:
    """To RATE_HZ by cubic Hermite splines (Catmull and Rom 1974), which keep peaks that straight lines would cut."""
    n = max(2, round((len(signal) - 1) / rate_hz * RATE_HZ) + 1)
    at = np.minimum(np.arange(n) * rate_hz / RATE_HZ, len(signal) - 1)
    left = np.minimum(at.astype(int), len(signal) - 2)
    t = (at - left)[:, None]
    slope = np.gradient(signal, axis=0)
    p0, p1, m0, m1 = signal[left], signal[left + 1], slope[left], slope[left + 1]
    return np.asarray(
        (2 * t**3 - 3 * t**2 + 1) * p0
        + (t**3 - 2 * t**2 + t) * m0
        + (3 * t**2 - 2 * t**3) * p1
        + (t**3 - t**2) * m1
    )
