"""Which cells look like an impact, cheaply: the network is asked only about these, some hundred times an hour of exercise.

A candidate is the largest |a| of the second before and the second after it, above 1.4 g. Every staged fall of WEDA-FALL
(wrist) and SisFall (waist) has one, also when thinned to 20 Hz or clipped at ±2 g.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mumian.scenarios.eldercare.understand.falls.signal import GRID_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRIGGER_MPS2 = 14.0
BEFORE = 3 * GRID_HZ  # cells of a window before the impact: 3 s
AFTER = 55  # and after it: 2.2 s, which is the delay of a decision
WINDOW = BEFORE + 1 + AFTER
_APART = GRID_HZ  # a larger peak within a second makes this one a part of that


def impacts(magnitude: NDArray[np.float64], fresh: int) -> list[int]:
    """Indices into `magnitude`, (n,) m/s², that became decidable with its last `fresh` cells.

    Index i is decidable when exactly AFTER cells follow it; n must be at least fresh + WINDOW - 1.
    """
    first = len(magnitude) - fresh - AFTER
    loud = np.flatnonzero(magnitude[first : first + fresh] >= TRIGGER_MPS2)
    return [i for i in (loud + first).tolist() if _is_peak(magnitude, i)]


def _is_peak(magnitude: NDArray[np.float64], i: int) -> bool:
    here = magnitude[i]
    return bool(here > magnitude[i - _APART : i].max() and here >= magnitude[i + 1 : i + 1 + _APART].max())
