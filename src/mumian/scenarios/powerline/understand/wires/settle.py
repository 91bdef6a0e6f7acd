"""From a rough curve to a conductor: gather the points around it, refit track and catenary, learn the noise, repeat.

A curve is a conductor only if its tube is far fuller than the shell around it, and full along most of its length: chance curves
through tree crowns or outliers are neither.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Catenary, Floats
from mumian.scenarios.powerline.understand.wires.fit import ROUNDS, fit_catenary
from mumian.scenarios.powerline.understand.wires.wire import Track, Wire

FIRST_GATE_M = 0.12
WIDEST_GATE_M = 0.6
_CUT_OFF, _GROWTH = 0.45, 1.5
GATE_SIGMAS = 4.0
SMALLEST_SIGMA_M = 0.01  # finer than any scanner's ranging noise
LARGEST_SIGMA_M = WIDEST_GATE_M / GATE_SIGMAS
LEAST_POINTS = 12
LEAST_LENGTH_M = 5.0
_TURNS = 12
_FEW_ROUNDS = 4  # of a fit that the next turn will better
_BINS = 24  # along a conductor, of which at least LEAST_FILLED hold points
_LEAST_FILLED = 0.3
_LEAST_MIDDLE = 0.18
_BAND = 1.5  # widths of the tube at which the bands around it end
_IN_BANDS = 0.125  # share of the tube's points: a quarter of the density inside
_PIECE_DENSITY = 0.15  # of the densest piece's; what lies beyond a gap and is sparser was hit by chance


@dataclass(frozen=True, slots=True)
class Rough:
    """A hypothesis: track, curve over its stations, the stations it was drawn from, and the gate to begin with."""

    track: Track
    curve: Catenary
    start_m: float
    end_m: float
    gate_m: float = FIRST_GATE_M


def settle(points: Floats, rough: Rough) -> tuple[Wire, NDArray[np.intp]] | None:
    """The conductor near `rough` and the rows of (n, 3) `points` it rests on; None where there is none."""
    track, curve, high, wide = rough.track, rough.curve, rough.gate_m, rough.gate_m
    start, end = rough.start_m, rough.end_m
    rows: NDArray[np.intp] = np.empty(0, np.intp)
    for turn in range(_TURNS):
        s, t = track.along_across(points[:, :2])
        reach = max(end - start, LEAST_LENGTH_M)  # beyond twice its support a young curve says nothing
        near = (np.abs(t) < wide) & (s > start - reach) & (s < end + reach)
        candidates = np.flatnonzero(near)
        off = points[candidates, 2] - curve.height(s[candidates])
        candidates = candidates[np.abs(off) < high]
        kept = candidates[_supported(s[candidates])]
        if len(kept) < LEAST_POINTS:
            return None
        fitted = _refit(points[kept], track, high / 2, _FEW_ROUNDS)
        if fitted is None:
            return None
        is_done = turn > 2 and np.array_equal(kept, rows)
        track, curve, rows = fitted.track, fitted.curve, kept
        start, end = fitted.start_m, fitted.end_m
        if is_done:
            break
        high = _next_gate(high, fitted.rmse_m)
        wide = _next_gate(wide, fitted.across_rmse_m)
    fitted = _refit(points[rows], track, high / 2)
    return None if fitted is None else (fitted, rows)


def _next_gate(gate_m: float, rms_m: float) -> float:
    """A gate that cuts the noise off (evenly filled, its root mean square is 0.58 of it) grows; else it follows the noise.

    Growing by steps keeps a rough curve from taking in its neighbour in a bundle before it has settled on its own conductor.
    """
    return min(_GROWTH * gate_m, WIDEST_GATE_M) if rms_m > _CUT_OFF * gate_m else gate(rms_m)


def gate(rms_m: float) -> float:
    """Half the width (m) of the tube that holds a conductor's points, by the noise on an axis."""
    return GATE_SIGMAS * min(max(rms_m, SMALLEST_SIGMA_M), LARGEST_SIGMA_M)


def _refit(points: Floats, track: Track, scale_m: float, rounds: int = ROUNDS) -> Wire | None:
    """A straight track by least squares, then the catenary over it."""
    turned = _straight(points[:, :2], track)
    s, t = turned.along_across(points[:, :2])
    fit = fit_catenary(s, points[:, 2], scale_m, rounds)
    if fit is None:
        return None
    return Wire(
        turned,
        fit.curve,
        fit.c_stderr_m,
        float(s.min()),
        float(s.max()),
        len(s),
        fit.rmse_m,
        float(np.sqrt(np.mean(t**2))),
    )


def _straight(xy: Floats, track: Track) -> Track:
    s, t = track.along_across(xy)
    middle = float(s.mean())
    slope, offset = np.polyfit(s - middle, t, 1)
    x, y = track.at(middle)
    sideways = track.heading_rad + math.pi / 2
    return Track(
        x + float(offset) * math.cos(sideways),
        y + float(offset) * math.sin(sideways),
        track.heading_rad + math.atan(float(slope)),
    )


def _supported(s: Floats) -> NDArray[np.intp]:
    """Rows of the pieces that belong to one conductor: cut at gaps, drop pieces far sparser than the main one.

    Gaps of any length are bridged when what lies beyond is as dense: occlusion hides conductors, and does not end them.
    """
    if len(s) < 4:
        return np.arange(len(s))
    order = np.argsort(s)
    step = np.diff(s[order])
    cuts = np.flatnonzero(step > max(8 * float(np.median(step)), 3.0)) + 1
    pieces = np.split(order, cuts)
    main = max(pieces, key=len)
    density = len(main) / max(float(np.ptp(s[main])), 1.0)
    kept = [
        piece
        for piece in pieces
        if piece is main
        or (len(piece) >= 3 and len(piece) / max(float(np.ptp(s[piece])), 1.0) > _PIECE_DENSITY * density)
    ]
    return np.concatenate(kept)


def within(points: Floats, wire: Wire) -> NDArray[np.intp]:
    """Rows of (n, 3) points in the wire's own tube, between its ends."""
    s, t = wire.track.along_across(points[:, :2])
    near = (s >= wire.start_m) & (s <= wire.end_m) & (np.abs(t) < gate(wire.across_rmse_m))
    near &= np.abs(points[:, 2] - wire.curve.height(s)) < gate(wire.rmse_m)
    return np.flatnonzero(near)


def is_conductor(points: Floats, wire: Wire, rows: NDArray[np.intp]) -> bool:
    """Whether the tube stands out: many points, long enough, filled along most of its length, nearly empty around."""
    length = wire.end_m - wire.start_m
    if len(rows) < LEAST_POINTS or length < LEAST_LENGTH_M:
        return False
    s, t = wire.track.along_across(points[:, :2])
    bins = np.floor((s[rows] - wire.start_m) / length * _BINS).astype(np.int64)
    if len(np.unique(np.clip(bins, 0, _BINS - 1))) < _LEAST_FILLED * min(_BINS, len(rows) / 2):
        return False
    off = points[rows, 2] - wire.curve.height(s[rows])
    if _is_hollow(off) or _is_hollow(t[rows]):
        return False
    return _stands_alone(points, s, t, wire, len(rows))


def _is_hollow(off: Floats) -> bool:
    """Whether the middle is emptier than of any single conductor's noise: then two hang side by side, or one above the other.

    Within half a standard deviation lie 38 % of Gaussian and 29 % of uniform noise.
    """
    spread = float(np.sqrt(np.mean(off**2)))
    if spread < 2 * SMALLEST_SIGMA_M or len(off) < 2 * LEAST_POINTS:
        return False
    return float((np.abs(off) < spread / 2).mean()) < _LEAST_MIDDLE


def _stands_alone(points: Floats, s: Floats, t: Floats, wire: Wire, held: int) -> bool:
    """Whether the bands left and right of the tube, and those above and below, are nearly empty.

    Each band is a quarter as wide as the tube: in a sheet (ground, roof) two of them hold a quarter of its points each, in a crown all.
    """
    high, wide = gate(wire.rmse_m), gate(wire.across_rmse_m)
    beside = np.flatnonzero((s >= wire.start_m) & (s <= wire.end_m) & (np.abs(t) < _BAND * wide))
    off = np.abs(points[beside, 2] - wire.curve.height(s[beside]))
    aside = np.abs(t[beside])
    level = int(((off < high) & (aside >= wide)).sum())
    plumb = int(((off >= high) & (off < _BAND * high) & (aside < wide)).sum())
    return max(level, plumb) <= _IN_BANDS * held
