"""Synthetic movements for the fall detector's tests: walking, then a fall or a hard clap, then lying or walking on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

G = 9.80665


def walking(seconds: float, rate_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(n, 3) m/s²: upright with steps at 2 Hz."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    samples = np.tile([0.0, 0.0, G], (len(t), 1)) + rng.normal(0, 0.15, (len(t), 3))
    samples[:, 2] += 1.5 * np.sin(2 * np.pi * 2.0 * t)
    return samples


def fall(
    rate_hz: float = 50.0, seed: int = 0, before_s: float = 6.0, after_s: float = 6.0
) -> NDArray[np.float64]:
    """(n, 3) m/s²: walking, half a second nearly weightless while tipping over, an impact of 4 g, then lying still."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(0.5 * rate_hz)) / (0.5 * rate_hz)
    tipping = (
        np.stack([np.sin(t * np.pi / 2), 0 * t, np.cos(t * np.pi / 2)], axis=1) * (G * (1 - 0.8 * t))[:, None]
    )
    t = np.arange(int(0.3 * rate_hz)) / rate_hz
    impact = np.tile([G, 0.0, 0.0], (len(t), 1)) + np.outer(
        np.exp(-t / 0.08) * np.cos(t * 25), [30.0, 9.0, 12.0]
    )
    lying = np.tile([G, 0.0, 0.0], (int(after_s * rate_hz), 1)) + rng.normal(
        0, 0.1, (int(after_s * rate_hz), 3)
    )
    return np.concatenate([walking(before_s, rate_hz, rng), tipping, impact, lying])


def clapping(seconds: float, rate_hz: float = 50.0, seed: int = 0) -> NDArray[np.float64]:
    """(n, 3) m/s²: walking with a short knock of 3 g every 0.7 s, as an arm that claps or knocks."""
    samples = walking(seconds, rate_hz, np.random.default_rng(seed))
    for at in range(int(rate_hz), len(samples) - 3, int(0.7 * rate_hz)):
        samples[at : at + 2, 0] += 28.0
    return samples


def turned(samples: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The same movement with the device worn another way round (also mirrored)."""
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return np.asarray(samples @ turn)
