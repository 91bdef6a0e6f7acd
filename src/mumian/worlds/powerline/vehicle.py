"""A vehicle on the wire: MAVSDK's server plugins speak MAVLink, our flight model flies. An implementation independent of ours
answers every question, so that no error of our own codec or services can hide.

Run: `python -m mumian.worlds.powerline.vehicle --connect udpout://127.0.0.1:14550 --plan mission.plan`. It prints one line
when ready. Its origin is simulation. Faults on request: `--fault battery@40 --fault gps@60 --fault rtl@80 --fault wind@20
--fault no-arm@15` (refuses to arm for 15 s, as an autopilot whose position estimate has not settled). With `--swap-s 90` a crew gives it
a full battery whenever it has stood for 90 s of its own time, and it prints `{"can_fly": …}` whenever that changes.
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from mavsdk import Configuration, Mavsdk
from mavsdk.component_type import ComponentType
from mavsdk.plugins.action_server import ActionServer, AllowableFlightModes, FlightMode
from mavsdk.plugins.mavlink_direct_server import MavlinkDirectServer, MavlinkMessage
from mavsdk.plugins.mission_raw_server import MissionRawServer, MissionRawServerResult
from mavsdk.plugins.param_server import ParamServer
from mavsdk.plugins.telemetry_server import (
    Battery,
    Heading,
    LandedState,
    Position,
    StatusText,
    StatusTextType,
    TelemetryServer,
    VelocityNed,
    VtolState,
)

from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.worlds.powerline.battery import Battery as Pack
from mumian.worlds.powerline.camera import Camera, Shot
from mumian.worlds.powerline.flight_model import Multirotor
from mumian.worlds.powerline.mission_pilot import Pilot

_STEP_S, _SLOW_S = 0.05, 1.0
_MODES = {
    FlightMode.MISSION: "mission",
    FlightMode.HOLD: "hold",
    FlightMode.RETURN_TO_LAUNCH: "return",
    FlightMode.LAND: "land",
}
_NAMES = {mode: flight for flight, mode in _MODES.items()}
_MODE_KINDS = 7  # AllowableFlightModes has so many switches
_PARAMETERS = {"MIS_TAKEOFF_ALT": 10.0, "RTL_RETURN_ALT": 30.0, "COM_DL_LOSS_T": 10.0}


class Vehicle:
    """Plugins, pilot and one loop. MAVSDK's callbacks come on its own threads and are only queued."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        lat, lon, self.amsl_m = given.home
        self.frame = LocalFrame(Wgs84(lat, lon))
        craft = Multirotor(wind=(given.wind, 0.0, 0.0), gust_mps=given.wind / 4, chance=random.Random(given.seed),
                           battery_wh=given.battery_wh, capacity_wh=given.battery_wh)  # fmt: skip
        self.pack = Pack(craft, given.swap_s)
        self.pilot = Pilot(craft, self.frame, self.amsl_m, self._photo, self._complete)
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.began = time.monotonic()
        self.photos = 0
        self.camera = Camera(given.photos, given.recorded, given.seed) if given.photos else None
        self.faults = sorted((float(at), kind) for kind, _, at in (f.partition("@") for f in given.fault))
        self.truth = Path(given.truth).open("w", encoding="utf-8") if given.truth else None  # noqa: SIM115  open while it flies
        self._open()

    def _open(self) -> None:
        self.mavsdk = Mavsdk(Configuration.create_manual(self.given.system, 1, True))
        part = self.mavsdk.server_component_by_type(ComponentType.AUTOPILOT)
        self.mission, self.action, self.telemetry = (
            MissionRawServer(part),
            ActionServer(part),
            TelemetryServer(part),
        )
        self.direct, parameters = MavlinkDirectServer(part), ParamServer(part)
        for name, value in _PARAMETERS.items():
            parameters.provide_param_float(name, value)
        self.parameters = parameters
        self.action.set_allow_takeoff(True)
        self.action.set_allowable_flight_modes(AllowableFlightModes(*[True] * _MODE_KINDS))
        self._settled = not any(kind == "no-arm" for _, kind in self.faults)
        self._told: dict[str, bool] = {}
        self._tell_readiness()
        put = self.events.put
        self.mission.subscribe_incoming_mission(lambda result, plan, _: put(("mission", (result, plan))))
        self.mission.subscribe_current_item_changed(lambda item, _: put(("current", item.seq)))
        self.mission.subscribe_clear_all(lambda kind, _: put(("clear", kind)))
        self.action.subscribe_arm_disarm(lambda result, order, _: put(("arm", (result, order))))
        self.action.subscribe_flight_mode_change(lambda result, mode, _: put(("mode", (result, mode))))
        if not self.given.no_mission_start:
            self.direct.subscribe_command(300, lambda message, _: put(("start", message)))
        self.direct.subscribe_command(20, lambda message, _: put(("return", message)))
        self.direct.subscribe_command(21, lambda message, _: put(("land", message)))
        if not self.given.no_pause:
            self.direct.subscribe_command(193, lambda message, _: put(("pause", message)))
        self.mavsdk.add_any_connection(self.given.connect)

    def _tell_readiness(self) -> None:
        """To MAVSDK, whether it arms; to whoever started us, whether it stands ready for a flight."""
        if self._is_new("arms", self._settled and self.pack.can_arm):
            self.action.set_armable(self._told["arms"], False)
            self.action.set_disarmable(True, True)
        if self._is_new("can_fly", self._told["arms"] and not self.pilot.armed and not self.pack.awaits_swap):
            print(json.dumps({"can_fly": self._told["can_fly"]}), flush=True)

    def _is_new(self, what: str, now: bool) -> bool:  # noqa: FBT001
        was, self._told[what] = self._told.get(what), now
        return was != now

    def run(self) -> None:
        """Until SIGTERM or --seconds."""
        print(json.dumps({"ready": self.given.connect, "system": self.given.system}), flush=True)
        slow = last = time.monotonic()
        while not self.given.seconds or time.monotonic() - self.began < self.given.seconds:
            self._take()
            now = time.monotonic()
            self._fail(now - self.began)
            was_armed = self.pilot.armed
            if not self.given.still:
                self.pilot.step((now - last) * self.given.speed)
                self._position()
            if was_armed and not self.pilot.armed:
                self.action.set_armed_state(False)
                self.action.set_flight_mode_internal(FlightMode.HOLD)
                self.say("Disarmed: landed", StatusTextType.INFO)
            self._mind_battery((now - last) * self.given.speed)
            last = now
            if now - slow >= _SLOW_S:
                slow = now
                self._slow()
            time.sleep(max(0.0, _STEP_S - (time.monotonic() - now)))

    def _mind_battery(self, seconds: float) -> None:
        word = self.pack.step(seconds, armed=self.pilot.armed)
        if word is not None:
            self.say(word.text, StatusTextType.CRITICAL if word.is_grave else StatusTextType.INFO)
            if word.mode:
                self._fly(word.mode)
        self._tell_readiness()

    def _take(self) -> None:
        while not self.events.empty():
            name, value = self.events.get()
            getattr(self, f"_on_{name}")(value)

    def _on_mission(self, value: Any) -> None:
        result, plan = value
        if result != MissionRawServerResult.SUCCESS:
            return
        kinds = {item.mission_type for item in plan.mission_items}
        if kinds <= {0}:
            self.pilot.load(list(plan.mission_items))

    def _on_current(self, seq: int) -> None:
        if seq != self.pilot.at_item and seq < len(self.pilot.items) and not self.pilot.armed:
            self.pilot.at_item = seq

    def _on_clear(self, kind: int) -> None:
        if kind in (0, 255):
            self.pilot.load([])

    def _on_arm(self, value: Any) -> None:
        result, order = value
        if not result.name.startswith("SUCCESS"):
            why = "Need Position Estimate" if not self._settled else "Battery 1 below minimum arming capacity"
            self.say(f"Arm: {why}", StatusTextType.CRITICAL)
            return
        if order.arm == self.pilot.armed:  # MAVSDK tells of the states that we set, too
            return
        self.pilot.arm(
            armed=order.arm
        )  # MAVSDK has set its own state: to set it here would be told again, and go round
        if order.arm and self.given.fly_on_arm:
            self._fly("mission")

    def _on_mode(self, value: Any) -> None:
        result, mode = value
        if result.name.startswith("SUCCESS") and mode in _MODES:
            self._fly(_MODES[mode])

    def _on_start(self, message: MavlinkMessage) -> None:
        able = bool(self.pilot.armed and self.pilot.items)
        self._answer(message, 300, able=able)
        if able:
            self._fly("mission")

    def _on_return(self, message: MavlinkMessage) -> None:
        self._obey(message, 20, "return")

    def _on_land(self, message: MavlinkMessage) -> None:
        self._obey(message, 21, "land")

    def _on_pause(self, message: MavlinkMessage) -> None:
        """MAVSDK's own server refuses AUTO.LOITER whatever is allowed it, so that a hold comes by this command."""
        self._obey(message, 193, "mission" if json.loads(message.fields_json)["param1"] == 1 else "hold")

    def _obey(self, message: MavlinkMessage, command: int, mode: str) -> None:
        able = self.pilot.armed
        self._answer(message, command, able=able)
        if able:
            self._fly(mode)

    def _answer(self, message: MavlinkMessage, command: int, *, able: bool) -> None:
        self.send("COMMAND_ACK", {"command": command, "result": 0 if able else 1, "progress": 0, "result_param2": 0,
                                  "target_system": message.system_id, "target_component": message.component_id})  # fmt: skip

    def _fly(self, mode: str) -> None:
        self.pilot.fly(mode)
        self.action.set_flight_mode_internal(_NAMES[mode])

    def _photo(self, item: int) -> None:
        self.photos += 1
        at, heading = self._at(), 0.0
        taken_us = time.time_ns() // 1000 + round(self.given.skew * 1e6)
        if self.camera:
            self.camera.take(Shot(self.photos - 1, taken_us, at, self.amsl_m + self.pilot.craft.at[2]))
        self.send("CAMERA_IMAGE_CAPTURED", {
            "time_boot_ms": self._boot_ms(), "time_utc": taken_us, "camera_id": 1,
            "lat": round(at.lat_deg * 1e7), "lon": round(at.lon_deg * 1e7),
            "alt": round((self.amsl_m + self.pilot.craft.at[2]) * 1000), "relative_alt": round(self.pilot.craft.at[2] * 1000),
            "q": [1.0, heading, 0.0, 0.0], "image_index": self.photos - 1, "capture_result": 1, "file_url": ""})  # fmt: skip

    def _complete(self, item: int) -> None:
        self.mission.set_current_item_complete()

    def _fail(self, elapsed_s: float) -> None:
        while self.faults and self.faults[0][0] <= elapsed_s:
            _, kind = self.faults.pop(0)
            if kind == "no-arm":
                self._settled = True
            elif kind == "battery":
                self.pilot.craft.battery_wh = 0.12 * self.pilot.craft.capacity_wh
                self.say("Battery 1 is low 12% used failsafe: RTL", StatusTextType.CRITICAL)
                self._fly("return")
            elif kind == "gps":
                self.say("GPS Glitch: failsafe LAND", StatusTextType.CRITICAL)
                self._fly("land")
            elif kind == "wind":
                self.pilot.craft.wind = (13.0, 0.0, 0.0)
            elif kind == "rtl":
                self.say("Mode change: RTL (radio)", StatusTextType.NOTICE)
                self._fly("return")
            elif kind == "hold":
                self._fly("hold")

    def _at(self) -> Wgs84:
        return self.frame.to_wgs84(self.pilot.craft.at[0], self.pilot.craft.at[1])

    def _boot_ms(self) -> int:
        return round((time.monotonic() - self.began) * 1000)

    def _position(self) -> None:
        at, craft = self._at(), self.pilot.craft
        up = craft.at[2]
        self.telemetry.publish_position(
            Position(at.lat_deg, at.lon_deg, self.amsl_m + up, up),
            VelocityNed(craft.velocity[1], craft.velocity[0], -craft.velocity[2]), Heading(0.0))  # fmt: skip
        if self.truth is not None:
            row = {"time": time.time(), "east_m": craft.at[0], "north_m": craft.at[1], "up_m": up,
                   "lat_deg": at.lat_deg, "lon_deg": at.lon_deg, "item": self.pilot.at_item,
                   "battery_percent": craft.battery_percent}  # fmt: skip
            self.truth.write(json.dumps(row) + "\n")
            self.truth.flush()

    def _slow(self) -> None:
        landed = LandedState.ON_GROUND if self.pilot.is_landed else LandedState.IN_AIR
        self.telemetry.publish_extended_sys_state(VtolState.UNDEFINED, landed)
        left = self.pilot.craft.battery_percent / 100
        self.telemetry.publish_battery(Battery(22.2, left))
        seq = min(self.pilot.at_item, len(self.pilot.items))
        running = (
            5
            if self.pilot.items and seq == len(self.pilot.items)
            else 3
            if self.pilot.mode == "mission"
            else 2
        )
        self.send(
            "MISSION_CURRENT",
            {"seq": seq, "total": len(self.pilot.items), "mission_state": running, "mission_mode": 1},
        )
        self.send("SYSTEM_TIME", {"time_unix_usec": time.time_ns() // 1000 + round(self.given.skew * 1e6),
                                  "time_boot_ms": self._boot_ms()})  # fmt: skip
        wind = self.pilot.craft.wind
        self.send("WIND_COV", {"time_usec": self._boot_ms() * 1000, "wind_x": wind[1], "wind_y": wind[0], "wind_z": 0.0,
                               "var_horiz": 0.0, "var_vert": 0.0, "wind_alt": 0.0, "horiz_accuracy": 0.0,
                               "vert_accuracy": 0.0})  # fmt: skip

    def say(self, text: str, level: StatusTextType) -> None:
        self.telemetry.publish_status_text(StatusText(level, text))

    def send(self, name: str, fields: dict[str, Any]) -> None:
        message = MavlinkMessage(name, self.given.system, 1, 0, 0, json.dumps(fields))
        try:
            self.direct.send_message(message)
        except Exception as fault:  # MAVSDK refuses while nobody listens; the next second tries again
            print(f"{name} not sent: {fault}", file=sys.stderr, flush=True)


def _home(text: str) -> tuple[float, float, float]:
    lat, lon, amsl_m = (float(part) for part in text.split(","))
    return lat, lon, amsl_m


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connect", default="udpout://127.0.0.1:14550", help="MAVSDK connection URL")
    parser.add_argument("--system", type=int, default=1)
    parser.add_argument(
        "--home", type=_home, default=(23.1, 113.3, 20.0), help="LAT,LON,METRES above sea level"
    )
    parser.add_argument("--plan", type=Path, help="take home from this plan's plannedHomePosition")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast as life")
    parser.add_argument("--wind", type=float, default=2.0, help="m/s from the west; gusts a quarter of it")
    parser.add_argument("--battery-wh", type=float, default=90.0)
    parser.add_argument(
        "--swap-s",
        type=float,
        default=0.0,
        help="seconds on the ground until it has a full battery; 0: never",
    )
    parser.add_argument("--skew", type=float, default=0.0, help="seconds by which its clocks are ahead")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND@SECONDS")
    parser.add_argument("--fly-on-arm", action="store_true", help="begin the mission as soon as it is armed")
    parser.add_argument(
        "--no-mission-start", action="store_true", help="leave MAV_CMD_MISSION_START unanswered"
    )
    parser.add_argument("--no-pause", action="store_true", help="leave MAV_CMD_DO_PAUSE_CONTINUE unanswered")
    parser.add_argument("--still", action="store_true", help="answer, but do not fly")
    parser.add_argument(
        "--photos", type=Path, help="folder into which its camera writes a JPEG for each order"
    )
    parser.add_argument(
        "--recorded",
        type=Path,
        help="folder normal/images, defect/images: what the camera sees; else it draws",
    )
    parser.add_argument("--truth", help="write true positions here, one JSON line a step")
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.plan is not None:
        given.home = tuple(json.loads(given.plan.read_text("utf-8"))["mission"]["plannedHomePosition"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Vehicle(given).run()


if __name__ == "__main__":
    main()
