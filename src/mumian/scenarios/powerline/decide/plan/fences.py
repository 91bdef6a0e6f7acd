"""Fences: how far a leg stays inside every inclusion and outside every exclusion, and the fence a plan gets.

Autopilots differ in whether several inclusions add up; here a leg must satisfy each of them alone, which every one accepts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPoint, Point
from shapely.geometry import Polygon as Area
from shapely.geometry.base import BaseGeometry

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.scenarios.powerline.decide.plan.flight import Leg, flat
from mumian.scenarios.powerline.decide.plan.mission import Circle, Mission, Polygon

_BUFFER_M = 30.0  # of the fence around the path
_MOST_CORNERS = 60  # autopilots store few


@dataclass(frozen=True)
class Fence:
    """A fence in the local frame."""

    name: str
    is_inclusion: bool
    area: BaseGeometry
    radius_m: float | None = None  # of a circle, whose area is then its centre

    def room_m(self, piece: BaseGeometry) -> float:
        """How far the worst point of a leg is on the right side of the fence's edge; negative on the wrong side."""
        if self.radius_m is not None:
            return self._circle_room(piece, self.radius_m)
        if self.is_inclusion:
            if self.area.covers(piece):
                return float(piece.distance(self.area.boundary))
            return -max(float(Point(at).distance(self.area)) for at in _samples(piece))
        inside = piece.intersection(self.area)
        if inside.is_empty:
            return float(piece.distance(self.area))
        return -max(float(Point(at).distance(self.area.boundary)) for at in _samples(inside))

    def _circle_room(self, piece: BaseGeometry, radius_m: float) -> float:
        if self.is_inclusion:
            return radius_m - max(float(self.area.distance(Point(at))) for at in piece.coords)
        return float(self.area.distance(piece)) - radius_m


def _samples(piece: BaseGeometry) -> list[tuple[float, float]]:
    """Its corners, and points between at most 1 m or 1/200 of it apart."""
    dense = shapely.segmentize(piece, max(1.0, piece.length / 200)) if piece.length > 0 else piece
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(dense)]


def fences(mission: Mission, frame: LocalFrame) -> list[Fence]:
    """The mission's fences; BadInput for a polygon that crosses itself or has no area."""
    found = []
    for n, polygon in enumerate(mission.polygons, 1):
        area = Area([flat(frame, corner) for corner in polygon.corners])
        if not area.is_valid or area.area <= 0:
            raise BadInput(
                detail=f"fence polygon {n}: its edges cross or enclose nothing; draw its corners in order"
            )
        found.append(Fence(f"polygon {n}", polygon.is_inclusion, area))
    for n, circle in enumerate(mission.circles, 1):
        centre = Point(flat(frame, circle.centre))
        found.append(Fence(f"circle {n}", circle.is_inclusion, centre, circle.radius_m))
    return found


def piece(leg: Leg) -> LineString:
    """The leg seen from above."""
    return LineString([leg.start[:2], leg.end[:2]])


def around(frame: LocalFrame, places: list[tuple[float, float]], path: list[Leg]) -> Polygon:
    """An inclusion polygon around everything flown and every place named, with few corners."""
    shapes: list[BaseGeometry] = [piece(leg) for leg in path] + [Point(p) for p in places]
    area = shapely.union_all([s.buffer(_BUFFER_M, cap_style="square", join_style="mitre") for s in shapes])
    if area.geom_type != "Polygon":
        area = MultiPoint(np.concatenate([shapely.get_coordinates(s) for s in shapes])).convex_hull.buffer(
            _BUFFER_M, join_style="mitre"
        )
    for tolerance_m in (2.0, 4.0, 6.0, 9.0, 12.0, 15.0):
        outline = Area(area.exterior).buffer(tolerance_m, join_style="mitre").simplify(tolerance_m)
        if len(outline.exterior.coords) <= _MOST_CORNERS:
            break
    else:
        outline = Area(area.exterior).convex_hull
    corners = list(shapely.get_coordinates(outline.exterior))[:-1]
    return Polygon(
        is_inclusion=True, corners=tuple(_rounded(frame.to_wgs84(float(x), float(y))) for x, y in corners)
    )


def circle_of(home: Wgs84, radius_m: float) -> Circle:
    """The autopilot's own circle fence around home (ArduPilot FENCE_RADIUS)."""
    return Circle(is_inclusion=True, centre=home, radius_m=radius_m)


def _rounded(at: Wgs84) -> Wgs84:
    return Wgs84(round(at.lat_deg, 7), round(at.lon_deg, 7))
