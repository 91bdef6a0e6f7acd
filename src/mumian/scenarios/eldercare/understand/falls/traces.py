"""Six traces of a window that do not depend on how the device is worn: what the network sees.

How hard (|a|), how shaken (distance from the running mean), how abrupt (change from cell to cell), how far the body's
down has turned from where it pointed before and from where it points after, and the push along the later down.
Rotating the device leaves all six unchanged; a gyroscope is not needed. After the multiphase features of
Palmerini et al. 2020 (Sensors 20(22):6479), left as curves for the network to weigh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mumian.scenarios.eldercare.understand.falls.archive import STANDARD_GRAVITY
from mumian.scenarios.eldercare.understand.falls.candidates import BEFORE, WINDOW
from mumian.scenarios.eldercare.understand.falls.signal import GRID_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANNELS = ("hard", "shaken", "abrupt", "down_before", "down_after", "push")
LENGTH = len(CHANNELS) * (WINDOW // 2)
SETTLED = BEFORE + GRID_HZ  # from one second after the impact on, the wearer lies, sits or stands
_CALM = BEFORE - 30  # until 1.2 s before the impact nothing of a fall has begun
_SMOOTH = 10  # cells of the running mean that stands for gravity: 0.4 s


def trace(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, LENGTH) of windows (n, WINDOW, 3) in m/s²: pairs of cells averaged, channels side by side, about −3 … 5."""
    cells = windows.astype(np.float64)
    magnitude = np.linalg.norm(cells, axis=2)
    gravity = running_mean(cells, _SMOOTH)
    before, after = unit(cells[:, :_CALM].mean(axis=1)), unit(cells[:, SETTLED:].mean(axis=1))
    down = unit(gravity)
    drawn = np.stack(
        (
            (magnitude - STANDARD_GRAVITY) / 10,
            np.linalg.norm(cells - gravity, axis=2) / 8,
            np.linalg.norm(np.diff(cells, axis=1, prepend=cells[:, :1]), axis=2) / 8,
            along(down, before),
            along(down, after),
            along(cells, after) / 10,
        ),
        axis=2,
    )
    pairs = drawn[:, : WINDOW // 2 * 2].reshape(len(windows), WINDOW // 2, 2, len(CHANNELS)).mean(axis=2)
    return np.asarray(pairs.reshape(len(windows), LENGTH), np.float32)


def running_mean(cells: NDArray[np.float64], over: int) -> NDArray[np.float64]:
    """Centred mean of `over` cells along axis 1, the ends held; inside a window all cells have arrived."""
    before = over // 2
    held = np.pad(cells, ((0, 0), (before + 1, over - 1 - before), (0, 0)), mode="edge").cumsum(axis=1)
    return np.asarray((held[:, over:] - held[:, :-over]) / over)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Directions along the last axis; of a vanishing vector, zero."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6))


def along(cells: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, cells) share of each cell, (n, cells, 3), along its window's direction, (n, 3)."""
    return np.asarray(np.einsum("ncx,nx->nc", cells, direction))
