"""Verify: every sealed file and object against the catalogue, the catalogue against the ledger, the ledger against itself.

It mends nothing. A damaged file is named with the first 64 KiB block that differs from what was sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mumian.core.store.database import Store
from mumian.core.store.ledger import leaf_hash
from mumian.core.store.merkle import fold, root
from mumian.core.store.objects import path_of
from mumian.core.store.parquet import BLOCK, digest
from mumian.core.store.postgres import Launcher


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with one file or row. `offset` is where the first damaged 64 KiB block begins; None: not a block."""

    path: str
    offset: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What verify saw. `digests` maps segment path to SHA-256 hex as catalogued."""

    segments: int
    objects: int
    bytes: int
    leaves: int
    root: str
    damages: tuple[Damage, ...]
    digests: dict[str, str]

    @property
    def whole(self) -> bool:
        """Nothing is damaged or missing."""
        return not self.damages

    def as_json(self) -> dict[str, Any]:
        """For `mumian verify --json`."""
        return {"whole": self.whole, **asdict(self)}


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    sha256: str
    size: int
    blocks: bytes = b""


def verify(where: Store | Path) -> Report:
    """Check a home (or the home of a store). A file that retention dropped is no damage; its leaf stays."""
    if isinstance(where, Store):
        return _verify(where)
    with Launcher().attach(where) as server:
        store = Store(server.dsn, where)
        try:
            return _verify(store)
        finally:
            store.close()


def _verify(store: Store) -> Report:
    segments = [
        _File(path, sha256, size, blocks)
        for path, sha256, size, blocks in store.query(
            "select path, sha256, bytes, blocks from store.segments where dropped_us is null order by id"
        )
    ]
    objects = [
        _File(path_of(sha256), sha256, size)
        for sha256, size in store.query("select sha256, bytes from store.objects order by sha256")
    ]
    copies = [_File(*row) for row in store.query("select path, sha256, bytes from store.merges order by id")]
    files = [*segments, *objects, *copies]
    with ThreadPoolExecutor(2) as pool:
        found = [damage for damage in pool.map(lambda file: _damage(store.home, file), files) if damage]
    found = [damage for damage in found if not _dropped_meanwhile(store, damage.path)]
    size, tree_root, ledger = _ledger(store)
    return Report(
        segments=len(segments),
        objects=len(objects),
        bytes=sum(file.size for file in files),
        leaves=size,
        root=tree_root,
        damages=(*found, *ledger),
        digests={segment.path: segment.sha256 for segment in segments},
    )


def _damage(home: Path, file: _File) -> Damage | None:
    try:
        seen = digest(home / file.path)
    except FileNotFoundError:
        return Damage(file.path, None, "the file is gone: bring it back from a copy, or restore a backup")
    except OSError as error:
        return Damage(file.path, None, f"cannot be read: {error.strerror}")
    if seen.sha256.hex() == file.sha256:
        return None
    if not file.blocks:
        return Damage(file.path, 0 if file.size <= BLOCK else None, "its SHA-256 differs from its name")
    return Damage(file.path, _first_difference(seen.blocks, file.blocks), _reason(seen.size, file.size))


def _first_difference(seen: bytes, sealed: bytes) -> int:
    count = max(len(seen), len(sealed)) // 32
    first = next(
        i
        for i in range(count + 1)
        if seen[i * 32 : i * 32 + 32] != sealed[i * 32 : i * 32 + 32] or i == count
    )
    return first * BLOCK


def _reason(seen: int, sealed: int) -> str:
    return (
        "bytes differ from what was sealed" if seen == sealed else f"{seen} bytes long, {sealed} were sealed"
    )


def _dropped_meanwhile(store: Store, path: str) -> bool:
    return bool(
        store.query("select 1 from store.segments where path = %s and dropped_us is not null", [path])
    )


def _ledger(store: Store) -> tuple[int, str, list[Damage]]:
    """Size, root, and what does not fit, all of one moment."""
    with store.tx() as cur:
        cur.execute("set transaction isolation level repeatable read, read only")
        cur.execute("select size, peaks from store.ledger")
        size, peaks = cur.fetchall()[0]
        cur.execute("select index, kind, ref, hash from store.leaves order by index")
        leaves = cur.fetchall()
        cur.execute("select path, sha256, leaf from store.segments")
        rows = [("segment", *row) for row in cur]
        cur.execute("select sha256, sha256, leaf from store.objects where leaf is not null")
        rows += [("object", *row) for row in cur]
    tree_root = fold(peaks).hex()
    return size, tree_root, list(_misfits(size, tree_root, leaves, rows))


def _misfits(size: int, tree_root: str, leaves: list[Any], rows: list[Any]) -> Iterator[Damage]:
    if [leaf[0] for leaf in leaves] != list(range(size)):
        yield Damage(
            "ledger",
            None,
            f"{len(leaves)} leaves are there, {size} were counted: leaves were removed or added",
        )
    elif root([leaf[3] for leaf in leaves]).hex() != tree_root:
        yield Damage("ledger", None, "the leaves do not add up to the root: a leaf was altered")
    at = {leaf[0]: leaf for leaf in leaves}
    for kind, ref, sha256, index in rows:
        if at.get(index, (None, None, None, None))[1:] != (kind, ref, leaf_hash(bytes.fromhex(sha256))):
            yield Damage(ref, None, f"its catalogue row does not match leaf {index} of the ledger")
    known = {(kind, ref) for kind, ref, _, _ in rows}
    for _, kind, ref, _ in leaves:
        if kind in {"segment", "object"} and (kind, ref) not in known:
            yield Damage(ref, None, "the ledger names it, the catalogue does not: its row was removed")
