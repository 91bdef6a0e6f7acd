"""A scripted autopilot for what MAVSDK's server plugins cannot be told to do: refuse items and arming, keep home as item 0,
answer twice, hand back something else, or say nothing. It shares pymavlink with the product, so the real flights of the tests
are flown against MAVSDK (test_flight.py); this one only says no."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

from pymavlink.dialects.v20 import ardupilotmega as mavlink

ACCEPTED, UNSUPPORTED = 0, 3


@dataclass
class Script:
    """What this autopilot does; the defaults make a well-behaved ArduCopter that flies its mission in a second."""

    system: int = 1
    autopilot: int = mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA
    kind: int = mavlink.MAV_TYPE_QUADROTOR
    refuses: dict[int, int] = field(default_factory=dict)  # command → MAV_MISSION_RESULT
    refused_text: str = ""
    arm_refusals: int = 0
    arm_text: str = "PreArm: Need Position Estimate"
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)  # item → fields that come back otherwise
    no_read_back: bool = False
    lose_last_ack: bool = False
    params: dict[str, float] = field(
        default_factory=lambda: {"FS_GCS_ENABLE": 1, "BATT_FS_LOW_ACT": 2, "FENCE_ENABLE": 1}
    )
    item_s: float = 0.15
    stop_at: int | None = None  # item at which `then` happens
    then: str = "rtl"  # rtl, hold, crash, silence
    key: bytes | None = None
    unsigned: bool = False
    stays_armed: bool = False


class Autopilot:
    """Runs in a thread, speaks to `to` from its own port; `log` holds what it was told."""

    def __init__(self, to: tuple[str, int], script: Script) -> None:
        self.script, self.to = script, to
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.02)
        self.mav = mavlink.MAVLink(None, srcSystem=script.system, srcComponent=1)
        self.mav.robust_parsing = True
        if script.key is not None:
            self.mav.signing.secret_key, self.mav.signing.link_id = script.key, 1
            self.mav.signing.timestamp = int((time.time() - 1_420_070_400) * 100_000)
            self.mav.signing.sign_outgoing = not script.unsigned
        self.lists: dict[int, list[Any]] = {0: [], 1: [], 2: []}
        self.incoming: tuple[int, int, list[Any]] | None = None
        self.log: list[tuple[str, Any]] = []
        self.sent: list[bytes] = []
        self.armed, self.mode, self.current, self.flying = False, 0, 0, False
        self.at = (23.1, 113.3, 0.0)
        self.silent = False
        self.began = time.monotonic()
        self.due = math.inf
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join()
        self.socket.close()

    def told(self, name: str) -> list[Any]:
        return [value for kind, value in self.log if kind == name]

    def commands(self) -> list[int]:
        return [command for command, confirmation in self.told("command") if confirmation == 0]

    def send(self, message: Any) -> None:
        frame = message.pack(self.mav)
        self.mav.seq = (self.mav.seq + 1) % 256
        if not self.silent:
            self.sent.append(frame)
            self.socket.sendto(frame, self.to)

    def say(self, text: str, severity: int = 2) -> None:
        self.send(mavlink.MAVLink_statustext_message(severity, text.encode()))

    def run(self) -> None:
        beat = 0.0
        while not self.stopped.is_set():
            with contextlib.suppress(TimeoutError):
                data, sender = self.socket.recvfrom(65536)
                for message in self.mav.parse_buffer(bytearray(data)) or []:
                    if message.get_type() != "BAD_DATA":
                        self.to = sender
                        self.hear(message)
            now = time.monotonic()
            if now - beat >= 0.25:
                beat = now
                self.tell()
            if now >= self.due:
                self.fly()

    def tell(self) -> None:
        mode = 1 | (128 if self.armed else 0)
        self.send(
            mavlink.MAVLink_heartbeat_message(self.script.kind, self.script.autopilot, mode, self.mode, 4, 3)
        )
        lat, lon, up = self.at
        ms = int((time.monotonic() - self.began) * 1000)
        self.send(mavlink.MAVLink_global_position_int_message(
            ms, round(lat * 1e7), round(lon * 1e7), round((up + 20) * 1e3), round(up * 1e3), 0, 0, 0, 0))  # fmt: skip
        self.send(mavlink.MAVLink_mission_current_message(self.current))

    def hear(self, message: Any) -> None:
        handler = getattr(self, f"on_{message.get_type().lower()}", None)
        if handler is not None and getattr(message, "target_system", self.script.system) in (
            0,
            self.script.system,
        ):
            handler(message)

    # — mission ——————————————————————————————————————————————————————————————————————————————————————————————————————————

    def on_mission_count(self, m: Any) -> None:
        self.log.append(("count", (m.mission_type, m.count)))
        self.incoming = (m.mission_type, m.count, [])
        self.ask(m)

    def ask(self, m: Any) -> None:
        assert self.incoming is not None
        kind, _, got = self.incoming
        self.send(
            mavlink.MAVLink_mission_request_int_message(
                m.get_srcSystem(), m.get_srcComponent(), len(got), kind
            )
        )

    def ack(self, m: Any, result: int, kind: int) -> None:
        self.send(mavlink.MAVLink_mission_ack_message(m.get_srcSystem(), m.get_srcComponent(), result, kind))

    def on_mission_item_int(self, m: Any) -> None:
        self.log.append(("item", m.seq))
        if self.incoming is None:
            self.ack(m, 1, m.mission_type)
            return
        kind, count, got = self.incoming
        if m.seq != len(got):
            self.ack(m, 13, kind)
            return
        if m.command in self.script.refuses:
            self.ack(m, self.script.refuses[m.command], kind)
            if self.script.refused_text:
                self.say(self.script.refused_text)
            self.incoming = None
            return
        got.append(m)
        if len(got) < count:
            self.ask(m)
            return
        self.lists[kind], self.incoming = got, None
        if self.script.lose_last_ack:
            self.script.lose_last_ack = False
        else:
            self.ack(m, ACCEPTED, kind)

    def on_mission_clear_all(self, m: Any) -> None:
        self.log.append(("clear", m.mission_type))
        self.lists[m.mission_type] = []
        self.ack(m, ACCEPTED, m.mission_type)

    def on_mission_request_list(self, m: Any) -> None:
        if not self.script.no_read_back:
            count = len(self.lists[m.mission_type])
            self.send(
                mavlink.MAVLink_mission_count_message(
                    m.get_srcSystem(), m.get_srcComponent(), count, m.mission_type
                )
            )

    def on_mission_request_int(self, m: Any) -> None:
        item = self.lists[m.mission_type][m.seq]
        values = {name: getattr(item, name) for name in item.fieldnames}
        values.update(target_system=m.get_srcSystem(), target_component=m.get_srcComponent())
        if m.mission_type == 0:
            values.update(self.script.changes.get(m.seq, {}))
            if m.seq == 0 and self.script.autopilot == 3:
                values.update(x=1, y=2, z=3.0)  # ArduPilot's home is its own
        self.send(mavlink.MAVLink_mission_item_int_message(**values))

    # — commands and parameters ——————————————————————————————————————————————————————————————————————————————————————————

    def on_command_long(self, m: Any) -> None:
        self.log.append(("command", (m.command, m.confirmation)))
        if m.command in (511, 512):
            return
        result = self.order(m)
        self.send(
            mavlink.MAVLink_command_ack_message(
                m.command, result, 0, 0, m.get_srcSystem(), m.get_srcComponent()
            )
        )

    def order(self, m: Any) -> int:
        if m.command == 400 and m.param1 == 1:
            if self.script.arm_refusals:
                self.script.arm_refusals -= 1
                self.say(self.script.arm_text)
                return 4
            self.armed = True
        elif m.command == 400:
            self.armed = False
        elif m.command == 176:
            self.mode = int(m.param2)
        elif m.command == 300:
            self.mode, self.flying, self.due = 3, True, time.monotonic() + self.script.item_s
            self.current = 1
        else:
            return 3
        return 0

    def on_param_request_read(self, m: Any) -> None:
        if m.param_id in self.script.params:
            value = self.script.params[m.param_id]
            self.send(
                mavlink.MAVLink_param_value_message(m.param_id.encode(), value, 9, len(self.script.params), 0)
            )

    def on_timesync(self, m: Any) -> None:
        if m.tc1 == 0:
            self.send(mavlink.MAVLink_timesync_message(time.time_ns() + 5_000_000_000, m.ts1))

    # — flying ———————————————————————————————————————————————————————————————————————————————————————————————————————————

    def fly(self) -> None:
        items, self.due = self.lists[0], time.monotonic() + self.script.item_s
        if not self.flying:
            self.due = math.inf
            return
        if self.current == self.script.stop_at:
            self.stop()
            return
        if self.current >= len(items):
            self.flying, self.at = False, (self.at[0], self.at[1], 0.0)
            self.armed = self.script.stays_armed
            return
        item = items[self.current]
        if item.command < 95 and (item.x or item.y):
            self.at = (item.x / 1e7, item.y / 1e7, item.z)
        if item.command in (203, 2000):
            self.send(mavlink.MAVLink_camera_feedback_message(
                int(time.time() * 1e6), self.script.system, 0, self.current, round(self.at[0] * 1e7), round(self.at[1] * 1e7),
                self.at[2] + 20, self.at[2], 0, 0, 0, 0, 0))  # fmt: skip
        if item.command < 95:
            self.send(mavlink.MAVLink_mission_item_reached_message(self.current))
        self.current += 1

    def stop(self) -> None:
        self.flying = False
        if self.script.then == "rtl":
            self.say("Battery Failsafe")
            self.mode = 6
            threading.Timer(1.0, self.land).start()
        elif self.script.then == "hold":
            self.mode = 5
        elif self.script.then == "crash":
            self.say("Crash: Disarming", 0)
            self.armed = False
        else:
            self.silent = True

    def land(self) -> None:
        self.at = (*self.at[:2], 0.0)
        self.armed = False


def float32(value: float) -> float:
    return struct.unpack("<f", struct.pack("<f", value))[0]
