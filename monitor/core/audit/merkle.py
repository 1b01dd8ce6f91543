"""Hash trees over rows (RFC 6962, section 2.1, with SHA-256) and links that follow each other.

The verifier of an evidence folder is made of this file: it imports nothing but Python's own library.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one row."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbours."""
    return sha256(b"\1" + left + right).digest()


class MerkleTree:
    """A tree to which rows are added one by one; it remembers one hash for each power of two."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []
        self.count = 0

    def add(self, data: bytes) -> None:
        """Add a row at the end."""
        size, node, peaks = 1, leaf_hash(data), self._peaks
        while peaks and peaks[-1][0] == size:
            node, size = node_hash(peaks.pop()[1], node), size * 2
        peaks.append((size, node))
        self.count += 1

    @property
    def root(self) -> str:
        """The hash of the whole tree, in hexadecimal."""
        node = b""
        for _, peak in reversed(self._peaks):
            node = node_hash(peak, node) if node else peak
        return (node or sha256().digest()).hex()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root above hashes of rows."""
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def path_of(leaves: Sequence[bytes], place: int) -> list[str]:
    """Return the hashes by which the root follows from the row at that place, from the row upwards."""
    if len(leaves) <= 1:
        return []
    split = _split(len(leaves))
    if place < split:
        return [*path_of(leaves[:split], place), root_of(leaves[split:]).hex()]
    return [*path_of(leaves[split:], place - split), root_of(leaves[:split]).hex()]


def root_by_path(leaf: bytes, place: int, count: int, path: Sequence[str]) -> bytes:
    """Return the root that follows from one row, its place among `count` rows, and its path."""
    if count <= 1:
        return leaf
    split, beside = _split(count), bytes.fromhex(path[-1])
    if place < split:
        return node_hash(root_by_path(leaf, place, split, path[:-1]), beside)
    return node_hash(beside, root_by_path(leaf, place - split, count - split, path[:-1]))


def head_after(before: str, content: bytes) -> str:
    """Return the head of a chain to which a link with this content was added; heads are in hexadecimal."""
    return sha256(before.encode() + content).hexdigest()


def _split(count: int) -> int:
    """Return the largest power of two below the count."""
    return 1 << (count - 1).bit_length() - 1
