"""The plan on a map (RFC 7946): path, photographs, towers, home, fence, rally points. Heights stand in properties, above home."""

from __future__ import annotations

from typing import Any

from mumian.core.kernel.geo import LocalFrame
from mumian.scenarios.powerline.decide.plan.flight import Point, fly
from mumian.scenarios.powerline.decide.plan.proof import Proof


def collection(proof: Proof) -> dict[str, Any]:
    """A FeatureCollection; `role` says what a feature is."""
    mission, task = proof.mission, proof.task
    frame = LocalFrame(next(t.at for t in task.line.towers if t.number == task.first))
    flight = fly(mission, frame, proof.return_height_m)

    def place(at: Point) -> list[float]:
        found = frame.to_wgs84(at[0], at[1])
        return [round(found.lon_deg, 7), round(found.lat_deg, 7)]

    path = [flight.legs[0].start, *(leg.end for leg in flight.legs)]
    heights = [round(at[2], 2) for at in path]
    items = [mission.items[leg.index].jump_id for leg in flight.legs]
    features = [
        _feature(
            "LineString", [place(at) for at in path], role="path", height_above_home_m=heights, doJumpId=items
        )
    ]
    shots = {shot.jump_id: shot for shot in mission.shots}
    for photo in flight.photos:
        shot = shots.get(mission.items[photo.index].jump_id)
        features.append(
            _feature(
                "Point", place(photo.at), role="photo", height_above_home_m=round(photo.at[2], 2),
                doJumpId=mission.items[photo.index].jump_id, shot=None if shot is None else shot.id,
            )
        )  # fmt: skip
    for tower in task.line.towers:
        if task.first <= tower.number <= task.last:
            at = [tower.at.lon_deg, tower.at.lat_deg]
            features.append(_feature("Point", at, role="tower", number=tower.number, tower_kind=tower.kind))
    features.append(_feature("Point", [mission.home.lon_deg, mission.home.lat_deg], role="home"))
    for polygon in mission.polygons:
        ring = [[c.lon_deg, c.lat_deg] for c in (*polygon.corners, polygon.corners[0])]
        features.append(_feature("Polygon", [ring], role="fence", inclusion=polygon.is_inclusion))
    features += [
        _feature("Point", [r.at.lon_deg, r.at.lat_deg], role="rally", height_above_home_m=r.height_m)
        for r in mission.rally
    ]
    return {"type": "FeatureCollection", "assumed": list(task.line.assumed), "features": features}


def _feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }
