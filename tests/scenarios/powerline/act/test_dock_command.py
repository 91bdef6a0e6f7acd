"""`mumian powerline dock`: what cannot be asked is 2, what nobody answers is 1 and says why."""

from __future__ import annotations

import json
import time

import pytest
import typer

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.act.dock.commands import dock
from mumian.scenarios.powerline.act.dock.doing import NotReached, pursue
from mumian.scenarios.powerline.decide.dock.next_order import charge_to_percent
from mumian.scenarios.powerline.domain.dock import Dock
from mumian.scenarios.powerline.observe.dock import envelope
from mumian.worlds.powerline.dock_body import Body


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


class Deaf:
    """A dock that acknowledges every order and does nothing."""

    sn = "D-1"

    def __init__(self) -> None:
        self.ordered: list[str] = []

    def look(self, seconds: float) -> Dock:
        time.sleep(0.02)
        return envelope.dock(Body().osd())

    def order(self, method: str, data: object = None) -> None:
        self.ordered.append(method)


def test_an_order_that_changes_nothing_is_not_given_at_every_look():
    dock_ = Deaf()
    with pytest.raises(NotReached):
        pursue(dock_, "open", 60.0, 0.5)
    assert len(dock_.ordered) == 1
