"""Hash trees over rows (RFC 6962, section 2.1, with SHA-256) and links that follow each other."""

from __future__ import annotations

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


def head_after(before: str, content: bytes) -> str:
    """Return the head of a chain to which a link with this content was added; heads are in hexadecimal."""
    return sha256(before.encode() + content).hexdigest()
