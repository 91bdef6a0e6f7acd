from __future__ import annotations

import pytest

from mumian.scenarios.powerline.understand.clearance.pack import SHIPPED, RulesUnusable, load


@pytest.mark.parametrize("kv", [110, 132, 220, 275, 330, 500, 750])
@pytest.mark.parametrize("name", ["gb50545", "fac003"])
def test_shipped_packs_load_for_every_voltage(name, kv):
    pack = load(name, kv)
    assert pack.class_kv >= kv
    assert all(rule.clause and rule.zh and rule.en for rule in pack.rules)
    assert all(state.clause for state in pack.states)


@pytest.mark.parametrize(
    ("kv", "rule", "required_m"),
    [(110, "tree-vertical", 4.0), (220, "tree-vertical", 4.5), (220, "tree-net", 4.0), (500, "building-vertical", 9.0), (750, "ground-vertical", 15.5)],
)  # fmt: skip
def test_gb50545_figures(kv, rule, required_m):
    assert next(one for one in load("gb50545", kv).rules if one.id == rule).required_m == required_m


def test_a_voltage_between_two_columns_takes_the_higher():
    assert load("gb50545", 132).class_kv == 220
    assert load("gb50545", 275).class_kv == 330


def test_a_voltage_beyond_the_pack_is_refused():
    with pytest.raises(RulesUnusable, match="1000 kV"):
        load("gb50545", 1000)


@pytest.mark.parametrize("name", ["none", "../gb50545", "/etc/passwd", "", "gb50545.toml"])
def test_what_is_no_pack_names_those_that_ship(name):
    with pytest.raises(RulesUnusable, match="fac003, gb50545"):
        load(name, 220)


def test_grades_follow_the_share_of_the_required_distance():
    pack = load("gb50545", 220)
    assert [pack.grade(share * 4.5, 4.5).zh for share in (0.95, 0.85, 0.5)] == ["一般", "严重", "危急"]


def test_an_edited_pack_is_used(tmp_path):
    text = (SHIPPED / "gb50545.toml").read_text("utf-8").replace("220 = 4.5", "220 = 6.25")
    (tmp_path / "ours.toml").write_text(text, "utf-8")
    assert load(str(tmp_path / "ours.toml"), 220).rules[0].required_m == 6.25


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[rule]]", "[[rules]]"), ('measure = "net"', 'measure = "far"'), ('state = "max_sag"', 'state = "hot"'), ("220 = 4.5", "220 = -1.0"),
        ("220 = 4.5", "220 = nan"), ("220 = 4.5", '220 = "far"'), ("temperature_c = 40.0", ""), ("area_mm2 = 425.24", "area_mm2 = 0"), ("title =", "title"),
    ],
)  # fmt: skip
def test_a_broken_pack_is_refused(tmp_path, old, new):
    text = (SHIPPED / "gb50545.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "ours.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(RulesUnusable):
        load(str(tmp_path / "ours.toml"), 220)
