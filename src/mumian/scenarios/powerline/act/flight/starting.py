"""From a vehicle that holds the plan to one that flies it: mode, arming, start, as its kind of autopilot wants it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from mumian.core.kernel.errors import MumianError
from mumian.scenarios.powerline.act.flight.capabilities import Capabilities
from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.act.flight.orders import (
    ARM_DISARM,
    Order,
    Sent,
    arm,
    give,
    set_mode,
    start_mission,
)
from mumian.scenarios.powerline.act.flight.refusals import CommandRefused, CommandUnanswered
from mumian.scenarios.powerline.observe.mavlink import modes
from mumian.scenarios.powerline.observe.mavlink.vehicle import FLYING, LANDED

_AGAIN_S = 2.0
_SHOWS_S = 6.0
_OFF_GROUND_M = 1.5
_BUSY_TRIES = 5


async def arm_patiently(
    connection: Connection, sent: Sent, patience_s: float, said: Callable[[str], None]
) -> None:
    """Arm; a refusal is told and tried again until `patience_s` is over (an estimator may still be settling)."""
    loop = asyncio.get_running_loop()
    end, told = loop.time() + patience_s, ""
    while True:
        try:
            await give(connection, arm(), sent=sent)
        except CommandRefused as refused:
            if loop.time() + _AGAIN_S > end:
                raise
            reason = refused.say("en")
            if reason != told:
                said(f"{reason}; trying for {end - loop.time():.0f} s more")
                told = reason
            await asyncio.sleep(_AGAIN_S)
            if connection.vehicle.armed:
                return
        else:
            return


async def start(
    connection: Connection, row: Capabilities, sent: Sent, patience_s: float, said: Callable[[str], None],
    has_begun: Callable[[], bool],
) -> None:  # fmt: skip
    """Arm and start the mission; the last refusal is raised, after the vehicle was disarmed again on the ground."""
    vehicle = connection.vehicle
    was_in_mission = vehicle.mode in modes.MISSION_MODES  # left so by the flight before: no sign of this one
    mission = set_mode(*modes.mission(vehicle.autopilot, vehicle.kind))
    if row.family == "ArduPilot" and vehicle.mode not in ("GUIDED", "AUTO"):
        with contextlib.suppress(CommandRefused, CommandUnanswered):  # it may arm in the mode it is in
            await give(connection, set_mode(modes.guided(vehicle.kind)), tries=2, sent=sent)
    if row.arms_in_mission:
        with contextlib.suppress(CommandUnanswered):
            await give(connection, mission, tries=3, sent=sent)
    await arm_patiently(connection, sent, patience_s, said)
    try:
        await begin(
            connection, [mission] if row.arms_in_mission else [start_mission(), mission], sent, has_begun,
            mode_tells=not was_in_mission,
        )  # fmt: skip
    except MumianError:
        if _is_on_ground(connection):
            with contextlib.suppress(MumianError):
                await give(connection, Order(ARM_DISARM, (0.0, 0.0)), tries=3, sent=sent)
        raise


async def begin(
    connection: Connection, ways: list[Order], sent: Sent, has_begun: Callable[[], bool], *, mode_tells: bool = True
) -> None:  # fmt: skip
    """Order the start, one way after the other, until the vehicle says or shows that it flies the mission.

    mode_tells  whether being in the mission's mode is such a sign
    """

    def flies() -> bool:
        return has_begun() or (mode_tells and connection.vehicle.mode in modes.MISSION_MODES)

    last: MumianError | None = None
    if await _shows(connection, flies, 0.5):
        return
    for way in ways:
        try:
            await _insist(connection, way, sent)
        except (CommandRefused, CommandUnanswered) as refused:
            last = refused
            if await _shows(connection, flies, 1.0):
                return
        else:
            if await _shows(connection, flies, _SHOWS_S):
                return
    if last is not None and not await _shows(connection, flies, _SHOWS_S):
        raise last  # accepted everywhere without any sign of flight is for the monitor to judge


async def _insist(connection: Connection, order: Order, sent: Sent) -> None:
    """`temporarily rejected` means: try again."""
    for number in range(_BUSY_TRIES):
        try:
            await give(connection, order, tries=3, sent=sent)
        except CommandRefused as refused:
            if refused.facts["result"] != "MAV_RESULT_TEMPORARILY_REJECTED" or number == _BUSY_TRIES - 1:
                raise
            await asyncio.sleep(0.5)
        else:
            return


async def _shows(connection: Connection, has_begun: Callable[[], bool], seconds: float) -> bool:
    loop = asyncio.get_running_loop()
    end = loop.time() + max(seconds, 2 * connection.link.round_trip_s(0.1))
    while loop.time() < end:
        if has_begun() or _is_off_ground(connection):
            return True
        await asyncio.sleep(0.1)
    return False


def _is_off_ground(connection: Connection) -> bool:
    at = connection.vehicle.position
    return connection.vehicle.landed == FLYING or (at is not None and at.above_home_m > _OFF_GROUND_M)


def _is_on_ground(connection: Connection) -> bool:
    """By its own word, or by its height; where it tells neither, it is not taken for standing."""
    at = connection.vehicle.position
    return connection.vehicle.landed == LANDED or (at is not None and at.above_home_m <= _OFF_GROUND_M)
