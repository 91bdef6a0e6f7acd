"""Photographs and orders under clocks that disagree: what is bound is right, and what is doubtful is not bound."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.domain.photograph import Frame, Order
from mumian.scenarios.powerline.understand.binding.bind import bind

S = 1_000_000
BEGAN = 1_700_000_000 * S


def orders(rng: random.Random, n: int, even: bool = False) -> list[Order]:
    at, made = BEGAN, list[Order]()
    for i in range(n):
        at += 5 * S if even else int(rng.uniform(3, 15) * S)
        made.append(Order(100 + i, at))
    return made


def frames(told: list[Order], ahead_s: float, rng: random.Random, step_us: int = S) -> list[Frame]:
    """One for each order, named by its number; the shutter lags by up to 0.3 s."""
    made = []
    for i, order in enumerate(told):
        us = order.at_us + int((ahead_s + rng.uniform(0, 0.3)) * S)
        made.append(Frame(str(i), us // step_us * step_us, step_us))
    return made


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(1, 60),
    ahead_s=st.floats(-90_000, 90_000),
    fine=st.booleans(),
    missing=st.integers(0, 5),
    extra=st.integers(0, 4),
)
def test_whatever_is_missing_or_too_many_nothing_is_bound_wrongly(
    seed, n, ahead_s, fine, missing, extra
) -> None:
    rng = random.Random(seed)
    told = orders(rng, n)
    step = 1000 if fine else S
    seen = frames(told, ahead_s, rng, step)
    for gone in sorted(rng.sample(range(n), min(missing, n - 1)), reverse=True):
        del seen[gone]
    for k in range(extra):  # never within 3 s of an order: nobody could tell those apart
        us = rng.randint(told[0].at_us - 60 * S, told[-1].at_us + 60 * S)
        if all(abs(us - o.at_us) > 3 * S for o in told):
            seen.append(Frame(f"extra {k}", us + int(ahead_s * S) // step * step, step))
    rng.shuffle(seen)
    for answer in bind(seen, told):
        if answer.order is not None:
            assert answer.name == str(answer.order)
            assert answer.why is None
        else:
            assert answer.why is not None


@pytest.mark.parametrize("ahead_s", [0, 5, -5, 60, 8 * 3600, -1e8])
@pytest.mark.parametrize("gone", [(), (0,), (22,), (44,), (3, 4, 30)])
def test_one_missing_shifts_none_of_the_others(ahead_s: float, gone: tuple[int, ...]) -> None:
    rng = random.Random(7)
    told = orders(rng, 45)
    seen = [f for f in frames(told, ahead_s, rng) if int(f.name) not in gone]
    answers = bind(seen, told)
    assert [a.order for a in answers] == [int(f.name) for f in seen]
    assert all(a.taken_us == told[a.order].at_us for a in answers if a.order is not None)


def test_an_extra_one_belongs_to_no_order_and_says_so() -> None:
    rng = random.Random(8)
    told = orders(rng, 30)
    gap = next(i for i in range(8, 29) if told[i + 1].at_us - told[i].at_us > 8 * S)
    extra = Frame("extra", told[gap].at_us + 4 * S + 20 * S)
    answers = {a.name: a for a in bind([*frames(told, 20, rng), extra], told)}
    assert answers["extra"].why == "no_order"
    assert sum(a.order is not None for a in answers.values()) == 30


def test_the_record_of_another_flight_binds_nothing() -> None:
    for seed in range(20):
        rng = random.Random(seed)
        told, other = orders(rng, 45), orders(rng, 45)
        assert {a.why for a in bind(frames(other, 3, rng), told)} == {"no_clock"}


def test_an_even_rhythm_is_refused_since_a_shift_by_one_fits_as_well() -> None:
    rng = random.Random(1)
    told = orders(rng, 40, even=True)
    assert {a.why for a in bind(frames(told, 2, rng)[1:], told)} == {"no_clock"}


@pytest.mark.parametrize("ahead_s", [0, 5, -5, 8 * 3600])
def test_an_even_rhythm_of_which_nothing_is_left_over_is_bound(ahead_s: float) -> None:
    rng = random.Random(1)
    told = orders(rng, 40, even=True)
    assert [a.order for a in bind(frames(told, ahead_s, rng), told)] == list(range(40))


def test_a_clock_that_is_set_anew_in_flight_binds_both_parts() -> None:
    rng = random.Random(5)
    told = orders(rng, 60)
    seen = [*frames(told, -40_000, rng)[:30], *frames(told, 1.5, rng)[30:]]
    answers = bind(seen, told)
    bound = [a for a in answers if a.order is not None]
    assert all(a.name == str(a.order) for a in bound)
    assert len(bound) >= 50  # the few about the change are left out


def test_two_orders_within_a_second_are_rivals() -> None:
    rng = random.Random(6)
    told = orders(rng, 30)
    twin = Order(999, told[15].at_us + S // 5)
    answers = bind(frames(told, 4, rng, 1000), sorted([*told, twin], key=lambda o: o.at_us))
    assert answers[15].order is None
    assert sum(a.order is not None for a in answers) >= 28


def placed(order: Order, metres: float) -> Wgs84:
    return Wgs84(23.0 + metres / 111_195, 113.0)


def test_places_rule_out_what_time_alone_would_bind() -> None:
    rng = random.Random(2)
    told = [Order(o.jump_id, o.at_us, placed(o, 40.0 * i)) for i, o in enumerate(orders(rng, 20))]
    near = [Frame(f.name, f.taken_us, f.step_us, told[i].at) for i, f in enumerate(frames(told, 9, rng))]
    assert [a.order for a in bind(near, told)] == list(range(20))
    far = [Frame(f.name, f.taken_us, f.step_us, Wgs84(23.3, 113.0)) for f in near]
    assert {a.why for a in bind(far, told)} == {"elsewhere"}
    assert bind([*near[:10], far[10], *near[11:]], told)[10].why == "elsewhere"


def test_places_let_a_flight_of_five_be_bound() -> None:
    rng = random.Random(3)
    told = [Order(o.jump_id, o.at_us, placed(o, 40.0 * i)) for i, o in enumerate(orders(rng, 5))]
    seen = [
        Frame(f.name, f.taken_us, f.step_us, told[i].at) for i, f in enumerate(frames(told, 9, rng, 1000))
    ]
    assert [a.order for a in bind(seen, told)] == list(range(5))
    assert {a.why for a in bind([Frame(f.name, f.taken_us, f.step_us) for f in seen[:3]], told)} == {
        "no_clock"
    }


def test_without_time_a_lone_order_binds_and_a_crowd_does_not() -> None:
    told = [Order(1, BEGAN, Wgs84(23.0, 113.0)), Order(2, BEGAN + S, placed(Order(2, 0), 50)), Order(3, BEGAN + 2 * S, placed(Order(3, 0), 55))]  # fmt: skip
    asked = [
        Frame("a", at=Wgs84(23.0, 113.0)),
        Frame("b", at=told[1].at),
        Frame("c"),
        Frame("d", at=Wgs84(24, 113)),
    ]
    assert [(a.order, a.why) for a in bind(asked, told)] == [
        (0, None),
        (None, "rivals"),
        (None, "no_time"),
        (None, "elsewhere"),
    ]


def test_nothing_at_all_is_no_error() -> None:
    assert bind([], []) == []
    assert bind([Frame("a", BEGAN)], [])[0].why == "no_clock"
    assert bind([], [Order(1, BEGAN)]) == []
