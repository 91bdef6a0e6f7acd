"""20 vehicles at 50 messages a second to 10 browsers: p99 from sending to arrival under 250 ms on less than one core.

A process of its own sends real MAVLink 2 over UDP (pymavlink), another reads ten streams of server-sent events, and between them stands
`mumian up` with database and broker: the product as it runs. Each of the 50 moments of a second counts, for each vehicle and browser: one
whose state was overtaken before the browser was told is late until a newer state of that vehicle arrives. Beside it, in the same run on the same messages, the floor: a bare asyncio
relay that hands every datagram on to ten TCP readers without looking into it, and pymavlink's parser alone.

Run: `python benchmarks/vehicle_fanout.py [--seconds 30]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

VEHICLES, RATE_HZ, BROWSERS = 20, 50, 10
GOAL_MS, GOAL_CORES = 250.0, 1.0


def frames() -> tuple[Any, list[Any]]:
    from pymavlink.dialects.v20 import ardupilotmega as mavlink

    return mavlink, [mavlink.MAVLink(None, srcSystem=n + 1, srcComponent=1) for n in range(VEHICLES)]


def send(port: int, seconds: float) -> None:
    """The sender's process. time_boot_ms carries the millisecond of sending within this run, by the machine's monotonic clock."""
    mavlink, speak = frames()
    out = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in speak]
    began, number = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        for n, mav in enumerate(speak):
            if number % RATE_HZ == 0:
                message = mavlink.MAVLink_heartbeat_message(2, 3, 0x81, 3, 4, 3)
            elif number % 5 == 1:
                message = mavlink.MAVLink_sys_status_message(
                    0, 0, 0, 100, 22000, 900, 80 - n, 0, 0, 0, 0, 0, 0
                )
            elif number % 5 == 2:
                message = mavlink.MAVLink_attitude_message(0, 0.01, 0.01, 1.0, 0, 0, 0)
            else:
                east = round(1e7 * (113.3 + n * 1e-3 + 5e-6 * number / RATE_HZ))
                stamp = round(time.monotonic() * 1000) % 2**32
                message = mavlink.MAVLink_global_position_int_message(
                    stamp, 231_000_000 + n * 1000, east, 60000, 40000, 0, 500, 0, 9000
                )
            mav.seq = (mav.seq + 1) % 256
            out[n].sendto(message.pack(mav), ("127.0.0.1", port))
        number += 1
        time.sleep(max(0.0, began + number / RATE_HZ - time.monotonic()))


async def read(port: int, path: str, headers: str, seconds: float, late: list[float]) -> int:
    """One browser: how many bytes came, and how late each position of each vehicle was."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n\r\n".encode())
    newest: dict[str, int] = {}
    taken, end = 0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            line = await asyncio.wait_for(reader.readuntil(b"\n"), left)
        except TimeoutError:
            break
        taken += len(line)
        if not line.startswith(b"data: "):
            continue
        now_ms = time.monotonic() * 1000
        for item in json.loads(line[6:])["items"]:
            if item.get("of") == "state" and "boot_ms" in item:
                was = newest.get(item["key"])
                newest[item["key"]] = item["boot_ms"]
                if was is not None and was < item["boot_ms"]:  # the positions sent since then, every 1/50 s
                    sent = range(item["boot_ms"], was, -round(1000 / RATE_HZ))
                    late += [now_ms - stamp for stamp in sent]
    writer.close()
    return taken


def browsers(port: int, path: str, headers: str, seconds: float) -> None:
    """The readers' process; prints its figures as JSON."""

    async def all_() -> dict[str, float]:
        late: list[float] = []
        taken = await asyncio.gather(*[read(port, path, headers, seconds, late) for _ in range(BROWSERS)])
        late.sort()
        n = len(late)
        return {"n": n, "p50": late[n // 2] if n else -1, "p99": late[int(n * 0.99)] if n else -1,
                "worst": late[-1] if n else -1, "mb": sum(taken) / 1e6}  # fmt: skip

    print(json.dumps(asyncio.run(all_())))


async def relay(udp: int, tcp: int, seconds: float) -> None:
    """The floor: every datagram to every reader, as a line of hexadecimal digits, unread. Its own position stamps are read by the readers."""
    writers: list[asyncio.StreamWriter] = []

    class Hand(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            line = data.hex().encode() + b"\n"
            for writer in writers:
                if not writer.is_closing():
                    writer.write(line)

    async def joined(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Hand, local_addr=("127.0.0.1", udp))
    await asyncio.start_server(joined, "127.0.0.1", tcp)
    await asyncio.sleep(seconds)


def relayed(port: int, seconds: float) -> None:
    """The readers of the floor: latency of every position datagram."""

    async def one(late: list[float]) -> None:
        reader, _ = await asyncio.open_connection("127.0.0.1", port)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                line = await asyncio.wait_for(reader.readuntil(b"\n"), left)
            except (TimeoutError, asyncio.IncompleteReadError):
                break
            raw = bytes.fromhex(line.decode().strip())
            if raw[7] == 33:  # GLOBAL_POSITION_INT
                late.append(time.monotonic() * 1000 - int.from_bytes(raw[10:14], "little"))

    async def all_() -> dict[str, float]:
        late: list[float] = []
        await asyncio.gather(*[one(late) for _ in range(BROWSERS)])
        late.sort()
        n = len(late)
        return {"n": n, "p50": late[n // 2] if n else -1, "p99": late[int(n * 0.99)] if n else -1}

    print(json.dumps(asyncio.run(all_())))


def parsed_alone(seconds: float) -> float:
    """Cores that pymavlink's own parser needs for the same 1,000 messages a second."""
    mavlink, speak = frames()
    packed = []
    for number in range(RATE_HZ):
        for mav in speak:
            mav.seq = number % 256
            packed.append(
                mavlink.MAVLink_global_position_int_message(
                    number, 231_000_000, 1_133_000_000, 60000, 40000, 0, 500, 0, 9000
                ).pack(mav)
            )
    reader = mavlink.MAVLink(None)
    began, rounds = time.process_time(), max(1, round(seconds / 5))
    for _ in range(rounds):
        for frame in packed:
            reader.decode(bytearray(frame))
    return (time.process_time() - began) / rounds


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def child(*words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True, **more)


def told(process: subprocess.Popen[str]) -> dict[str, float]:
    said, _ = process.communicate()
    return dict(json.loads(said))


def measured_service(seconds: float) -> dict[str, float]:
    udp = free(socket.SOCK_DGRAM)
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "MUMIAN_HOME": f"{folder}/home", "MUMIAN_HOUSES": "eldercare,powerline", "LANG": "C.UTF-8",
               "MUMIAN_VEHICLES": f"udp:127.0.0.1:{udp}=simulation"}  # fmt: skip
        up = subprocess.Popen([sys.executable, "-m", "mumian", "up", "--port=0", "--mqtt-port=0", "--watch-port=0"], env=env,
                              cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
        try:
            assert up.stdout is not None
            ready = json.loads(up.stdout.readline())
            token = subprocess.run([sys.executable, "-m", "mumian", "token", "director"], env=env, cwd=folder, check=True,
                                   capture_output=True, text=True).stdout.strip()  # fmt: skip
            port = int(ready["url"].rpartition(":")[2])
            idle = cores_of(up.pid, 5.0)
            sender = child("--send", str(udp), str(seconds + 8))
            time.sleep(4)
            reading = child(
                "--read",
                str(port),
                "/powerline/vehicles/stream",
                f"Authorization: Bearer {token}",
                str(seconds),
            )
            time.sleep(1)
            cores = cores_of(up.pid, seconds - 2)
            figures = told(reading)
            sender.wait()
            return {**figures, "cores": cores, "idle_cores": idle}
        finally:
            up.terminate()
            up.wait(30)


def cores_of(pid: int, seconds: float) -> float:
    was, began = cpu_s(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_s(pid) - was) / (time.monotonic() - began)


def measured_relay(seconds: float) -> dict[str, float]:
    udp, tcp = free(socket.SOCK_DGRAM), free()
    handing = child("--relay", str(udp), str(tcp), str(seconds + 6))
    time.sleep(1)
    sender = child("--send", str(udp), str(seconds + 3))
    time.sleep(1)
    reading = child("--relayed", str(tcp), str(seconds))
    time.sleep(1)
    cores = cores_of(handing.pid, seconds - 2)
    figures = told(reading)
    sender.wait()
    handing.terminate()
    handing.wait()
    return {**figures, "cores": cores}


def main(seconds: float) -> int:
    load = os.getloadavg()[0]
    floor, alone = measured_relay(min(seconds, 10.0)), parsed_alone(seconds)
    ours = measured_service(seconds)
    good = ours["n"] > 0 and ours["p99"] < GOAL_MS and ours["cores"] < GOAL_CORES
    print(
        f"{VEHICLES} vehicles × {RATE_HZ}/s to {BROWSERS} browsers, {seconds:.0f} s, {os.cpu_count()} cores, load before {load:.1f}"
    )
    print(f"service: n {ours['n']:.0f}, p50 {ours['p50']:.0f} ms, p99 {ours['p99']:.0f} ms, worst {ours['worst']:.0f} ms, "
          f"{ours['cores']:.2f} cores ({ours['idle_cores']:.2f} before the first vehicle), {ours['mb'] / seconds / BROWSERS * 1000:.0f} kB/s a browser")  # fmt: skip
    print(f"bare relay: n {floor['n']:.0f}, p50 {floor['p50']:.0f} ms, p99 {floor['p99']:.0f} ms, {floor['cores']:.2f} cores; "
          f"pymavlink's parser alone {alone:.2f} cores")  # fmt: skip
    print(
        f"ratios: p99 {ours['p99'] / max(floor['p99'], 0.1):.1f}, cores {ours['cores'] / max(floor['cores'] + alone, 0.01):.1f} of relay and parser"
    )
    print(f"goal p99 < {GOAL_MS:.0f} ms and < {GOAL_CORES:.0f} core: {'met' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        send(int(sys.argv[2]), float(sys.argv[3]))
    elif sys.argv[1:2] == ["--read"]:
        browsers(int(sys.argv[2]), sys.argv[3], sys.argv[4], float(sys.argv[5]))
    elif sys.argv[1:2] == ["--relay"]:
        asyncio.run(relay(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
    elif sys.argv[1:2] == ["--relayed"]:
        relayed(int(sys.argv[2]), float(sys.argv[3]))
    else:
        parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
        parser.add_argument("--seconds", type=float, default=30.0)
        raise SystemExit(main(parser.parse_args().seconds))
