"""Zigbee2MQTT messages. The samples are those of zigbee2mqtt.io."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.clock import parse
from mumian.core.observe.records import Event, Observation
from mumian.scenarios.eldercare.observe.zigbee import Decoded, decode

NOW = parse("2026-11-24T06:06:00Z")


def heard(message, device: str = "sensor-1", **how) -> Decoded:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return decode(f"zigbee2mqtt/{device}", payload, NOW, **how)


def values(decoded: Decoded) -> dict[str, float]:
    (row,) = decoded.records
    assert isinstance(row, Observation)
    return dict(row.values)


def test_motion():
    assert values(heard({"occupancy": True, "battery": 87, "linkquality": 120, "voltage": 3005})) == {
        "occupancy": 1, "battery_percent": 87, "linkquality": 120, "battery_voltage_mv": 3005,
    }  # fmt: skip


def test_door_with_tamper():
    assert values(heard({"contact": False, "tamper": True, "battery_low": False})) == {
        "contact": 0, "tamper": 1, "battery_low": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "message", [{"occupancy": True}, {"presence": True}, {"pressure": True}, {"pressure": 12}]
)
@pytest.mark.parametrize("device", ["bed-12", "room3/bed", "Bed12", "3.bed.left"])
def test_a_bed_by_its_name(message, device):
    assert values(heard(message, device))["bed_occupied"] == 1


def test_a_bed_by_its_registered_kind_and_a_strap_with_raw_pressure():
    assert values(heard({"occupancy": False, "illuminance": 318}, "0x00158d", kind="bed")) == {
        "bed_occupied": 0, "bed_pressure": 318,
    }  # fmt: skip


def test_occupancy_elsewhere_is_no_bed_and_pressure_elsewhere_is_the_weather():
    decoded = heard({"occupancy": True, "pressure": 1013.2}, "bedlam-hall", kind="motion")
    assert values(decoded) == {"occupancy": 1}
    assert decoded.extra == {"pressure": 1013.2}
    assert "bed_occupied" not in values(heard({"occupancy": True}, "embedded"))


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("single", "button"),
        ("double", "button"),
        ("hold", "sos"),
        ("emergency", "sos"),
        ("1_single", "button"),
    ],
)
def test_buttons(action, kind):
    (event,) = heard({"action": action, "battery": None}).records
    assert event == Event("sensor-1", None, NOW, NOW, kind, {"action": action})


@pytest.mark.parametrize("action", ["", None, "release"])
def test_a_button_let_go_is_no_press(action):
    assert heard({"action": action}).records == ()


def test_the_rooms_temperature_is_nobodys_fever():
    assert values(heard({"temperature": 21.4, "humidity": 44.7})) == {
        "room_temperature_c": 21.4,
        "humidity_percent": 44.7,
    }


@pytest.mark.parametrize(
    ("payload", "online"),
    [(b"online", True), (b"offline", False), (b'{"state":"online"}', True), (b'{"state":"offline"}', False)],
)
def test_availability_in_both_forms(payload, online):
    decoded = decode("zigbee2mqtt/kitchen/door/availability", payload, NOW)
    assert (decoded.device, decoded.online, decoded.refused) == ("kitchen:door", online, ())


def test_other_availability_is_refused():
    assert decode("zigbee2mqtt/door/availability", b"maybe", NOW).refused[0].reason == "malformed"
    assert decode("zigbee2mqtt/door/availability", b"{", NOW).refused[0].reason == "malformed"


def test_the_bridge_is_noted_only():
    assert decode("zigbee2mqtt/bridge/state", b"offline", NOW) == Decoded("", online=False, bridge="state")
    assert decode("zigbee2mqtt/bridge/devices", b"[]", NOW) == Decoded("", bridge="devices")


def test_what_others_ask_of_a_device_is_not_what_it_says():
    assert decode("zigbee2mqtt/door/set", b'{"contact": true}', NOW) == Decoded("door")
    assert decode("zigbee2mqtt/door/get", b'{"contact": ""}', NOW).records == ()


def test_what_is_not_known_is_kept():
    decoded = heard({"occupancy": True, "update": {"state": "idle"}, "sensitivity": "high"})
    assert decoded.extra == {"update": {"state": "idle"}, "sensitivity": "high"}
    assert decoded.refused == ()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"battery": "1.234.567", "occupancy": true}', "not_a_number"),
        (b'{"battery": 255, "occupancy": true}', "out_of_range"),
        (b'{"linkquality": 300, "occupancy": true}', "out_of_range"),
        (b'{"battery": true, "occupancy": true}', "not_a_number"),
        (b'{"contact": "open", "occupancy": true}', "malformed"),
        (b'{"last_seen": "yesterday", "occupancy": true}', "clock"),
        (b'{"last_seen": 0, "occupancy": true}', "clock"),
    ],
)
def test_one_bad_field_does_not_cost_the_others(payload, reason):
    decoded = heard(payload)
    assert [row.reason for row in decoded.refused] == [reason]
    assert values(decoded) == {"occupancy": 1}


@pytest.mark.parametrize(
    ("payload", "reason", "mend"),
    [
        (b'{"occupancy": tru', "malformed", "output: json"),
        (b'{"battery": NaN}', "not_a_number", "NaN"),
        (b"true", "malformed", "attribute"),
        (b"\xff\xfe", "malformed", "json"),
        (b"[" * 50_000, "malformed", "json"),
        (b'{"a": "' + b"x" * 70_000 + b'"}', "too_large", "at most"),
    ],
)
def test_a_broken_message_is_refused_with_how_to_mend_it(payload, reason, mend):
    (refused,) = heard(payload).refused
    assert refused.reason == reason
    assert mend in refused.message
    assert len(refused.raw) <= 2048


def test_a_name_that_cannot_be_an_id_is_refused():
    (refused,) = heard({"occupancy": True}, "卧室门").refused
    assert "rename the device" in refused.message


def test_last_seen_is_the_time_of_a_retained_message():
    for seen in ("2026-11-24T06:05:32.120Z", 1795500332120):
        (row,) = heard({"occupancy": True, "last_seen": seen}).records
        assert (row.event_us, row.received_us) == (parse("2026-11-24T06:05:32.120Z"), NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "occupancy",
        "contact",
        "pressure",
        "presence",
        "battery",
        "voltage",
        "action",
        "last_seen",
        "tamper",
        "x",
    ]
)


@given(st.dictionaries(KEYS, json_values), st.sampled_from(["bed-1", "door"]))
def test_no_message_raises(message, device):
    decode(f"zigbee2mqtt/{device}", json.dumps(message).encode(), NOW)


@given(st.text(max_size=30), st.binary(max_size=60))
def test_no_topic_and_no_bytes_raise(topic, payload):
    decode(topic, payload, NOW)
    decode("zigbee2mqtt/" + topic, payload, NOW)
