from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.domain.tension import ConductorType, Weather, changed_c, loads, swing_deg

JL400 = ConductorType("JL/G1A-400/35", 425.24, 26.82, 1.3475, 65900.0, 20.3e-6)


@given(st.floats(50, 1000), st.floats(200, 2500), st.floats(-40, 90), st.floats(0, 30))
def test_the_changed_tension_solves_the_state_change_equation(span_m, c_m, temperature_c, wind_mps):
    weather = Weather(temperature_c, wind_mps)
    after = changed_c(JL400, span_m, c_m, 15.0, weather)
    load_1, load_2 = JL400.load, math.hypot(*loads(JL400, weather))
    s1, s2 = c_m * load_1, after * load_2

    def side(stress, load):
        return stress - JL400.modulus_n_per_mm2 * (load * span_m / stress) ** 2 / 24

    left = side(s2, load_2)
    right = side(s1, load_1) - JL400.expansion_per_k * JL400.modulus_n_per_mm2 * (temperature_c - 15.0)
    assert left == pytest.approx(right, rel=1e-6, abs=1e-6)


def test_the_same_state_changes_nothing():
    assert changed_c(JL400, 350.0, 1300.0, 20.0, Weather(20.0)) == pytest.approx(1300.0)


def test_heat_slackens_and_cold_tightens():
    assert (
        changed_c(JL400, 350.0, 1300.0, 20.0, Weather(70.0))
        < 1300.0
        < changed_c(JL400, 350.0, 1300.0, 20.0, Weather(-20.0))
    )


def test_a_short_tight_span_reacts_more_than_a_long_one():
    short, long = (changed_c(JL400, span, 1300.0, 20.0, Weather(60.0)) for span in (100.0, 800.0))
    assert short < long


def test_the_swing_angle_is_the_ratio_of_wind_to_weight():
    still = swing_deg(JL400, Weather(15.0))
    blown = swing_deg(JL400, Weather(15.0, 27.0, wind_factor=1.0))
    # 1.1 · 26.82 mm · 0.625 · 27² N/m² over 1.3475 kg · 9.80665 m/s²
    assert still == 0.0
    assert math.tan(math.radians(blown)) == pytest.approx(
        1.1 * 0.02682 * 0.625 * 27**2 / (1.3475 * 9.80665), rel=1e-6
    )


def test_ice_adds_weight():
    assert loads(JL400, Weather(-5.0, ice_mm=10.0))[0] > 1.5 * loads(JL400, Weather(-5.0))[0]


@pytest.mark.parametrize(("span_m", "c_m"), [(0.0, 1000.0), (300.0, 0.0), (300.0, math.nan)])
def test_what_is_no_span_is_refused(span_m, c_m):
    with pytest.raises(BadInput):
        changed_c(JL400, span_m, c_m, 15.0, Weather(40.0))


def test_a_conductor_without_weight_is_refused():
    with pytest.raises(BadInput):
        ConductorType("none", 400.0, 26.0, 0.0, 65000.0, 2e-5)
