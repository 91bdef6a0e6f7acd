"""Distances to swept wires agree with brute force, and the search along legs misses nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mumian.scenarios.powerline.decide.plan.keepout import SLACK_M, nearest
from mumian.scenarios.powerline.decide.plan.wires import SweptWire
from mumian.scenarios.powerline.domain.catenary import HungConductor

wires = st.builds(
    SweptWire,
    st.just(1), st.just(2), st.just(1), st.just("A"),
    st.tuples(st.floats(-5, 5), st.floats(-5, 5), st.floats(20, 60)),
    st.tuples(st.floats(80, 400), st.floats(-200, 200), st.floats(20, 60)),
    st.floats(1500, 2500), st.floats(700, 1400), st.floats(0, 5), st.floats(1, 35),
)  # fmt: skip
places = st.tuples(st.floats(-30, 430), st.floats(-230, 230), st.floats(-20, 90))


def swept(wire: SweptWire, stations: int = 400, angles: int = 13, depths: int = 9) -> np.ndarray:
    """A dense sample of everything the wire can reach."""
    s = np.linspace(0, wire.length_m, stations)
    least, greatest = wire.drop(s)
    ahead = np.array([wire.end[0] - wire.start[0], wire.end[1] - wire.start[1]]) / wire.length_m
    found = []
    for angle in np.linspace(-wire.swing_deg, wire.swing_deg, angles):
        for share in np.linspace(0, 1, depths):
            down = least + share * (greatest - least)
            side = down * math.sin(math.radians(angle))
            x = wire.start[0] + ahead[0] * s + ahead[1] * side
            y = wire.start[1] + ahead[1] * s - ahead[0] * side
            found.append(np.column_stack([x, y, wire.chord(s) - down * math.cos(math.radians(angle))]))
    return np.concatenate(found)


@settings(max_examples=60)
@given(wires, st.lists(places, min_size=1, max_size=8))
def test_the_distance_is_that_of_the_swept_space(wire, points):
    points = np.array(points)
    brute = np.sqrt(((points[:, None] - swept(wire)[None]) ** 2).sum(2)).min(1)
    found = wire.distance(points)
    assert (found <= brute + 0.01).all()
    assert (found >= brute - 1.2).all()  # what brute force can miss between its samples


@given(wires)
def test_a_still_conductor_and_both_swung_ones_lie_inside(wire):
    for c_m in (wire.cold_c_m, wire.hot_c_m):
        for angle in (-wire.swing_deg, 0.0, wire.swing_deg):
            curve = HungConductor(wire.start, wire.end, c_m, angle)
            points = curve.points(np.linspace(0, curve.length_m, 50))
            # Half a station where it is thin, and the plane turns about an inclined chord where the sector is vertical.
            assert wire.distance(points).max() < 0.6


@settings(max_examples=40)
@given(wires, st.lists(st.tuples(places, places), min_size=1, max_size=5), st.floats(2, 15))
def test_the_search_along_legs_misses_nothing(wire, legs, within_m):
    starts, ends = np.array([a for a, _ in legs]), np.array([b for _, b in legs])
    found = nearest(starts, ends, wire.distance, within_m)
    for n in range(len(legs)):
        share = np.linspace(0, 1, 800)[:, None]
        dense = float(wire.distance(starts[n] + share * (ends[n] - starts[n])).min())
        assert found.bound_m[n] <= dense + 0.02
        if dense < within_m:
            assert found.distance_m[n] == pytest.approx(dense, abs=SLACK_M + 0.02)
        else:
            assert found.distance_m[n] >= within_m - SLACK_M - 0.02


def test_a_leg_of_no_length_is_a_place():
    wire = SweptWire(1, 2, 1, "A", (0, 0, 30), (200, 0, 30), 2000, 1000, 1.0, 10.0)
    at = np.array([[100.0, 20.0, 30.0]])
    found = nearest(at, at, wire.distance, 50)
    assert found.distance_m[0] == pytest.approx(float(wire.distance(at)[0]))
