"""How far the camera's clock is ahead of ours, from two lists of instants that do not all correspond.

Every pair of a photograph and an order proposes an offset; the true one is proposed by many pairs at once, whatever is missing
or too many. How many is enough follows the a contrario method (Desolneux, Moisan and Morel 2000, doi:10.1023/A:1026593302236):
an agreement counts only when chance would bring one like it in fewer than FALSE_ALARMS of all proposals. An offset that another
one rivals on the same photographs, as an even rhythm brings about, is refused, unless it alone leaves no photograph and no order over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WITHIN_US = (250_000, 500_000, 1_000_000)  # shutter lag, the record's delay and whole seconds, tried in turn
FALSE_ALARMS = 1e-3
RIVAL_SHARE = 0.7  # another offset that explains so much of the same photographs makes the best one doubtful
_PROPOSALS = 60  # the most agreed offsets that are looked at in full
_NEVER = np.iinfo(np.int64).max

Instants = NDArray[np.int64]  # microseconds, ascending
Allowed = NDArray[np.bool_]  # (frames, orders): whether their places let them be the same


class Agreement(NamedTuple):
    """`offset_us`: camera minus ours; `within_us`: how closely they meet; `order[i]`: index of frame i's order, -1 for none."""

    offset_us: int
    within_us: int
    order: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Photographs that it explains."""
        return int((self.order >= 0).sum())


def agree(frames: Instants, orders: Instants, allowed: Allowed) -> Agreement | None:
    """The one offset under which frames and orders meet; None where chance, or another offset, could do as well."""
    if not allowed.any():
        return None
    found = [_agreed(frames, orders, allowed, within) for within in WITHIN_US]
    return max((one for one in found if one is not None), key=lambda one: one.size, default=None)


def meet(frames: Instants, orders: Instants, allowed: Allowed, offset_us: int, within_us: int) -> Agreement:
    """Pairs that are each other's nearest at this offset, and near enough; the offset is then moved to their median."""
    away = np.where(allowed, np.abs(frames[:, None] - orders[None, :] - offset_us), _NEVER)
    nearest, back, index = away.argmin(axis=1), away.argmin(axis=0), np.arange(len(frames))
    held = (back[nearest] == index) & (away[index, nearest] <= within_us)
    if held.any():
        offset_us = int(np.median((frames - orders[nearest])[held]))
    return Agreement(offset_us, within_us, np.where(held, nearest, -1))


def _agreed(frames: Instants, orders: Instants, allowed: Allowed, within_us: int) -> Agreement | None:
    gaps = frames[:, None] - orders[None, :]
    found = [
        meet(frames, orders, allowed, offset, within_us) for offset in _proposals(gaps[allowed], within_us)
    ]
    best = max(found, key=lambda one: one.size)
    if _false_alarms(best.size, frames, orders, allowed, within_us) > FALSE_ALARMS:
        return None
    rest = [one for one in found if not (_whole(best, orders) and not _whole(one, orders))]
    return None if any(_rivals(one, best) for one in rest) else best


def _proposals(gaps: NDArray[np.int64], within_us: int) -> list[int]:
    """Middles of the windows with most gaps in them, no two of one neighbourhood."""
    ordered = np.sort(gaps)
    ends = np.searchsorted(ordered, ordered + 2 * within_us, side="right")
    counts, chosen = ends - np.arange(len(ordered)), list[int]()
    while len(chosen) < _PROPOSALS and counts.any():
        start = int(counts.argmax())
        chosen.append(int(np.median(ordered[start : ends[start]])))
        counts[np.abs(ordered - ordered[start]) <= 2 * within_us] = 0
    return chosen


def _rivals(one: Agreement, best: Agreement) -> bool:
    """Whether `one`, a different offset, explains nearly as many of the photographs that `best` explains."""
    if abs(one.offset_us - best.offset_us) <= best.within_us:
        return False
    return int(((one.order >= 0) & (best.order >= 0)).sum()) > RIVAL_SHARE * best.size


def _whole(one: Agreement, orders: Instants) -> bool:
    """Every photograph met its order and every order its photograph: a rhythm shifted by one leaves one of each alone."""
    return one.size == len(one.order) == len(orders)


def _false_alarms(size: int, frames: Instants, orders: Instants, allowed: Allowed, within_us: int) -> float:
    """How many agreements of this size chance brings, over all proposals and tolerances."""
    from scipy import stats  # costs half a second, which only those who bind should pay

    span_us = max(int(frames[-1] - frames[0]), int(orders[-1] - orders[0]), 1)
    share = min(float(allowed.sum(axis=1).mean()) * (2 * within_us + 1) / span_us, 1.0)
    tries = len(WITHIN_US) * int(allowed.sum())
    return float(tries * stats.binom.sf(size - 2, len(frames) - 1, share))
