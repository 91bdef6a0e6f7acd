"""The link: frames out of anything, loss and round trip, who is believed, and signing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from tests.scenarios.powerline.act.autopilot import Autopilot, Script

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.ports import free
from mumian.scenarios.powerline.act import commands
from mumian.scenarios.powerline.observe.mavlink import modes
from mumian.scenarios.powerline.observe.mavlink.codec import Codec, dialect
from mumian.scenarios.powerline.observe.mavlink.endpoint import parse
from mumian.scenarios.powerline.observe.mavlink.framing import Framer
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.scenarios.powerline.observe.mavlink.quality import RoundTrip, SequenceGaps
from mumian.worlds.powerline.lossy import Weather, lossy

KEY = bytes(range(32))


def beats(count, codec=None):
    codec = codec or Codec(1, 1)
    return [codec.encode(mavlink.MAVLink_heartbeat_message(2, 3, 0, n, 4, 3)) for n in range(count)]


def test_a_million_bytes_of_noise_hide_no_frame_and_raise_nothing():
    chance, framer = random.Random(7), Framer(Codec(), datagrams=True)
    noise, good = chance.randbytes(1_000_000), beats(200)
    began, heard = time.process_time(), []
    for n in range(0, len(noise), 200):
        heard += framer.feed(noise[n : n + 200])
        if n % 5000 == 0 and good:
            heard += framer.feed(good.pop(0))
    assert [m.custom_mode for m in heard if m.get_type() == "HEARTBEAT"] == list(range(200))
    assert len(heard) == 200 and framer.dropped["garbage"] > 100
    assert time.process_time() - began < 20


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=12), st.integers(0, 11))
def test_noise_before_a_datagram_costs_the_datagram_nothing(noise, at):
    framer, frame = Framer(Codec(), datagrams=True), beats(1)[0]
    heard = []
    for n, piece in enumerate([*noise[:at], frame, *noise[at:]]):
        found = framer.feed(piece)
        heard += found
        if n == min(at, len(noise)):
            assert len(found) == 1
    assert len(heard) == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_stream_cut_anywhere_gives_the_same_messages(data):
    stream = b"".join(beats(20))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=30)))
    framer, heard, before = Framer(Codec(), datagrams=False), [], 0
    for cut in [*cuts, len(stream)]:
        heard += framer.feed(stream[before:cut])
        before = cut
    assert [m.custom_mode for m in heard] == list(range(20))


def test_garbage_in_front_within_one_datagram():
    frame = beats(1)[0]
    assert len(Framer(Codec(), datagrams=True).feed(b"\xfd\xff\x00" + frame)) == 1


def test_the_same_frame_twice_is_one_message():
    framer, frames = Framer(Codec(), datagrams=True), beats(3)
    assert [len(framer.feed(f)) for f in (frames[0], frames[0], frames[1], frames[0], frames[2])] == [
        1,
        0,
        1,
        0,
        1,
    ]
    assert framer.dropped["repeated"] == 2


@settings(max_examples=80, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 60))
def test_a_changed_frame_is_never_taken_for_another_message(change, at):
    frame = bytearray(beats(1)[0])
    at %= len(frame)
    frame[at : at + len(change)] = change[: len(frame) - at]
    heard = Framer(Codec(), datagrams=True).feed(bytes(frame))
    assert all(bytes(frame) == beats(1)[0] or m.get_type() != "HEARTBEAT" for m in heard)


def test_gaps_are_counted_and_late_frames_take_theirs_back():
    gaps = SequenceGaps()
    for sequence in (250, 251, 254, 255, 1, 0, 2, 2):  # 252, 253 are lost, 0 came late, 2 twice
        gaps.heard(sequence)
    assert (gaps.received, gaps.lost) == (8, 2)


def test_the_clock_is_taken_from_the_quickest_answer():
    trip = RoundTrip()
    for round_trip_us, offset_us in ((400_000, 5_100_000.0), (20_000, 5_000_100.0), (300_000, 4_900_000.0)):
        trip.measured(round_trip_us, offset_us)
    assert trip.offset_us == 5_000_100.0 and trip.last_us == 300_000


def test_signing_refuses_unsigned_forged_and_replayed_frames():
    theirs, ours = Codec(1, 1, KEY), Codec(255, 190, KEY)
    signed = beats(3, theirs)
    framer = Framer(ours, datagrams=True)
    assert len(framer.feed(signed[0])) == 1
    assert framer.feed(beats(1)[0]) == [] and framer.dropped["unsigned"] == 1
    forged = bytearray(signed[1])
    forged[-1] ^= 1
    assert framer.feed(bytes(forged)) == [] and framer.dropped["forged"] == 1
    assert len(framer.feed(signed[2])) == 1
    assert framer.feed(signed[1]) == [] and framer.dropped["replayed"] == 1
    wrong = Framer(Codec(255, 190, bytes(32)), datagrams=True)
    assert wrong.feed(signed[0]) == [] and wrong.dropped["forged"] == 1


def test_a_forged_frame_with_a_far_timestamp_does_not_silence_the_true_sender():
    theirs, framer = Codec(1, 1, KEY), Framer(Codec(255, 190, KEY), datagrams=True)
    first, second = beats(2, theirs)
    forged = bytearray(first)
    forged[-12:-6] = b"\xff" * 6
    assert framer.feed(bytes(forged)) == []
    assert len(framer.feed(first)) == 1 and len(framer.feed(second)) == 1


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port"),
    [("udp:127.0.0.1:14550", "udp", "127.0.0.1", 14550), ("udp://:14540", "udp", "0.0.0.0", 14540),
     ("tcp:10.0.0.7:5760", "tcp", "10.0.0.7", 5760), ("udpout://[::1]:14550", "udpout", "::1", 14550)],
)  # fmt: skip
def test_addresses(url, scheme, host, port):
    found = parse(url)
    assert (found.scheme, found.host, found.port) == (scheme, host, port)


@given(st.text(max_size=40))
def test_any_other_address_is_bad_input(text):
    with contextlib.suppress(BadInput):
        assert 0 < parse(text).port < 65536


def test_modes():
    assert modes.name(modes.ARDUPILOT, 2, 1, 3) == "AUTO"
    assert modes.name(modes.PX4, 2, 1, 4 << 16 | 4 << 24) == "AUTO.MISSION"
    assert modes.name(modes.GENERIC, 0, 128, 0) == "UNKNOWN"


def seconds_of(link_url, seconds, capsys, **wishes):
    commands.link(link_url, seconds=seconds, as_json=True, **wishes)
    return [json.loads(row) for row in capsys.readouterr().out.splitlines()]


def test_link_tells_messages_round_trip_and_mode_every_second(capsys):
    port = free()
    with Autopilot(("127.0.0.1", port), Script()):
        rows = seconds_of(f"udp:127.0.0.1:{port}", 4, capsys)
    assert len(rows) == 4 and all(row["messages"] > 4 and row["loss"] == 0 for row in rows[1:])
    assert rows[-1]["mode"] == "STABILIZE" and rows[-1]["system"] == 1 and 0 < rows[-1]["round_trip_ms"] < 500
    assert abs(rows[-1]["clock_offset_ms"] - 5000) < 100  # the scripted clock is 5 s ahead


def test_link_speaks_to_a_vehicle_that_holds_the_port(capsys):
    with Autopilot(("127.0.0.1", 9), Script()) as autopilot:
        port = autopilot.socket.getsockname()[1]
        rows = seconds_of(f"udp:127.0.0.1:{port}", 3, capsys)
    assert rows[-1]["messages"] > 4


def test_link_measures_loss_and_delay(capsys):
    near, vehicle = free(), free()

    async def run():
        loop = asyncio.get_running_loop()
        weather = Weather(loss=0.2, round_trip_s=0.3, duplicate=0.1, chance=random.Random(3))
        async with lossy(("127.0.0.1", vehicle), ("127.0.0.1", near), weather):
            from mumian.scenarios.powerline.observe.mavlink.link import Link

            async with Link.opened(parse(f"udpin:127.0.0.1:{near}"), Codec()) as link:
                await loop.run_in_executor(None, time.sleep, 0)
                await asyncio.sleep(15)
                return link.quality, dict(link.refused)

    with Autopilot(("127.0.0.1", vehicle), Script()):
        quality, refused = asyncio.run(run())
    assert 0.08 < quality.loss() < 0.35 and refused["repeated"] > 3
    assert 0.3 < quality.round_trip.smoothed_us / 1e6 < 0.6


def test_another_system_is_not_listened_to(capsys):
    port = free()
    with Autopilot(("127.0.0.1", port), Script(system=9)):
        rows = seconds_of(f"udp:127.0.0.1:{port}", 2, capsys, system=1)
    assert rows[-1]["messages"] > 0 and rows[-1]["mode"] is None


def test_unsigned_frames_are_counted_as_refused(tmp_path, capsys):
    key, port = tmp_path / "key", free()
    key.write_bytes(KEY)
    with Autopilot(("127.0.0.1", port), Script()):
        rows = seconds_of(f"udp:127.0.0.1:{port}", 2, capsys, signing_key=key)
    assert rows[-1]["messages_total"] == 0 and rows[-1]["refused"]["unsigned"] > 4


@pytest.mark.parametrize("content", [b"", b"short", b"zz" * 32, bytes(31)])
def test_a_key_that_is_none(tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="signing key"):
        commands.read_key(path)


def test_our_own_words_and_a_flood_of_senders_are_harmless():
    async def run():
        async with Link.opened(parse(f"udpin:127.0.0.1:{free()}"), Codec()) as link:
            echo = Codec().encode(dialect().MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3))
            link._received(echo, ("127.0.0.1", 1))
            assert not link.quality.gaps
            for n in range(1000):
                link._received(b"\xfd", ("10.0.0.1", n))
            assert len(link._framers) <= 64

    asyncio.run(run())
