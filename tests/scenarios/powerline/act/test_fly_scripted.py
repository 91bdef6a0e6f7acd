"""`fly` against an autopilot that refuses, changes its mind, falls silent or lies."""

from __future__ import annotations

import json

import pytest
import typer
from tests.scenarios.powerline.act.autopilot import Autopilot, Script
from tests.scenarios.powerline.act.plans import written

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ports import free
from mumian.scenarios.powerline.act import commands
from mumian.scenarios.powerline.act.flight.flight import Wishes

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def port():
    return free()


def flown(tmp_path, port, script, capsys, wishes=None, key=None, **plan):
    """(exit code, JSON on stdout, stderr, the autopilot)."""
    path = written(tmp_path / "p.plan", **plan)
    code = 0
    with Autopilot(("127.0.0.1", port), script) as autopilot:
        try:
            commands.fly(path, f"udp:127.0.0.1:{port}", None, key, wishes or Wishes(wait_s=5), True)
        except typer.Exit as exit_:
            code = exit_.exit_code
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else {}, said.err, autopilot


def rows(tmp_path, kind):
    lines = (tmp_path / "p.flight.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["kind"] == kind]


def test_a_mission_is_flown_whole_with_home_as_item_0(tmp_path, port, capsys):
    code, told, _, autopilot = flown(tmp_path, port, Script(), capsys)
    assert code == 0 and told["outcome"] == "whole" and told["items_flown"] == told["items"] == 6
    assert told["photos_by_camera"] == 2 and told["read_back"] == {
        "fence": "same",
        "rally": "same",
        "mission": "same",
    }
    assert autopilot.lists[0][0].command == 16 and autopilot.lists[0][1].command == 22
    assert [i.command for i in autopilot.lists[1]] == [5001] * 4 + [5004]
    assert autopilot.commands().count(400) == 1 and autopilot.commands().count(300) == 1


def test_a_refused_item_is_told_in_the_autopilots_words(tmp_path, port, capsys):
    roi = [(195, 3, [0, 0, 0, 0, 23.1, 113.3, 5])]
    script = Script(refuses={195: 3}, refused_text="Mission: unsupported command")
    code, told, err, autopilot = flown(tmp_path, port, script, capsys, extra=roi)
    assert code == 1 and told["outcome"] == "refused"
    for words in (
        "MAV_MISSION_UNSUPPORTED",
        "MAV_CMD_DO_SET_ROI_LOCATION (195)",
        "Mission: unsupported command",
        "201",
    ):
        assert words in err
    assert not autopilot.armed and autopilot.lists[0] == [] and 400 not in autopilot.commands()


def test_arming_is_tried_again_and_the_reason_told(tmp_path, port, capsys):
    code, _, err, autopilot = flown(tmp_path, port, Script(arm_refusals=2), capsys)
    assert code == 0 and "Need Position Estimate" in err and autopilot.commands().count(400) == 3


def test_arming_refused_for_good_ends_with_the_reason(tmp_path, port, capsys):
    code, _, err, autopilot = flown(tmp_path, port, Script(arm_refusals=99), capsys, Wishes(arm_patience_s=3))
    assert code == 1 and "Need Position Estimate" in err and 300 not in autopilot.commands()


def test_what_comes_back_otherwise_is_not_armed(tmp_path, port, capsys):
    code, _, err, autopilot = flown(tmp_path, port, Script(changes={2: {"z": 60.0}}), capsys)
    assert code == 1 and "item 2: height 20 m came back as 60 m" in err
    assert 400 not in autopilot.commands() and autopilot.lists[0] == []


def test_a_lost_last_word_is_replaced_by_the_read_back(tmp_path, port, capsys):
    code, told, _, autopilot = flown(tmp_path, port, Script(lose_last_ack=True), capsys)
    assert code == 0 and told["outcome"] == "whole"
    assert [count for count in autopilot.told("count") if count[0] == 1] == [(1, 5)]


def test_a_vehicle_that_hands_nothing_back_flies_with_a_warning_or_not_at_all(tmp_path, port, capsys):
    code, told, err, _ = flown(tmp_path, port, Script(no_read_back=True), capsys)
    assert code == 0 and told["read_back"]["mission"] == "not offered" and "not compared" in err
    code, _, _, autopilot = flown(
        tmp_path, port, Script(no_read_back=True), capsys, Wishes(needs_read_back=True)
    )
    assert code == 1 and 400 not in autopilot.commands()


@pytest.mark.parametrize(("then", "words"), [("rtl", "RTL"), ("crash", "Crash: Disarming")])
def test_an_aborted_flight_exits_1_with_the_vehicles_words(tmp_path, port, capsys, then, words):
    code, told, err, _ = flown(tmp_path, port, Script(stop_at=5, then=then), capsys)
    assert code == 1 and told["outcome"] == "aborted" and words in err + json.dumps(told)
    assert told["items_flown"] < told["items"]


def test_control_that_was_taken_is_never_taken_back(tmp_path, port, capsys):
    code, told, err, autopilot = flown(
        tmp_path, port, Script(stop_at=4, then="hold"), capsys, Wishes(patience_s=4)
    )
    assert code == 1 and told["outcome"] == "halted" and "somebody else flies now (LOITER)" in err
    assert [row["event"] for row in rows(tmp_path, "control")] == ["taken from us"]
    assert [c for c in autopilot.commands() if c in (300, 400, 176)] == [176, 400, 300]


def test_a_vehicle_that_falls_silent_is_lost_after_patience(tmp_path, port, capsys):
    code, told, _, _ = flown(tmp_path, port, Script(stop_at=4, then="silence"), capsys, Wishes(patience_s=4))
    assert code == 1 and told["outcome"] == "lost"
    assert any(row["condition"] == "link" and row["begins"] for row in rows(tmp_path, "failsafe"))


def test_an_armed_vehicle_is_not_uploaded_to(tmp_path, port, capsys):
    path = written(tmp_path / "p.plan")
    with Autopilot(("127.0.0.1", port), Script()) as autopilot:
        autopilot.armed = True
        with pytest.raises(typer.Exit) as exit_:
            commands.fly(path, f"udp:127.0.0.1:{port}", None, None, Wishes(wait_s=5), True)
        assert exit_.value.exit_code == 1 and not autopilot.told("count")
    assert "armed" in capsys.readouterr().err


def test_failsafes_that_are_off_are_told_and_can_be_made_binding(tmp_path, port, capsys):
    off = {"FS_GCS_ENABLE": 0.0}
    code, _, err, _ = flown(tmp_path, port, Script(params=dict(off)), capsys)
    assert code == 0 and "FS_GCS_ENABLE = 0" in err
    code, _, _, autopilot = flown(
        tmp_path, port, Script(params=dict(off)), capsys, Wishes(needs_failsafes=True)
    )
    assert code == 1 and 400 not in autopilot.commands()


def test_the_wrong_system_is_not_flown(tmp_path, port, capsys):
    code, _, err, autopilot = flown(tmp_path, port, Script(system=7), capsys, Wishes(system=3, wait_s=2))
    assert code == 1 and "heard system 7, asked for 3" in err and not autopilot.told("count")
    code, _, _, autopilot = flown(tmp_path, port, Script(system=7), capsys, Wishes(system=7))
    assert code == 0


def test_several_vehicles_are_not_guessed_between(tmp_path, port, capsys):
    with Autopilot(("127.0.0.1", port), Script(system=9)), pytest.raises(BadInput, match="1, 9"):
        flown(tmp_path, port, Script(), capsys)
    with Autopilot(("127.0.0.1", port), Script(system=9)) as other:
        code, _, _, autopilot = flown(tmp_path, port, Script(), capsys, Wishes(system=1, wait_s=5))
    assert code == 0 and autopilot.armed is False and not other.told("count") and not other.commands()


def test_signed_flights_refuse_unsigned_vehicles(tmp_path, port, capsys):
    key = tmp_path / "key"
    key.write_text("5a" * 32)
    secret = bytes.fromhex("5a" * 32)
    code, _, _, _ = flown(tmp_path, port, Script(key=secret), capsys, key=key)
    assert code == 0
    code, _, err, _ = flown(tmp_path, port, Script(key=secret, unsigned=True), capsys, Wishes(wait_s=2), key)
    assert code == 1 and "unsigned" in err


def test_nobody_there(tmp_path, port, capsys):
    with pytest.raises(typer.Exit) as exit_:
        commands.fly(
            written(tmp_path / "p.plan"), f"udp:127.0.0.1:{port}", None, None, Wishes(wait_s=1), False
        )
    assert exit_.value.exit_code == 1 and "heartbeat" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["", "udp", "udp:127.0.0.1", "udp:127.0.0.1:99999", "http://x:1", "udp:127.0.0.1:abc"]
)
def test_an_address_that_cannot_be_read(tmp_path, url):
    with pytest.raises(BadInput, match="vehicle address"):
        commands.fly(written(tmp_path / "p.plan"), url)
