"""Framing: whatever TCP and the length field do, frames are found, and what is broken is named."""

import random
import resource
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mumian.scenarios.eldercare.observe.watch import MAX_CONTENT, MAX_JUNK, Codec, Frame
from mumian.scenarios.eldercare.observe.watch.voice import escape, unescape

LK = b"[3G*8800000015*000D*LK,50,100,100]"
HEART = b"[3G*6005412902*0008*heart,71]"
AL = (
    b"[ZJ*014111001332708*0075*0064*AL,040418,052156,A,22.536207,N,113.938673,E,0,0,0,5,100,82,1000,50,"
    b"00100000,1,255,460,0,9340,3663,35]"
)


def frame(content: bytes, head: bytes = b"3G", id: bytes = b"8800000015", length: int | None = None) -> bytes:
    return b"[%s*%s*%04X*%s]" % (head, id, len(content) if length is None else length, content)


VOICE = frame(b"TK," + escape(b"#!AMR\n" + bytes(range(256)) * 4))
SAMPLES = (LK, HEART, AL, VOICE, frame(b"CONFIG,TY:G75,UL:600"), frame(b"LK"))


def decode(*chunks: bytes) -> list[Frame]:
    codec = Codec()
    return [f for chunk in chunks for f in codec.feed(chunk)] + codec.finish()


def said(frames: list[Frame]) -> list[tuple[str, str]]:
    return [(f.command, ",".join(fault.reason for fault in f.faults)) for f in frames]


def test_merged_frames_come_apart_in_order():
    frames = decode(b"".join(SAMPLES))
    assert said(frames) == [("LK", ""), ("heart", ""), ("AL", ""), ("TK", ""), ("CONFIG", ""), ("LK", "")]
    assert b"".join(f.wire for f in frames) == b"".join(SAMPLES)
    assert [f.offset for f in frames][:3] == [0, len(LK), len(LK + HEART)]


def test_zj_frames_carry_an_index_and_get_it_back():
    (al,) = decode(AL)
    assert (al.head, al.id, al.index) == ("ZJ", "014111001332708", "0075")
    assert al.reply == b"[ZJ*014111001332708*0075*0002*AL]"


@pytest.mark.parametrize("length", [0, 1, 2, 3, 11, 13, 14, 15, 20, 0x40, 0x1FF, 0xFFFF])
def test_a_wrong_length_does_not_swallow_the_next_frame(length):
    lying = frame(b"LK,50,100,99", length=length)
    frames = decode(HEART + lying + HEART + LK)
    assert [f.command for f in frames] == ["heart", "LK", "heart", "LK"]
    assert said(frames)[1] == ("LK", "" if length == 12 else "length")
    assert frames[1].values["battery_percent"] == 99
    assert frames[1].reply == b"[3G*8800000015*0002*LK]"


def test_a_lying_frame_is_decided_as_soon_as_the_next_begins():
    codec = Codec()
    assert codec.feed(frame(b"LK", length=0xFFFF)) == []
    assert [f.command for f in codec.feed(AL[:8])] == ["LK"]


def test_a_length_without_hex_digits_keeps_id_and_command():
    first, second, third = decode(b"[3G*1*00G2*LK][ZJ*1*0001*xx*AL,1]" + LK)
    assert (first.id, first.command, first.faults[0].reason) == ("1", "LK", "header")
    assert (second.id, second.command) == ("1", "AL")
    assert third.faults == ()


def test_a_frame_without_an_end_is_truncated_by_the_next():
    frames = decode(b"[3G*77*000D*LK,50,100,1" + LK)
    assert said(frames) == [("LK", "truncated"), ("LK", "")]
    assert frames[0].id == "77"
    assert not frames[0].values, "a cut number is a wrong number"
    assert not frames[0].reply, "so that the watch sends it again"


@pytest.mark.parametrize("cut", range(1, len(AL)))
def test_a_stream_that_ends_inside_a_frame_says_so(cut):
    frames = decode(LK + AL[:cut])
    assert frames[0].faults == ()
    assert [f.faults[0].reason for f in frames[1:]] == ["truncated"]
    assert frames[1].offset == len(LK)


def test_junk_is_reported_with_offset_and_size_and_the_stream_found_again():
    frames = decode(LK + b"\r\nHTTP/1.1 [[3G*[ZZ" + HEART + b"tail")
    assert said(frames) == [("LK", ""), ("", "junk"), ("heart", ""), ("", "junk")]
    assert frames[1].error == f"junk of 19 bytes at offset {len(LK)}, between frames"
    assert frames[3].size == 4


def test_names_of_networks_may_carry_brackets_when_the_length_is_right():
    content = b"UD,220322,055105,A,22.761162,N,114.360192,E,0,0,47,14,100,64,0,0,00000008,0,1,[home],22:74:1d:39:64:ff,-46"
    frames = decode(frame(content) + LK)
    assert said(frames) == [("UD", ""), ("LK", "")]


def test_voice_counted_before_escaping_is_whole_too():
    plain = b"TK,#!AMR\n}[],*"
    content = b"TK," + escape(plain[3:])
    (voice,) = decode(frame(content, length=len(plain)))
    assert voice.faults == ()
    assert voice.payload == plain[3:]


def test_voice_is_unescaped_by_the_vendors_table():
    assert unescape(b"}\x01}\x02}\x03}\x04}\x05") == (b"}[],*", None)
    assert unescape(b"ab}\x06") == (b"ab}\x06", 2)
    (voice,) = decode(VOICE)
    assert voice.payload == b"#!AMR\n" + bytes(range(256)) * 4
    assert voice.reply == b"[3G*8800000015*0004*TK,1]"


@given(st.binary(max_size=300))
def test_escaping_goes_there_and_back(data):
    assert unescape(escape(data)) == (data, None)
    assert not set(escape(data)) & set(b"[],*")


def test_the_longest_frame_passes_and_a_longer_one_does_not_stall():
    voice = b"TK," + b"v" * (MAX_CONTENT - 3)
    assert said(decode(frame(voice) + LK)) == [("TK", ""), ("LK", "")]
    endless = decode(b"[3G*1*0005*" + b"v" * (3 * MAX_CONTENT) + LK)
    assert said(endless)[0] == ("", "too_large")
    assert said(endless)[-1] == ("LK", "")


def test_junk_is_reported_while_it_comes():
    codec = Codec()
    reports = [f for _ in range(300) for f in codec.feed(b"x" * 1024)]
    assert [f.size for f in reports] == [MAX_JUNK] * 4
    assert codec.pending < 64 * 1024


pieces = st.one_of(
    st.sampled_from(SAMPLES),
    st.binary(max_size=40),
    st.text("[]*,}3GZJSC0123456789ABCDEFLKUDAL", max_size=40).map(str.encode),
    st.builds(
        lambda sample, length: sample[:15] + b"%04X" % length + sample[19:],
        st.sampled_from((LK, HEART)),
        st.integers(0, 80),
    ),
    st.builds(lambda sample, cut: sample[: cut % len(sample)], st.sampled_from(SAMPLES), st.integers(0, 999)),
)
streams = st.lists(pieces, max_size=12).map(b"".join)


@given(streams, st.lists(st.integers(0, 3000), max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_cut_of_the_stream_gives_the_same_frames(stream, cuts):
    at = sorted({cut % (len(stream) + 1) for cut in cuts} | {0, len(stream)})
    whole = decode(stream)
    assert decode(*(stream[a:b] for a, b in pairwise(at))) == whole
    assert decode(*(stream[i : i + 1] for i in range(len(stream)))) == whole


@given(streams)
@settings(max_examples=150, deadline=None)
def test_every_byte_is_accounted_for_once_and_in_order(stream):
    at = 0
    for f in decode(stream):
        assert f.offset == at
        at += f.size
    assert at == len(stream)


@given(
    st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=6),
    st.binary(max_size=60).filter(lambda b: b"[" not in b),
)
@settings(deadline=None)
def test_whole_frames_survive_any_junk_between_them(frames, junk):
    found = [f.wire for f in decode(junk + junk.join(frames)) if f.command]
    assert found == frames


def test_a_hundred_thousand_mutated_frames_neither_raise_nor_grow_memory():
    rng = random.Random(20261124)
    codec, seen = Codec(), 0
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):
        seen += len(codec.feed(b"".join(_mutated(rng) for _ in range(1000))))
        assert codec.pending <= 2 * MAX_JUNK
    assert seen > 80_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 50 * 1024


def _mutated(rng: random.Random) -> bytes:
    data = bytearray(rng.choice((LK, HEART, AL)))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randrange(1, 8)]
                data = data or bytearray(b"[")
            case 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 8))
            case _:
                data[at : at + 1] = rng.choice((b"[", b"]", b"*", b",", b"}", b"[3G*"))
    return bytes(data)
