"""Fingerprints of photographs, by which `evaluate` knows what training has seen, whatever the file is called now.

Difference hash (Krawetz 2013): 16 × 16 signs of horizontal change in the reduced grey image. Resizing and compressing
anew change a few bits; another photograph differs in about half of the 256.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16
ALIKE_BITS = 20  # of 256


def fingerprint(pixels: NDArray[np.uint8]) -> str:
    """64 hexadecimal digits of a photograph (h, w, 3)."""
    small = Image.fromarray(pixels).convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    grey = np.asarray(small, np.int16)
    return np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes().hex()


def alike(one: str, many: list[str]) -> bool:
    """Whether the photograph is one of the `many`, resized or compressed anew at most."""
    if not many:
        return False
    bits = np.unpackbits(np.frombuffer(bytes.fromhex("".join([one, *many])), np.uint8)).reshape(-1, _SIDE**2)
    return bool((np.count_nonzero(bits[1:] != bits[0], axis=1) <= ALIKE_BITS).any())
