"""Recordings to labelled windows: what the network is trained and judged on.

Of a fall's recording the loudest impact is the fall and the others teach nothing (some are the same fall, some not);
of an everyday recording every impact is a lesson.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mumian.scenarios.eldercare.understand.falls.candidates import BEFORE, WINDOW
from mumian.scenarios.eldercare.understand.falls.replay import candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mumian.scenarios.eldercare.understand.falls.archive import Recording


@dataclass(frozen=True, slots=True)
class Examples:
    """Impacts of some recordings, in the recordings' order, then in time's."""

    windows: NDArray[np.float32]  # (n, WINDOW, 3) m/s²
    of: NDArray[np.int64]  # (n,) which recording
    impact_s: NDArray[np.float64]  # (n,) on the recording's axis
    decided_s: NDArray[np.float64]  # (n,)
    rate_hz: NDArray[np.float64]  # (n,) of the device
    fell: NDArray[np.bool_]  # (n,)
    teaches: NDArray[np.bool_]  # (n,) False for the lesser impacts of falls


def examples(recordings: Sequence[Recording]) -> Examples:
    """The impacts of recordings whose activity codes tell falls (F…) from everyday life."""
    found = [(number, *item) for number, recording in enumerate(recordings) for item in candidates(recording)]
    if not found:
        empty = np.empty(0)
        windows = np.empty((0, WINDOW, 3), np.float32)
        return Examples(windows, empty.astype(np.int64), empty, empty, empty, empty > 0, empty > 0)
    windows = np.stack([candidate.window for _, candidate, _, _ in found])
    of = np.array([number for number, _, _, _ in found])
    is_fall = np.array([recordings[number].is_fall for number in of])
    loudest = _loudest(of, np.linalg.norm(windows[:, BEFORE], axis=1))
    impact_s, decided_s = (np.array([item[k] for item in found]) for k in (2, 3))
    rate_hz = np.array([candidate.rate_hz for _, candidate, _, _ in found])
    return Examples(windows, of, impact_s, decided_s, rate_hz, is_fall & loudest, ~is_fall | loudest)


def _loudest(of: NDArray[np.int64], peaks: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Marks the largest peak of each recording; `of` is sorted."""
    order = np.lexsort((-peaks, of))
    marked = np.zeros(len(of), np.bool_)
    marked[order[np.flatnonzero(np.diff(of[order], prepend=-1))]] = True
    return marked
