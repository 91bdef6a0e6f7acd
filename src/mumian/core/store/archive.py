"""Backup of a living home into one file, and its restoration into an empty one.

The file is a tar stream under zstd (`tar --zstd -tf FILE`): manifest.json, a COPY text file per table, the sealed
segments, objects and keys. It holds personal data and keys: it is written for its owner alone (0600).
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

import mumian
from mumian.core.kernel.errors import BadInput
from mumian.core.store import dump
from mumian.core.store.database import Store
from mumian.core.store.faults import HomeNotEmpty, SegmentCorrupt, translated
from mumian.core.store.inspection import Report, verify
from mumian.core.store.objects import path_of
from mumian.core.store.parquet import sync
from mumian.core.store.postgres import Launcher
from mumian.core.store.schema import known_revisions, migrate, revisions
from mumian.core.store.sealing import sealer

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    file: Path
    bytes: int
    tables: int
    segments: int
    objects: int


def backup(store: Store, file: Path) -> Backup:
    """Write everything to `file` (replaced only when whole). The service keeps working; sealing waits for the snapshot."""
    with translated(), tempfile.TemporaryDirectory(prefix=".backup-", dir=store.home) as scratch:
        staged = Path(scratch)
        with sealer(store):
            content = dump.write(store, staged / "tables")
            segments = _paths(store, "select path from store.segments where dropped_us is null order by id")
            objects = [
                path_of(name) for name in _paths(store, "select sha256 from store.objects order by sha256")
            ]
            _link(store.home, staged, [*segments, *objects])
        if (store.home / "keys").is_dir():
            shutil.copytree(store.home / "keys", staged / "keys")
        manifest = {
            "format": FORMAT,
            "mumian": mumian.__version__,
            "made_us": store.clock.now_us(),
            "revisions": revisions(store),
            **content,
        }
        draft = file.with_name(f"{file.name}.tmp")
        try:
            _pack(staged, manifest, draft)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    return Backup(file, file.stat().st_size, len(manifest["tables"]), len(segments), len(objects))


def _paths(store: Store, sql: str) -> list[str]:
    return [str(row[0]) for row in store.query(sql)]


def _link(home: Path, staged: Path, paths: list[str]) -> None:
    """Sealed files never change: a second name keeps each as it is, even if retention drops it while we pack."""
    for path in paths:
        (staged / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            (staged / path).hardlink_to(home / path)
        except FileNotFoundError as error:
            said = "the file is missing; `mumian verify` names all that is damaged"
            raise SegmentCorrupt(path=path, detail=said) from error


def _pack(staged: Path, manifest: dict[str, Any], draft: Path) -> None:
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with (
        pa.CompressedOutputStream(str(draft), "zstd") as packed,
        tarfile.open(fileobj=cast("Any", packed), mode="w|") as tar,
    ):
        text = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size, entry.mode = len(text), 0o600
        tar.addfile(entry, io.BytesIO(text))
        for name in ("tables", "segments", "objects", "keys"):
            if (staged / name).exists():
                tar.add(staged / name, name)
    sync(draft)


def restore(file: Path, home: Path, dsn: str = "", *, launcher: Launcher | None = None) -> Report:
    """Bring a backup to life in an empty home (and, with `dsn`, an empty database), migrate it and verify it.

    Raises HomeNotEmpty, or BadInput when the file is no backup or was made by a newer Mumian. After a failure the home is
    empty again.
    """
    if home.exists() and any(home.iterdir()):
        raise HomeNotEmpty(home=home)
    home.mkdir(parents=True, exist_ok=True)
    try:
        with translated():
            return _restore(file, home, dsn, launcher or Launcher())
    except BaseException:
        for left in home.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        raise


def _restore(file: Path, home: Path, dsn: str, launcher: Launcher) -> Report:
    manifest = _unpack(file, home)
    with launcher.start(home, dsn) as server:
        store = Store(server.dsn, home)
        try:
            if store.query("select to_regnamespace('store')") != [(None,)]:
                raise HomeNotEmpty(home="the database")
            migrate(store, to=_known(manifest))
            dump.load(store, home / "tables", manifest)
            shutil.rmtree(home / "tables")
            migrate(store)
            return verify(store)
        finally:
            store.close()


def _unpack(file: Path, home: Path) -> dict[str, Any]:
    try:
        with (
            pa.CompressedInputStream(str(file), "zstd") as packed,
            tarfile.open(fileobj=cast("Any", packed), mode="r|") as tar,
        ):
            for member in tar:
                _take_out(tar, member, home)
        manifest = json.loads((home / "manifest.json").read_text())
        (home / "manifest.json").unlink()
    except (tarfile.TarError, pa.ArrowException, OSError, ValueError, EOFError) as error:
        if isinstance(error, OSError) and error.errno not in {None, errno.ENOENT}:
            raise  # the disk's own fault, not the file's; Arrow's errors carry no number
        raise BadInput(detail=f"{file} is not a whole backup of Mumian: {error}") from error
    if manifest.get("format") != FORMAT:
        raise BadInput(
            detail=f"{file} was made by Mumian {manifest.get('mumian')}: restore it with that version or newer"
        )
    return cast("dict[str, Any]", manifest)


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, home: Path) -> None:
    """One file or folder into the home; TarError for what would lie elsewhere or is neither (Python 3.11.2 has no filters yet)."""
    target = home / member.name
    root = home.resolve()
    if not (member.isfile() or member.isdir()) or root not in (target.resolve(), *target.resolve().parents):
        raise tarfile.TarError(f"{member.name!r} does not belong into a home")
    folder = target if member.isdir() else target.parent
    folder.mkdir(parents=True, exist_ok=True)
    if member.isfile():
        packed = tar.extractfile(member)
        assert packed is not None
        with target.open("wb") as file:
            shutil.copyfileobj(packed, file)
    target.chmod(member.mode & 0o755)


def _known(manifest: dict[str, Any]) -> tuple[str, ...]:
    if unknown := set(manifest["revisions"]) - known_revisions():
        raise BadInput(
            detail=f"the backup stands at {min(unknown)}, made by Mumian {manifest['mumian']}: "
            "restore it with that version or newer"
        )
    return tuple(manifest["revisions"])
