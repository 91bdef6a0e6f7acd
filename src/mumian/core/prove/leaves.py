"""The ledger's leaves of one kind, by the id they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mumian.core.store import Store


def of_kind(store: Store, kind: str) -> dict[str, bytes]:
    """Id → leaf hash."""
    found = store.query("select ref, hash from store.leaves where kind = %s", (kind,))
    return {ref: bytes(leaf) for ref, leaf in found}
