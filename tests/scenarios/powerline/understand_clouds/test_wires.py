from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scenarios.powerline.understand_clouds.drawn_wires import Wires, draw

from mumian.scenarios.powerline.understand.clouds import Cloud
from mumian.scenarios.powerline.understand.wires.report import report
from mumian.scenarios.powerline.understand.wires.search import find_wires

CASES = {
    "one": Wires(1),
    "three on a short span": Wires(3, 50.0, 200.0, spacing_m=0.85),
    "slack": Wires(4, 200.0, 100.0),
    "taut": Wires(6, 400.0, 2000.0, heading_rad=2.0),
    "twelve side by side": Wires(12, 300.0, 800.0, heading_rad=1.2),
    "twelve narrow": Wires(12, 50.0, 200.0, spacing_m=0.8, heading_rad=np.pi / 2),
    "three bundles of four": Wires(12, 300.0, 1000.0, layout="bundle", heading_rad=0.8),
    "above each other": Wires(6, 350.0, 900.0, layout="double", heading_rad=0.0),
    "outliers": Wires(6, 350.0, 900.0, layout="double", outliers=0.3),
    "gaps": Wires(4, 300.0, 700.0, gap=0.35, outliers=0.1),
    "uphill": Wires(3, 400.0, 1000.0, rise_m=120.0, heading_rad=-1.0),
    "noisy": Wires(3, 300.0, 700.0, noise_m=0.1),
    "without noise": Wires(3, 300.0, 700.0, noise_m=0.0),
    "not parallel": Wires(6, 300.0, 1000.0, converge=0.3),
    "sparse": Wires(6, 500.0, 1200.0, points=100, outliers=0.1),
    "national coordinates": Wires(3, 300.0, 900.0, origin=(500_000.0, 2_500_000.0, 80.0)),
}


@pytest.mark.parametrize("wanted", CASES.values(), ids=CASES.keys())
def test_every_conductor_is_found_with_its_parameter(wanted: Wires):
    points, truth = draw(wanted)
    wires, labels = find_wires(points)
    assert len(wires) == wanted.count
    for wire in wires:
        assert wire.curve.c_m == pytest.approx(wanted.c_m, rel=0.02)
        assert wire.rmse_m < 1.35 * wanted.noise_m + 1e-3
        assert wire.points == int((labels == wires.index(wire)).sum())
    found = sorted(wire.curve.lowest(wire.start_m, wire.end_m) for wire in wires)
    # An end in the steep part is known to the spacing of the points only; the lowest point of the curve is known well.
    tolerance = 0.05 if wanted.rise_m == 0 else 0.5
    assert found == pytest.approx(sorted(z for _, z in truth), abs=tolerance)


@settings(max_examples=25)
@given(
    st.integers(1, 12), st.floats(0, np.pi), st.floats(100, 2000), st.floats(0.15, 0.5),
    st.sampled_from(["flat", "double"]), st.floats(0, 0.2), st.integers(0, 99),
)  # fmt: skip
def test_conductors_of_any_kind_are_found(count, heading_rad, c_m, share, layout, outliers, seed):
    """Spans that sag by at least 10 times the noise: less bears no parameter, whatever the method."""
    span_m = float(np.clip(share * c_m, max(60.0, np.sqrt(8 * c_m * 0.6)), 700.0))
    wanted = Wires(count, span_m, c_m, heading_rad=heading_rad, layout=layout, outliers=outliers, seed=seed)
    wires, _ = find_wires(draw(wanted)[0])
    assert len(wires) == count
    for wire in wires:
        assert abs(wire.curve.c_m / c_m - 1) < max(0.02, 4 * wire.c_stderr_m / c_m)


def test_the_same_points_give_the_same_wires():
    points, _ = draw(Wires(4, outliers=0.2))
    assert find_wires(points)[0] == find_wires(points)[0]


def test_several_spans_that_turn_come_apart():
    first, _ = draw(Wires(3, 300.0, 900.0, heading_rad=0.2))
    second, _ = draw(
        Wires(3, 250.0, 1400.0, heading_rad=0.6, origin=(300 * np.cos(0.2), 300 * np.sin(0.2), 50.0))
    )
    wires, _ = find_wires(np.concatenate([first, second]))
    assert [round(wire.curve.c_m / 100) for wire in sorted(wires, key=lambda one: one.curve.c_m)] == [
        9
    ] * 3 + [14] * 3


@pytest.mark.parametrize("count", [0, 1, 3, 11, 200])
def test_scattered_points_are_no_conductor(count):
    points = np.random.default_rng(1).uniform(0, 50, (count, 3))
    assert find_wires(points)[0] == []


def test_ground_and_crowns_are_no_conductors():
    rng = np.random.default_rng(3)
    ground = np.column_stack([rng.uniform(0, 200, (20_000, 2)), rng.normal(0, 0.05, 20_000)])
    crown = rng.normal(0, 2.0, (5_000, 3)) + np.array([100, 100, 8])
    assert report(Cloud(np.concatenate([ground, crown]), None, 0))["conductors"] == []


def test_wires_are_found_in_a_whole_scene_without_classes():
    rng = np.random.default_rng(3)
    wires, _ = draw(Wires(6, 300.0, 900.0, layout="double", origin=(0.0, 0.0, 20.0)))
    ground = np.column_stack([rng.uniform(-50, 350, (100_000, 2)), rng.normal(0, 0.05, 100_000)])
    trees = [rng.normal(0, 1.5, (800, 3)) + np.array([*rng.uniform(0, 300, 2), 6]) for _ in range(40)]
    made = report(Cloud(np.concatenate([wires, ground, *trees]), None, 0))
    assert len(made["conductors"]) == 6
    assert all(abs(one["c_m"] / 900 - 1) < 0.02 for one in made["conductors"])


def test_the_wire_class_is_believed():
    points, _ = draw(Wires(2))
    noise = np.random.default_rng(1).uniform(0, 100, (500, 3))
    classes = np.concatenate([np.full(len(points), 14), np.full(len(noise), 5)]).astype(np.uint8)
    made = report(Cloud(np.concatenate([points, noise]), classes, 0))
    assert len(made["conductors"]) == 2
    assert made["points_searched"] == len(points)


def test_one_stray_row_far_away_changes_nothing():
    points, _ = draw(Wires(3))
    wires, _ = find_wires(np.concatenate([points, [[1e9, -1e9, 1e7]]]))
    assert len(wires) == 3
