"""The rule pack is data: edited, it changes plans; spoiled, it is refused with the entry named."""

from __future__ import annotations

import json
import tomllib

import pytest
from tests.scenarios.powerline.decide.drawn import write

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.decide.commands import plan, prove
from mumian.scenarios.powerline.decide.plan import rules as packs


def edited(tmp_path, old, new):
    text = packs.SHIPPED.read_text("utf-8")
    assert old in text
    file = tmp_path / "pack.toml"
    file.write_text(text.replace(old, new), "utf-8")
    return file


@pytest.mark.parametrize(
    ("kv", "nominal"), [(35, 66), (66, 66), (110, 110), (132, 220), (275, 330), (500, 500), (765, None)]
)
def test_a_voltage_takes_the_row_of_the_next_higher_nominal_voltage(kv, nominal):
    if nominal is None:
        with pytest.raises(BadInput, match="765 kV"):
            packs.load(kv)
    else:
        assert packs.load(kv).structure.nominal_kv == nominal


def test_standoff_never_falls_with_voltage():
    rows = tomllib.loads(packs.SHIPPED.read_text("utf-8"))["voltage"]
    kept = [row["standoff_m"] for row in sorted(rows, key=lambda row: row["nominal_kv"])]
    assert kept == sorted(kept)


def test_every_rule_has_a_clause_that_says_whether_it_was_checked():
    from mumian.scenarios.powerline.decide.plan.proof import _ORDER

    clauses = packs.load(220).clauses
    assert set(_ORDER) <= set(clauses)
    assert all(clause.id and clause.zh and clause.en for clause in clauses.values())


def test_an_edited_pack_changes_the_plan(tmp_path, capsys):
    pack = edited(tmp_path, "standoff_m = 6.0", "standoff_m = 7.5")
    out = tmp_path / "out.plan"
    plan(write(tmp_path / "line.geojson"), 3, "tower", out, rules=pack)
    worst = json.loads(out.read_text("utf-8"))["mumian"]["certificate"]["predicate"]["worst"]
    assert worst["conductor-distance"] >= 9.5
    prove(out)
    assert "stand-off" not in capsys.readouterr().out


def test_a_plan_under_a_laxer_pack_is_proved_only_with_that_pack(tmp_path, capsys):
    pack = edited(tmp_path, "standoff_m = 6.0", "standoff_m = 4.0")
    out = tmp_path / "out.plan"
    plan(write(tmp_path / "line.geojson"), 3, "tower", out, rules=pack)
    prove(out, rules=pack)
    capsys.readouterr()
    import typer

    with pytest.raises(typer.Exit):
        prove(out, as_json=True)
    assert "standoff_m 4 → 6" in capsys.readouterr().out


def test_no_pack_lifts_the_legal_ceiling(tmp_path):
    pack = edited(tmp_path, "ceiling_m = 120.0", "ceiling_m = 300.0")
    rules, _ = packs.strictest(packs.load(220, pack), packs.load(220, pack))
    assert rules.limits.ceiling_m == 120.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("gnss_m = 2.0", "", "limits.gnss_m"),
        ("gnss_m = 2.0", 'gnss_m = "two"', "limits.gnss_m"),
        ("gnss_m = 2.0", "gnss_m = nan", "limits.gnss_m"),
        ("gnss_m = 2.0", "gnss_m = -1.0", "limits.gnss_m"),
        ("[camera]", "[kamera]", "camera"),
        ("[limits]", "[limits", "TOML"),
        ('name = "JL/G1A-400/35"', 'name = "other"', "conductor"),
    ],
)
def test_a_spoiled_pack_is_refused(tmp_path, old, new, said):
    with pytest.raises(BadInput, match=said):
        packs.load(220, edited(tmp_path, old, new))


def test_a_missing_pack_is_refused(tmp_path):
    with pytest.raises(BadInput, match="TOML rule pack"):
        packs.load(220, tmp_path / "none.toml")


def test_rules_survive_the_file_they_travel_in():
    rules = packs.load(500)
    again = packs.of_json(json.loads(json.dumps(rules.as_json())), "plan")
    assert again == rules and packs.digest(again) == packs.digest(rules)
