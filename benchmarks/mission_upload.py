"""Mission upload beside MAVSDK: the same vehicle (MAVSDK's own server plugins), the same items, in turns, in one run.

Prints one JSON document with the times of both and the ratio of their medians. Read-back is timed apart: MAVSDK's upload has
none. `--loss 0.2 --round-trip-ms 300` puts a bad radio in between (loss and half the delay each way).
Examples: benchmarks/mission_upload.py --rounds 20 · benchmarks/mission_upload.py --items 50 --rounds 3 --loss 0.2 --round-trip-ms 300
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import subprocess
import sys
import time
from typing import Any

from mavsdk.asyncio import Configuration, Mavsdk
from mavsdk.asyncio.plugins.mission_raw import MissionRawAsync
from mavsdk.component_type import ComponentType
from mavsdk.plugins.mission_raw import MissionItem

from mumian.core.kernel.errors import MumianError
from mumian.core.kernel.ports import free
from mumian.scenarios.powerline.act.flight.capabilities import capabilities_of
from mumian.scenarios.powerline.act.flight.connection import Connection, connected
from mumian.scenarios.powerline.act.flight.download import verify
from mumian.scenarios.powerline.act.flight.items import Item, MissionType
from mumian.scenarios.powerline.act.flight.upload import upload
from mumian.scenarios.powerline.observe.mavlink.codec import Codec
from mumian.scenarios.powerline.observe.mavlink.endpoint import parse
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.worlds.powerline.lossy import Weather, lossy

ROW = capabilities_of(0, None)


def items(count: int) -> tuple[Item, ...]:
    return tuple(
        Item(
            16,
            3,
            (0.0, 0.0, 0.0, float("nan")),
            230_000_000 + i * 90,
            1_130_000_000 + i * 70,
            40.0 + i % 50,
            int(i == 0),
        )
        for i in range(count)
    )


async def ours(connection: Connection, mission: tuple[Item, ...]) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        done = await upload(connection, mission, MissionType.MISSION, ROW)
    except MumianError as refused:
        return {"seconds": time.perf_counter() - began, "outcome": refused.code}
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    try:
        same = await verify(connection, mission, MissionType.MISSION, ROW)
    except MumianError as refused:
        same = refused.code
    return {"seconds": seconds, "outcome": "whole", "attempts": done.attempts, "read_back": same,
            "read_back_seconds": time.perf_counter() - began}  # fmt: skip


async def theirs(peer: MissionRawAsync, mission: list[MissionItem]) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        await peer.upload_mission(mission)
    except Exception as refused:
        return {"seconds": time.perf_counter() - began, "outcome": str(refused)[:60]}
    return {"seconds": time.perf_counter() - began, "outcome": "whole"}


async def measure(given: argparse.Namespace) -> dict[str, Any]:
    mission = items(given.items)
    as_theirs = [
        MissionItem(n, i.frame, i.command, i.current, 1, *i.params, i.x, i.y, i.z, 0)
        for n, i in enumerate(mission)
    ]
    vehicle, ends = free(), [free(), free()]
    child = subprocess.Popen(
        [sys.executable, "-m", "mumian.worlds.powerline.vehicle", "--connect", f"udpin://127.0.0.1:{vehicle}", "--still"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {"mumian": [], "mavsdk": []}
    try:
        assert child.stdout is not None
        child.stdout.readline()
        async with contextlib.AsyncExitStack() as stack:
            for n, end in enumerate(ends):
                weather = Weather(
                    given.loss, given.round_trip_ms / 1000, chance=random.Random(given.seed + n)
                )
                if given.loss or given.round_trip_ms:
                    await stack.enter_async_context(
                        lossy(("127.0.0.1", end), ("127.0.0.1", vehicle), weather)
                    )
            if not (given.loss or given.round_trip_ms):
                ends = [vehicle, vehicle]
            link = await stack.enter_async_context(Link.opened(parse(f"udpout:127.0.0.1:{ends[0]}"), Codec()))
            connection = await stack.enter_async_context(connected(link, "the vehicle", None, 20))
            peer = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
            await peer.add_any_connection(f"udpout://127.0.0.1:{ends[1]}")
            raw = MissionRawAsync(await peer.first_autopilot(20))
            await asyncio.sleep(2)
            for turn in range(given.rounds):
                for who in given.only or (("mumian", "mavsdk") if turn % 2 else ("mavsdk", "mumian")):
                    row = await (ours(connection, mission) if who == "mumian" else theirs(raw, as_theirs))
                    rows[who].append(row)
                    print(who, json.dumps(row), file=sys.stderr, flush=True)
                    await asyncio.sleep(given.pause_s)
    finally:
        child.terminate()
        child.wait()
    return summary(given, rows)


def summary(given: argparse.Namespace, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    whole = {who: [r["seconds"] for r in done if r["outcome"] == "whole"] for who, done in rows.items()}
    medians = {who: statistics.median(times) if times else None for who, times in whole.items()}
    ratio = medians["mumian"] / medians["mavsdk"] if medians["mumian"] and medians["mavsdk"] else None
    return {
        "items": given.items, "loss_each_way": given.loss, "round_trip_ms": given.round_trip_ms, "rounds": given.rounds,
        "whole": {who: len(times) for who, times in whole.items()}, "median_s": medians, "ratio": ratio, "rows": rows,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--round-trip-ms", type=float, default=0.0)
    parser.add_argument("--pause-s", type=float, default=0.3)
    parser.add_argument("--only", choices=["mumian", "mavsdk"], action="append", help="leave the other out")
    parser.add_argument("--seed", type=int, default=1)
    print(json.dumps(asyncio.run(measure(parser.parse_args())), indent=1))


if __name__ == "__main__":
    main()
