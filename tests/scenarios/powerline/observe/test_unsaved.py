"""Rows wait while the store is away, none is stored twice, and what overflows is counted."""

from __future__ import annotations

from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.errors import MumianError
from mumian.scenarios.powerline.observe.unsaved import Unsaved


class Away(MumianError):
    """The store does not answer."""


class Shelf:
    """A store that is away on request and, while it writes, lets more rows come."""

    def __init__(self) -> None:
        self.away, self.kept, self.meanwhile = False, [], ()

    @contextmanager
    def tx(self):
        if self.away:
            raise Away(detail="the store is away")
        yield self


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 4)),
        st.tuples(st.just("save"), st.booleans(), st.integers(0, 6)),
    ),
    max_size=30,
)


@given(STEPS)
def test_every_row_is_stored_once_in_order_or_counted_as_lost(steps) -> None:
    shelf, number = Shelf(), 0

    def write(cur, batch):
        nonlocal number
        cur.kept.extend(batch)
        for _ in range(shelf.meanwhile):
            unsaved.put(number)
            number += 1

    unsaved: Unsaved[int] = Unsaved("rows", write, most=5)
    for step in [*steps, ("save", False, 0)]:
        if step[0] == "put":
            for _ in range(step[1]):
                unsaved.put(number)
                number += 1
        else:
            shelf.away, shelf.meanwhile = step[1], step[2]
            unsaved.save(shelf)
    assert shelf.kept == sorted(set(shelf.kept))
    assert len(shelf.kept) + unsaved.lost == number
