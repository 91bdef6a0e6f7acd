"""What frames say. The samples are the vendor's published examples and those of traccar's WatchProtocolDecoderTest."""

import pytest

from mumian.scenarios.eldercare.observe.watch import Codec, Frame

FALL = (
    "AL_LTE,241020,085353,V,0.0,N,0.0,E,22.0,0,-1,1,100,35,0,0,00200000,1,1,460,11,30602,125639728,100,"
    "5,4P-Touch,bc:5f:f6:1e:07:be,-55,ChinaNet-a9Ld,c4:b8:b5:c4:14:79,-53,0.0"
)
PLACE = "UD,180916,025723,A,22.570733,N,113.8626083,E,0.00,249.5,0.0,6,100,60,0,0,00000010,7,255,460,1,9529,21809,158"


def one(content: str, head: str = "3G", id: str = "8800000015") -> Frame:
    codec = Codec()
    frames = codec.feed(f"[{head}*{id}*{len(content):04X}*{content}]".encode()) + codec.finish()
    assert len(frames) == 1
    return frames[0]


def reasons(frame: Frame) -> list[tuple[str, str | None]]:
    return [(fault.reason, fault.field) for fault in frame.faults]


def place(**changes: str) -> Frame:
    names = (
        "command day clock fix lat ns lon ew speed course altitude satellites gsm battery steps rolls status"
    )
    fields = dict(zip(names.split(), PLACE.split(","), strict=False)) | changes
    return one(",".join(fields.values()))


def test_a_position_in_degrees_and_km_per_hour_with_its_time_in_utc():
    values = one(PLACE).values
    assert values["time_utc"] == "2016-09-18T02:57:23Z"
    assert (values["lat"], values["lon"], values["speed_kmh"]) == (22.570733, 113.8626083, 0)
    assert (values["battery_percent"], values["gsm_percent"], values["satellites"]) == (60, 100, 6)
    assert one(PLACE).time_us == 1474167443_000_000
    assert "alarm" not in values
    assert values["worn"] is True


@pytest.mark.parametrize(
    "command", ["UD", "UD2", "UD3", "UD_LTE", "UD_WCDMA", "WT", "AL", "AL_LTE", "ALCUSTOMER1"]
)
def test_positions_by_every_name(command):
    assert place(command=command).values["lat"] == 22.570733


def test_south_and_west_are_negative_and_so_is_a_sign():
    assert place(ns="S", ew="W").values["lat"] == -22.570733
    assert place(ns="S", ew="W").values["lon"] == -113.8626083
    assert place(lat="-33.480366").values["lat"] == -33.480366
    assert place(lon="-9.000000", ew="W").values["lon"] == -9
    assert place(lon=" 9.1574736").values["lon"] == 9.1574736


def test_without_a_fix_there_is_no_place():
    frame = one(FALL)
    assert frame.values["fix"] is False
    assert not {"lat", "lon", "speed_kmh", "altitude_m"} & frame.values.keys()
    assert frame.faults == ()


@pytest.mark.parametrize(
    ("status", "alarm"),
    [
        ("00010000", "sos"),
        ("00020000", "low_battery"),
        ("00040000", "fence_exit"),
        ("00080000", "fence_enter"),
        ("00100018", "removed"),
        ("00200010", "fall"),
        ("00400000", "heart_rate"),
        ("00310000", "sos"),
        ("0001", "low_battery"),
        ("00000000", "unspecified"),
    ],
)
def test_alarm_bits(status, alarm):
    frame = place(command="AL", status=status)
    assert frame.values["alarm"] == alarm
    assert frame.reply == b"[3G*8800000015*0002*AL]"


def test_several_alarms_are_all_named():
    assert place(command="AL", status="00230000").values["alarms"] == ["sos", "fall", "low_battery"]


def test_bit_3_says_that_the_watch_is_off_the_wrist():
    assert place(status="00000008").values["worn"] is False
    assert place(status="00100000").values["worn"] is False


def test_an_alarm_is_answered_and_named_whatever_else_is_wrong_with_it():
    frame = one("AL,320199,0,X,1.234.567,N,,E,nan")
    assert frame.values["alarm"] == "unspecified"
    assert frame.reply == b"[3G*8800000015*0002*AL]"
    assert ("malformed", None) in reasons(frame)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("LK,50,100,100", {"steps": 50, "rolls": 100, "battery_percent": 100}),
        ("LK", {}),
        ("heart,71", {"heart_rate_bpm": 71}),
        ("PULSE,72", {"heart_rate_bpm": 72}),
        ("bphrt,120,79,73,,,,", {"systolic_mmhg": 120, "diastolic_mmhg": 79, "heart_rate_bpm": 73}),
        ("BLOOD,109,68", {"systolic_mmhg": 109, "diastolic_mmhg": 68}),
        ("btemp2,1,35.29", {"temperature_c": 35.29, "site": "wrist"}),
        ("oxygen,0,99", {"spo2_percent": 99}),
        ("ICCID,89860012345678901234", {"iccid": "89860012345678901234"}),
    ],
)
def test_vital_signs_and_states(content, values):
    frame = one(content)
    assert frame.values == values
    assert frame.faults == ()


@pytest.mark.parametrize(
    ("frame", "fault", "kept"),
    [
        (one("heart,0"), ("out_of_range", "heart_rate_bpm"), {}),
        (one("heart,255"), ("out_of_range", "heart_rate_bpm"), {}),
        (one("oxygen,0,127"), ("out_of_range", "spo2_percent"), {}),
        (one("btemp2,1,0"), ("out_of_range", "temperature_c"), {"site": "wrist"}),
        (
            one("bphrt,120,79,0"),
            ("out_of_range", "heart_rate_bpm"),
            {"systolic_mmhg": 120, "diastolic_mmhg": 79},
        ),
        (one("bphrt,80,120,70"), ("out_of_range", "diastolic_mmhg"), {"heart_rate_bpm": 70}),
        (one("LK,-5,0,88"), ("out_of_range", "steps"), {"battery_percent": 88}),
        (one("LK,5,0,255"), ("out_of_range", "battery_percent"), {"steps": 5}),
        (one("heart,1.234.567"), ("not_a_number", "heart_rate_bpm"), {}),
        (one("heart,nan"), ("not_a_number", "heart_rate_bpm"), {}),
        (one("heart,1_0"), ("not_a_number", "heart_rate_bpm"), {}),
        (one("heart"), ("malformed", "heart_rate_bpm"), {}),
        (place(lat="91.0"), ("out_of_range", "lat"), {"lon": 113.8626083, "battery_percent": 60}),
        (place(lon="180.1"), ("out_of_range", "lon"), {"lat": 22.570733}),
        (place(lat="0.0", lon="0.0"), ("out_of_range", "lat"), {"battery_percent": 60}),
        (place(ew=""), ("malformed", "lon"), {"lat": 22.570733}),
        (place(day="010170"), ("clock", "time_utc"), {"lat": 22.570733}),
        (place(day="060180"), ("clock", "time_utc"), {"lat": 22.570733}),
        (place(day="010199"), ("clock", "time_utc"), {"lat": 22.570733}),
        (place(day="310226"), ("clock", "time_utc"), {"lat": 22.570733}),
        (place(clock="250000"), ("clock", "time_utc"), {"lat": 22.570733}),
        (place(status="xyz"), ("malformed", "status"), {"lat": 22.570733}),
    ],
)
def test_what_cannot_be_is_named_and_the_rest_kept(frame, fault, kept):
    assert reasons(frame) == [fault]
    assert frame.values.items() >= kept.items()
    if fault[1] in ("heart_rate_bpm", "spo2_percent", "lat", "lon", "time_utc"):
        assert fault[1] not in frame.values
    assert fault[1] in (frame.error or "")


def test_unknown_commands_keep_their_fields():
    frame = one("WIFISEARCH,1,a,08:c0:21:1e:68:e0")
    assert frame.raw == ["1", "a", "08:c0:21:1e:68:e0"]
    assert not frame.reply
    assert frame.faults == ()


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        ("LK", "0002*LK"),
        ("TKQ", "0003*TKQ"),
        ("TKQ2", "0004*TKQ2"),
        ("INIT", "0006*INIT,1"),
        ("CONFIG,TY:G75,UL:600", "0008*CONFIG,1"),
        ("bphrt,120,79,73", "0005*bphrt"),
        ("oxygen,0,97", "0008*oxygen,1"),
        ("btemp2,1,36.5", "0006*btemp2"),
        ("TK,#!AMR\n", "0004*TK,1"),
        ("TK,#!AMR}x", "0004*TK,0"),
        ("JXTK,0,watch_7,1,6,#!AMR\n", "0007*JXTKR,1"),
    ],
)
def test_answers_that_are_due(content, reply):
    assert one(content).reply.decode() == f"[3G*8800000015*{reply}]"


@pytest.mark.parametrize("content", ["UD2," + PLACE[3:], "heart,71", "TK,1", "TK,0", "UPLOAD", "VERNO,G29"])
def test_no_answer_where_none_is_due(content):
    assert one(content).reply == b""


def test_a_frame_without_id_is_marked_and_not_answered():
    frame = one("LK", id="")
    assert reasons(frame) == [("malformed", "id")]
    assert not frame.reply
