from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.catenary import Catenary, HungConductor, c_of_sag, hung

spans = st.floats(20, 1200)
parameters = st.floats(100, 3000)


@given(spans, st.floats(-0.3, 0.3), parameters)
def test_a_hung_catenary_passes_through_both_attachments(span_m, slope, c_m):
    curve = hung(span_m, slope * span_m, c_m, 25.0)
    start, end = curve.height(np.array([0.0, span_m]))
    assert start == pytest.approx(25.0, abs=1e-6)
    assert end == pytest.approx(25.0 + slope * span_m, abs=1e-6)


@given(spans, st.floats(-0.2, 0.2), parameters)
def test_the_parameter_is_found_back_from_the_sag(span_m, slope, c_m):
    span_m = min(span_m, 3 * c_m)
    sag_m = hung(span_m, slope * span_m, c_m).sag(0.0, span_m)
    assert c_of_sag(span_m, sag_m, slope * span_m) == pytest.approx(c_m, rel=1e-6)


def test_the_sag_of_a_flat_span_is_close_to_the_parabola():
    assert hung(300.0, 0.0, 1200.0).sag(0.0, 300.0) == pytest.approx(300.0**2 / (8 * 1200.0), rel=0.01)


def test_the_lowest_height_lies_between_the_stations():
    curve = Catenary(500.0, 100.0, 10.0)
    assert curve.lowest(0.0, 300.0) == pytest.approx(10.0)
    assert curve.lowest(150.0, 300.0) == pytest.approx(float(curve.height(np.array(150.0))))


@pytest.mark.parametrize("c_m", [0.0, -1.0, math.nan, math.inf])
def test_a_curve_without_a_positive_parameter_is_refused(c_m):
    with pytest.raises(BadInput):
        Catenary(c_m, 0.0, 0.0)


@pytest.mark.parametrize("swing_deg", [0.0, 40.0, -65.0])
@pytest.mark.parametrize(
    ("span_m", "rise_m", "c_m"), [(50.0, 0.0, 200.0), (400.0, 30.0, 1200.0), (300.0, -40.0, 100.0)]
)
def test_the_distance_equals_that_to_a_finely_sampled_curve(span_m, rise_m, c_m, swing_deg):
    from scipy.spatial import cKDTree

    one = HungConductor(
        (500_000.0, 2_500_000.0, 30.0), (500_000.0 + span_m, 2_500_000.0, 30.0 + rise_m), c_m, swing_deg
    )
    around = np.array(one.start) + np.random.default_rng(1).uniform(
        [-40, -60, -80], [span_m + 40, 60, 160], (4_000, 3)
    )
    step_m = span_m / 100_000
    samples = one.points(np.linspace(0, span_m, 100_001))
    sampled = cKDTree(samples - np.array(one.start)).query(around - np.array(one.start))[0]
    exact, station = one.distance(around)
    assert (exact <= sampled + 1e-7).all()  # no sample is nearer than the foot point
    assert (exact >= sampled - step_m * 2).all()
    assert ((station >= 0) & (station <= span_m)).all()


@given(parameters, st.floats(-80, 80), st.floats(-0.3, 0.3))
def test_the_cheap_bound_never_exceeds_the_distance(c_m, swing_deg, slope):
    one = HungConductor((0.0, 0.0, 30.0), (180.0, 240.0, 30.0 + slope * 300.0), max(c_m, 150.0), swing_deg)
    around = np.random.default_rng(2).uniform(-60, 320, (300, 3))
    bound = one.offset(around) / math.sqrt(1 + one.steepest**2)
    assert (bound <= one.distance(around)[0] + 1e-9).all()


def test_a_conductor_swings_to_the_right_of_its_way_when_positive():
    one = HungConductor((0.0, 0.0, 30.0), (0.0, 300.0, 30.0), 1000.0, 90.0)  # northwards: right is east
    middle = one.points(np.array([150.0]))[0]
    assert middle[0] == pytest.approx(one.curve.sag(0.0, 300.0), rel=1e-3)
    assert middle[2] == pytest.approx(30.0)


def test_no_points_have_no_distances():
    assert len(HungConductor((0.0, 0.0, 0.0), (100.0, 0.0, 0.0), 500.0).distance(np.empty((0, 3)))[0]) == 0
