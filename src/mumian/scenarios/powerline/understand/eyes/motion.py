"""By how many pixels the picture shifted between two frames: phase correlation (Kuglin and Hines 1975) on small grey copies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Small = NDArray[np.float32]
_LONG_SIDE = 160


def small(pixels: NDArray[np.uint8]) -> tuple[Small, int]:
    """A grey copy of (h, w, 3) pixels, block means, windowed against its own rims; and how many pixels one of its pixels stands for."""
    by = max(max(pixels.shape[:2]) // _LONG_SIDE, 1)
    high, wide = pixels.shape[0] // by * by, pixels.shape[1] // by * by
    green = (
        pixels[:high, :wide, 1].reshape(high // by, by, wide // by, by).mean(axis=(1, 3), dtype=np.float32)
    )
    window = np.outer(np.hanning(green.shape[0]), np.hanning(green.shape[1])).astype(np.float32)
    return (green - green.mean()) * window, by


def shift(before: Small, now: Small) -> tuple[float, float]:
    """(x, y) in pixels of the small copies, whole ones; (0, 0) where the copies differ in size or show nothing."""
    if before.shape != now.shape:
        return 0.0, 0.0
    spectrum = np.fft.rfft2(now) * np.conj(np.fft.rfft2(before))
    strength = np.abs(spectrum)
    if not strength.any():
        return 0.0, 0.0
    peaks = np.fft.irfft2(spectrum / np.maximum(strength, 1e-9), s=now.shape)
    y, x = np.unravel_index(int(np.argmax(peaks)), now.shape)
    high, wide = now.shape
    return float(x if x <= wide // 2 else x - wide), float(y if y <= high // 2 else y - high)
