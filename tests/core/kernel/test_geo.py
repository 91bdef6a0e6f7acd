"""Datums do not mix, conversions go there and back, and distances agree with an independent geodesic library."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import (
    Cgcs2000,
    Gcj02,
    LocalFrame,
    Wgs84,
    cgcs2000_of,
    distance_m,
    gcj02_of,
    wgs84_of,
    wgs84_of_cgcs2000,
)

mainland = st.builds(Wgs84, st.floats(18, 53), st.floats(74, 134))
anywhere = st.builds(Wgs84, st.floats(-85, 85), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("lat", "lon"), [(90.1, 0), (-91, 0), (0, 180.5), (math.nan, 0), (0, math.inf), (1e300, 0)]
)
@pytest.mark.parametrize("datum", [Wgs84, Cgcs2000, Gcj02])
def test_coordinates_off_the_globe_are_refused(datum: type, lat: float, lon: float) -> None:
    with pytest.raises(BadInput):
        datum(lat, lon)


def test_datums_are_never_equal() -> None:
    assert Wgs84(23, 113) != Gcj02(23, 113)
    assert Wgs84(23, 113) != Cgcs2000(23, 113)


def test_cgcs2000_keeps_its_digits() -> None:
    assert wgs84_of_cgcs2000(cgcs2000_of(Wgs84(23.1, 113.3))) == Wgs84(23.1, 113.3)


def test_the_shift_of_known_places() -> None:
    """Tiananmen, and People's Square in Shanghai, as published with eviltransform's and coordtransform's tests."""
    beijing = gcj02_of(Wgs84(39.907375, 116.391349))
    assert (beijing.lat_deg, beijing.lon_deg) == pytest.approx((39.908777, 116.397592), abs=2e-6)
    shanghai = gcj02_of(Wgs84(31.1774276, 121.5272106))
    assert (shanghai.lat_deg, shanghai.lon_deg) == pytest.approx(
        (31.17530398364597, 121.531541859215), abs=1e-6
    )


@given(mainland)
def test_gcj02_goes_there_and_back(at: Wgs84) -> None:
    drawn = gcj02_of(at)
    assert 30 < distance_m(at, Wgs84(drawn.lat_deg, drawn.lon_deg)) < 1000
    back = wgs84_of(drawn)
    assert back.lat_deg == pytest.approx(at.lat_deg, abs=1e-8)
    assert back.lon_deg == pytest.approx(at.lon_deg, abs=1e-8)


def test_abroad_nothing_is_shifted() -> None:
    assert gcj02_of(Wgs84(48.1, 11.6)) == Gcj02(48.1, 11.6)
    assert wgs84_of(Gcj02(48.1, 11.6)) == Wgs84(48.1, 11.6)


@given(anywhere, st.floats(-50_000, 50_000), st.floats(-50_000, 50_000))
def test_a_frame_goes_there_and_back(origin: Wgs84, east_m: float, north_m: float) -> None:
    frame = LocalFrame(origin)
    at = frame.to_wgs84(east_m, north_m)
    assert frame.to_enu(at) == pytest.approx((east_m, north_m), abs=1e-5)


@given(anywhere, st.floats(-8_000, 8_000), st.floats(-8_000, 8_000))
def test_distances_agree_with_the_geodesic(origin: Wgs84, east_m: float, north_m: float) -> None:
    pyproj = pytest.importorskip("pyproj")
    at = LocalFrame(origin).to_wgs84(east_m, north_m)
    _, _, geodesic_m = pyproj.Geod(ellps="WGS84").inv(origin.lon_deg, origin.lat_deg, at.lon_deg, at.lat_deg)
    assert math.hypot(east_m, north_m) == pytest.approx(geodesic_m, abs=0.01)
    assert distance_m(origin, at) == pytest.approx(geodesic_m, rel=0.006, abs=0.01)


def test_a_frame_refuses_what_no_plane_serves() -> None:
    frame = LocalFrame(Wgs84(5, 101))
    with pytest.raises(BadInput, match="split the line"):
        frame.to_enu(Wgs84(-5, -79))  # nearly the antipode, which a tangent plane draws on top of the origin
    with pytest.raises(BadInput):
        frame.to_wgs84(math.nan, 0)


def test_a_frame_works_across_the_date_line() -> None:
    frame = LocalFrame(Wgs84(0, 179.999))
    east_m, north_m = frame.to_enu(Wgs84(0, -179.999))
    assert (east_m, north_m) == pytest.approx((222.64, 0), abs=0.01)
    assert frame.to_wgs84(east_m, 0).lon_deg == pytest.approx(-179.999, abs=1e-9)
