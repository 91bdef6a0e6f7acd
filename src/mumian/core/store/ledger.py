"""The ledger: an RFC 6962 log in two tables. Leaves are numbered without gaps, in the order of commits; none is ever removed.

One row carries size and peaks, so that appending and the head cost no walk over the leaves.
"""

from __future__ import annotations

from collections.abc import Sequence

from mumian.core.kernel.errors import BadInput
from mumian.core.store.database import Cursor, Store
from mumian.core.store.merkle import (
    consistency_path,
    fold,
    grow,
    inclusion_path,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "append",
    "append_many",
    "consistency",
    "head",
    "head_at",
    "inclusion",
    "leaf_hash",
    "root",
    "verify_consistency",
    "verify_inclusion",
]


def append(cur: Cursor, kind: str, ref: str, data_hash: bytes) -> int:
    """Add a leaf over `data_hash` (a SHA-256 digest) in the caller's transaction; its index.

    Holds the ledger until that transaction ends: append last, commit soon.
    """
    return append_many(cur, [(kind, ref, data_hash)])[0]


def append_many(cur: Cursor, leaves: Sequence[tuple[str, str, bytes]]) -> list[int]:
    """The same for many (kind, ref, data_hash) under one lock."""
    cur.execute("select size, peaks from store.ledger for update")
    row = cur.fetchone()
    assert row is not None
    begin, tops = int(row[0]), list(row[1])
    hashes = [leaf_hash(data_hash) for _, _, data_hash in leaves]
    for size, leaf in enumerate(hashes, begin):
        tops = grow(tops, size, leaf)
    indices = list(range(begin, begin + len(hashes)))
    cur.execute("update store.ledger set size = %s, peaks = %s", [begin + len(hashes), tops])
    cur.execute(
        "insert into store.leaves (index, kind, ref, hash, at_us) "
        "select i, k, r, h, %s from unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[]) as n(i, k, r, h)",
        [
            cur.store.clock.now_us(),
            indices,
            [leaf[0] for leaf in leaves],
            [leaf[1] for leaf in leaves],
            hashes,
        ],
    )
    return indices


def head(store: Store) -> tuple[int, str]:
    """(size, root in hex) now."""
    size, tops = store.query("select size, peaks from store.ledger")[0]
    return int(size), fold(tops).hex()


def head_at(store: Store, size: int) -> str:
    """The root in hex when the log had `size` leaves."""
    return root(_leaves(store, size)).hex()


def inclusion(store: Store, index: int, size: int) -> list[str]:
    """Audit path, in hex, of leaf `index` in the tree of the first `size` leaves."""
    if not 0 <= index < size:
        raise BadInput(detail=f"leaf {index} of a tree of {size}: an index below the size is meant")
    return [node.hex() for node in inclusion_path(_leaves(store, size), index)]


def consistency(store: Store, m: int, n: int) -> list[str]:
    """Proof, in hex, that the first `m` leaves are a prefix of the first `n`."""
    if not 0 < m <= n:
        raise BadInput(detail=f"trees of {m} and {n}: 0 < m <= n is meant")
    return [node.hex() for node in consistency_path(_leaves(store, n), m)]


def _leaves(store: Store, size: int) -> list[bytes]:
    rows = store.query("select hash from store.leaves where index < %s order by index", [size])
    if len(rows) < size:
        raise BadInput(detail=f"a tree of {size}: the ledger has {len(rows)} leaves")
    return [row[0] for row in rows]
