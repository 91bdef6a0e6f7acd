"""Conductors of a cloud, one after the other: draw rough curves along a heading, settle the fullest, take their points away, draw again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mumian.scenarios.powerline.domain.catenary import Floats
from mumian.scenarios.powerline.understand.wires.draw import rough_curves
from mumian.scenarios.powerline.understand.wires.heading import headings
from mumian.scenarios.powerline.understand.wires.settle import (
    LEAST_POINTS,
    Rough,
    gate,
    is_conductor,
    settle,
    within,
)
from mumian.scenarios.powerline.understand.wires.wire import Wire

DRAWN_FROM = 5_000  # points that hypotheses are drawn from and judged on; settling uses all
SETTLED_ON = 15_000  # points of a larger cloud that conductors are found on; all settle them at the end
MOST_WIRES = 400
_AROUND_M = 120.0  # a third of a usual span: points there follow one heading, or two at a tower
_PLACES = 8
_MISSES = 2  # rounds without a conductor before a heading is given up


def find_wires(
    points: Floats, known: tuple[float, ...] | None = None, seed: int = 1
) -> tuple[list[Wire], NDArray[np.int64]]:
    """The conductors of (n, 3) `points`, most points first, and each point's conductor (-1: none).

    `known` headings in radians, where given, are the only ones searched. The same points give the same wires.
    """
    centre = np.median(points, axis=0) if len(points) else np.zeros(3)
    rng = np.random.default_rng(seed)
    away = points - centre
    few = away if len(away) <= SETTLED_ON else away[rng.choice(len(away), SETTLED_ON, replace=False)]
    search = _Search(few, rng)
    for heading in known or ():
        search.along(heading)
    while known is None and search.is_promising():
        before = len(search.wires)
        for heading in search.headings():
            search.along(heading)
            if len(search.wires) > before:
                break
        if len(search.wires) == before:
            break
    wires, labels = _settled_on_all(away, search.wires)
    return [wire.moved(*(float(one) for one in centre)) for wire in wires], labels


def _settled_on_all(points: Floats, wires: list[Wire]) -> tuple[list[Wire], NDArray[np.int64]]:
    """Each conductor settled once more, on all points that no earlier one holds; most points first."""
    free = np.arange(len(points))
    settled: list[tuple[Wire, NDArray[np.intp]]] = []
    for wire in sorted(wires, key=lambda one: -one.points):
        pool = points[free]
        again = settle(pool, Rough(wire.track, wire.curve, wire.start_m, wire.end_m, gate(wire.rmse_m)))
        if again is None or not is_conductor(pool, *again):
            rows = within(pool, wire)
            again = (replace(wire, points=len(rows)), rows)
        if len(again[1]) >= LEAST_POINTS:
            settled.append((again[0], free[again[1]]))
            free = np.delete(free, again[1])
    settled.sort(key=lambda pair: -len(pair[1]))
    labels = np.full(len(points), -1, np.int64)
    for number, (_, rows) in enumerate(settled):
        labels[rows] = number
    return [wire for wire, _ in settled], labels


class _Search:
    """The points not yet given to a conductor, and the conductors so far."""

    def __init__(self, points: Floats, rng: np.random.Generator) -> None:
        self.points, self.rng = points, rng
        self.free = np.arange(len(points))
        self.wires: list[Wire] = []

    def is_promising(self) -> bool:
        return len(self.free) >= LEAST_POINTS and len(self.wires) < MOST_WIRES

    def free_sample(self) -> Floats:
        rows = self.free
        if len(rows) > DRAWN_FROM:
            rows = self.rng.choice(rows, DRAWN_FROM, replace=False)
        return self.points[rows]

    def headings(self) -> Iterator[float]:
        """Headings to try: of all free points, then of those around a few of them, where a line turns from span to span."""
        sample = self.free_sample()[:, :2]
        yield from headings(sample)
        if float(np.ptp(sample, axis=0).max()) < 2 * _AROUND_M:
            return
        for place in sample[self.rng.integers(0, len(sample), _PLACES)]:
            around = sample[np.hypot(*(sample - place).T) < _AROUND_M]
            if len(around) >= LEAST_POINTS:
                yield from headings(around, 2)

    def along(self, heading: float) -> None:
        """Take conductors along one heading until none is found any more."""
        misses = 0
        while self.is_promising() and misses < _MISSES:
            misses = 0 if self._take(heading) else misses + 1

    def _take(self, heading: float) -> bool:
        """Settle the fullest hypotheses in turn and keep those that are conductors; whether any was."""
        before = len(self.wires)
        for rough in rough_curves(self.free_sample(), heading, self.rng):
            free = self.points[self.free]
            settled = settle(free, rough)
            if settled is None or not is_conductor(free, *settled):
                continue
            wire, rows = settled
            self.wires.append(wire)
            self.free = np.delete(self.free, rows)
        return len(self.wires) > before
