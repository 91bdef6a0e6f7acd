"""Verify names what is damaged and where; a backup carries everything into an empty home, and nothing into a full one."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.core.store.scopes import scope
from tests.postgres import MakeStore, Postgres

from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.store import (
    HomeNotEmpty,
    SegmentCorrupt,
    Store,
    backup,
    events,
    ledger,
    objects,
    restore,
    telemetry,
    verify,
)
from mumian.core.store.postgres import Launcher


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


def fill(store: Store, rows: int = 50_000) -> tuple[int, str]:
    """Sealed and open points, waves and events, and an object."""
    with store.tx() as cur:
        series = telemetry.series_id(cur, "d1", "heart_rate_bpm", "1/min")
        values = np.random.default_rng(1).normal(size=rows)
        telemetry.append_points(cur, np.full(rows, series), np.arange(rows), 1, values)
        telemetry.append_waves(cur, [telemetry.Wave("d1", "accel", 5, 6, 50.0, np.ones((50, 3), np.float32))])
        events.append(cur, "alarm", 1, "replay", "a1", {"from": None, "to": "new"})
        digest = objects.put(cur, b"evidence", "text/plain")
    telemetry.seal(store, force=True)
    with store.tx() as cur:
        telemetry.append_points(cur, [series], [rows], 2, [1.0])
        events.append(cur, "alarm", 2, "replay", "a1", {"from": "new", "to": "acknowledged"})
    return series, digest


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def test_a_whole_home_verifies(store: Store) -> None:
    fill(store)
    report = verify(store)
    assert report.whole
    assert (report.segments, report.objects, report.leaves) == (3, 1, 4)
    assert report.root == ledger.head(store)[1]
    assert set(report.digests) == {s.path for s in telemetry.segments(store)}


@pytest.mark.parametrize("offset", [0, 65_535, 65_536, 200_000, -1])
def test_one_flipped_byte_is_named_with_its_block(store: Store, offset: int) -> None:
    fill(store)
    segment = telemetry.segments(store, "points")[0]
    assert segment.bytes > 200_000
    flip(store.home / segment.path, offset)
    (damage,) = verify(store).damages
    assert damage.path == segment.path
    assert damage.offset == (offset % segment.bytes) // 65_536 * 65_536


def test_missing_cut_and_longer_files_are_damage(store: Store) -> None:
    _, digest = fill(store)
    points, waves, journal = (store.home / s.path for s in telemetry.segments(store))
    points.unlink()
    waves.write_bytes(waves.read_bytes() + b"x")
    journal.write_bytes(journal.read_bytes()[:-1])
    flip(store.home / objects.path_of(digest), 0)
    found = {d.path: d for d in verify(store).damages}
    assert len(found) == 4
    assert "is gone" in found[str(points.relative_to(store.home))].reason
    with pytest.raises(SegmentCorrupt):
        objects.get(store, digest)
    with pytest.raises(SegmentCorrupt):
        telemetry.points(store, scope("d1"), 1, 0, 9)


@pytest.mark.parametrize(
    "tampering",
    [
        "update store.segments set sha256 = repeat('0', 64) where kind = 'events'",
        "delete from store.segments where kind = 'waves'",
        "delete from store.leaves where index = 1",
        "update store.leaves set hash = sha256('x') where index = 3",
        "insert into store.leaves values (4, 'segment', 'x', sha256('x'), 0)",
    ],
)
def test_a_catalogue_or_ledger_that_was_tampered_with_is_damage(store: Store, tampering: str) -> None:
    fill(store, 10)
    store.query(tampering)
    assert not verify(store).whole


def test_retention_is_no_damage(store: Store) -> None:
    fill(store, 10)
    telemetry.drop_before(store, 10**9)
    report = verify(store)
    assert (report.whole, report.segments, report.leaves) == (True, 1, 4)


def test_an_unknown_object_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        objects.get(store, "0" * 64)


def test_backup_and_restore_bring_everything_back(store: Store, tmp_path: Path) -> None:
    series, digest = fill(store)
    (store.home / "keys").mkdir()
    (store.home / "keys" / "signing.pem").write_text("secret")
    file = tmp_path / "home.tar.zst"
    made = backup(store, file)
    assert (made.segments, made.objects, file.stat().st_mode & 0o777) == (3, 1, 0o600)
    assert not list(store.home.glob(".backup-*"))
    before = {
        "points": telemetry.points(store, scope("d1"), series, 0, 2**60),
        "events": events.read(store, scope()),
        "head": ledger.head(store),
    }
    home = tmp_path / "new"
    launcher = Launcher(settings={"fsync": "off"})
    report = restore(file, home, launcher=launcher)
    assert report.whole
    assert report.digests == verify(store).digests
    with launcher.attach(home) as server:
        again = Store(server.dsn, home)
        assert telemetry.points(again, scope("d1"), series, 0, 2**60) == before["points"]
        assert events.read(again, scope()) == before["events"]
        assert ledger.head(again) == before["head"]
        assert objects.get(again, digest) == b"evidence"
        assert (home / "keys" / "signing.pem").read_text() == "secret"
        with again.tx() as cur:  # sequences go on where they stood
            events.append(cur, "page", 3, "replay", "p1", {})
            telemetry.series_id(cur, "d2", "heart_rate_bpm", "1/min")
        assert telemetry.seal(again, force=True)
        assert verify(again).whole
        again.close()
    with pytest.raises(HomeNotEmpty, match="MUMIAN_HOME"):
        restore(file, home)


def test_a_database_that_is_not_empty_is_refused(store: Store, postgres: Postgres, tmp_path: Path) -> None:
    fill(store, 10)
    backup(store, tmp_path / "b")
    with pytest.raises(HomeNotEmpty):
        restore(tmp_path / "b", tmp_path / "new", store.dsn)
    dsn = postgres.empty()
    assert restore(tmp_path / "b", tmp_path / "new", dsn).whole


def test_what_is_no_backup_is_refused_and_leaves_the_home_empty(store: Store, tmp_path: Path) -> None:
    fill(store)
    file, cut, home = tmp_path / "b", tmp_path / "cut", tmp_path / "new"
    backup(store, file)
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    for wrong in (cut, tmp_path / "junk", tmp_path / "missing"):
        with pytest.raises(BadInput, match="not a whole backup"):
            restore(wrong, home)
        assert list(home.iterdir()) == []


def test_the_backup_is_an_ordinary_tar_under_zstd(store: Store, tmp_path: Path) -> None:
    fill(store, 10)
    backup(store, tmp_path / "b")
    with (
        pa.CompressedInputStream(str(tmp_path / "b"), "zstd") as raw,
        tarfile.open(fileobj=raw, mode="r|") as tar,
    ):
        names = tar.getnames()
    assert names[0] == "manifest.json"
    assert "tables/store.segments" in names


def test_a_damaged_segment_is_still_named_after_restoring(
    store: Store, postgres: Postgres, tmp_path: Path
) -> None:
    fill(store)
    segment = telemetry.segments(store, "points")[0]
    flip(store.home / segment.path, 70_000)
    backup(store, tmp_path / "b")
    (damage,) = restore(tmp_path / "b", tmp_path / "new", postgres.empty()).damages
    assert (damage.path, damage.offset) == (segment.path, 65_536)


@pytest.mark.parametrize("kind", ["outside", "link"])
def test_what_would_lie_outside_the_home_is_not_taken_out(tmp_path: Path, kind: str) -> None:
    plain, file = tmp_path / "evil.tar", tmp_path / "evil.tar.zst"
    with tarfile.open(plain, "w") as tar:
        member = tarfile.TarInfo("../evil" if kind == "outside" else "link")
        if kind == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member, io.BytesIO(b""))
    with pa.CompressedOutputStream(str(file), "zstd") as packed:
        packed.write(plain.read_bytes())
    with pytest.raises(BadInput, match="does not belong"):
        restore(file, tmp_path / "home" / "new")
    assert not (tmp_path / "home" / "evil").exists()
