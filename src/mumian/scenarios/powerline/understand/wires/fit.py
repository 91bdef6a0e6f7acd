"""A catenary through points (s, z) of one conductor: exactly through three, robustly through many.

The fit works in (height, pitch, curvature) at mid support instead of (c, s0, z0): on a flat or steep span the lowest point lies far
outside of the points, and a fit of its place would be ill-conditioned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Catenary, Floats

C_RANGE_M = (20.0, 50_000.0)  # slack ropes to wires that no instrument tells from straight
_HALVINGS = 40  # of that range on a logarithmic scale: to 1e-11
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class CurveFit:
    """A fitted catenary; `c_stderr_m` is the standard error of c for independent errors in z."""

    curve: Catenary
    c_stderr_m: float
    rmse_m: float


def through_three(s: Floats, z: Floats) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """c, s0, z0 of the catenaries through (k, 3) points with stations ascending along each row, and which exist.

    None exists through points that do not sag, or by more or less than C_RANGE_M admits.
    """
    span, rise = s[:, 2] - s[:, 0], z[:, 2] - z[:, 0]
    at = s[:, 1] - s[:, 0]
    with np.errstate(all="ignore"):
        sag = z[:, 0] + rise * at / span - z[:, 1]
        low = np.full(len(s), np.log(C_RANGE_M[0]))
        low = np.maximum(low, np.log(span / 20))  # cosh(10) metres a metre: no span hangs so deep
        high = np.full(len(s), np.log(C_RANGE_M[1]))
        exists = (span > 0) & (_sag_at(high, span, rise, at) < sag) & (sag < _sag_at(low, span, rise, at))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            too_deep = _sag_at(middle, span, rise, at) > sag
            low, high = np.where(too_deep, middle, low), np.where(too_deep, high, middle)
        c = np.exp((low + high) / 2)
        s0 = _lowest_station(c, span, rise)
        z0 = z[:, 0] - 2 * c * np.sinh(s0 / (2 * c)) ** 2
    return c, s[:, 0] + s0, z0, exists & np.isfinite(z0)


def _lowest_station(c: Floats, span: Floats, rise: Floats) -> Floats:
    return span / 2 - c * np.arcsinh(rise / (2 * c * np.sinh(span / (2 * c))))


def _sag_at(log_c: Floats, span: Floats, rise: Floats, at: Floats) -> Floats:
    """Depth below the chord at station `at`, falling as c grows."""
    c = np.exp(log_c)
    s0 = _lowest_station(c, span, rise)
    drop = 2 * c * (np.sinh(s0 / (2 * c)) ** 2 - np.sinh((at - s0) / (2 * c)) ** 2)
    made: Floats = rise * at / span + drop
    return made


def fit_catenary(s: Floats, z: Floats, scale_m: float, rounds: int = ROUNDS) -> CurveFit | None:
    """Minimise Σ 2·(√(1 + (r/scale)²) − 1) over residuals r in z (soft L1), by reweighted Gauss-Newton with damping.

    (n,) stations and heights, n ≥ 4; None where the points hold no sagging curve (fewer than 4 stations, or arched).
    """
    if len(s) < 4 or np.ptp(s) <= 0:
        return None
    middle = float((s.min() + s.max()) / 2)
    sigma = s - middle
    state = _first_state(sigma, z)
    damping, loss = 1e-6, _loss(_residual(state, sigma, z), scale_m)
    for _ in range(rounds):
        residual, slopes = _residual(state, sigma, z), _slopes(state, sigma)
        weight = 1 / np.sqrt(1 + (residual / scale_m) ** 2)
        normal = (slopes * weight[:, None]).T @ slopes
        push = (slopes * weight[:, None]).T @ residual
        step = np.linalg.lstsq(normal + damping * np.diag(np.diag(normal)), -push, rcond=None)[0]
        moved = state + step
        moved[2] = min(max(moved[2], 1 / C_RANGE_M[1]), 1 / C_RANGE_M[0])
        better = _loss(_residual(moved, sigma, z), scale_m)
        if better <= loss:
            done = loss - better <= 1e-12 * loss
            state, loss, damping = moved, better, damping / 10
            if done:
                break
        else:
            damping = max(damping, 1e-9) * 100
            if damping > 1e6:
                break
    return _settled(state, sigma, z, middle)


def _first_state(sigma: Floats, z: Floats) -> Floats:
    bend, slope, height = np.polyfit(sigma, z, 2)
    return np.array([height, np.arcsinh(slope), min(max(2 * bend, 1 / C_RANGE_M[1]), 1 / C_RANGE_M[0])])


def _residual(state: Floats, sigma: Floats, z: Floats) -> Floats:
    height, pitch, bend = state
    with np.errstate(over="ignore"):
        curve: Floats = height + (np.cosh(pitch + bend * sigma) - np.cosh(pitch)) / bend - z
    return curve


def _slopes(state: Floats, sigma: Floats) -> Floats:
    _, pitch, bend = state
    angle = pitch + bend * sigma
    lift = np.cosh(angle) - np.cosh(pitch)
    by_bend = sigma * np.sinh(angle) / bend - lift / bend**2
    return np.column_stack([np.ones_like(sigma), (np.sinh(angle) - np.sinh(pitch)) / bend, by_bend])


def _loss(residual: Floats, scale_m: float) -> float:
    loss = float(np.sum(np.sqrt(1 + (residual / scale_m) ** 2) - 1))
    return loss if np.isfinite(loss) else np.inf


def _settled(state: Floats, sigma: Floats, z: Floats, middle: float) -> CurveFit | None:
    height, pitch, bend = (float(one) for one in state)
    if not np.isfinite(state).all() or bend <= 1 / C_RANGE_M[1] or bend >= 1 / C_RANGE_M[0]:
        return None
    c = 1 / bend
    residual, slopes = _residual(state, sigma, z), _slopes(state, sigma)
    variance = float(residual @ residual) / max(len(z) - 3, 1)
    covariance = np.linalg.pinv(slopes.T @ slopes) * variance
    s0 = middle - c * pitch
    curve = Catenary(c, s0, height - c * (float(np.cosh(pitch)) - 1))
    return CurveFit(
        curve, float(np.sqrt(max(covariance[2, 2], 0.0))) * c * c, float(np.sqrt(np.mean(residual**2)))
    )
