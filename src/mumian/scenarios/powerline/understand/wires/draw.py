"""Rough curves for conductors: catenaries through three points of one strip, kept where their tube is fullest.

Random sample consensus (Fischler & Bolles 1981, DOI 10.1145/358669.358692), drawn in strips along a heading and in windows from the
whole cloud to an eighth of it, so that several spans come apart; `settle` is its local step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Catenary, Floats
from mumian.scenarios.powerline.understand.wires.fit import through_three
from mumian.scenarios.powerline.understand.wires.settle import LEAST_LENGTH_M, Rough
from mumian.scenarios.powerline.understand.wires.wire import Track

_TUBE_M = 0.12  # half its width: what noise and the error of three noisy points leave of a conductor
_DRAWS = 600  # for each window
_WINDOWS = (1.0, 0.5, 0.25, 0.125)
_JUDGED_AT_ONCE = 100
_TRIED = 6
_CONVERGE = 0.03  # conductors leave the common heading by so much at most: 3 m in 100


@dataclass(frozen=True, slots=True)
class Draws:
    """Hypotheses as columns: catenary over station s, offset t = offset + slope·s, and the stations they span."""

    c: Floats
    s0: Floats
    z0: Floats
    offset: Floats
    slope: Floats
    start: Floats
    end: Floats

    def columns(self) -> tuple[Floats, ...]:
        return self.c, self.s0, self.z0, self.offset, self.slope, self.start, self.end


def rough_curves(sample: Floats, heading: float, rng: np.random.Generator) -> list[Rough]:
    """The fullest hypotheses of (n, 3) points along a heading in radians, no two through the same points; at most six."""
    track = Track(0.0, 0.0, heading)
    s, t = track.along_across(sample[:, :2])
    draws = _draw(s, t, sample[:, 2], rng)
    if draws is None:
        return []
    draws = _fullest(draws, s, t, sample[:, 2])
    inside = _inside(draws, s, t, sample[:, 2])
    found, left = [], np.ones(len(s), np.bool_)
    for _ in range(_TRIED):
        full = (inside & left).sum(1)
        best = int(full.argmax())
        if full[best] < 4:
            break
        found.append(_as_rough(draws, best, track))
        left &= ~inside[best]
    return found


def _draw(s: Floats, t: Floats, z: Floats, rng: np.random.Generator) -> Draws | None:
    """Three points each: one anywhere, two from its strip within a window."""
    order = np.argsort(t)
    trios = []
    extent = float(np.subtract(*np.percentile(s, [99, 1])))
    for share in _WINDOWS:
        window = max(extent * share, 2 * LEAST_LENGTH_M)
        trios.append(_trios(order, s, t, window, rng))
    picked = np.concatenate(trios)
    picked = np.take_along_axis(picked, np.argsort(s[picked], axis=1), 1)
    ss, tt = s[picked], t[picked]
    c, s0, z0, exists = through_three(ss, z[picked])
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (tt[:, 2] - tt[:, 0]) / (ss[:, 2] - ss[:, 0])
    offset = tt[:, 0] - slope * ss[:, 0]
    straight = np.abs(tt[:, 1] - offset - slope * ss[:, 1]) < _TUBE_M
    spread = np.minimum(ss[:, 1] - ss[:, 0], ss[:, 2] - ss[:, 1]) > 0.15 * (ss[:, 2] - ss[:, 0])
    good = exists & straight & spread & (np.abs(slope) < _CONVERGE) & (ss[:, 2] - ss[:, 0] > LEAST_LENGTH_M)
    if not good.any():
        return None
    return Draws(*(one[good] for one in (c, s0, z0, offset, slope, ss[:, 0], ss[:, 2])))


def _trios(
    order: NDArray[np.intp], s: Floats, t: Floats, window: float, rng: np.random.Generator
) -> NDArray[np.intp]:
    sorted_t = t[order]
    seeds = rng.integers(0, len(s), _DRAWS)
    width = rng.choice([0.15, 0.3, min(1.0, 0.3 + _CONVERGE * window / 2)], _DRAWS)
    low = np.searchsorted(sorted_t, t[seeds] - width)
    high = np.searchsorted(sorted_t, t[seeds] + width, side="right")
    mates = order[(low[:, None] + rng.random((_DRAWS, 16)) * (high - low)[:, None]).astype(np.int64)]
    too_far = np.abs(s[mates] - s[seeds][:, None]) > window / 2
    # Of 16 mates the two in the window that lie farthest apart (long bases make steady curves), or any two.
    along = np.where(too_far, s[seeds][:, None], s[mates])
    ends = np.column_stack([along.argmin(1), along.argmax(1)])
    loose = rng.random(_DRAWS) < 0.5
    ends = np.where(loose[:, None], rng.integers(0, 16, (_DRAWS, 2)), ends)
    return np.column_stack([seeds, np.take_along_axis(mates, ends, 1)])


def _fullest(draws: Draws, s: Floats, t: Floats, z: Floats) -> Draws:
    """The better hypotheses, judged on every eighth point; of what is left, the best on more."""
    for every, kept in ((8, 400), (3, 80)):
        if len(draws.c) > kept:
            full = _inside(draws, s[::every], t[::every], z[::every]).sum(1)
            best = np.argsort(-full, kind="stable")[:kept]
            draws = Draws(*(column[best] for column in draws.columns()))
    return draws


def _inside(draws: Draws, s: Floats, t: Floats, z: Floats) -> NDArray[np.bool_]:
    """(k, n): which points lie in the tube of each hypothesis, over its own stations and half as far beyond."""
    parts = []
    for at in range(0, len(draws.c), _JUDGED_AT_ONCE):
        c, s0, z0, offset, slope, start, end = (
            column[at : at + _JUDGED_AT_ONCE, None] for column in draws.columns()
        )
        reach = (end - start) / 2
        near = (np.abs(t - offset - slope * s) < _TUBE_M) & (s > start - reach) & (s < end + reach)
        with np.errstate(over="ignore"):
            off = z0 + 2 * c * np.sinh((s - s0) / (2 * c)) ** 2 - z
        parts.append(near & (np.abs(off) < _TUBE_M))
    return np.concatenate(parts)


def _as_rough(draws: Draws, k: int, track: Track) -> Rough:
    heading = track.heading_rad + math.atan(float(draws.slope[k]))
    sideways = track.heading_rad + math.pi / 2
    offset, shrink = float(draws.offset[k]), math.cos(heading - track.heading_rad)
    origin = Track(track.x_m + offset * math.cos(sideways), track.y_m + offset * math.sin(sideways), heading)
    curve = Catenary(float(draws.c[k]), float(draws.s0[k]) / shrink, float(draws.z0[k]))
    return Rough(origin, curve, float(draws.start[k]) / shrink, float(draws.end[k]) / shrink)
