"""Every way in gives the same rows; a hostile peer on the watch port harms nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.running import Home, serving, wait_for
from tests.sites import SINCE, small_home

WATCHES = ("3500000001", "3500000002")
READINGS = [{"heart_rate_bpm": 80 + n, "temperature_c": 36.0 + n / 10, "worn": n % 2 == 0} for n in range(5)]
START_MS = time.time_ns() // 1_000_000 - 600_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    site = small_home(8)
    for n, watch in enumerate(WATCHES, 7):
        site["devices"].append({"id": watch, "kind": "watch", "place": None, "origin": "field"})
        site["assignments"].append({"device": watch, "person": f"p{n}", "from": SINCE, "until": None})
    with serving(tmp_path_factory.mktemp("ways")) as running:
        running.load(site)
        yield running


@pytest.fixture(scope="module")
def nurse(home: Home) -> httpx.Client:
    return home.api("nurse", "n1")


@pytest.fixture(scope="module")
def admin(home: Home) -> httpx.Client:
    return home.api("admin")


# — the same rows —————————————————————————————————————————————————————————————


def messages() -> list[dict[str, Any]]:
    return [{"seq": n, "time": START_MS + n * 1000, "values": v} for n, v in enumerate(READINGS, 1)]


def stored(nurse: httpx.Client, device: str) -> dict[str, list[tuple[str, float]]]:
    listed = nurse.get("/api/series", params={"device": device}).json()
    return {
        s["quantity"]: [(p["time"], p["value"]) for p in nurse.get(f"/api/series/{s['id']}").json()["points"]]
        for s in listed
    }


def by_mqtt(home: Home, device: str, *, packed: bool) -> None:
    band = home.band(device)
    for message in messages():
        payload = msgspec.msgpack.encode(message) if packed else json.dumps(message).encode()
        band.client.publish(f"mumian/{device}/obs", payload, 1)
    band.seq = len(READINGS)
    band.settled()
    band.close()


def wide_csv(file: Path, device: str) -> None:
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["device", "seq", "time", *READINGS[0]])
        writer.writerows([device, m["seq"], m["time"], *m["values"].values()] for m in messages())


def long_csv(file: Path, device: str) -> None:
    rows = [
        f"{device},{m['seq']},{m['time']},{name},{str(value).lower()}"
        for m in messages()
        for name, value in m["values"].items()
    ]
    file.write_text("\ufeffdevice,seq,time,quantity,value\n" + "\n".join(rows) + "\n", "utf-8")


def wide_parquet(file: Path, device: str) -> None:
    rows = [{"device": device, "seq": m["seq"], "time": m["time"], **m["values"]} for m in messages()]
    table = pa.Table.from_pylist(rows)
    stamps = table["time"].cast(pa.timestamp("ms", tz="UTC"))
    parquet.write_table(table.set_column(2, "time", stamps), file)


def test_every_way_in_gives_the_same_rows(home: Home, nurse: httpx.Client) -> None:
    by_mqtt(home, "B-1", packed=False)
    by_mqtt(home, "B-2", packed=True)
    batch = {"observations": [{"device": "B-3", **m} for m in messages()]}
    assert home.api("gateway").post("/api/ingest/observations", json=batch).json()["accepted"] == 5
    for name, write, device in (
        ("w.csv", wide_csv, "B-4"),
        ("l.csv", long_csv, "B-5"),
        ("w.parquet", wide_parquet, "B-6"),
    ):
        write(home.folder / name, device)
        done = home.run("import", name)
        assert json.loads(done.stdout) == {"accepted": 5, "duplicate": 0, "quarantined": []}

    first = stored(nurse, "B-1")
    assert [value for _, value in first["temperature_c"]] == [36.0, 36.1, 36.2, 36.3, 36.4]
    assert [value for _, value in first["worn"]] == [1, 0, 1, 0, 1]
    for n in range(2, 7):
        assert stored(nurse, f"B-{n}") == first, f"B-{n}"


def test_a_file_is_imported_once_and_says_what_it_left_out(home: Home, nurse: httpx.Client) -> None:
    (home.folder / "odd.csv").write_text(
        "device,seq,time,heart_rate_bpm,temperature_c\n"
        f"B-7,1,{START_MS},81,\n"
        f"B-7,2,{START_MS + 1000},255,36.5\n"
        f"B-7,3,{START_MS + 2000},82,1.234.567\n"
        f"B-7,four,{START_MS + 3000},83,36.5\n"
        f"nobody,1,{START_MS},81,\n"
    )
    said = json.loads(home.run("import", "odd.csv").stdout)
    assert said["accepted"] == 1
    assert [(q["index"], q["reason"]) for q in said["quarantined"]] == [
        (1, "out_of_range"), (2, "not_a_number"), (3, "malformed"), (4, "unknown_device")]  # fmt: skip
    again = json.loads(home.run("import", "odd.csv").stdout)
    assert (again["accepted"], again["duplicate"]) == (0, 3)
    assert [v for _, v in stored(nurse, "B-7")["heart_rate_bpm"]] == [81]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "no such file"),
        ("a.txt", b"device", ".csv or .parquet"),
        ("b.csv", b"device,time,heart_rate_bpm\nB-1,1,80\n", "'seq' is missing"),
        ("c.csv", b"device,seq,time\nB-1,1,1\n", "no values"),
        ("d.csv", "设备,seq,time".encode("gbk"), "UTF-8"),
        ("e.parquet", b"PAR1 no", "not Parquet"),
    ],
)
def test_what_is_no_table_of_observations_is_refused(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    from mumian.core.kernel.errors import BadInput
    from mumian.core.observe import files

    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        list(files.read(tmp_path / name))


def test_without_a_service_an_import_says_how_to_start_one(tmp_path: Path) -> None:
    from mumian.cli.importing import _address
    from mumian.core.kernel.errors import BadInput

    with pytest.raises(BadInput, match="mumian up"):
        _address(tmp_path)


# — the watch port ————————————————————————————————————————————————————————————


def port(home: Home) -> int:
    return int(home.ready["watch"].rpartition(":")[2])


class Watch:
    """A watch's connection: says a content, takes the answer."""

    def __init__(self, home: Home, id: str) -> None:
        self.id = id
        self.link = socket.create_connection(("127.0.0.1", port(home)), 10)

    def say(self, content: str, *, answered: bool = True) -> bytes:
        self.link.sendall(f"[3G*{self.id}*{len(content):04X}*{content}]".encode())
        return self.link.recv(1000) if answered else b""


def test_a_watch_is_answered_stored_and_raises_an_alarm(home: Home, nurse: httpx.Client) -> None:
    watch = Watch(home, WATCHES[0])
    assert watch.say("LK,50,100,77") == b"[3G*3500000001*0002*LK]"
    assert watch.say("bphrt,120,80,72,,,,") == b"[3G*3500000001*0005*bphrt]"
    assert [v for _, v in stored(nurse, WATCHES[0])["heart_rate_bpm"]] == [72]
    gmt = time.gmtime()
    when = time.strftime("%d%m%y,%H%M%S", gmt)
    place = "A,23.12,N,113.26,E,0.0,0,0,8,100,77,50,0,00010000,0,460,0"
    assert watch.say(f"AL,{when},{place}") == b"[3G*3500000001*0002*AL]"
    alarm = next(
        a for a in nurse.get("/api/alarms").json() if a["device"] == WATCHES[0] and a["kind"] == "sos"
    )
    assert alarm["person"] == "p7"


def test_junk_is_quarantined_and_closes_only_its_own_connection(home: Home, admin: httpx.Client) -> None:
    other = Watch(home, WATCHES[1])
    other.say("LK")
    with (
        socket.create_connection(("127.0.0.1", port(home)), 10) as junk,
        contextlib.suppress(ConnectionError),
    ):
        for _ in range(70):
            junk.sendall(b"\x00\xff[junk" * 160)
        while junk.recv(1000):
            pass
    wait_for(
        lambda: [r for r in admin.get("/api/quarantine").json() if r["device"] == "unknown"],
        what="the junk counted",
    )
    row = next(r for r in admin.get("/api/quarantine").json() if r["device"] == "unknown")
    assert row["reason"] == "malformed" and "junk" in row["message"]
    assert other.say("LK")


def test_an_unknown_watch_is_quarantined(home: Home, admin: httpx.Client) -> None:
    Watch(home, "3599999999").say("LK,1,1,50")
    rows = [r for r in admin.get("/api/quarantine").json() if r["device"] == "3599999999"]
    assert [(r["reason"], r["count"]) for r in rows] == [("unknown_device", 1)]
    assert "mumian device add" in rows[0]["message"]


def test_slow_peers_hold_nobody_up(home: Home) -> None:
    """200 connections that send a byte now and then; a watch among them is answered at once."""
    slow = [socket.create_connection(("127.0.0.1", port(home)), 10) for _ in range(200)]
    for link in slow:
        link.sendall(b"[3G*35")
    began = time.monotonic()
    assert Watch(home, WATCHES[1]).say("LK")
    for link in slow:
        link.sendall(b"0")
    assert Watch(home, WATCHES[1]).say("LK")
    assert time.monotonic() - began < 10
    for link in slow:
        link.close()


def test_random_frames_leave_the_service_up(home: Home) -> None:
    asyncio.run(fuzz(home, 10_000))
    still_well(home)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand_random_frames_leave_the_service_up(home: Home) -> None:
    asyncio.run(fuzz(home, 100_000))
    still_well(home)


def still_well(home: Home) -> None:
    health = httpx.get(f"{home.ready['url']}/healthz", trust_env=False, timeout=30)
    assert health.status_code == 200, health.text
    assert "_faults" not in httpx.get(f"{home.ready['url']}/metrics", trust_env=False, timeout=30).text
    assert Watch(home, WATCHES[0]).say("LK")
    assert not [r for r in home.api("admin").get("/api/quarantine").json() if r["reason"] == "internal"]


async def fuzz(home: Home, frames: int, connections: int = 50) -> None:
    """Sound, mutated, cut and made-up frames over many connections; one that the server closes is opened again."""
    chance = random.Random(frames)
    sound = [_frame(chance) for _ in range(frames)]
    shares = [sound[n::connections] for n in range(connections)]
    await asyncio.gather(*(_send(port(home), share) for share in shares))


async def _send(to: int, share: list[bytes]) -> None:
    left = list(share)
    while left:
        reader, writer = await asyncio.open_connection("127.0.0.1", to)
        drain = asyncio.create_task(_drain(reader))
        with contextlib.suppress(ConnectionError):
            while left and not drain.done():
                writer.write(left.pop())
                await writer.drain()
            writer.write_eof()
        await asyncio.wait([drain], timeout=120)
        drain.cancel()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _drain(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(4096):
            pass


_CONTENTS = (
    "LK", "LK,50,100,100", "UD,180916,025723,A,22.570733,N,113.8626083,E,0.00,249.5,0.0,6,100,60,0,0,00000010,7,255,460,1,9346,3663,154",
    "AL,180916,064032,V,0,N,0,E,0.40,13.4,0,0,100,58,0,0,00010002,0", "bphrt,120,79,73,,,,", "oxygen,0,127", "heart,255",
    "btemp2,1,99.9", "TK,#!AMR", "img,5,1,}\x01", "CONFIG,TY:g36", "", ",,,,", "UD,990170,999999,A,nan,N,1e99,E",
)  # fmt: skip


def _frame(chance: random.Random) -> bytes:
    id = chance.choice((*WATCHES, "3512345678", str(chance.randrange(10**10)), "", "x" * 20))
    content = chance.choice(_CONTENTS)
    length = chance.choice((len(content), len(content), len(content), chance.randrange(65536), -1))
    frame = bytearray(
        f"[{chance.choice(('3G', 'SG', 'CS', 'ZJ', '??'))}*{id}*{length & 0xFFFF:04X}*{content}]".encode()
    )
    kind = chance.randrange(6)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 60))
    if kind == 1:
        return bytes(frame[: chance.randrange(1, len(frame))])
    if kind == 2:
        for _ in range(3):
            frame[chance.randrange(len(frame))] = chance.randrange(256)
    return bytes(frame)
