"""Orders in flight: only with the lease, each resolved, emergencies always; against the scripted autopilot."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.scenarios.powerline.act.autopilot import Autopilot, Script

from mumian.core.kernel.clock import SystemClock
from mumian.core.kernel.geo import Wgs84
from mumian.core.kernel.ports import free
from mumian.scenarios.powerline.act.flight import parameters
from mumian.scenarios.powerline.act.flight.connection import connected
from mumian.scenarios.powerline.act.flight.lease import LeaseFile
from mumian.scenarios.powerline.act.flight.refusals import CommandRefused, LeaseHeld
from mumian.scenarios.powerline.act.flight.remote import Remote, hold_ways, look_order
from mumian.scenarios.powerline.observe.mavlink.codec import Codec, dialect
from mumian.scenarios.powerline.observe.mavlink.endpoint import parse
from mumian.scenarios.powerline.observe.mavlink.link import Link
from mumian.scenarios.powerline.observe.mavlink.vehicle import Vehicle


def with_vehicle(story, script=None):
    port = free()

    async def run():
        url = f"udp:127.0.0.1:{port}"
        async with Link.opened(parse(url), Codec()) as link, connected(link, url, 1, 5) as connection:
            return await story(connection)

    with Autopilot(("127.0.0.1", port), script or Script()) as autopilot:
        return asyncio.run(run()), autopilot


def test_an_order_needs_the_lease_and_an_emergency_does_not(tmp_path):
    async def story(connection):
        ours, theirs = (
            Remote(connection, LeaseFile("v", who, SystemClock(), tmp_path)) for who in ("a", "b")
        )
        await ours.hold()
        with pytest.raises(LeaseHeld, match="a until"):
            await theirs.hold()
        with pytest.raises(CommandRefused, match="MAV_CMD_NAV_RETURN_TO_LAUNCH: MAV_RESULT_UNSUPPORTED"):
            await theirs.return_home()
        return ours.lease.audit

    audit, autopilot = with_vehicle(story)
    assert autopilot.mode == 17 and autopilot.commands() == [176, 20]
    events = [
        (row["holder"], row["event"], row.get("state"))
        for row in map(json.loads, audit.read_text().splitlines())
    ]
    assert events == [
        ("a", "taken", None), ("a", "order", "sent"), ("a", "order", "MAV_RESULT_ACCEPTED"),
        ("b", "emergency order", None), ("b", "order", "sent"), ("b", "order", "MAV_RESULT_UNSUPPORTED"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("autopilot", "kind", "custom_mode", "ways"),
    [
        (3, 2, 3, [(176, (1.0, 17.0, 0.0)), (176, (1.0, 5.0, 0.0))]),  # ArduCopter: BRAKE, LOITER
        (3, 1, 10, [(176, (1.0, 12.0, 0.0))]),  # ArduPlane: LOITER
        (3, 20, 10, [(176, (1.0, 19.0, 0.0)), (176, (1.0, 12.0, 0.0))]),  # QuadPlane: QLOITER, LOITER
        (3, 10, 10, [(176, (1.0, 4.0, 0.0))]),  # Rover: HOLD
        (12, 2, 4 << 16 | 4 << 24, [(176, (1.0, 4.0, 3.0))]),  # PX4: AUTO.LOITER
        (0, 2, 4 << 16 | 4 << 24, [(193, (0.0,)), (176, (1.0, 4.0, 3.0))]),  # MAVSDK's server
        (0, 2, 0, [(193, (0.0,))]),
    ],
)
def test_a_hold_is_ordered_as_each_autopilot_takes_it(autopilot, kind, custom_mode, ways):
    vehicle = Vehicle(1, 1, autopilot, kind, custom_mode=custom_mode)
    assert [(order.command, order.params) for order in hold_ways(vehicle)] == ways


def test_places_travel_as_whole_numbers_and_by_the_command_the_autopilot_takes():
    at = Wgs84(23.123456789, 113.3)
    assert look_order(3, at, 10).command == 201 and look_order(12, at, 10).command == 195

    async def story(connection):
        from mumian.scenarios.powerline.act.flight.orders import _message

        sent = _message(connection, look_order(3, at, 10.0), 0)
        back = Codec(1, 1).decode(connection.link.codec.encode(sent))
        return back.get_type(), back.x, back.y, back.z

    told, _ = with_vehicle(story)
    assert told == ("COMMAND_INT", 231_234_568, 1_133_000_000, 10.0)


def test_parameters_are_read_in_both_encodings():
    async def story(connection):
        return await parameters.read(connection, ("FS_GCS_ENABLE", "NOT_THERE"), 1.5)

    values, _ = with_vehicle(story)
    assert values == {"FS_GCS_ENABLE": 1.0}
    four_bytes = dialect().MAVLink_param_value_message(
        b"X", 1.401298464324817e-44, 6, 1, 0
    )  # the bytes of int32 10
    assert parameters.value_of(four_bytes, c_cast=False) == 10.0
    assert (
        parameters.value_of(dialect().MAVLink_param_value_message(b"X", 10.0, 6, 1, 0), c_cast=True) == 10.0
    )
