"""Signals: a gap stays a gap, an extreme stays visible, and what did not happen is not drawn."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from tests.scenarios.eldercare.pages import homes

from mumian.core.kernel.clock import SECOND_US
from mumian.scenarios.eldercare.pages import signal, words

W = words.of("zh")
AT = homes.NOW_US - 47 * SECOND_US


def test_a_gap_of_two_seconds_breaks_the_line():
    acceleration, heart = homes.trace(AT)
    drawn = signal.strip(acceleration, heart, signal.Moments(AT), W)
    assert len(drawn.paths) == 2
    assert drawn.empty == ""


@given(st.integers(0, 2**32), st.integers(0, 1199))
def test_no_extreme_is_lost_to_thinning(seed, spike):
    rng = random.Random(seed)
    values = [rng.uniform(0, 60) for _ in range(1200)]
    values[spike] = 99.0
    points = [(AT + i * 20_000, v) for i, v in enumerate(values)]
    x, y = signal.Axis(AT, points[-1][0], 0, 100), signal.Axis(0, 100, 0, 100)
    (path,) = signal.paths(points, x, y, SECOND_US)
    drawn = [float(p.split(",")[1]) for p in path.split()]
    assert max(drawn) == 99.0
    assert abs(min(drawn) - min(values)) < 0.06
    assert len(drawn) <= 2 * 101


def test_lines_stand_only_for_what_happened():
    lines = signal.strip([], [], signal.Moments(AT, decided_us=AT + 2_600_000, peak_mps2=31.4), W).lines
    assert [line.label for line in lines] == ["冲击 31.4", "2.6 秒 判定"]
    asked = signal.strip(
        [], [], signal.Moments(AT, AT + 2_600_000, AT + 17_600_000, paged_us=AT + 17_600_000), W
    )
    assert asked.ask
    assert "无应答" in asked.ask[2]
    assert "没有波形" in asked.empty


def test_an_hourly_quantity_is_one_line_and_a_silent_afternoon_is_a_gap():
    hourly = [(homes.NOW_US - h * homes.HOUR_US, 36.5) for h in range(20, 0, -1)]
    assert len(signal.day(hourly, homes.NOW_US, 10, 1, W).paths) == 1
    silent = [p for p in hourly if not 5 <= (homes.NOW_US - p[0]) // homes.HOUR_US <= 12]
    assert len(signal.day(silent, homes.NOW_US, 10, 1, W).paths) == 2
    assert signal.day([], homes.NOW_US, 10, 1, W).paths == ()
