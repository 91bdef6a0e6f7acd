"""Makes a mission: out along one side of the towers, across above the last one, back along the other side, home.

Everything it makes keeps half a metre more than the proof asks for; what cannot be made so is refused, saying where and why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.scenarios.powerline.decide.plan import corridor, energy, fences, refusals, routing, siting
from mumian.scenarios.powerline.decide.plan.airspace import Airspace
from mumian.scenarios.powerline.decide.plan.flight import Leg, Point, fly
from mumian.scenarios.powerline.decide.plan.keepout import KeepOut
from mumian.scenarios.powerline.decide.plan.mission import (
    Autopilot,
    Mission,
    Polygon,
    Profile,
    RallyPoint,
    Task,
)
from mumian.scenarios.powerline.decide.plan.rules import Rules
from mumian.scenarios.powerline.decide.plan.shots import Target, targets
from mumian.scenarios.powerline.decide.plan.structure import Pylon, works
from mumian.scenarios.powerline.decide.plan.writing import Writer, rounded
from mumian.scenarios.powerline.domain.line import Line

_RALLY_APART_M = 15.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the planner is asked for."""

    first: int | None
    count: int
    profile: Profile
    autopilot: Autopilot = "ardupilot"
    home: Wgs84 | None = None
    verified: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Site:
    """The towers to inspect, the air around them, and home."""

    air: Airspace
    pylons: tuple[Pylon, ...]
    home: Point
    side: int
    return_height_m: float


def plan(line: Line, rules: Rules, wish: Wish) -> Mission:
    """The mission. BadInput where no mission can keep the rules: it names tower, item or battery, and what would help."""
    first, last = _numbers(line, wish)
    frame = LocalFrame(line.towers[first].at)
    ground_m = line.towers[first].ground_m
    air = Airspace(KeepOut(works(line, frame, rules, ground_m)), rules)
    site = _site(air, air.keepout.works.pylons[first : last + 1], wish)
    writer = Writer(frame, wish.autopilot, at=site.home)
    _write(site, writer, wish)
    task = Task(
        line,
        line.towers[first].number,
        line.towers[last].number,
        wish.profile,
        rules,
        round(site.return_height_m, 1),
        ground_m,
        tuple(sorted(wish.verified)),
    )
    return _fenced(site, writer, task, wish.autopilot)


def _numbers(line: Line, wish: Wish) -> tuple[int, int]:
    """Indices of the first and the last tower."""
    if wish.count < 1 or (wish.profile == "corridor" and wish.count < 2):
        raise refusals.TooFewTowers(count=wish.count)
    numbers = [tower.number for tower in line.towers]
    first = numbers[0] if wish.first is None else wish.first
    if first not in numbers:
        raise refusals.NoSuchTower(number=first, first=numbers[0], last=numbers[-1])
    start = numbers.index(first)
    if start + wish.count > len(numbers):
        raise refusals.TooManyTowers(count=wish.count, first=first, left=len(numbers) - start)
    return start, start + wish.count - 1


def _site(air: Airspace, pylons: tuple[Pylon, ...], wish: Wish) -> _Site:
    _within_reason(air.rules, pylons)
    places = [(p.x, p.y) for p in pylons]
    height_m = air.over(places) + 1.0
    lowest = min(p.ground_m for p in pylons)
    if height_m > air.roof_m + lowest:
        tall = max(pylons, key=lambda p: p.top_m)
        assumed = ("（按档距估的）", ", as assumed for its spans") if tall.is_height_assumed else ("", "")
        raise refusals.CrossingTooHigh(
            number=tall.number, height_m=tall.top_m - tall.ground_m, assumed_zh=assumed[0], assumed_en=assumed[1],
            needed_m=height_m - lowest, free_m=air.roof_m,
        )  # fmt: skip
    if wish.home is None:
        (x, y), side = siting.home(air, pylons[0], height_m)
    else:
        x, y = air.keepout.works.frame.to_enu(wish.home)
        first = pylons[0]
        side = 1 if (x - first.x) * first.right[0] + (y - first.y) * first.right[1] >= 0 else -1
    frame = air.keepout.works.frame
    home = frame.to_enu(rounded(frame.to_wgs84(x, y)))
    return _Site(air, pylons, (*home, 0.0), side, height_m)


def _write(site: _Site, writer: Writer, wish: Wish) -> None:
    vehicle = site.air.rules.vehicle
    writer.take_off(site.home, site.return_height_m)
    writer.speed(vehicle.cruise_mps)
    if wish.profile == "tower":
        _towers(site, writer, wish)
    else:
        _corridor(site, writer)
    above_home = (site.home[0], site.home[1], site.return_height_m)
    writer.speed(vehicle.cruise_mps)
    _travel(site, writer, above_home)
    writer.land_at_home()


def _towers(site: _Site, writer: Writer, wish: Wish) -> None:
    """One side out, the other back."""
    for side, pylons in ((site.side, site.pylons), (-site.side, site.pylons[::-1])):
        for pylon in pylons:
            wanted = [t for t in _of_side(site, pylon, side) if t.id not in wish.verified]
            if wanted:
                _inspect(site, writer, siting.stand(site.air, pylon, side, tuple(wanted)))


def _of_side(site: _Site, pylon: Pylon, side: int) -> list[Target]:
    """What is photographed from a side: its own, and from the first side what either shows."""
    wanted = targets(site.air.keepout.works, pylon, site.air.rules)
    return [t for t in wanted if t.side == side or (t.side == 0 and side == site.side)]


def _inspect(site: _Site, writer: Writer, stand: siting.Stand) -> None:
    shots = stand.shots if writer.at[2] > (stand.shots[0][0] + stand.shots[-1][0]) / 2 else stand.shots[::-1]
    vehicle, photo = site.air.rules.vehicle, site.air.rules.photo
    writer.speed(vehicle.cruise_mps)
    _travel(site, writer, (stand.x, stand.y, shots[0][0]))
    writer.speed(vehicle.approach_mps)
    for height_m, target in shots:
        writer.photograph((stand.x, stand.y, height_m), target, photo.hold_s)


def _travel(site: _Site, writer: Writer, place: Point) -> None:
    """To the place; on both passes away from the line is the hand on which home lies at the first tower."""
    for passed in routing.way(site.air, writer.at, place, site.side):
        writer.go(passed)
    writer.go(place)


def _corridor(site: _Site, writer: Writer) -> None:
    air, rules = site.air, site.air.rules
    first, last = site.pylons[0].number, site.pylons[-1].number
    strips = corridor.strips(air.keepout.works, first, last)
    for side, ordered in ((site.side, strips), (-site.side, strips[::-1])):
        for strip in ordered:
            places = corridor.leg(air, strip, side)
            if not places:
                continue
            if side != site.side:
                places = places[::-1]
            writer.speed(rules.vehicle.cruise_mps)
            _travel(site, writer, places[0])
            every_m = round(corridor.spacing_m(rules, strip, places) - 0.05, 1)
            writer.look(*(round(a, 1) for a in corridor.gimbal(strip, places, site.side)))
            writer.speed(round(min(rules.vehicle.cruise_mps, every_m / rules.camera.interval_s), 1))
            writer.trigger(every_m)
            for place in places[1:]:
                writer.go(place, 0.0)
            writer.trigger(0.0)


def _fenced(site: _Site, writer: Writer, task: Task, autopilot: Autopilot) -> Mission:
    vehicle, frame = task.rules.vehicle, writer.frame
    bare = Mission(
        tuple(writer.items),
        rounded(frame.to_wgs84(site.home[0], site.home[1])),
        float(task.home_ground_m or 0.0),
        vehicle.cruise_mps,
        vehicle.cruise_mps,
        autopilot,
        shots=tuple(writer.shots),
        task=task,
    )
    legs = fly(bare, frame, site.return_height_m).legs
    _enough(legs, site, task)
    first = site.pylons[0]
    rally = _beyond(first, site.home)
    places = [rally, *((p.x, p.y) for p in site.pylons)]
    polygon: Polygon = fences.around(frame, places, legs)
    point = RallyPoint(rounded(frame.to_wgs84(*rally)), round(site.return_height_m, 1))
    return replace(bare, polygons=(polygon,), rally=(point,))


def _beyond(pylon: Pylon, home: Point) -> tuple[float, float]:
    """A place beyond home, seen from the tower."""
    away = math.hypot(home[0] - pylon.x, home[1] - pylon.y)
    share = 1 + _RALLY_APART_M / max(away, 1.0)
    return pylon.x + (home[0] - pylon.x) * share, pylon.y + (home[1] - pylon.y) * share


def _within_reason(rules: Rules, pylons: tuple[Pylon, ...]) -> None:
    """Refuses at once what could not be flown even without a single stop: out along the towers and back."""
    out_m = sum(math.hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(pylons))
    _lasts(2 * out_m * energy.wh_per_m(rules.vehicle), rules, len(pylons))


def _enough(legs: list[Leg], site: _Site, task: Task) -> None:
    account = energy.spent(legs, site.return_height_m, task.rules.vehicle)
    _lasts(max(one.used_wh + one.home_wh for one in account), task.rules, len(site.pylons))


def _lasts(needed_wh: float, rules: Rules, count: int) -> None:
    """BadInput if the battery does not last, saying for about how many towers it would."""
    capacity_wh, reserve = rules.vehicle.battery_wh, rules.limits.reserve
    usable_wh = capacity_wh * (1 - reserve)
    if needed_wh > usable_wh:
        most = max(1, int(count * usable_wh / needed_wh))
        raise refusals.BatteryTooSmall(
            count=count, needed_wh=needed_wh, usable_wh=usable_wh, capacity_wh=capacity_wh, reserve=reserve, most=most
        )  # fmt: skip
