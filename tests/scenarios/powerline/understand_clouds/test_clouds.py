from __future__ import annotations

import random
import struct
from pathlib import Path

import laspy
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.understand import cloud_rows
from mumian.scenarios.powerline.understand.cloud_faults import (
    CloudDamaged,
    CloudEmpty,
    CloudLacks,
    NotACloud,
)
from mumian.scenarios.powerline.understand.clouds import box, read_cloud, reference_system, size


def las(
    path: Path,
    xyz: np.ndarray,
    classes: np.ndarray | None = None,
    point_format: int = 6,
    crs: str | None = None,
) -> Path:
    header = laspy.LasHeader(point_format=point_format, version="1.4" if point_format > 5 else "1.2")
    header.scales, header.offsets = np.full(3, 0.001), np.floor(xyz.min(0)) if len(xyz) else np.zeros(3)
    if crs:
        from pyproj import CRS

        header.add_crs(CRS.from_user_input(crs))
    data = laspy.LasData(header)
    data.x, data.y, data.z = xyz.T if len(xyz) else np.empty((3, 0))
    if classes is not None:
        data.classification = classes
    data.write(path)
    return path


def table(path: Path, **columns) -> Path:
    parquet.write_table(pa.table(columns), path)
    return path


POINTS = np.random.default_rng(1).uniform([500_000, 2_500_000, 0], [500_300, 2_500_100, 40], (120_000, 3))


@pytest.mark.parametrize("name", ["a.las", "a.laz"])
@pytest.mark.parametrize("point_format", [1, 3, 6, 7])
def test_places_and_classes_come_back(tmp_path, name, point_format):
    classes = np.arange(len(POINTS)).astype(np.uint8) % 19
    path = las(tmp_path / name, POINTS, classes, point_format)
    cloud = read_cloud(path)
    assert np.abs(cloud.xyz - POINTS).max() <= 0.00051
    assert (cloud.classes == classes).all()
    assert size(path) == len(POINTS)
    assert np.abs(box(path)[0] - POINTS[:, :2].min(0)).max() < 0.001


def test_chunks_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr(cloud_rows, "CHUNK", 7_777)
    assert np.abs(read_cloud(las(tmp_path / "a.laz", POINTS)).xyz - POINTS).max() <= 0.00051


def test_the_stated_reference_system_is_read(tmp_path):
    assert "UTM zone 49N" in reference_system(las(tmp_path / "a.laz", POINTS[:10], crs="EPSG:32649"))
    assert reference_system(las(tmp_path / "b.laz", POINTS[:10])) is None


def test_parquet_rows_without_a_place_are_dropped_and_counted(tmp_path):
    path = table(
        tmp_path / "a.parquet",
        x=[1.0, np.nan, 3.0, 4.0],
        y=[1.0, 2.0, None, 4.0],
        z=[1, 2, 3, 4],
        other=["a"] * 4,
    )
    cloud = read_cloud(path)
    assert cloud.dropped == 2
    assert cloud.xyz.tolist() == [[1.0, 1.0, 1.0], [4.0, 4.0, 4.0]]


def test_infinite_places_are_dropped(tmp_path):
    path = table(tmp_path / "a.parquet", x=[1.0, np.inf], y=[1.0, 2.0], z=[1.0, 2.0])
    assert read_cloud(path).dropped == 1


def test_columns_are_found_whatever_their_case_and_type(tmp_path):
    path = table(
        tmp_path / "a.parquet",
        X=pa.array([1, 2], pa.int32()),
        Y=pa.array([1.5, 2.5], pa.float32()),
        z=[0.0, 1.0],
    )
    assert read_cloud(path).xyz.tolist() == [[1.0, 1.5, 0.0], [2.0, 2.5, 1.0]]


def test_a_classification_column_is_read(tmp_path):
    path = table(tmp_path / "a.parquet", x=[1.0, 2.0], y=[1.0, 2.0], z=[1.0, 2.0], classification=[14, None])
    assert read_cloud(path).classes.tolist() == [14, 0]


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"x": [1.0], "y": [1.0]}, CloudLacks),
        ({"x": ["a"], "y": ["b"], "z": ["c"]}, CloudLacks),
        ({"x": [[1.0]], "y": [[1.0]], "z": [[1.0]]}, CloudLacks),
        ({"x": [], "y": [], "z": []}, (CloudEmpty, CloudLacks)),
        ({"x": [np.nan], "y": [1.0], "z": [1.0]}, CloudEmpty),
    ],
)
def test_parquet_without_points_says_what_is_missing(tmp_path, columns, error):
    with pytest.raises(error):
        read_cloud(table(tmp_path / "a.parquet", **columns))


def test_an_empty_las_file_is_refused(tmp_path):
    with pytest.raises(CloudEmpty):
        read_cloud(las(tmp_path / "a.las", np.empty((0, 3))))


@pytest.mark.parametrize("content", [b"", b"LA", b"x,y,z\n1,2,3\n", b"PK\x03\x04" + bytes(400)])
def test_other_files_are_no_clouds(tmp_path, content):
    (tmp_path / "a.laz").write_bytes(content)
    with pytest.raises(NotACloud):
        read_cloud(tmp_path / "a.laz")


def test_a_missing_file_and_a_folder_are_bad_input(tmp_path):
    for path in (tmp_path / "none.laz", tmp_path):
        with pytest.raises(BadInput):
            read_cloud(path)


@pytest.mark.parametrize("name", ["a.las", "a.laz", "a.parquet"])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.999])
def test_what_was_cut_short_is_refused(tmp_path, name, share):
    whole = tmp_path / name
    if name.endswith("parquet"):
        table(whole, **dict(zip("xyz", POINTS.T, strict=True)))
    else:
        las(whole, POINTS)
    raw = whole.read_bytes()
    whole.write_bytes(raw[: max(int(len(raw) * share), 4)])
    with pytest.raises(CloudDamaged):
        read_cloud(whole)


def test_a_header_that_promises_more_points_is_refused(tmp_path):
    path = las(tmp_path / "a.laz", POINTS[:500])
    raw = bytearray(path.read_bytes())
    struct.pack_into("<Q", raw, 247, 10**15)
    path.write_bytes(raw)
    with pytest.raises(CloudDamaged, match="promised"):
        read_cloud(path)


def test_points_outside_of_the_stated_box_are_refused(tmp_path):
    path = las(tmp_path / "a.las", POINTS[:500])
    raw = bytearray(path.read_bytes())
    raw[375 + 20 * 30 + 2] ^= 0x7F  # a high byte of one X
    path.write_bytes(raw)
    with pytest.raises(CloudDamaged, match="box"):
        read_cloud(path)


@pytest.mark.parametrize("name", ["a.las", "a.laz", "a.parquet"])
def test_mutated_files_never_end_in_another_error(tmp_path, name, capfd):
    whole, rng = tmp_path / name, random.Random(7)
    if name.endswith("parquet"):
        table(whole, **dict(zip("xyz", POINTS[:3000].T, strict=True)))
    else:
        las(whole, POINTS[:3000], crs="EPSG:32649")
    raw, said = whole.read_bytes(), []
    for round_ in range(100):
        mutated = bytearray(raw)
        for _ in range(rng.randrange(1, 30)):
            place = rng.randrange(len(raw) if round_ % 2 else min(600, len(raw)))
            mutated[place] = rng.randrange(256)
        whole.write_bytes(mutated)
        try:
            read_cloud(whole)
            reference_system(whole)
        except BadInput as error:
            said.append(error.say("zh") + error.say("en"))
    assert all(said)
    assert "panicked" not in capfd.readouterr().err
