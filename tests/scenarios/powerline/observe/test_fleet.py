"""The board gives each browser the newest and queues nothing; a vehicle that falls silent is shown as silent; origin is the setting's."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest

from mumian.core.kernel.clock import SystemClock
from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.observe.fleet.board import Board
from mumian.scenarios.powerline.observe.fleet.craft import SILENT_S, Craft
from mumian.scenarios.powerline.observe.fleet.sources import sources
from mumian.scenarios.powerline.observe.fleet.watch import Watch
from mumian.scenarios.powerline.observe.mavlink import modes
from mumian.scenarios.powerline.observe.mavlink.codec import Codec, dialect
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.scenarios.powerline.observe.mavlink.texts import Texts
from mumian.scenarios.powerline.observe.mavlink.vehicle import Vehicle


def items(frame):
    return json.loads(frame.removeprefix(b"data: "))["items"]


def state(board, key, n):
    board.put(key, json.dumps({"key": key, "n": n}).encode())


def test_what_was_overtaken_is_skipped_and_what_is_unchanged_is_not_said_again():
    board = Board()
    state(board, "a", 1)
    state(board, "b", 1)
    seen, frame = board.frame(0, 7)
    assert [(i["key"], i["n"]) for i in items(frame)] == [("a", 1), ("b", 1)]
    for n in range(2, 500):
        state(board, "b", n)
    seen, frame = board.frame(seen, 8)
    assert items(frame) == [{"key": "b", "n": 499}] and json.loads(frame[6:])["now_us"] == 8
    assert items(board.frame(seen, 9)[1]) == []


def test_browsers_that_keep_up_share_one_encoding():
    board = Board()
    state(board, "a", 1)
    assert board.frame(0, 1)[1] is board.frame(0, 1)[1]


def test_the_track_goes_to_those_who_come_new_only():
    board = Board()
    board.put("track", b'{"track":1}', at_first=True)
    seen, frame = board.frame(0, 1)
    assert items(frame) == [{"track": 1}]
    board.put("track", b'{"track":2}', at_first=True)
    assert items(board.frame(seen, 2)[1]) == [] and items(board.frame(0, 2)[1]) == [{"track": 2}]


def test_a_slow_browser_holds_nobody_back_and_gets_the_newest():
    async def story():
        board, quick = Board(), []
        slow, other = board.events(lambda: 0), board.events(lambda: 0)
        for reader in (slow, other):
            assert (await anext(reader)).startswith(b"retry")
            assert items(await anext(reader)) == []
        for n in range(50):  # the slow one reads nothing in all this time
            state(board, "a", n)
            board.publish()
            quick += items(await asyncio.wait_for(anext(other), 1))
        late = items(await asyncio.wait_for(anext(slow), 1))
        board.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(slow), 1)
        await other.aclose()
        return [i["n"] for i in quick], [i["n"] for i in late], board.readers

    assert asyncio.run(story()) == (list(range(50)), [49], 0)


class Speaker:
    """A vehicle's own codec, and our ear for it."""

    def __init__(self):
        self.mav, self.ear = dialect().MAVLink(None, srcSystem=7, srcComponent=1), Codec()

    def say(self, message):
        self.mav.seq = (self.mav.seq + 1) % 256
        return self.ear.decode(message.pack(self.mav))


def craft(listed=("udp:127.0.0.1:14550=field",)):
    return Craft(sources(listed)[0], Link(Codec()), Vehicle(7, 1))


def test_modes_arming_and_grave_texts_are_kept_and_chatter_is_not():
    one, voice, kept = craft(), Speaker(), []
    m = dialect()
    for message in (
        m.MAVLink_heartbeat_message(2, 3, 0x01, 0, 4, 3), m.MAVLink_heartbeat_message(2, 3, 0x81, 3, 4, 3),
        m.MAVLink_statustext_message(6, b"Mission: 4 WP"), m.MAVLink_statustext_message(2, b"Battery failsafe"),
    ):  # fmt: skip
        kept += list(one.heard(voice.say(message), 1))
    assert [name for name, _ in kept] == ["mode", "mode", "armed", "text"]
    assert kept[1][1] == {"mode": "AUTO", "was": "STABILIZE"} and kept[3][1]["text"] == "Battery failsafe"
    assert [text for *_, text in one.texts] == ["Mission: 4 WP", "Battery failsafe"]


def test_silence_begins_after_three_heartbeats_and_ends_with_the_next_word():
    one, voice = craft(), Speaker()
    beat = dialect().MAVLink_heartbeat_message(2, 3, 0x01, 0, 4, 3)
    list(one.heard(voice.say(beat), 1_000_000))
    limit_us = round(SILENT_S * 1e6)
    assert list(one.look(1_000_000 + limit_us)) == [] and not one.state()["silent"]
    assert [name for name, _ in one.look(1_000_001 + limit_us)] == ["link lost"]
    assert one.state()["silent"] and one.state()["heard_us"] == 1_000_000
    assert list(one.look(9_000_000)) == []  # said once
    assert "link back" in [name for name, _ in one.heard(voice.say(beat), 9_500_000)]


def test_a_state_without_position_says_none_instead_of_zero():
    assert "lon" not in craft().state() and craft().state()["battery_percent"] is None


def test_origin_is_the_settings_word_and_simulation_without_one():
    assert [s.origin for s in sources(("udp:127.0.0.1:1=field", "tcp:h:2", "udpout:h:3=replay"))] == [
        "field", "simulation", "replay",
    ]  # fmt: skip
    for wrong in (("udp:127.0.0.1:1=real",), ("14550",), ("udp:h:1", "udp:h:1=field")):
        with pytest.raises(BadInput):
            sources(wrong)


def test_a_long_text_is_put_together():
    texts, voice, m = Texts(), Speaker(), dialect()
    said = [
        texts.whole(voice.say(m.MAVLink_statustext_message(4, part, 9, n)))
        for n, part in enumerate((b"x" * 50, b"end"))
    ]
    assert said == ["", "x" * 50 + "end"]


@pytest.mark.parametrize(
    ("mode", "doing"),
    [
        ("AUTO", "mission"), ("AUTO.MISSION", "mission"), ("BRAKE", "hold"), ("AUTO.LOITER", "hold"), ("RTL", "return"), ("AUTO.RTL", "return"),
        ("LAND", "land"), ("AUTO.TAKEOFF", "takeoff"), ("GUIDED", "guided"), ("STABILIZE", "other"), ("UNKNOWN", "unknown"), ("MODE_77", "unknown"),
    ],
)  # fmt: skip
def test_a_dispatcher_is_told_what_a_mode_does(mode: str, doing: str) -> None:
    assert modes.doing(mode) == doing


def test_forged_systems_on_one_address_do_not_keep_a_vehicle_of_another_out():
    settings = SimpleNamespace(vehicles=("udpin:127.0.0.1:1=field", "udpin:127.0.0.1:2=simulation"))
    watch = Watch(settings, None, SystemClock())
    one, two = watch.sources

    def heard(source, system):
        mav = dialect().MAVLink(None, srcSystem=system, srcComponent=1)
        said = Codec().decode(dialect().MAVLink_heartbeat_message(2, 3, 0x01, 0, 4, 3).pack(mav))
        watch._heard(source, Link(Codec()), said)
        return f"{source.number}-{system}" in watch._craft

    assert all(heard(two, system) for system in range(1, 251))
    assert heard(one, 77)
    assert not heard(two, 251)
    assert "more than 250" in watch.health()["faults"][str(two.endpoint)]
    watch._craft[f"{two.number}-9"].silent = True
    watch._craft[f"{two.number}-9"].heard_us = 0
    assert heard(two, 252)
    assert len(watch._craft) == 251
    watch.loop.close()
