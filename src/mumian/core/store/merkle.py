"""RFC 6962 Merkle tree: hashes, roots, inclusion and consistency proofs. Pure; names and numbers as in sections 2.1.1–2.1.4."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def _split(n: int) -> int:
    """The largest power of two smaller than n (n ≥ 2)."""
    return 1 << (n - 1).bit_length() - 1


def peaks(leaves: Sequence[bytes]) -> list[bytes]:
    """Roots of the full subtrees that make up the tree, largest first. `leaves` are leaf hashes."""
    grown: list[bytes] = []
    for index, leaf in enumerate(leaves):
        grown = grow(grown, index, leaf)
    return grown


def grow(tops: Sequence[bytes], size: int, leaf: bytes) -> list[bytes]:
    """The peaks of a tree of `size` leaves after one leaf hash more."""
    grown, node = list(tops), leaf
    while size & 1:
        node = node_hash(grown.pop(), node)
        size >>= 1
    return [*grown, node]


def fold(tops: Sequence[bytes]) -> bytes:
    """The root that peaks add up to; for no peaks, the root of the empty tree."""
    if not tops:
        return EMPTY
    node = tops[-1]
    for left in reversed(tops[:-1]):
        node = node_hash(left, node)
    return node


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of 2.1.1 over leaf hashes."""
    return fold(peaks(leaves))


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH of 2.1.1: the audit path of leaf `index` in the tree of these leaf hashes. IndexError outside it."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion_path(leaves[:k], index), root(leaves[k:])]
    return [*inclusion_path(leaves[k:], index - k), root(leaves[:k])]


def consistency_path(leaves: Sequence[bytes], m: int) -> list[bytes]:
    """PROOF of 2.1.2: that the tree of the first `m` leaf hashes is a prefix of the tree of all of them."""
    if not 0 < m <= len(leaves):
        raise IndexError(f"tree of {m} in one of {len(leaves)}")
    return _subproof(leaves, m, whole=True)


def _subproof(leaves: Sequence[bytes], m: int, *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = _split(len(leaves))
    if m <= k:
        return [*_subproof(leaves[:k], m, whole=whole), root(leaves[k:])]
    return [*_subproof(leaves[k:], m - k, whole=False), root(leaves[:k])]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether the leaf hash stands at `index` of the tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last = leaf, size - 1
    for step in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(step, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, step)
        index, last = index >> 1, last >> 1
    return last == 0 and node == tree_root


def verify_consistency(m: int, n: int, path: Sequence[bytes], root_m: bytes, root_n: bytes) -> bool:
    """Whether the tree of n leaves only appended to the tree of m leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < m <= n:
        return False
    if m == n:
        return not path and root_m == root_n
    steps = [root_m, *path] if m & (m - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = m - 1, n - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old == root_m and new == root_n
