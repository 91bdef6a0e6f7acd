"""Photographs and a flight's orders → which belongs to which, or why none does. Pure; nothing is bound on a guess.

The camera's clock may be off by any amount (also by its zone), may jump while it flies, and photographs may be missing or too
many. Time decides; places, where both tell them, rule pairs out. A photograph without time is bound by its place alone, and
only where a single order lies near.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.geo import Wgs84, distance_m
from mumian.scenarios.powerline.domain.photograph import Bound, Frame, Order, Unbound
from mumian.scenarios.powerline.understand.binding.clock import Allowed, Instants, agree

NEAR_M = 30.0  # 10 m/s for the second that time may differ by, and both receivers' errors
ALONE_M, APART_M = 6.0, 18.0  # by place alone: so near, and nothing else within
JUMPS = 2  # times that the camera's clock may be set anew while it flies
NEIGHBOURS = 4


class Stretch(NamedTuple):
    """A part of the flight during which the camera's clock kept its offset: frame → order, both as given."""

    offset_us: int
    within_us: int
    pairs: Mapping[int, int]


def bind(frames: Sequence[Frame], orders: Sequence[Order]) -> list[Bound]:
    """One answer for each frame, in their order. `orders` ascend by time."""
    timed = sorted((n for n, f in enumerate(frames) if f.taken_us is not None), key=lambda n: _us(frames[n]))
    stretches = _stretches(frames, orders, timed)
    moved = not stretches and _is_moved(frames, orders, timed)
    answers = {n: Bound(frames[n].name, None, None, "elsewhere") if moved else _of_time(n, frames, orders, timed, stretches)
               for n in timed}  # fmt: skip
    untimed = {n: _of_place(frames[n], orders) for n in range(len(frames)) if n not in answers}
    return _once([(answers | untimed)[n] for n in range(len(frames))])


def _us(frame: Frame) -> int:
    return frame.taken_us or 0


def _is_moved(frames: Sequence[Frame], orders: Sequence[Order], timed: Sequence[int]) -> bool:
    """Whether the clocks agree as soon as nobody looks at the places: another datum, or another line's record."""
    anywhere = np.ones((len(timed), len(orders)), np.bool_)
    return agree(_instants(frames, timed), _orders(orders, range(len(orders))), anywhere) is not None


def _stretches(frames: Sequence[Frame], orders: Sequence[Order], timed: Sequence[int]) -> list[Stretch]:
    """The clock's offsets, the best agreed first; a later one holds before or after an earlier one, never within it."""
    found: list[Stretch] = []
    free, left = list(timed), list(range(len(orders)))
    while len(found) <= JUMPS and free and left:
        best = agree(_instants(frames, free), _orders(orders, left), _allowed(frames, orders, free, left))
        if best is None:
            break
        pairs = {free[i]: left[int(o)] for i, o in enumerate(best.order) if o >= 0}
        one = Stretch(best.offset_us, best.within_us, pairs)
        if any(_tangled(one, other) for other in found):
            break
        found.append(one)
        free, left = [n for n in free if n not in pairs], [n for n in left if n not in pairs.values()]
    return found


def _tangled(one: Stretch, other: Stretch) -> bool:
    """Whether one's orders lie mostly among the other's: no clock goes to and fro."""
    low, high = np.percentile(list(other.pairs.values()), [10, 90])
    return bool(low < np.median(list(one.pairs.values())) < high)


def _instants(frames: Sequence[Frame], chosen: Sequence[int]) -> Instants:
    return np.array([_us(frames[n]) for n in chosen], np.int64)


def _orders(orders: Sequence[Order], chosen: Sequence[int]) -> Instants:
    return np.array([orders[n].at_us for n in chosen], np.int64)


def _allowed(
    frames: Sequence[Frame], orders: Sequence[Order], rows: Sequence[int], columns: Sequence[int]
) -> Allowed:
    far = _metres([frames[n].at for n in rows], [orders[n].at for n in columns])
    return np.asarray(~(far > NEAR_M))  # not a number where a place is missing: allowed


def _metres(here: Sequence[Wgs84 | None], there: Sequence[Wgs84 | None]) -> NDArray[np.float64]:
    """Metres between each and each, on a plane that is good for the few hundred that matter; NaN where one is unknown."""
    a, b = (np.array([(np.nan, np.nan) if at is None else (at.lat_deg, at.lon_deg) for at in places]).reshape(-1, 2)
            for places in (here, there))  # fmt: skip
    north = (a[:, None, 0] - b[None, :, 0]) * 111_195.0
    east = (a[:, None, 1] - b[None, :, 1]) * 111_195.0 * np.cos(np.radians(b[None, :, 0]))
    return np.asarray(np.hypot(north, east))


def _of_time(
    n: int, frames: Sequence[Frame], orders: Sequence[Order], timed: Sequence[int], stretches: Sequence[Stretch]
) -> Bound:  # fmt: skip
    frame = frames[n]
    if not stretches:
        return Bound(frame.name, None, None, "no_clock")
    mine = next((s for s in stretches if n in s.pairs), None)
    if mine is None:
        return _left_over(frame, orders, stretches)
    chosen = mine.pairs[n]
    if not _is_clear(n, chosen, frames, orders, mine) or _is_doubted(
        n, chosen, frames, orders, mine, stretches
    ):
        return Bound(frame.name, None, _us(frame) - mine.offset_us, "rivals")
    if not _is_supported(n, timed, mine):
        return Bound(frame.name, None, None, "no_clock")
    return Bound(frame.name, chosen, orders[chosen].at_us)


def _left_over(frame: Frame, orders: Sequence[Order], stretches: Sequence[Stretch]) -> Bound:
    """Why a timed photograph met no order, by the clock of the longest stretch."""
    first = stretches[0]
    at_us = _us(frame) - first.offset_us
    close = [o for o in orders if abs(o.at_us - at_us) <= first.within_us]
    why: Unbound = "no_order"
    if close:
        why = "elsewhere" if all(_is_far(frame, o) for o in close) else "rivals"
    return Bound(frame.name, None, at_us if len(stretches) == 1 else None, why)


def _is_far(frame: Frame, order: Order) -> bool:
    return frame.at is not None and order.at is not None and distance_m(frame.at, order.at) > NEAR_M


def _is_clear(n: int, chosen: int, frames: Sequence[Frame], orders: Sequence[Order], mine: Stretch) -> bool:
    """No other order of another item, and no other photograph, is nearly as near in time."""
    at_us = _us(frames[n]) - mine.offset_us
    limit_us = abs(at_us - orders[chosen].at_us) + mine.within_us
    others = (o for o in orders if o.jump_id != orders[chosen].jump_id and not _is_far(frames[n], o))
    if any(abs(o.at_us - at_us) < limit_us for o in others):
        return False
    beside = (_us(f) - mine.offset_us for i, f in enumerate(frames) if i != n and f.taken_us is not None)
    return all(abs(us - orders[chosen].at_us) >= limit_us for us in beside)


def _is_doubted(
    n: int, chosen: int, frames: Sequence[Frame], orders: Sequence[Order], mine: Stretch, stretches: Sequence[Stretch]
) -> bool:  # fmt: skip
    """By the clock of another stretch it would belong to another order, and lies on that stretch's side."""
    for other in stretches:
        at_us = _us(frames[n]) - other.offset_us
        near = [i for i, o in enumerate(orders) if abs(o.at_us - at_us) <= other.within_us and i != chosen]
        if other is not mine and near and not _is_within(n, mine):
            return True
    return False


def _is_within(n: int, mine: Stretch) -> bool:
    """Not among the last few on either end of its stretch, where the clock was set."""
    ends = sorted(mine.pairs)
    return n in ends[NEIGHBOURS:-NEIGHBOURS]


def _is_supported(n: int, timed: Sequence[int], mine: Stretch) -> bool:
    """Its neighbours in time agree on the same offset: most on both sides, or all on one and half on the other."""
    at = timed.index(n)
    before, after = timed[max(at - NEIGHBOURS, 0) : at], timed[at + 1 : at + 1 + NEIGHBOURS]
    held = [sum(i in mine.pairs for i in side) for side in (before, after)]
    sizes = [len(before), len(after)]
    if all(got >= size - 1 for size, got in zip(sizes, held, strict=True)):
        return True
    return NEIGHBOURS in held and all(2 * got >= size for size, got in zip(sizes, held, strict=True))


def _of_place(frame: Frame, orders: Sequence[Order]) -> Bound:
    if frame.at is None or not orders:
        return Bound(frame.name, None, None, "no_time")
    far = _metres([frame.at], [o.at for o in orders])[0]
    far = np.where(np.isnan(far), 0.0 if np.isnan(far).any() else np.inf, far)
    near = {orders[int(i)].jump_id for i in np.flatnonzero(far <= APART_M)}
    if far.min() > ALONE_M:
        return Bound(frame.name, None, None, "elsewhere")
    if len(near) != 1:
        return Bound(frame.name, None, None, "rivals")
    chosen = int(far.argmin())
    return Bound(frame.name, chosen, orders[chosen].at_us)


def _once(answers: list[Bound]) -> list[Bound]:
    """No order has two photographs."""
    many = {order for order, n in Counter(a.order for a in answers).items() if order is not None and n > 1}
    return [replace(a, order=None, why="rivals") if a.order in many else a for a in answers]
