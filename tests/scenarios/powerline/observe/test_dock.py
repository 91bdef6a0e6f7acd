"""A dock's messages become records of the topic's dock; what cannot be read is refused with its reason, and never raised."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.errors import BadInput
from mumian.core.observe import broker
from mumian.core.observe.records import Event, Observation, Refused
from mumian.scenarios.powerline.observe.dock import envelope
from mumian.scenarios.powerline.observe.dock.records import dock
from mumian.scenarios.powerline.scenario import SCENARIO
from mumian.worlds.powerline.dock_body import Body

NOW_US = 1_800_000_000_000_000


def heard(channel, message, sn="D-A"):
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return dock(f"thing/product/{sn}/{channel}", payload, NOW_US, lambda _: "dock")


def test_osd_is_an_observation_of_the_topics_dock():
    said = {"timestamp": 1_800_000_000_000, "gateway": "D-B", "data": Body(battery=71.5).osd()}
    device, (record,) = heard("osd", said)
    assert device == "D-A"
    assert isinstance(record, Observation)
    assert (record.device, record.event_us, record.values["battery_percent"]) == ("D-A", NOW_US, 71.5)


def test_an_event_is_an_event():
    _, (record,) = heard(
        "events", {"timestamp": 1_800_000_000_000, "method": "drone", "data": {"is": "away"}}
    )
    assert isinstance(record, Event)
    assert (record.kind, record.detail) == ("dock_drone", {"is": "away"})


@given(st.binary(max_size=200) | st.recursive(st.none() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)).map(lambda v: json.dumps(v).encode()))  # fmt: skip
def test_anything_else_is_refused_and_never_raised(payload):
    _, (record,) = heard("osd", payload)
    assert isinstance(record, Refused)
    assert record.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cover_state", 7),
        ("drone_place", "moon"),
        ("wind_speed", "nan"),
        ("faults", 3),
        ("drone_charge_state", None),
    ],
)
def test_a_field_that_cannot_be_is_refused(field, value):
    said = {"timestamp": 1_800_000_000_000, "data": {**Body().osd(), field: value}}
    assert isinstance(heard("osd", said)[1][0], Refused)


@pytest.mark.parametrize("sn", ["", "+", "#", "a/b", "机巢", "a b"])
def test_a_serial_number_names_one_dock(sn):
    with pytest.raises(BadInput, match="serial number"):
        envelope.topic(sn, "services")


def test_a_home_without_docks_has_the_walls_it_had():
    lines = broker.acl().splitlines()
    assert not any("thing/" in line for line in lines)
    with_docks = broker.acl(SCENARIO.topics).splitlines()
    assert set(lines) < set(with_docks)
    ours = [line for line in with_docks if "thing/" in line]
    assert all("/%u/" in line for line in ours if line.startswith("pattern"))
    service = with_docks[with_docks.index("user mumian-service") : with_docks.index("user zigbee2mqtt")]
    assert [line for line in ours if line.startswith("topic")] == [
        line for line in service if "thing/" in line
    ]
