"""Content-addressed files: evidence windows, model files, exports. The name is the SHA-256 of the bytes; none is overwritten."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from mumian.core.kernel.errors import NotFound
from mumian.core.store.database import Cursor, Store
from mumian.core.store.faults import SegmentCorrupt, translated
from mumian.core.store.parquet import sync


def path_of(sha256: str) -> str:
    """Where an object lies, relative to the home."""
    return f"objects/{sha256[:2]}/{sha256}"


def put(where: Store | Cursor, data: bytes, media_type: str) -> str:
    """Keep `data`; its SHA-256 in hex. The file is on disk first; the row joins the caller's transaction, if one is given.

    The next sealing gives it a leaf in the ledger.
    """
    store = where if isinstance(where, Store) else where.store
    sha256 = hashlib.sha256(data).hexdigest()
    _write(store.home / path_of(sha256), data)
    if isinstance(where, Store):
        with where.tx() as cur:
            _note(cur, sha256, media_type, len(data))
    else:
        _note(where, sha256, media_type, len(data))
    return sha256


def _write(path: Path, data: bytes) -> None:
    if path.exists() and path.stat().st_size == len(data):
        return
    with translated():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
        draft.write_bytes(data)
        sync(draft)
        draft.rename(path)
        sync(path.parent)


def _note(cur: Cursor, sha256: str, media_type: str, size: int) -> None:
    cur.execute(
        "insert into store.objects (sha256, media_type, bytes, made_us) values (%s, %s, %s, %s) "
        "on conflict (sha256) do nothing",
        [sha256, media_type, size, cur.store.clock.now_us()],
    )


def get(store: Store, sha256: str) -> bytes:
    """The bytes, checked against their name. Raises NotFound, or SegmentCorrupt when the file is not what was put."""
    if not store.query("select 1 from store.objects where sha256 = %s", [sha256]):
        raise NotFound(what="object", id=sha256)
    path = store.home / path_of(sha256)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SegmentCorrupt(path=path, detail=str(error)) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SegmentCorrupt(path=path, detail="its SHA-256 differs from its name")
    return data
