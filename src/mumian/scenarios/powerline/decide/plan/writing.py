"""Writes a path down as mission items: takeoff, waypoints, where to look, photographs, the way home."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.scenarios.powerline.decide.plan import mission as m
from mumian.scenarios.powerline.decide.plan.flight import Point
from mumian.scenarios.powerline.decide.plan.mission import Autopilot, Item, Shot
from mumian.scenarios.powerline.decide.plan.shots import Target

_TURN_HOLD_S = 1.0  # a waypoint with a hold is reached, not rounded


@dataclass
class Writer:
    """Items in the order in which they are flown; heights in metres above home."""

    frame: LocalFrame
    autopilot: Autopilot
    items: list[Item] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)
    at: Point = (0.0, 0.0, 0.0)
    _speed_mps: float = 0.0

    def take_off(self, home: Point, height_m: float) -> None:
        """Straight up from home."""
        self.at = (home[0], home[1], height_m)
        self._located(m.TAKEOFF, self.at, (0.0, 0.0, 0.0))

    def go(self, place: Point, hold_s: float = _TURN_HOLD_S) -> None:
        """A waypoint, unless the vehicle is there already and need not wait."""
        if math.dist(self.at, place) < 0.01 and hold_s <= _TURN_HOLD_S:
            return
        self.at = place
        self._located(m.WAYPOINT, place, (hold_s, 0.0, 0.0))

    def speed(self, mps: float) -> None:
        """From here on at this speed over ground."""
        if mps != self._speed_mps:
            self._speed_mps = mps
            self._plain(m.CHANGE_SPEED, (1.0, mps, -1.0, 0.0, 0.0, 0.0, 0.0))

    def photograph(self, place: Point, target: Target, hold_s: float) -> None:
        """Turn to the target on the way, stand still at the place, take the picture."""
        command = m.SET_ROI if self.autopilot == "ardupilot" else m.SET_ROI_LOCATION
        self._located(command, target.at, (3.0 if command == m.SET_ROI else 0.0, 0.0, 0.0))
        self.at = place
        self._located(m.WAYPOINT, place, (hold_s, 0.0, 0.0))
        ordinal = float(len(self.shots) + 1)
        self._plain(m.IMAGE_START, (0.0, 0.0, 1.0, ordinal, 0.0, 0.0, 0.0))
        self.shots.append(
            Shot(target.id, target.tower, target.circuit, target.phase, target.part, len(self.items))
        )

    def look(self, pitch_deg: float, yaw_deg: float) -> None:
        """Hold the gimbal against the nose."""
        self._plain(m.MOUNT_CONTROL, (pitch_deg, 0.0, yaw_deg, 0.0, 0.0, 0.0, 2.0))

    def trigger(self, every_m: float) -> None:
        """Photograph every so many metres; 0 stops."""
        self._plain(m.TRIGGER_DISTANCE, (every_m, 0.0, 1.0 if every_m else 0.0, 0.0, 0.0, 0.0, 0.0))

    def land_at_home(self) -> None:
        """Return, from above home, which only descends."""
        self._plain(m.RETURN, (0.0,) * 7)

    def _plain(self, command: int, params: tuple[float, ...]) -> None:
        self.items.append(Item(command, m.FRAME_MISSION, params, len(self.items) + 1))

    def _located(self, command: int, place: Point, first: tuple[float, ...]) -> None:
        at, height_m = rounded(self.frame.to_wgs84(place[0], place[1])), round(place[2], 3)
        yaw = 0.0 if self.autopilot == "ardupilot" else None
        params = (*first, yaw, at.lat_deg, at.lon_deg, height_m)
        self.items.append(Item(command, m.FRAME_RELATIVE, params, len(self.items) + 1, height_m, 1))


def rounded(at: Wgs84) -> Wgs84:
    """To 1e-7 degrees, what MISSION_ITEM_INT carries."""
    return Wgs84(round(at.lat_deg, 7), round(at.lon_deg, 7))
