"""The few numbers that tell a nurse why the detector spoke. They are computed beside the network, not by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mumian.scenarios.eldercare.understand.falls.candidates import AFTER, BEFORE
from mumian.scenarios.eldercare.understand.falls.signal import CELL_S, GRID_HZ
from mumian.scenarios.eldercare.understand.falls.traces import SETTLED, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = ("peak_mps2", "dip_mps2", "turned_deg", "still_s")
_STILL_MPS2 = 1.0  # |a| this close to its own later median counts as lying still


def explain(window: NDArray[np.float32]) -> dict[str, float]:
    """Of one window, (WINDOW, 3) m/s².

    `peak_mps2` and `dip_mps2` are the largest |a| at the impact and the smallest in the 1.2 s before it,
    `turned_deg` is the angle between down before and down after, `still_s` the time of stillness after the impact.
    """
    magnitude = np.linalg.norm(window.astype(np.float64), axis=1)
    before, after = window[: BEFORE - 30].mean(axis=0), window[SETTLED:].mean(axis=0)
    turned = np.degrees(np.arccos(np.clip(unit(before) @ unit(after), -1, 1)))
    later = magnitude[-AFTER:]
    still = np.abs(later - np.median(magnitude[SETTLED:])) < _STILL_MPS2
    dip = magnitude[BEFORE - int(1.2 * GRID_HZ) : BEFORE].min()
    values = (magnitude[BEFORE], dip, turned, still.sum() * CELL_S)
    return {name: round(float(value), 2) for name, value in zip(NAMES, values, strict=True)}
