"""Clouds of conductors with known truth, drawn from the closed formula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Wires:
    """What to draw; `gap` hides a share of each conductor, `layout` says how they hang beside each other."""

    count: int = 3
    span_m: float = 300.0
    c_m: float = 1200.0
    rise_m: float = 0.0
    noise_m: float = 0.03
    points: int = 500
    heading_rad: float = 0.3
    outliers: float = 0.0
    gap: float = 0.0
    layout: str = "flat"
    spacing_m: float = 4.0
    converge: float = 0.0
    origin: tuple[float, float, float] = (0.0, 0.0, 50.0)
    seed: int = 0


def draw(wanted: Wires) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """(n, 3) points in random order, and (c, lowest height) of each conductor."""
    rng = np.random.default_rng(wanted.seed)
    clouds, truth = [], []
    length, c = wanted.span_m, wanted.c_m
    s0 = length / 2 - c * np.arcsinh(wanted.rise_m / (2 * c * np.sinh(length / 2 / c)))
    for k in range(wanted.count):
        across, up = _place(wanted, k)
        s = rng.uniform(0, length, wanted.points)
        if wanted.gap:
            hidden = rng.uniform(0.1, 0.9 - wanted.gap) * length
            s = s[(s < hidden) | (s > hidden + wanted.gap * length)]
        z = c * (np.cosh((s - s0) / c) - 1) + up
        ends = np.clip(s0, 0, length)
        truth.append((c, float(c * (np.cosh((ends - s0) / c) - 1) + up) + wanted.origin[2]))
        t = across * (1 + wanted.converge * s / length)
        clouds.append(np.column_stack([s, t, z]) + rng.normal(0, wanted.noise_m, (len(s), 3)))
    points = np.concatenate(clouds)
    strays = int(wanted.outliers * len(points))
    points = np.concatenate([points, rng.uniform(points.min(0) - 5, points.max(0) + 5, (strays, 3))])
    rng.shuffle(points)
    cos, sin = np.cos(wanted.heading_rad), np.sin(wanted.heading_rad)
    turned = np.column_stack(
        [points[:, 0] * cos - points[:, 1] * sin, points[:, 0] * sin + points[:, 1] * cos, points[:, 2]]
    )
    return turned + wanted.origin, truth


def _place(wanted: Wires, k: int) -> tuple[float, float]:
    gap = wanted.spacing_m
    return {
        "flat": ((k - (wanted.count - 1) / 2) * gap, 0.0),
        "double": ((k % 2) * 2 * gap, (k // 2) * gap),
        "bundle": (k // 4 * 8.0 + k % 2 * 0.45, k // 2 % 2 * 0.45),
    }[wanted.layout]
