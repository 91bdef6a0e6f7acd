"""A full disk: the error has a name, nothing half written stays, and what was stored before is whole."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.core.store.scopes import scope
from tests.postgres import MakeStore

from mumian.core.store import DiskFull, Store, backup, objects, parquet, telemetry, verify


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch):
    """Every fsync of a file says that the disk is full."""

    def fails(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    for module in ("parquet", "objects", "archive"):
        monkeypatch.setattr(f"mumian.core.store.{module}.sync", fails)
    return monkeypatch


def test_sealing_on_a_full_disk_keeps_the_rows_and_no_draft(store: Store, full: pytest.MonkeyPatch) -> None:
    with store.tx() as cur:
        series = telemetry.series_id(cur, "d1", "heart_rate_bpm", "1/min")
        telemetry.append_points(cur, [series], [1], 1, [0.5])
    with pytest.raises(DiskFull):
        telemetry.seal(store, force=True)
    assert not list((store.home / "segments").rglob("*.*"))
    assert telemetry.points(store, scope("d1"), series, 0, 9) == [(1, 0.5)]
    full.undo()
    assert [s.rows for s in telemetry.seal(store, force=True)] == [1]
    assert telemetry.points(store, scope("d1"), series, 0, 9) == [(1, 0.5)]
    assert verify(store).whole


def test_an_object_or_a_backup_on_a_full_disk_says_so(
    store: Store, tmp_path: Path, full: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DiskFull):
        objects.put(store, b"x", "text/plain")
    assert store.query("select count(*) from store.objects") == [(0,)]
    store.home.mkdir(exist_ok=True)
    with pytest.raises(DiskFull):
        backup(store, tmp_path / "b")
    assert not list(tmp_path.glob("b*"))


def test_the_block_digests_follow_the_file(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(bytes(parquet.BLOCK) + b"tail")
    digests = parquet.digest(file)
    assert (digests.size, len(digests.blocks)) == (parquet.BLOCK + 4, 64)
