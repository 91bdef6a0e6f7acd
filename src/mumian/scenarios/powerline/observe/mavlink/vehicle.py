"""What a vehicle says about itself, folded into one state: who it is, where, in which mode, with what in the battery.

Heights: `above_home` as MAVLink's relative_alt, `amsl` as its alt. Angles in degrees, speeds in m/s.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mumian.core.kernel.geo import MetresAmsl
from mumian.scenarios.powerline.observe.mavlink import modes
from mumian.scenarios.powerline.observe.mavlink.codec import Message

_ARMED = 0x80  # MAV_MODE_FLAG_SAFETY_ARMED
_NO_VEHICLE = frozenset(
    {5, 6, 18, 26, 27, 30, 31, 32, 33, 34, 36, 40}
)  # MAV_TYPE: tracker, GCS, onboard, gimbal, ADSB, camera…
LANDED, FLYING = 1, 2  # MAV_LANDED_STATE
CRITICAL = 5  # MAV_STATE_CRITICAL; above it emergency and worse


@dataclass(frozen=True, slots=True)
class Position:
    """One GLOBAL_POSITION_INT: degrees of WGS 84, metres, m/s, and the vehicle's own clock."""

    boot_ms: int
    lat_deg: float
    lon_deg: float
    above_home_m: float
    amsl_m: MetresAmsl
    speed_mps: float
    climb_mps: float
    heading_deg: float | None


@dataclass
class Vehicle:
    """One autopilot (system, component); `heard` keeps it up to date and ignores everybody else."""

    system: int
    component: int
    autopilot: int = modes.GENERIC
    kind: int = 0
    base_mode: int = 0
    custom_mode: int = 0
    status: int = 0  # MAV_STATE; 5 critical, 6 emergency
    position: Position | None = None
    landed: int = 0
    current: int | None = None
    count: int | None = None  # of the mission, as MISSION_CURRENT.total
    mission_state: int = 0  # MISSION_STATE; 3 active, 4 paused, 5 complete
    battery_percent: int | None = None
    satellites: int | None = None
    fix: int | None = None  # GPS_FIX_TYPE
    wind_mps: float | None = None
    unix_minus_boot_us: int | None = None
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def armed(self) -> bool:
        return bool(self.base_mode & _ARMED)

    @property
    def mode(self) -> str:
        return modes.name(self.autopilot, self.kind, self.base_mode, self.custom_mode)

    def is_from(self, message: Message) -> bool:
        """Whether this vehicle's autopilot sent it."""
        return bool(message.get_srcSystem() == self.system and message.get_srcComponent() == self.component)

    def heard(self, message: Message) -> None:
        """Fold one message in, if it is this autopilot's."""
        if not self.is_from(message):
            return
        name = message.get_type()
        self.seen[name] = self.seen.get(name, 0) + 1
        fold = _FOLDS.get(name)
        if fold is not None:
            fold(self, message)


def is_vehicle(heartbeat: Message) -> bool:
    """Whether a HEARTBEAT comes from an autopilot that flies, and not from a camera or another ground station."""
    return heartbeat.autopilot != modes.INVALID and heartbeat.type not in _NO_VEHICLE


def position_of(message: Message) -> Position | None:
    """A GLOBAL_POSITION_INT as a position; None where the vehicle has none (MAVLink writes 0, 0) or it lies nowhere."""
    lat_deg, lon_deg = message.lat / 1e7, message.lon / 1e7
    if (message.lat == 0 and message.lon == 0) or abs(lat_deg) > 90 or abs(lon_deg) > 180:
        return None
    heading = None if message.hdg == 65535 else message.hdg / 100
    return Position(message.time_boot_ms, lat_deg, lon_deg, message.relative_alt / 1000, MetresAmsl(message.alt / 1000),
                    (message.vx**2 + message.vy**2) ** 0.5 / 100, -message.vz / 100, heading)  # fmt: skip


def _heartbeat(vehicle: Vehicle, message: Message) -> None:
    vehicle.autopilot, vehicle.kind = message.autopilot, message.type
    vehicle.base_mode, vehicle.custom_mode, vehicle.status = (
        message.base_mode,
        message.custom_mode,
        message.system_status,
    )


def _position(vehicle: Vehicle, message: Message) -> None:
    vehicle.position = position_of(message) or vehicle.position


def _landed(vehicle: Vehicle, message: Message) -> None:
    vehicle.landed = message.landed_state


def _current(vehicle: Vehicle, message: Message) -> None:
    vehicle.current = message.seq
    vehicle.count = message.total if 0 < message.total < 65535 else vehicle.count
    vehicle.mission_state = message.mission_state


def _system(vehicle: Vehicle, message: Message) -> None:
    if message.battery_remaining >= 0:
        vehicle.battery_percent = message.battery_remaining


def _battery(vehicle: Vehicle, message: Message) -> None:
    if message.id == 0 and message.battery_remaining >= 0:
        vehicle.battery_percent = message.battery_remaining


def _gps(vehicle: Vehicle, message: Message) -> None:
    vehicle.fix = message.fix_type
    vehicle.satellites = None if message.satellites_visible == 255 else message.satellites_visible


def _wind(vehicle: Vehicle, message: Message) -> None:
    vehicle.wind_mps = message.speed


def _wind_cov(vehicle: Vehicle, message: Message) -> None:
    vehicle.wind_mps = (message.wind_x**2 + message.wind_y**2) ** 0.5


def _clock(vehicle: Vehicle, message: Message) -> None:
    if message.time_unix_usec > 1_500_000_000_000_000:  # a vehicle without GNSS time counts from 1970
        vehicle.unix_minus_boot_us = message.time_unix_usec - message.time_boot_ms * 1000


_FOLDS = {
    "HEARTBEAT": _heartbeat,
    "GLOBAL_POSITION_INT": _position,
    "EXTENDED_SYS_STATE": _landed,
    "MISSION_CURRENT": _current,
    "SYS_STATUS": _system,
    "BATTERY_STATUS": _battery,
    "GPS_RAW_INT": _gps,
    "WIND": _wind,
    "WIND_COV": _wind_cov,
    "SYSTEM_TIME": _clock,
}
