"""Signals as paths: acceleration around an event, and vital signs over a day. Pure geometry over samples.

A gap stays a gap, and every extreme stays visible: each pixel column keeps its lowest and highest sample.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from mumian.core.kernel.clock import SECOND_US
from mumian.scenarios.eldercare.pages.words import MINUS, Words

G_MPS2 = 9.80665
Points = Sequence[tuple[int, float]]  # (event_us, value), by time


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight map of [low, high] onto pixels [start, end]."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of `value`."""
        span = (self.high - self.low) or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis with its label."""

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """A named instant on the trace; `strong` is drawn heavier."""

    at: float
    label: str
    strong: bool = False
    anchor: str = "start"
    y: float = 15


@dataclass(frozen=True, slots=True)
class Strip:
    """The strip beside petal one, in a 470 × 224 frame."""

    paths: tuple[str, ...]
    levels: tuple[Tick, ...]
    lines: tuple[Line, ...]
    ask: tuple[float, float, str] | None
    still: tuple[float, float, float, str] | None
    ticks: tuple[Tick, ...]
    heart: tuple[str, ...]
    heart_ends: tuple[Tick, ...]
    said: str
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Moments:
    """Instants around an event, microseconds; None where it did not happen."""

    impact_us: int
    decided_us: int | None = None
    ask_until_us: int | None = None
    answered_us: int | None = None
    answer: str | None = None
    paged_us: int | None = None
    peak_mps2: float | None = None
    still_s: float | None = None


BEFORE_S, AFTER_S = 6.0, 20.0
LEFT, RIGHT, TOP, FOOT = 46.0, 464.0, 16.0, 204.0


def paths(points: Points, x: Axis, y: Axis, gap_us: int) -> tuple[str, ...]:
    """Polylines (`points` attributes), broken where two samples lie further apart than `gap_us`."""
    out: list[str] = []
    for run in _runs(points, gap_us):
        thin = _envelope(run, x)
        if len(thin) == 1:
            thin = [thin[0], (thin[0][0] + 1, thin[0][1])]
        out.append(" ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in thin))
    return tuple(out)


def _runs(points: Points, gap_us: int) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = []
    last = None
    for t, v in points:
        if last is None or t - last > gap_us:
            runs.append([])
        runs[-1].append((t, v))
        last = t
    return runs


def _envelope(run: Sequence[tuple[int, float]], x: Axis) -> list[tuple[int, float]]:
    """Lowest and highest sample of each pixel column, in their order of time."""
    if len(run) <= 2 * abs(x.end - x.start):
        return list(run)
    columns: dict[int, list[tuple[int, float]]] = {}
    for t, v in run:
        columns.setdefault(int(x(t)), []).append((t, v))
    kept: list[tuple[int, float]] = []
    for column in columns.values():
        kept += sorted({min(column, key=lambda p: p[1]), max(column, key=lambda p: p[1])})
    return kept


def strip(acceleration: Points, heart: Points, at: Moments, w: Words) -> Strip:
    """The signal strip of an event: `acceleration` magnitudes in m/s² and `heart` rates in bpm."""
    x = Axis(at.impact_us - BEFORE_S * SECOND_US, at.impact_us + AFTER_S * SECOND_US, LEFT, RIGHT)
    near = [(t, v) for t, v in acceleration if x.low <= t <= x.high and math.isfinite(v)]
    top = max([2.2 * G_MPS2, *(v for _, v in near)])
    y = Axis(0, top * 1.06, 134, 30)
    return Strip(
        paths(near, x, y, SECOND_US // 2), _levels(y, top), _lines(at, x, w), _ask(at, x, w), _still(at, x, y, w),
        _ticks(x, at.impact_us, w), *_heart(heart, x), _said(at, w),
        "" if near else w("没有波形：手环当时没有传，或已过保存期"),
    )  # fmt: skip


def _levels(y: Axis, top: float) -> tuple[Tick, ...]:
    step = 10 if top < 45 else 20 if top < 90 else 50
    highest = int(top // step * step)
    return (
        Tick(y(G_MPS2), "1 g"),
        Tick(y(0), ""),
        *((Tick(y(highest), str(highest)),) if highest > 15 else ()),
    )


def _lines(at: Moments, x: Axis, w: Words) -> tuple[Line, ...]:
    peak = f" {at.peak_mps2:.1f}" if at.peak_mps2 is not None else ""
    lines = [Line(x(at.impact_us), w("冲击") + peak, strong=True)]
    if at.decided_us and x.low <= at.decided_us <= x.high:
        late = (at.decided_us - at.impact_us) / SECOND_US
        lines.append(Line(x(at.decided_us), w("{s} 秒 判定", s=f"{late:.1f}"), y=42))
    if at.paged_us and x.low <= at.paged_us <= x.high:
        tight = x(at.paged_us) > RIGHT - 34
        lines.append(
            Line(
                x(at.paged_us),
                w("已呼叫"),
                strong=True,
                anchor="end" if tight else "start",
                y=58 if tight else 42,
            )
        )
    return tuple(lines)


def _ask(at: Moments, x: Axis, w: Words) -> tuple[float, float, str] | None:
    if at.decided_us is None or at.ask_until_us is None:
        return None
    end_us = min(at.answered_us or at.ask_until_us, at.paged_us or at.ask_until_us)
    start, end = x(max(x.low, at.decided_us)), x(min(x.high, end_us))
    if end - start < 4:
        return None
    asked = round((end_us - at.decided_us) / SECOND_US)
    answer = {"ok": w("答：没事"), "help": w("要帮忙")}.get(at.answer or "", w("无应答"))
    return start, end, w("手环振动 {s} 秒", s=asked) + " · " + answer


def _still(at: Moments, x: Axis, y: Axis, w: Words) -> tuple[float, float, float, str] | None:
    if not at.still_s or at.still_s < 1:
        return None
    start = at.impact_us + 1_500_000
    end = min(x.high, start + at.still_s * SECOND_US)
    return x(start), x(end), y(G_MPS2) + 12, w("静止 {s} 秒", s=round(at.still_s))


def _ticks(x: Axis, zero_us: int, w: Words) -> tuple[Tick, ...]:
    out = []
    for s in (-5, 0, 5, 10, 15, 20):
        label = "0" if s == 0 else f"+{s}" if s > 0 else f"{MINUS}{-s}"
        end = s == AFTER_S
        out.append(
            Tick(
                x(zero_us + s * SECOND_US), w("{s} 秒", s=label) if end else label, "end" if end else "middle"
            )
        )
    return tuple(out)


def _heart(heart: Points, x: Axis) -> tuple[tuple[str, ...], tuple[Tick, ...]]:
    near = [(t, v) for t, v in heart if x.low <= t <= x.high]
    if not near:
        return (), ()
    low, high = min(v for _, v in near), max(v for _, v in near)
    middle = (low + high) / 2
    half = max(10.0, (high - low) / 2)
    y = Axis(middle - half, middle + half, 190, 162)
    first, last = near[0], near[-1]
    ends = (Tick(y(first[1]) - 4, f"{first[1]:.0f}", "start"), Tick(y(last[1]) - 4, f"{last[1]:.0f}", "end"))
    return paths(near, x, y, 40 * SECOND_US), ends if len(near) > 1 else ends[1:]


def _said(at: Moments, w: Words) -> str:
    peak = w("冲击 {p} 米每二次方秒", p=f"{at.peak_mps2:.1f}") if at.peak_mps2 else w("冲击")
    return w("事件前 6 秒到后 20 秒：") + peak


@dataclass(frozen=True, slots=True)
class DayChart:
    """One quantity over a day, in a 560 × 92 frame."""

    paths: tuple[str, ...]
    levels: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    shade: tuple[float, float] | None
    last: tuple[float, float, str] | None


def day(points: Points, until_us: int, expected_s: float, digits: int, w: Words, hours: int = 24) -> DayChart:
    """The last `hours` of a quantity; silence longer than three expected intervals is a gap."""
    x = Axis(until_us - hours * 3600 * SECOND_US, until_us, 40, 552)
    near = [(t, v) for t, v in points if x.low <= t <= x.high]
    values = [v for _, v in near] or [0.0, 1.0]
    low, high = min(values), max(values)
    pad = max((high - low) * 0.15, 10**-digits * 2)
    y = Axis(low - pad, high + pad, 68, 8)
    gap_us = round(3 * max(expected_s, typical_s(near), 30) * SECOND_US)
    levels = (
        tuple(Tick(y(v), w.figure(v, digits)) for v in ([low, high] if high > low else [low])) if near else ()
    )
    last = (x(near[-1][0]), y(near[-1][1]), w.figure(near[-1][1], digits)) if near else None
    return DayChart(paths(near, x, y, gap_us), levels, _hours(x, hours, w), None, last)


def typical_s(points: Points) -> float:
    """The median time between two values: how often this quantity really comes."""
    steps = sorted(b[0] - a[0] for a, b in itertools.pairwise(points))
    return steps[len(steps) // 2] / SECOND_US if steps else 0.0


def _hours(x: Axis, hours: int, w: Words) -> tuple[Tick, ...]:
    hour_us = 3600 * SECOND_US
    step = 4 if hours > 12 else 1
    first = (int(x.low) // hour_us + 1) * hour_us
    stamps = [t for t in range(first, int(x.high), hour_us) if int(w.time(t)[:2]) % step == 0]
    return tuple(Tick(x(t), w.time(t)) for t in stamps if x(t) < x.end - 18)
