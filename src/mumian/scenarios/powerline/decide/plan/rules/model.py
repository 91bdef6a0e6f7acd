"""What a rule pack holds: limits, clauses, assumed structures, camera and vehicle."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mumian.scenarios.powerline.domain.tension import ConductorType


@dataclass(frozen=True, slots=True)
class Limits:
    """What a flight keeps to."""

    ceiling_m: float
    floor_m: float
    gnss_m: float
    wind_mps: float
    reserve: float


@dataclass(frozen=True, slots=True)
class States:
    """Conductor temperatures: for which the catenary parameter is given, and between which the curve is swept; its greatest value."""

    everyday_c: float
    hot_c: float
    cold_c: float
    tightest_c_m: float


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """What a photograph must be worth."""

    component_gsd_mm: float
    overview_gsd_mm: float
    corridor_gsd_mm: float
    aim_deg: float
    overlap: float
    hold_s: float


@dataclass(frozen=True, slots=True)
class Camera:
    """An assumed camera; the pixel on the object grows with distance over focal length."""

    sensor_width_mm: float
    sensor_height_mm: float
    image_width_px: float
    image_height_px: float
    focal_mm: float
    interval_s: float

    def reach_m(self, gsd_mm: float) -> float:
        """The farthest distance at which a pixel covers no more than `gsd_mm` of the object."""
        return gsd_mm * self.focal_mm * self.image_width_px / self.sensor_width_mm / 1000

    def footprint_m(self, distance_m: float) -> float:
        """Width of what one picture shows at a distance."""
        return distance_m * self.sensor_width_mm / self.focal_mm


@dataclass(frozen=True, slots=True)
class VehicleType:
    """An assumed multirotor; powers are electrical."""

    battery_wh: float
    hover_w: float
    cruise_w: float
    mass_kg: float
    climb_efficiency: float
    cruise_mps: float
    approach_mps: float
    climb_mps: float


@dataclass(frozen=True, slots=True)
class Structure:
    """Assumed tower and conductor of a voltage class, and the distance to keep from its live parts."""

    nominal_kv: float
    standoff_m: float
    arm_m: float
    phase_gap_m: float
    string_m: float
    earth_gap_m: float
    clearance_m: float
    body_m: float
    everyday_c_m: float
    tallest_m: float
    conductor: ConductorType


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a rule comes from; `checked`: its wording was compared with the document."""

    rule: str
    id: str
    checked: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Rules:
    """A pack narrowed to one voltage. `sha256` is of the pack's file."""

    pack: str
    sha256: str
    limits: Limits
    weather: States
    photo: PhotoRules
    camera: Camera
    vehicle: VehicleType
    structure: Structure
    clauses: dict[str, Clause]

    @property
    def required_m(self) -> float:
        """Distance to keep from conductors: stand-off plus position error."""
        return self.structure.standoff_m + self.limits.gnss_m

    def as_json(self) -> dict[str, Any]:
        """What a plan carries, so that it can be proved from its file alone."""
        return asdict(self)
