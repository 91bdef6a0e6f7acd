"""Signed tree heads: the ledger's size and root at a time, under the home's key. Whoever keeps one can later tell whether
anything before it was changed or taken away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mumian.core.kernel import dsse, keys
from mumian.core.kernel.clock import iso
from mumian.core.store import Jsonb, ledger

if TYPE_CHECKING:
    from mumian.core.store import Store

PAYLOAD = "application/vnd.mumian.tree-head+json"


def sign(store: Store) -> dict[str, Any]:
    """Sign the ledger's head as it is now: {"size", "root", "at", "envelope"}. Nothing new is signed for an old size."""
    size, root = ledger.head(store)
    known = _read(store, "where size = %s and envelope is not null", (size,))
    if known:
        return known[0]
    at_us = store.clock.now_us()
    said = {"size": size, "root": root, "at": iso(at_us)}
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    envelope = dsse.sign(PAYLOAD, payload, keys.private(store.home))
    store.query(
        "insert into store.heads (size, root, at_us, envelope) values (%s, %s, %s, %s)"
        " on conflict (size) do update set envelope = excluded.envelope, at_us = excluded.at_us",
        (size, bytes.fromhex(root), at_us, Jsonb(envelope)),
    )
    return {**said, "envelope": envelope}


def holds(head: Mapping[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether the head says what was signed."""
    try:
        said = json.loads(dsse.verify(head["envelope"], PAYLOAD, key))
    except (dsse.SignatureInvalid, ValueError):
        return False
    return bool(said["size"] == head["size"] and said["root"] == head["root"])


def newest(store: Store) -> dict[str, Any] | None:
    """The signed head of the largest size."""
    found = _read(store, "where envelope is not null order by size desc limit 1")
    return found[0] if found else None


def every(store: Store) -> list[dict[str, Any]]:
    """All signed heads, smallest first."""
    return _read(store, "where envelope is not null order by size")


def _read(store: Store, tail: str, params: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    found = store.query(f"select size, root, at_us, envelope from store.heads {tail}", params)
    return [
        {"size": size, "root": bytes(root).hex(), "at": iso(at_us), "envelope": envelope}
        for size, root, at_us, envelope in found
    ]
