"""Hash trees as RFC 6962 has them: one root, and a path to it from each row."""

import pytest

from monitor.core.audit.merkle import MerkleTree, leaf_hash, path_of, root_by_path, root_of

# The test vectors of the certificate-transparency project: eight leaves, and the roots over the first n of them.
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("count", "root"), ROOTS.items())
def test_roots_are_those_of_the_published_vectors(count, root):
    tree = MerkleTree()
    for leaf in LEAVES[:count]:
        tree.add(leaf)
    assert tree.root == root


@pytest.mark.parametrize("count", range(1, 14))
def test_each_row_leads_to_the_root(count):
    leaves, tree = [leaf_hash(bytes([place])) for place in range(count)], MerkleTree()
    for place in range(count):
        tree.add(bytes([place]))
    assert root_of(leaves).hex() == tree.root
    for place, leaf in enumerate(leaves):
        assert root_by_path(leaf, place, count, path_of(leaves, place)).hex() == tree.root
