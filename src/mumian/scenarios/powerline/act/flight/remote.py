"""Orders to a vehicle in flight, by whoever holds its lease: hold, go on, go there, look there, photograph.

Return, land and stop are emergency orders: they need no lease. Every order is written down with its holder before it leaves and with
what came of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mumian.core.kernel.errors import MumianError
from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.act.flight.lease import LeaseFile
from mumian.scenarios.powerline.act.flight.orders import LAND, PAUSE_CONTINUE, RETURN, Order, give, set_mode
from mumian.scenarios.powerline.act.flight.refusals import CommandRefused, CommandUnanswered
from mumian.scenarios.powerline.observe.mavlink import modes
from mumian.scenarios.powerline.observe.mavlink.modes import ARDUPILOT, PX4
from mumian.scenarios.powerline.observe.mavlink.vehicle import Vehicle

_REPOSITION, _GIMBAL, _CAPTURE, _DIGICAM = 192, 1000, 2000, 203
_ROI_LOCATION, _ROI_NONE, _ROI = 195, 197, 201
_CHANGE_MODE = 1.0  # MAV_DO_REPOSITION_FLAGS_CHANGE_MODE
_ROI_PLACE, _ROI_OFF = 3.0, 0.0  # MAV_ROI_LOCATION, MAV_ROI_NONE
_TRIES, _TRIES_BEFORE_ANOTHER = (
    5,
    3,
)  # of an order; a hold that has another way does not wait five times for the first


@dataclass(frozen=True)
class Remote:
    """One operator's hand on one vehicle. LeaseHeld where somebody else has it, CommandRefused in the vehicle's words."""

    connection: Connection
    lease: LeaseFile

    async def hold(self) -> None:
        """Stop where it is and wait: one way after the other until the vehicle accepts one; else the first's refusal."""
        self.lease.take()
        ways = hold_ways(self.connection.vehicle)
        faults: list[MumianError] = []
        for way in ways:
            try:
                await self._give(way, tries=_TRIES if way is ways[-1] else _TRIES_BEFORE_ANOTHER)
            except (CommandRefused, CommandUnanswered) as fault:
                faults.append(fault)
            else:
                return
        raise next((fault for fault in faults if isinstance(fault, CommandRefused)), faults[0])

    async def go_on(self) -> None:
        """Fly the mission on from where it was held."""
        vehicle = self.connection.vehicle
        await self._leased(set_mode(*modes.mission(vehicle.autopilot, vehicle.kind)))

    async def go_to(self, at: Wgs84, above_home_m: float) -> None:
        """Fly there and wait; heights above home in metres."""
        await self._leased(Order(_REPOSITION, (-1.0, _CHANGE_MODE, 0.0, math.nan), (at, above_home_m)))

    async def look_at(self, at: Wgs84, above_home_m: float) -> None:
        """Point the camera at a place: by the command that this autopilot takes."""
        await self._leased(look_order(self.connection.vehicle.autopilot, at, above_home_m))

    async def look_ahead(self) -> None:
        """Give the camera back to the mission."""
        old = self.connection.vehicle.autopilot == ARDUPILOT
        await self._leased(Order(_ROI, (_ROI_OFF,)) if old else Order(_ROI_NONE))

    async def turn_camera(self, pitch_deg: float, yaw_deg: float) -> None:
        """Degrees up and to the right of the nose (gimbal protocol v2)."""
        await self._leased(Order(_GIMBAL, (pitch_deg, yaw_deg, math.nan, math.nan)))

    async def photograph(self) -> None:
        """One picture now."""
        old = self.connection.vehicle.autopilot == ARDUPILOT
        await self._leased(Order(_DIGICAM, (0, 0, 0, 0, 1)) if old else Order(_CAPTURE, (0.0, 0.0, 1.0)))

    async def return_home(self) -> None:
        """Emergency: whoever asks."""
        await self._emergency(Order(RETURN))

    async def land(self) -> None:
        """Emergency, where it is: whoever asks."""
        await self._emergency(Order(LAND, (0.0, 0.0, 0.0, math.nan)))

    async def _leased(self, order: Order) -> None:
        self.lease.take()
        await self._give(order)

    async def _emergency(self, order: Order) -> None:
        self.lease.write("emergency order", command=order.name)
        await self._give(order)

    async def _give(self, order: Order, tries: int = _TRIES) -> None:
        await give(
            self.connection,
            order,
            tries,
            sent=lambda given, state: self.lease.write("order", command=given.name, state=state),
        )


def hold_ways(vehicle: Vehicle) -> list[Order]:
    """The orders by which this vehicle can be made to hold, the surest first.

    ArduPilot and PX4 by their modes, as QGroundControl does (ArduCopter brakes: LOITER would read the sticks of a radio that
    may be off); others by MAV_CMD_DO_PAUSE_CONTINUE, then by PX4's mode where they number theirs as PX4 does.
    """
    by_mode = [set_mode(*mode) for mode in modes.hold(vehicle.autopilot, vehicle.kind, vehicle.custom_mode)]
    return by_mode if vehicle.autopilot in (ARDUPILOT, PX4) else [Order(PAUSE_CONTINUE, (0.0,)), *by_mode]


def look_order(autopilot: int, at: Wgs84, above_home_m: float) -> Order:
    """ArduPilot refuses MAV_CMD_DO_SET_ROI_LOCATION (195) and takes MAV_CMD_DO_SET_ROI (201)."""
    if autopilot == ARDUPILOT:
        return Order(_ROI, (_ROI_PLACE,), (at, above_home_m))
    return Order(_ROI_LOCATION, (0.0,), (at, above_home_m))
