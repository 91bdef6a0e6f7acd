"""The watch server over real sockets."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from mumian.scenarios.eldercare.observe.watch_server import Limits, serve_watches

LK = b"[3G*8800000015*000D*LK,50,100,100]"
LK_REPLY = b"[3G*8800000015*0002*LK]"
HEART = b"[3G*8800000015*0008*heart,71]"
QUICK = Limits(frame_s=0.4, idle_s=1.0, send_s=1.0)


class Sink:
    """Remembers what it was given; stores when `gate` is open, fails when told to."""

    def __init__(self):
        self.frames, self.gate, self.fails = [], asyncio.Event(), False
        self.gate.set()

    async def __call__(self, device, frame, wire):
        await self.gate.wait()
        if self.fails:
            raise OSError("disk full")
        self.frames.append((device, frame, wire))


@contextlib.asynccontextmanager
async def serving(limits=QUICK):
    sink = Sink()
    server = await serve_watches("127.0.0.1", 0, sink, limits)
    try:
        yield server, sink
    finally:
        await server.close()
        assert server.counters.open == 0


@contextlib.asynccontextmanager
async def watch(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def closed(reader, within_s):
    """Whether the server hangs up in time."""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(within_s):
            while await reader.read(4096):
                pass
    return True


def run(story):
    asyncio.run(asyncio.wait_for(story(), 20))


def test_each_frame_reaches_the_sink_and_is_answered():
    async def story():
        async with serving() as (server, sink), watch(server) as (reader, writer):
            writer.write(LK + HEART + LK)
            assert await reader.readexactly(2 * len(LK_REPLY)) == LK_REPLY * 2
            assert [(device, wire) for device, _, wire in sink.frames] == [
                ("8800000015", LK), ("8800000015", HEART), ("8800000015", LK),
            ]  # fmt: skip
            assert (server.counters.frames, server.counters.replies, server.counters.broken) == (3, 2, 0)

    run(story)


def test_the_answer_waits_until_the_frame_is_stored():
    async def story():
        async with serving() as (server, sink), watch(server) as (reader, writer):
            sink.gate.clear()
            writer.write(LK)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.2)
            sink.gate.set()
            assert await reader.readexactly(len(LK_REPLY)) == LK_REPLY

    run(story)


def test_a_frame_that_is_not_stored_is_not_answered_and_the_connection_closed():
    async def story():
        async with serving() as (server, sink), watch(server) as (reader, writer):
            sink.fails = True
            writer.write(LK)
            assert await reader.read() == b""
            assert server.counters.not_stored == 1

    run(story)


def test_a_slow_loris_is_closed_though_it_keeps_dripping():
    async def story():
        async with serving() as (server, _), watch(server) as (reader, writer):

            async def drip():
                with contextlib.suppress(ConnectionError):
                    for byte in b"[3G*8800000015*FFFF*" + b"a" * 1000:
                        writer.write(bytes((byte,)))
                        await writer.drain()
                        await asyncio.sleep(0.02)

            task = asyncio.create_task(drip())
            assert await closed(reader, 2)
            task.cancel()
            assert server.counters.closed_slow == 1

    run(story)


def test_a_peer_that_says_nothing_is_closed():
    async def story():
        async with serving() as (server, _), watch(server) as (reader, _writer):
            assert await closed(reader, 2)
            assert server.counters.closed_slow == 1

    run(story)


def test_a_watch_may_be_idle_longer_than_a_frame_may_take_but_not_for_ever():
    async def story():
        async with serving() as (server, _), watch(server) as (reader, writer):
            writer.write(LK)
            await reader.readexactly(len(LK_REPLY))
            await asyncio.sleep(0.6)
            writer.write(LK)
            assert await reader.readexactly(len(LK_REPLY)) == LK_REPLY
            assert await closed(reader, 3)
            assert (server.counters.closed_idle, server.counters.closed_slow) == (1, 0)

    run(story)


def test_64_kb_of_junk_close_the_connection_and_are_reported():
    async def story():
        async with serving(replace(QUICK, frame_s=10)) as (server, sink), watch(server) as (reader, writer):
            with contextlib.suppress(ConnectionError):
                for _ in range(70):
                    writer.write(b"x" * 1024)
                    await writer.drain()
            assert await closed(reader, 3)
            assert server.counters.closed_junk == 1
            assert sum(frame.size for _, frame, _ in sink.frames) >= 64 * 1024

    run(story)


def test_one_address_cannot_take_all_connections():
    async def story():
        async with serving(replace(QUICK, per_address=2, frame_s=5)) as (server, _):
            async with watch(server), watch(server) as (reader, writer):
                await asyncio.sleep(0.05)
                async with watch(server) as (third, _):
                    assert await closed(third, 1)
                assert server.counters.refused == 1
                writer.write(LK)
                assert await reader.readexactly(len(LK_REPLY)) == LK_REPLY
            await asyncio.sleep(0.1)
            async with watch(server) as (reader, writer):
                writer.write(LK)
                assert await reader.readexactly(len(LK_REPLY)) == LK_REPLY

    run(story)


def test_all_connections_together_are_limited():
    async def story():
        async with serving(replace(QUICK, connections=1, frame_s=5)) as (server, _), watch(server):
            await asyncio.sleep(0.05)
            async with watch(server) as (second, _):
                assert await closed(second, 1)
            assert (server.counters.open, server.counters.refused) == (1, 1)

    run(story)


def test_a_flood_is_read_no_faster_than_allowed():
    async def story():
        limits = replace(QUICK, bytes_per_s=10_000, burst_bytes=5_000, frame_s=10)
        async with serving(limits) as (server, sink), watch(server) as (reader, writer):
            writer.write(LK * 500)
            await asyncio.sleep(0.3)
            assert len(sink.frames) < 450
            assert server.counters.throttled > 0
            await reader.readexactly(500 * len(LK_REPLY))
            assert len(sink.frames) == 500

    run(story)


def test_a_frame_cut_by_hanging_up_is_reported():
    async def story():
        async with serving() as (server, sink):
            async with watch(server) as (_, writer):
                writer.write(LK + HEART[:20])
                await writer.drain()
            await asyncio.sleep(0.1)
            assert [frame.whole for _, frame, _ in sink.frames] == [True, False]

    run(story)
