"""Energy of legs, and whether home can be reached from everywhere without touching the reserve.

Powers are constant in hover and cruise, climbing adds m·g·Δh over its efficiency, descending gives nothing back. Sources: the
vehicle's row of the rule pack; wind is not modelled beyond the reserve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mumian.scenarios.powerline.decide.plan.flight import Leg, Point
from mumian.scenarios.powerline.decide.plan.rules import VehicleType
from mumian.scenarios.powerline.domain.tension import GRAVITY_MPS2

_TURN_S = 1.5  # speeding up and slowing down, at each leg


@dataclass(frozen=True, slots=True)
class Spent:
    """After a leg: seconds flown, watt-hours used, and watt-hours home from there."""

    seconds: float
    used_wh: float
    home_wh: float


def seconds(leg: Leg, vehicle: VehicleType) -> float:
    """Time of a leg: the slower of its horizontal and vertical part, the hold, and a start and a stop.

    Powers are known at cruise, so nothing is taken to be faster: who flies faster spends more on each metre.
    """
    flat_m, up_m = (
        math.hypot(leg.end[0] - leg.start[0], leg.end[1] - leg.start[1]),
        abs(leg.end[2] - leg.start[2]),
    )
    moving_s = max(flat_m / min(max(leg.speed_mps, 0.1), vehicle.cruise_mps), up_m / vehicle.climb_mps)
    return moving_s + leg.hold_s + (_TURN_S if moving_s else 0.0)


def leg_wh(leg: Leg, vehicle: VehicleType) -> float:
    """Watt-hours of a leg."""
    climb_m = max(0.0, leg.end[2] - leg.start[2])
    power_w = vehicle.hover_w if leg.is_vertical else vehicle.cruise_w
    moving_s = seconds(leg, vehicle) - leg.hold_s
    climb_j = vehicle.mass_kg * GRAVITY_MPS2 * climb_m / vehicle.climb_efficiency
    return (power_w * moving_s + vehicle.hover_w * leg.hold_s + climb_j) / 3600


def home_wh(at: Point, home: Point, return_height_m: float, vehicle: VehicleType) -> float:
    """Watt-hours of a return from `at`: up to the return height, straight home, down."""
    height_m = max(at[2], return_height_m)
    above, over = (at[0], at[1], height_m), (home[0], home[1], height_m)
    legs = (Leg(0, a, b, vehicle.cruise_mps) for a, b in ((at, above), (above, over), (over, home)))
    return sum(leg_wh(leg, vehicle) for leg in legs)


def spent(legs: list[Leg], return_height_m: float, vehicle: VehicleType) -> list[Spent]:
    """The account after each leg."""
    account, used, time_s = [], 0.0, 0.0
    home = legs[0].start if legs else (0.0, 0.0, 0.0)
    for leg in legs:
        used, time_s = used + leg_wh(leg, vehicle), time_s + seconds(leg, vehicle)
        account.append(Spent(time_s, used, home_wh(leg.end, home, return_height_m, vehicle)))
    return account


def wh_per_m(vehicle: VehicleType) -> float:
    """Watt-hours a metre of cruise."""
    return vehicle.cruise_w / vehicle.cruise_mps / 3600
