"""One message of the device protocol: a record, or a refusal that says how to mend it; never an exception."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.observe import device
from mumian.core.observe.records import Event, Observation, Refused, Reply, Waveform

NOW = 1_795_500_000_000_000
MS = NOW // 1000


def obs(**values: object) -> bytes:
    return json.dumps({"seq": 12, "time": MS, "values": values}).encode()


def test_observation_keeps_event_time_and_receive_time_apart() -> None:
    seen = device.decode(
        "B-1",
        "obs",
        b'{"seq":12,"time":"2026-11-24T06:00:00Z","values":{"heart_rate_bpm":84,"worn":true}}',
        NOW,
    )
    assert isinstance(seen, Observation)
    assert (seen.seq, seen.received_us) == (12, NOW)
    assert seen.event_us == 1_795_500_000_000_000
    assert seen.values == {"heart_rate_bpm": 84.0, "worn": 1.0}


def test_json_and_messagepack_give_the_same_record() -> None:
    body = {
        "seq": 1,
        "time": MS,
        "rate_hz": 50,
        "unit": "g",
        "x": [0.0, 0.5],
        "y": [0.0, 0.0],
        "z": [1.0, 1.0],
    }
    one = device.decode("B-1", "accel", json.dumps(body).encode(), NOW)
    other = device.decode("B-1", "accel", msgspec.msgpack.encode(body), NOW)
    assert isinstance(one, Waveform) and isinstance(other, Waveform)
    np.testing.assert_array_equal(one.samples, other.samples)
    np.testing.assert_allclose(one.samples[0], [0, 0, 9.80665], rtol=1e-6)


def test_gyroscope_adds_three_channels() -> None:
    body = {
        "seq": 1,
        "time": MS,
        "rate_hz": 50,
        "unit": "m/s2",
        **{axis: [0.0] for axis in ("x", "y", "z", "gx", "gy", "gz")},
    }
    record = device.decode("B-1", "accel", json.dumps(body).encode(), NOW)
    assert isinstance(record, Waveform) and record.samples.shape == (1, 6)


def test_event_and_reply() -> None:
    assert isinstance(device.decode("B-1", "event", b'{"seq":1,"time":%d,"kind":"sos"}' % MS, NOW), Event)
    assert isinstance(
        device.decode("B-1", "reply", b'{"seq":2,"time":%d,"command":"C-1","answer":"help"}' % MS, NOW), Reply
    )


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"not json at all", "malformed"),
        (b'{"seq":12,"time":1,"values"', "malformed"),
        (b'{"seq":12,"time":%d,"values":{"heart_rate_bpm":NaN}}' % MS, "not_a_number"),
        (obs(temperature_c="1.234.567"), "not_a_number"),
        (obs(heart_rate_bpm=0), "out_of_range"),
        (obs(heart_rate_bpm=255), "out_of_range"),
        (obs(spo2_percent=127), "out_of_range"),
        (b'{"seq":12,"time":0,"values":{"steps":1}}', "clock"),
        (b'{"seq":12,"time":"2099-01-01T00:00:00Z","values":{"steps":1}}', "clock"),
        (b'{"seq":12,"time":"2026-11-24T14:00:00","values":{"steps":1}}', "clock"),
        (b'{"seq":0,"time":%d,"values":{"steps":1}}' % MS, "malformed"),
        (b'{"seq":12,"time":%d,"values":{}}' % MS, "malformed"),
        (obs(**{"Heart Rate": 80}), "malformed"),
    ],
)
def test_bad_input_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    refused = device.decode("B-1", "obs", payload, NOW)
    assert isinstance(refused, Refused)
    assert refused.reason == reason
    assert refused.message


def test_a_refused_message_keeps_its_number_so_that_it_counts_as_durable() -> None:
    refused = device.decode("B-1", "obs", obs(heart_rate_bpm=255), NOW)
    assert isinstance(refused, Refused) and refused.seq == 12


def test_unequal_axes_are_refused() -> None:
    body = {"seq": 1, "time": MS, "rate_hz": 50, "unit": "g", "x": [0.0], "y": [0.0, 0.0], "z": [1.0]}
    refused = device.decode("B-1", "accel", json.dumps(body).encode(), NOW)
    assert isinstance(refused, Refused) and "same length" in refused.message


@given(st.sampled_from(device.CHANNELS), st.binary(max_size=400))
def test_no_bytes_raise(channel: str, payload: bytes) -> None:
    device.decode("B-1", channel, payload, NOW)


@given(st.sampled_from(device.CHANNELS), st.dictionaries(st.sampled_from(["seq", "time", "values", "kind", "x", "y", "z", "unit"]),
       st.one_of(st.integers(), st.floats(), st.text(max_size=5), st.lists(st.floats(), max_size=3), st.none())))  # fmt: skip
def test_no_json_raises(channel: str, body: dict[str, object]) -> None:
    device.decode("B-1", channel, json.dumps(body).encode(), NOW)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"seq":12,"time":',
        b'{"seq" : 12, "time": 1.234.567}',
        b'{"time":0,"values":{"steps":NaN},"seq":12}',
        b'{"seq":12,"values":{"' + b"x" * device.PAYLOAD_MAX + b'":1},"time":0}',
    ],
)
def test_broken_json_still_names_its_number(payload: bytes) -> None:
    refused = device.decode("B-1", "obs", payload, NOW)
    assert isinstance(refused, Refused) and refused.seq == 12


@pytest.mark.parametrize(
    "payload", [b'{"seq":1.5,', b'{"seq":1,"seq":2,', b'{"seq":0,', b'{"seq":99999999999999999,', b"seq 12"]
)
def test_a_number_in_doubt_is_none(payload: bytes) -> None:
    refused = device.decode("B-1", "obs", payload, NOW)
    assert isinstance(refused, Refused) and refused.seq is None


@pytest.mark.parametrize("seq", [0, -1, 2**60, 2**80])
def test_an_impossible_number_of_a_batch_is_not_kept_as_one(seq: int) -> None:
    refused = device.observation("B-1", seq, MS, {"steps": 1}, NOW)
    assert isinstance(refused, Refused) and refused.seq is None


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_zone_that_leads_over_the_edge_of_time_is_refused(time: str) -> None:
    refused = device.observation("B-1", 1, time, {"steps": 1}, NOW)
    assert isinstance(refused, Refused) and refused.reason == "clock"
