"""What crosses the seam of the fall detector: batches of acceleration in, findings out. Values only, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AccelBatch:
    """Evenly sampled acceleration of one device, gravity included, axes in any fixed orientation.

    `samples` is float32 (n, 3) in m/s², finite (NaN are refused upstream); `start_us` is the epoch time of the first.
    """

    device: str
    start_us: int
    rate_hz: float
    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FallFinding:
    """A fall was recognised. `decided_us` is the time of the newest sample that the decision rests on."""

    device: str
    impact_us: int
    decided_us: int
    score: float  # 0 … 1, of the model, not a probability that a resident fell
    threshold: float  # of the model's card, fixed before its test
    model: str  # "name@version"
    peak_mps2: float  # largest 40 ms mean of |a| at the impact
    still_s: float | None  # how long the wearer lay still between impact and decision
    features: Mapping[str, float]  # the few that explain the decision to a nurse; names as in features.NAMES
