"""`mumian powerline dock`: what cannot be asked is 2, what nobody answers is 1 and says why."""

from __future__ import annotations

import json

import pytest
import typer

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.act.dock.commands import dock
from mumian.scenarios.powerline.decide.dock.next_order import charge_to_percent


@pytest.mark.parametrize(
    ("url", "sn"), [("http://x", "D-1"), ("mqtt://", "D-1"), ("mqtt://127.0.0.1:1", "a/b")]
)
def test_what_cannot_be_asked(url, sn, tmp_path):
    with pytest.raises(BadInput):
        dock(url, sn, "look", tmp_path / "j", None, 1.0, as_json=True)


def test_no_broker_is_refused_with_its_reason(tmp_path, capsys):
    with pytest.raises(typer.Exit) as left:
        dock("mqtt://127.0.0.1:1", "D-1", "look", tmp_path / "j", None, 1.0, as_json=True)
    assert left.value.exit_code == 1
    assert json.loads(capsys.readouterr().out)["code"] == "unavailable"


@pytest.mark.parametrize(("hours", "percent"), [(None, 60), (25, 60), (24, 90), (0, 90)])
def test_a_battery_is_stored_half_full_unless_it_flies_soon(hours, percent):
    assert charge_to_percent(hours) == percent
