"""Commands that end in an answer: acknowledged, refused in the autopilot's own words, or unanswered after so many tries.

Command protocol: https://mavlink.io/en/services/command.html. Repetitions carry a rising `confirmation`, so that the vehicle
can tell them from a second order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.act.flight.connection import Connection
from mumian.scenarios.powerline.act.flight.refusals import CommandRefused, CommandUnanswered, quoted
from mumian.scenarios.powerline.observe.mavlink.codec import Message, dialect, name_of

ARM_DISARM, SET_MODE, MISSION_START, RETURN, LAND, PAUSE_CONTINUE = 400, 176, 300, 20, 21, 193
REQUEST_MESSAGE, SET_INTERVAL = 512, 511
ACCEPTED, IN_PROGRESS = 0, 5  # MAV_RESULT
_IN_PROGRESS_S = 30.0
_TEXT_S = 0.3
_RELATIVE = 3  # MAV_FRAME_GLOBAL_RELATIVE_ALT
_CUSTOM_MODE = 1.0  # MAV_MODE_FLAG_CUSTOM_MODE_ENABLED


@dataclass(frozen=True, slots=True)
class Order:
    """A COMMAND_LONG; parameters that it leaves out are 0. With a place it travels as COMMAND_INT: no float32 degrees."""

    command: int
    params: tuple[float, ...] = ()
    place: tuple[Wgs84, float] | None = None  # and metres above home

    @property
    def name(self) -> str:
        return name_of("MAV_CMD", self.command)


Sent = Callable[[Order, str], None]  # told "sent" before the first try, then the result's name


async def give(connection: Connection, order: Order, tries: int = 5, sent: Sent | None = None) -> None:
    """Give an order and return when it is accepted; CommandRefused with the vehicle's words, or CommandUnanswered."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    if sent is not None:
        sent(order, "sent")
    result = await _result(connection, order, tries)
    if sent is not None:
        sent(order, name_of("MAV_RESULT", result) if result is not None else "unanswered")
    if result is None:
        raise CommandUnanswered(part="vehicle", command=order.name, times=tries)
    if result != ACCEPTED:
        await asyncio.sleep(_TEXT_S)  # the text that explains a refusal may follow it
        said = connection.said_since(began - 0.5, severity=5)
        raise CommandRefused(state="refused", action=order.name, command=order.name,
                             result=name_of("MAV_RESULT", result), said=quoted(said))  # fmt: skip


def post(connection: Connection, order: Order, confirmation: int = 0) -> None:
    """Send once and wait for nothing: for what is asked again anyway (message rates)."""
    connection.send(_message(connection, order, confirmation))


def _message(connection: Connection, order: Order, confirmation: int) -> Message:
    system, component = connection.address
    if order.place is None:
        params = (*order.params, *[0.0] * (7 - len(order.params)))
        return dialect().MAVLink_command_long_message(system, component, order.command, confirmation, *params)
    at, above_home_m = order.place
    params = (*order.params, *[0.0] * (4 - len(order.params)))
    x, y = round(at.lat_deg * 1e7), round(at.lon_deg * 1e7)
    return dialect().MAVLink_command_int_message(
        system, component, _RELATIVE, order.command, 0, 0, *params, x, y, above_home_m
    )


async def _result(connection: Connection, order: Order, tries: int) -> int | None:
    answers: asyncio.Queue[int] = asyncio.Queue()

    def heard(message: Message) -> None:
        if message.command == order.command:
            answers.put_nowait(message.result)

    off = connection.on(("COMMAND_ACK",), heard)
    try:
        patience_s = max(1.0, 2 * connection.link.round_trip_s(0.2) + 0.4)
        for confirmation in range(tries):
            post(connection, order, confirmation)
            wait_s = patience_s
            while True:
                try:
                    result = await asyncio.wait_for(answers.get(), wait_s)
                except TimeoutError:
                    break
                if result != IN_PROGRESS:
                    return result
                wait_s = _IN_PROGRESS_S
        return None
    finally:
        off()


def arm() -> Order:
    return Order(ARM_DISARM, (1.0, 0.0))


def set_mode(main: int, sub: int = 0) -> Order:
    return Order(SET_MODE, (_CUSTOM_MODE, float(main), float(sub)))


def start_mission() -> Order:
    """From the first item to the last."""
    return Order(MISSION_START, (0.0, 0.0))


def ask_for(message_id: int) -> Order:
    return Order(REQUEST_MESSAGE, (float(message_id),))


def every(message_id: int, seconds: float) -> Order:
    return Order(SET_INTERVAL, (float(message_id), seconds * 1e6))
