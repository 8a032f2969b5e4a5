"""The tree against the published vectors of the Certificate Transparency reference code.

The eight leaves, roots and proofs are those of certificate-transparency's merkle_tree_test.cc,
which every RFC 6962 implementation is tried against.
"""

from binascii import unhexlify as un

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.audit_log.tree import (
    EMPTY_ROOT,
    MemoryTree,
    consistency_proof,
    consistent,
    included,
    inclusion_proof,
    leaf_hash,
    pair_hash,
    root,
)

LEAVES = [
    un(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
# (leaf, from 1; size): the path
INCLUSION = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (3, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (2, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
# (old size, new size): the proof
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def tree_of(leaves: list[bytes]) -> MemoryTree:
    tree = MemoryTree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree


def by_the_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word: MTH(D[n]) with k the largest power of two below n."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return pair_hash(by_the_definition(leaves[:k]), by_the_definition(leaves[k:]))


def test_the_empty_tree_has_the_hash_of_nothing():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(MemoryTree().node, size=0).hex() == empty


@pytest.mark.parametrize(("size", "published"), ROOTS.items())
def test_roots_are_the_published_ones(size, published):
    assert root(tree_of(LEAVES).node, size=size).hex() == published


@pytest.mark.parametrize(("place", "path"), INCLUSION.items())
def test_inclusion_proofs_are_the_published_ones(place, path):
    leaf, size = place
    assert [step.hex() for step in inclusion_proof(tree_of(LEAVES).node, index=leaf - 1, size=size)] == path


@pytest.mark.parametrize(("sizes", "published"), CONSISTENCY.items())
def test_consistency_proofs_are_the_published_ones(sizes, published):
    old, new = sizes
    proof = consistency_proof(tree_of(LEAVES).node, old_size=old, size=new)
    assert [step.hex() for step in proof] == published


logs = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(logs)
def test_a_grown_tree_has_the_root_of_the_definition(leaves):
    assert root(tree_of(leaves).node, size=len(leaves)) == by_the_definition(leaves)


@given(logs, st.data())
def test_a_proof_holds_for_its_leaf_and_for_no_other(leaves, data):
    tree, size = tree_of(leaves), len(leaves)
    index = data.draw(st.integers(0, size - 1))
    claim = {
        "index": index,
        "size": size,
        "leaf": leaf_hash(leaves[index]),
        "proof": inclusion_proof(tree.node, index=index, size=size),
        "root": root(tree.node, size=size),
    }
    assert included(**claim)
    assert not included(**claim | {"leaf": leaf_hash(b"another" + leaves[index])})
    assert not included(**claim | {"proof": [*claim["proof"], claim["root"]]})
    assert not included(**claim | {"root": EMPTY_ROOT})


@given(logs, st.data())
def test_a_longer_log_proves_its_beginning_and_no_other_beginning(leaves, data):
    tree, size = tree_of(leaves), len(leaves)
    old = data.draw(st.integers(1, size))
    forged = tree_of([b"forged" + leaves[0], *leaves[1:old]])
    claim = {
        "old_size": old,
        "size": size,
        "old_root": root(tree.node, size=old),
        "root": root(tree.node, size=size),
        "proof": consistency_proof(tree.node, old_size=old, size=size),
    }
    assert consistent(**claim)
    assert not consistent(**claim | {"old_root": root(forged.node, size=old)})
    assert not consistent(**claim | {"root": EMPTY_ROOT})


def test_no_proof_is_made_for_a_leaf_that_is_not_there():
    with pytest.raises(IndexError, match="leaf 8 is not in a tree of 8"):
        inclusion_proof(tree_of(LEAVES).node, index=8, size=8)
    with pytest.raises(IndexError, match="no proof leads from 9 leaves to 8"):
        consistency_proof(tree_of(LEAVES).node, old_size=9, size=8)
