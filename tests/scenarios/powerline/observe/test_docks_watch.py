"""What the watch keeps of one dock: faults begin and end once, silence has its start, and no word of a dock breaks the log."""

from __future__ import annotations

import json
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.errors import BadInput
from mumian.core.store import Jsonb
from mumian.scenarios.powerline.decide.dock.offers import offers
from mumian.scenarios.powerline.domain.dock import Dock
from mumian.scenarios.powerline.observe.dock import envelope
from mumian.scenarios.powerline.observe.dock.link import Link
from mumian.scenarios.powerline.observe.dock.standing import SILENT_S, Standing
from mumian.worlds.powerline.dock_body import Body

S = 1_000_000


def standing() -> Standing:
    return Standing("D-A", "simulation", "一号塔", 0)


def osd(**changes):
    return {"data": {**Body().osd(), **changes}}


def test_a_fault_begins_and_ends_once_however_it_is_told():
    seen = standing()
    told = [
        *seen.heard("events", {"method": "hms", "data": {"fault": "rain", "is_on": True}}, S),
        *seen.heard("osd", osd(faults=["rain"]), S),
        *seen.heard("osd", osd(faults=["rain"]), 2 * S),
        *seen.heard("osd", osd(faults=[]), 3 * S),
    ]
    assert told == [
        {"event": "fault", "fault": "rain", "on": True},
        {"event": "fault", "fault": "rain", "on": False},
    ]


def test_silence_has_its_start_and_its_end_and_no_order_rests_on_it():
    seen = standing()
    assert not list(seen.look(100 * S))  # never heard is not fallen silent
    list(seen.heard("osd", osd(), 100 * S))
    assert seen.fresh(103 * S) is not None
    late = 100 * S + int(SILENT_S * S) + 1
    assert list(seen.look(late)) == [{"event": "silent", "since_us": 100 * S}]
    assert not list(seen.look(late + S))
    assert seen.fresh(late) is None
    assert next(iter(seen.heard("osd", osd(), late + S))) == {"event": "heard again"}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)), st.text())  # fmt: skip
def test_whatever_a_dock_says_can_be_kept(value, method):
    seen = standing()
    for body in seen.heard("events", {"method": method, "data": {"x": value, "\x00": value}}, S):
        kept = json.dumps(body, allow_nan=False)
        assert "\\u0000" not in kept
        msgspec.json.encode(body)
        Jsonb(body)
        assert len(kept) < 3000
    try:
        bodies = list(seen.heard("osd", osd(faults=value if isinstance(value, list) else [value]), S))
    except BadInput:
        return
    assert len(bodies) <= 33
    msgspec.json.encode(seen.state())


def test_a_flood_is_not_kept():
    seen = standing()
    assert sum(seen.may_write(5 * S + n) for n in range(1000)) == 20
    assert seen.may_write(6 * S)


def test_an_unreadable_state_changes_nothing():
    seen = standing()
    with pytest.raises(BadInput):
        list(seen.heard("osd", osd(cover_state=9), S))
    assert seen.dock is None


@pytest.mark.parametrize(("dock", "cycle", "orders"), [
    (Dock(), "", {"cover_open": "", "putter_open": "cover_shut", "drone_open": "", "charge_open": "", "flighttask_execute": "cover_shut"}),
    (Dock(charging=True), "", {"cover_open": "charging", "putter_open": "charging", "drone_open": "charging", "charge_close": "", "flighttask_execute": "cover_shut"}),
    (Dock(rain=True), "rain", {"cover_open": "rain", "putter_open": "cover_shut", "drone_open": "", "charge_open": "", "flighttask_execute": "rain"}),
    (Dock(cover="open", putter="open", drone="landing", powered=True), "no_drone", {"cover_close": "drone_passing", "putter_close": "drone_passing", "drone_close": "no_drone", "charge_open": "cover_not_shut", "flighttask_execute": "no_drone"}),
])  # fmt: skip
def test_what_is_offered_and_what_forbids_the_rest(dock, cycle, orders):
    assert offers(dock) == {"orders": orders, "cycle": cycle}


def test_events_do_not_make_an_old_state_fresh():
    seen = standing()
    list(seen.heard("osd", osd(), S))
    for second in range(2, 12):
        list(seen.heard("events", {"method": "landing", "data": {}}, second * S))
        list(seen.heard("events", {"method": "hms", "data": {"fault": "rain", "is_on": True}}, second * S))
    assert seen.fresh(11 * S) is None
    assert [one["event"] for one in seen.look(11 * S)] == ["silent"]


@pytest.mark.parametrize(
    "text",
    ['{"data": {"result": NaN}}', '{"data": {"x": "\\ud800"}}', '{"tid": "a\\u0000", "data": {}}', '{"data": {"x": -Infinity}}'],
)  # fmt: skip
def test_what_no_log_can_hold_is_no_envelope(text):
    with pytest.raises(BadInput):
        envelope.read(text.encode())


def test_a_number_beyond_all_bounds_is_no_state():
    with pytest.raises(BadInput):
        envelope.dock({**Body().osd(), "temperature": 10**400})


@pytest.mark.parametrize("retained", [True, False])
def test_what_a_broker_retained_is_not_heard(retained):
    heard = []
    Link._heard(SimpleNamespace(topic="t", payload=b"p", retain=retained), lambda *said: heard.append(said))
    assert heard == ([] if retained else [("t", b"p")])
