"""Whether a photograph can be judged at all: sharp enough, and exposed so that there is something to see.

Sharpness is the variance of the Laplacian (Pech-Pacheco et al. 2000, doi:10.1109/ICPR.2000.903548) of the luminance, reduced to
the width at which the eyes look first, so that cameras compare. Measured on the 225 photographs of CPLID at that width: 133 at
least, 220 at the 5th percentile; the same ones blurred by a Gaussian of σ = 1 px: 158 at the 95th percentile, σ = 2 px: 52 at
most, σ = 3 px: 16 at most. A blur that only the full resolution of a large camera shows lies below this scale and is not found.
Exposure: their mean luminance lies from 58 to 206, at most 47 % is clipped (sky) and nothing black.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH_PX = 640
SHARPNESS = 120.0  # all 225 pass; of those blurred by σ = 2 px or more none
DARKEST, BRIGHTEST = 40.0, 225.0  # mean luminance, 0 … 255
BLACK, WHITE = 5, 250  # a pixel so dark, so bright, tells nothing
MOST_BLACK, MOST_WHITE = 0.5, 0.6  # share of such pixels

Fault = Literal["blurred", "dark", "bright"]


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured, and the fault that keeps the photograph from being judged; None: it can be judged."""

    sharpness: float
    luminance: float
    black: float
    white: float

    @property
    def fault(self) -> Fault | None:
        """Exposure is told first: a photograph without light looks blurred as well."""
        if self.luminance < DARKEST or self.black > MOST_BLACK:
            return "dark"
        if self.luminance > BRIGHTEST or self.white > MOST_WHITE:
            return "bright"
        return "blurred" if self.sharpness < SHARPNESS else None


def quality(pixels: NDArray[np.uint8]) -> Quality:
    """Of a photograph (h, w, 3). A smaller one than WIDTH_PX is measured as it is."""
    image = Image.fromarray(pixels)
    if image.width > WIDTH_PX:
        height = max(round(image.height * WIDTH_PX / image.width), 1)
        image = image.resize((WIDTH_PX, height), Image.Resampling.BOX)
    light = np.asarray(image.convert("L"), np.float32)  # ITU-R BT.601
    return Quality(
        _sharpness(light), float(light.mean()), float((light <= BLACK).mean()), float((light >= WHITE).mean())
    )


def _sharpness(light: NDArray[np.float32]) -> float:
    if min(light.shape) < 3:
        return 0.0
    middle = light[1:-1, 1:-1]
    bent = light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:] - 4 * middle
    return float(bent.var())
