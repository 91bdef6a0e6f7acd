"""Frames to stored rows."""

from mumian.core.kernel.clock import SECOND_US, parse
from mumian.core.observe.records import Event, Observation, Refused
from mumian.scenarios.eldercare.observe.watch import Codec, records

NOW = parse("2026-11-24T06:06:00Z")
SENT = parse("2026-11-24T06:05:32Z")


def rows(content: str, received_us: int = NOW):
    (frame,) = Codec().feed(f"[3G*8800000015*{len(content):04X}*{content}]".encode())
    return records(frame, received_us)


def position(command: str = "UD", day: str = "241126", status: str = "00000000", lat: str = "23.129") -> str:
    return f"{command},{day},060532,A,{lat},N,113.264,E,1.5,0,10,8,90,66,1200,0,{status},0,0"


def test_a_position_becomes_one_observation_at_its_own_time():
    (row,) = rows(position())
    assert row == Observation(
        "8800000015", None, SENT, NOW,
        {"battery_percent": 66, "steps": 1200, "speed_kmh": 1.5, "worn": 1, "lat_deg": 23.129, "lon_deg": 113.264},
    )  # fmt: skip


def test_half_a_place_is_no_place():
    observation, refused = rows(position(lat="91.0"))
    assert not {"lat_deg", "lon_deg"} & observation.values.keys()
    assert (refused.reason, refused.device) == ("out_of_range", "8800000015")


def test_sos_and_fall_become_events():
    kinds = [row.kind for row in rows(position("AL_LTE", status="00210000")) if isinstance(row, Event)]
    assert kinds == ["sos", "fall"]
    event = rows(position("AL", status="00010000"))[0]
    assert (event.event_us, event.detail["lat"], event.detail["status"]) == (SENT, 23.129, "00010000")


def test_a_vital_sign_has_no_time_of_its_own():
    (row,) = rows("heart,71")
    assert (row.event_us, dict(row.values)) == (NOW, {"heart_rate_bpm": 71})


def test_an_alarm_is_not_lost_to_a_wrong_clock_but_values_are():
    for day in ("010170", "010119", "251126"):
        event, refused = rows(position("AL", day=day, status="00010000"))
        assert (event.kind, event.event_us, event.detail["clock"]) == ("sos", NOW, "wrong")
        assert isinstance(refused, Refused)
        assert refused.reason == "clock"
    (only,) = rows(position("UD2", day="010170"))
    assert only.reason == "clock"


def test_two_minutes_ahead_is_let_pass():
    assert isinstance(rows(position(), SENT - 120 * SECOND_US)[0], Observation)
    assert isinstance(rows(position(), SENT - 121 * SECOND_US)[0], Refused)


def test_impossible_values_are_refused_and_possible_ones_of_the_frame_stored():
    observation, refused = rows("bphrt,120,79,255")
    assert dict(observation.values) == {"systolic_mmhg": 120, "diastolic_mmhg": 79}
    assert (refused.reason, refused.raw[:4]) == ("out_of_range", b"[3G*")


def test_junk_is_refused():
    frames = Codec().feed(b"GET / HTTP/1.1\r\n[3G*1*0002*LK]")
    (refused,) = records(frames[0], NOW)
    assert (refused.device, refused.reason, refused.raw) == ("", "malformed", b"GET / HTTP/1.1\r\n")
