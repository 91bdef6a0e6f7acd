"""Algebra of half-open intervals [from_us, until_us): join, intersect, subtract. Pure.

Results are sorted, disjoint and never empty inside; adjacent intervals are joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mumian.core.kernel.authorised import ALWAYS, Interval


def interval(from_us: int, until_us: int | None) -> Interval:
    """The interval of a row whose `until_us` None means "still open"."""
    return (from_us, ALWAYS[1] if until_us is None else until_us)


def holds(from_us: int, until_us: int | None, at_us: int) -> bool:
    """Whether the instant lies in the interval."""
    return from_us <= at_us and (until_us is None or at_us < until_us)


def join(spans: Iterable[Interval]) -> tuple[Interval, ...]:
    """The union."""
    out: list[Interval] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


def intersect(ones: Iterable[Interval], others: Iterable[Interval]) -> tuple[Interval, ...]:
    """What lies in both."""
    left, right = join(ones), join(others)
    out: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            out.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def subtract(ones: Iterable[Interval], others: Iterable[Interval]) -> tuple[Interval, ...]:
    """What lies in `ones` and in none of `others`."""
    return intersect(ones, _gaps(join(others)))


def _gaps(spans: Sequence[Interval]) -> list[Interval]:
    edges = [ALWAYS[0], *(edge for span in spans for edge in span), ALWAYS[1]]
    return [(edges[k], edges[k + 1]) for k in range(0, len(edges), 2) if edges[k] < edges[k + 1]]
