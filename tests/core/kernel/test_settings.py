"""Where a setting comes from: environment, mumian.toml, the home's own file, the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.settings import load, remember_houses


def test_a_home_remembers_its_houses_and_what_is_said_aloud_is_stronger(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    env = {"MUMIAN_HOME": str(home)}
    assert load(env, tmp_path).houses == ("eldercare",)
    remember_houses(home, ("powerline", "eldercare"))
    remembered = load(env, tmp_path)
    assert remembered.houses == ("powerline", "eldercare")
    assert [s.source for s in remembered.listed if s.name == "MUMIAN_HOUSES"] == [str(home / "home.toml")]
    (tmp_path / "mumian.toml").write_text('houses = "eldercare"\n', "utf-8")
    assert load(env, tmp_path).houses == ("eldercare",)
    assert load(env | {"MUMIAN_HOUSES": "powerline"}, tmp_path).houses == ("powerline",)


def test_a_home_remembers_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "home.toml").write_text('host = "0.0.0.0"\n', "utf-8")
    with pytest.raises(BadInput, match="unknown key 'host'; known are houses"):
        load({"MUMIAN_HOME": str(tmp_path)}, tmp_path)
