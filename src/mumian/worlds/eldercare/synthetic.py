"""Synthetic movement, for where no recordings are: gait, sitting down, lying down, falls. It is simulation and says so.

Shapes follow the textbook: gait as harmonics of the step rate (Menz 2003), a fall as less than 1 g on the way down, an
impact of 2.5 to 6 g, and stillness in another posture (Noury 2007).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from mumian.worlds.eldercare.trials import G_MPS2, RATE_HZ, Signal, Source, Trial

EVERYDAY = ("walk", "sit", "stand", "table", "lie")
FALLS = ("fall-forward", "fall-backward", "fall-sideways")
VARIANTS = 40
_POSTURES = {"arm": (-0.97, 0.15, 0.2), "lap": (-0.25, 0.3, 0.92), "floor": (0.3, 0.9, 0.3)}


def source(seed: int) -> Source:
    """An endless supply: each name is one variant, the same for the same seed."""

    @cache
    def load(name: str) -> Trial:
        kind, _, variant = name.removeprefix("synthetic:").rpartition("#")
        return make(kind, np.random.default_rng([seed, int(variant), *kind.encode()]), name)

    return Source("simulation", _names(EVERYDAY), _names(FALLS), load)


def _names(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"synthetic:{kind}#{k}" for kind in kinds for k in range(VARIANTS))


def make(kind: str, rng: np.random.Generator, name: str) -> Trial:
    """One trial of a kind in `EVERYDAY` or `FALLS`."""
    if kind.startswith("fall"):
        return _fall(rng, name)
    if kind == "walk":
        return Trial(name, _walk(rng, rng.uniform(8, 25)), None)
    if kind == "table":
        return Trial(name, _knocks(rng), None)
    there = {"sit": "lap", "lie": "floor", "stand": "arm"}[kind]
    return Trial(name, _move("lap" if kind == "stand" else "arm", there, rng, rng.uniform(1.5, 3), 4.0), None)


def _posture(name: str, rng: np.random.Generator) -> Signal:
    way = np.array(_POSTURES[name]) + rng.normal(0, 0.1, 3)
    return np.asarray(way / np.linalg.norm(way) * G_MPS2)


def _noise(rng: np.random.Generator, n: int, mps2: float = 0.06) -> Signal:
    return rng.normal(0, mps2, (n, 3))


def _walk(rng: np.random.Generator, seconds: float) -> Signal:
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    step_hz, strength = rng.uniform(1.4, 1.9), rng.uniform(0.8, 1.8)
    swing = np.stack(
        [
            strength * np.sin(2 * np.pi * step_hz * t) + 0.4 * np.sin(4 * np.pi * step_hz * t + 1),
            0.6 * strength * np.sin(np.pi * step_hz * t),
            0.9 * strength * np.sin(np.pi * step_hz * t + 0.7),
        ],
        axis=1,
    )
    ease = np.clip(np.minimum(t, t[-1] - t) / 1.5, 0, 1)[:, None]
    return np.asarray(_posture("arm", rng) + ease * swing + _noise(rng, len(t), 0.25))


def _knocks(rng: np.random.Generator) -> Signal:
    n = int(rng.uniform(5, 9) * RATE_HZ)
    signal = _posture("lap", rng) + _noise(rng, n, 0.15)
    for at in rng.integers(RATE_HZ, n - RATE_HZ, rng.integers(1, 4)):
        signal[at : at + 3] += np.outer([0.5, 1.0, 0.4], rng.normal(0, 1, 3) * rng.uniform(6, 14))
    return signal


def _move(a: str, b: str, rng: np.random.Generator, seconds: float, rest_s: float) -> Signal:
    start, end = _posture(a, rng), _posture(b, rng)
    n, rest = int(seconds * RATE_HZ), int(rest_s * RATE_HZ)
    s = np.concatenate([np.zeros(rest // 2), (1 - np.cos(np.linspace(0, np.pi, n))) / 2, np.ones(rest)])[
        :, None
    ]
    way = (1 - s) * start + s * end
    way *= G_MPS2 / np.linalg.norm(way, axis=1, keepdims=True)
    effort = np.sin(np.pi * np.clip(s, 0, 1)) * rng.normal(0, 1, 3) * 1.5
    return np.asarray(way + effort + _noise(rng, len(s)))


def _fall(rng: np.random.Generator, name: str) -> Trial:
    walk = _walk(rng, rng.uniform(4, 7))
    start, end = walk[-1], _posture("floor", rng)
    down = int(rng.uniform(0.45, 0.8) * RATE_HZ)
    s = np.linspace(0, 1, down)[:, None]
    light = 1 - rng.uniform(0.55, 0.85) * np.sin(
        np.pi * np.clip(s * 1.1, 0, 1)
    )  # less than 1 g on the way down
    falling = ((1 - s) * start + s * end) * light + rng.normal(0, 1.2, (down, 3))
    hit = rng.normal(0, 1, 3)
    hit = hit / np.linalg.norm(hit) * rng.uniform(25, 60)
    impact = end + np.outer([0.4, 1.0, 0.7, 0.25, -0.3, 0.35, 0.12, -0.1, 0.05], hit)
    settle = end + np.exp(-np.arange(60) / 15)[:, None] * rng.normal(0, 2.5, (60, 3))
    still = end + _noise(rng, 6 * RATE_HZ, 0.08)
    signal = np.concatenate([walk, falling, impact, settle, still])
    began = len(walk) / RATE_HZ
    return Trial(name, np.asarray(signal), (began, began + down / RATE_HZ + 0.5))
