"""The ledger's tree against the Certificate Transparency reference vectors, and its proofs against every small tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mumian.core.store import merkle

# certificate-transparency-go, merkle tree test: inputs and roots of the trees of 1 to 8 leaves
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(bytes.fromhex(text)) for text in INPUTS]


def test_roots_are_those_of_the_reference() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [merkle.root(LEAVES[:n]).hex() for n in range(1, 9)] == ROOTS


def test_paths_are_those_of_the_reference() -> None:
    assert [node.hex()[:16] for node in merkle.inclusion_path(LEAVES, 0)] == [
        "96a296d224f285c6",
        "5f083f0a1a33ca07",
        "6b47aaf29ee3c2af",
    ]
    assert [node.hex()[:16] for node in merkle.consistency_path(LEAVES, 6)] == [
        "0ebc5d3437fbe2db",
        "ca854ea128ed050b",
        "d37ee418976dd957",
    ]


def leaves(n: int) -> list[bytes]:
    return [merkle.leaf_hash(str(i).encode()) for i in range(n)]


@given(st.integers(1, 70), st.data())
def test_a_leaf_is_found_where_it_is_and_nowhere_else(n: int, data: st.DataObject) -> None:
    tree = leaves(n)
    index = data.draw(st.integers(0, n - 1))
    path, root = merkle.inclusion_path(tree, index), merkle.root(tree)
    assert merkle.verify_inclusion(tree[index], index, n, path, root)
    other = data.draw(st.integers(-1, n))
    assert merkle.verify_inclusion(tree[index], other, n, path, root) == (other == index)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"x"), index, n, path, root)
    assert not merkle.verify_inclusion(tree[index], index, n, [*path, root], root)


@given(st.integers(1, 70), st.data())
def test_a_longer_log_proves_that_it_only_grew(n: int, data: st.DataObject) -> None:
    tree = leaves(n)
    m = data.draw(st.integers(1, n))
    path = merkle.consistency_path(tree, m)
    old, new = merkle.root(tree[:m]), merkle.root(tree)
    assert merkle.verify_consistency(m, n, path, old, new)
    assert not merkle.verify_consistency(m, n, path, merkle.root(leaves(m + 1)), new)
    rewritten = merkle.root([merkle.leaf_hash(b"x"), *tree[1:]])
    assert not merkle.verify_consistency(m, n, path, old, rewritten)


@given(st.integers(0, 70))
def test_growing_leaf_by_leaf_gives_the_same_root(n: int) -> None:
    tops: list[bytes] = []
    for size, leaf in enumerate(leaves(n)):
        tops = merkle.grow(tops, size, leaf)
    assert merkle.fold(tops) == merkle.root(leaves(n))


def test_what_is_not_in_the_tree_has_no_path() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_path(leaves(3), 3)
    with pytest.raises(IndexError):
        merkle.consistency_path(leaves(3), 0)
