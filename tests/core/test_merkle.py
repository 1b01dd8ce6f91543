"""Hash trees as RFC 6962 has them: one root over all rows, however they came."""

from hashlib import sha256

import pytest

from monitor.core.audit.merkle import MerkleTree

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


@pytest.mark.parametrize("count", range(1, 34))
def test_a_tree_that_grows_has_the_root_of_the_definition(count):
    """RFC 6962, 2.1, word for word: split at the largest power of two below the number of rows."""
    tree, rows = MerkleTree(), [bytes([place]) for place in range(count)]
    for row in rows:
        tree.add(row)
    assert tree.root == defined(rows).hex()


def defined(rows):
    if len(rows) == 1:
        return sha256(b"\0" + rows[0]).digest()
    split = max(2**power for power in range(6) if 2**power < len(rows))
    return sha256(b"\1" + defined(rows[:split]) + defined(rows[split:])).digest()
