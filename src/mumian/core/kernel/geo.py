"""Where things are: one type a datum and one a height reference, so that no datum can be handed in for another.

It knows no projection and no geoid: what needs those says so and uses pyproj at its own edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NewType

from mumian.core.kernel.errors import BadInput

MetresAgl = NewType("MetresAgl", float)  # above the ground below
MetresAmsl = NewType("MetresAmsl", float)  # above mean sea level (the geoid)
MetresEllipsoid = NewType(
    "MetresEllipsoid", float
)  # above the WGS 84 ellipsoid, as a GNSS receiver computes it

MEAN_RADIUS_M = 6_371_008.8  # IUGG mean radius R1
_A_M, _E2 = 6_378_137.0, 6.694_379_990_14e-3  # WGS 84: semi-major axis, first eccentricity squared
_FRAME_REACH_M = 200_000.0  # farther off, a tangent plane folds the earth over

_GCJ_A_M, _GCJ_E2 = (
    6_378_245.0,
    0.006_693_421_622_965_943,
)  # Krasovsky 1940, which GCJ-02 computes its shift on
_GCJ_BOX = (0.8293, 55.8271, 72.004, 137.8347)  # south, north, west, east of where the shift applies


@dataclass(frozen=True, slots=True)
class _Geodetic:
    """Latitude and longitude in degrees; BadInput outside ±90 and ±180, and for what is not a finite number."""

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        for value, limit, what in ((self.lat_deg, 90, "latitude"), (self.lon_deg, 180, "longitude")):
            if not abs(value) <= limit:  # also true for NaN
                raise BadInput(detail=f"{what} {value!r}: degrees from -{limit} to {limit} are meant")


class Wgs84(_Geodetic):
    """Degrees on WGS 84 (EPSG:4326): what GNSS, MAVLink, GeoJSON and KML carry."""

    __slots__ = ()


class Cgcs2000(_Geodetic):
    """Degrees on CGCS2000 (EPSG:4490), China's national datum: what surveys and utilities carry."""

    __slots__ = ()


class Gcj02(_Geodetic):
    """Degrees as Chinese map services show them: WGS 84 moved by up to 700 m; never flown, never measured with."""

    __slots__ = ()


def wgs84_of_cgcs2000(at: Cgcs2000) -> Wgs84:
    """The same digits: both are ITRS realisations, a few centimetres apart, below any GNSS error budgeted here."""
    return Wgs84(at.lat_deg, at.lon_deg)


def cgcs2000_of(at: Wgs84) -> Cgcs2000:
    """The same digits (see `wgs84_of_cgcs2000`)."""
    return Cgcs2000(at.lat_deg, at.lon_deg)


def gcj02_of(at: Wgs84) -> Gcj02:
    """Where a Chinese map draws this point; the same digits outside the box in which the shift applies.

    The formula is the widely published re-engineering of the shift (eviltransform, MIT); it has no official source.
    """
    if not _is_shifted(at.lat_deg, at.lon_deg):
        return Gcj02(at.lat_deg, at.lon_deg)
    north, east = _shift(at.lat_deg, at.lon_deg)
    return Gcj02(at.lat_deg + north, at.lon_deg + east)


def wgs84_of(at: Gcj02) -> Wgs84:
    """The point that a Chinese map draws here, to 1e-9 degrees, by fixed-point iteration.

    Within 700 m of the box's border two points share one drawing; the one inside the box is meant.
    """
    lat, lon = at.lat_deg, at.lon_deg
    for _ in range(30):
        north, east = _shift(lat, lon)
        step = max(abs(at.lat_deg - north - lat), abs(at.lon_deg - east - lon))
        lat, lon = at.lat_deg - north, at.lon_deg - east
        if step < 1e-10:
            break
    return Wgs84(lat, lon) if _is_shifted(lat, lon) else Wgs84(at.lat_deg, at.lon_deg)


def _is_shifted(lat: float, lon: float) -> bool:
    south, north, west, east = _GCJ_BOX
    return south <= lat <= north and west <= lon <= east


def _shift(lat: float, lon: float) -> tuple[float, float]:
    """The shift (north, east) in degrees."""
    x, y = lon - 105.0, lat - 35.0
    root, wave = math.sqrt(abs(x)), 20.0 * (math.sin(6 * math.pi * x) + math.sin(2 * math.pi * x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (wave + _swell(y, 160.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (wave + _swell(x, 150.0)) * 2.0 / 3.0
    phi = math.radians(lat)
    magic = 1 - _GCJ_E2 * math.sin(phi) ** 2
    meridian_m = _GCJ_A_M * (1 - _GCJ_E2) / magic**1.5
    parallel_m = _GCJ_A_M / math.sqrt(magic) * math.cos(phi)
    return math.degrees(north_m / meridian_m), math.degrees(east_m / parallel_m)


def _swell(x: float, long_m: float) -> float:
    """The published sines with periods 2, 6, 24 and 60 degrees."""
    short = 20.0 * math.sin(math.pi * x) + 40.0 * math.sin(math.pi * x / 3.0)
    return short + long_m * math.sin(math.pi * x / 12.0) + 2 * long_m * math.sin(math.pi * x / 30.0)


def distance_m(a: Wgs84, b: Wgs84) -> float:
    """Great-circle distance (haversine, mean radius); within 0.6 % of the ellipsoid's geodesic."""
    phi_a, phi_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    half = math.sin((phi_b - phi_a) / 2) ** 2
    half += math.cos(phi_a) * math.cos(phi_b) * math.sin(math.radians(b.lon_deg - a.lon_deg) / 2) ** 2
    return 2 * MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


@dataclass(frozen=True)
class LocalFrame:
    """Metres east and north in the plane tangent to the ellipsoid at `origin` (Enu).

    Distances in the plane fall short by 1.2 cm over 10 km; BadInput beyond 200 km, where no plane serves.
    """

    origin: Wgs84

    def to_enu(self, at: Wgs84) -> tuple[float, float]:
        """(east_m, north_m) of a point of the ellipsoid."""
        if distance_m(self.origin, at) > _FRAME_REACH_M:
            raise BadInput(
                detail=f"{at.lat_deg:.5f}, {at.lon_deg:.5f} lies more than {_FRAME_REACH_M / 1000:.0f} km from "
                f"{self.origin.lat_deg:.5f}, {self.origin.lon_deg:.5f}: split the line"
            )
        return self._project(at)

    def to_wgs84(self, east_m: float, north_m: float) -> Wgs84:
        """The point of the ellipsoid above or below (east_m, north_m), to a hundredth of a millimetre below 85° of latitude."""
        if not math.hypot(east_m, north_m) <= _FRAME_REACH_M:
            raise BadInput(
                detail=f"{east_m!r} m east, {north_m!r} m north: within {_FRAME_REACH_M:.0f} m are meant"
            )
        meridian_m, parallel_m = self._radii
        at, east, north = self.origin, 0.0, 0.0
        for _ in range(12):
            step_north, step_east = (north_m - north) / meridian_m, (east_m - east) / parallel_m
            at = Wgs84(at.lat_deg + math.degrees(step_north), _wrapped(at.lon_deg + math.degrees(step_east)))
            east, north = self._project(at)
            if math.hypot(east_m - east, north_m - north) < 1e-6:
                break
        return at

    def _project(self, at: Wgs84) -> tuple[float, float]:
        phi, lam = math.radians(self.origin.lat_deg), math.radians(self.origin.lon_deg)
        x, y, z = (p - o for p, o in zip(_ecef(at), self._centre, strict=True))
        out = math.cos(lam) * x + math.sin(lam) * y
        return math.cos(lam) * y - math.sin(lam) * x, math.cos(phi) * z - math.sin(phi) * out

    @cached_property
    def _centre(self) -> tuple[float, float, float]:
        return _ecef(self.origin)

    @cached_property
    def _radii(self) -> tuple[float, float]:
        phi = math.radians(self.origin.lat_deg)
        magic = 1 - _E2 * math.sin(phi) ** 2
        return _A_M * (1 - _E2) / magic**1.5, max(1.0, _A_M / math.sqrt(magic) * math.cos(phi))


def _ecef(at: Wgs84) -> tuple[float, float, float]:
    phi, lam = math.radians(at.lat_deg), math.radians(at.lon_deg)
    radius = _A_M / math.sqrt(1 - _E2 * math.sin(phi) ** 2)
    out = radius * math.cos(phi)
    return out * math.cos(lam), out * math.sin(lam), radius * (1 - _E2) * math.sin(phi)


def _wrapped(lon_deg: float) -> float:
    return (lon_deg + 180.0) % 360.0 - 180.0
