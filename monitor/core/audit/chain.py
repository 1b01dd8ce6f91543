"""The chain over history, ledger and kept versions: its links, and what an examination of it finds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, json

from monitor.core.audit.merkle import MerkleTree, head_after
from monitor.core.errors import BadValue
from monitor.core.model.phrases import Fact, Phrase, phrase

MOST = 1000  # findings that are named; the rest is counted
ROWS = ("changes", "ledger")  # parts whose rows have numbers


class ChainFinding(StrEnum):
    """The values are printed by `audit --chain --json`."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    LINK = "link"  # of the chain itself: altered, or one before it removed
    CUT = "cut"  # the chain is shorter than a head that was expected
    OTHER = "other"  # it does not have that head: it was computed again
    INSTANCE = "instance"  # the installation has another name than the chain says


class Link(Struct, frozen=True, kw_only=True):
    """One link: what one transaction wrote of one part."""

    number: int  # from 1, without gaps
    part: str  # changes, ledger, version, erased, instance
    first: int | None = None  # numbers of the rows
    last: int | None = None
    rows: int = 1
    what: str = ""  # hash of a version, or the installation's name
    digest: str = ""  # root of the tree over the rows
    head: str = ""  # of the chain up to here

    def content(self) -> bytes:
        """Return the bytes that the head is computed over."""
        return json.encode([self.number, self.part, self.first, self.last, self.rows, self.what, self.digest])


class Head(Struct, frozen=True, kw_only=True):
    """How far a chain has come, as an all-clear says it."""

    count: int = 0
    hash: str = ""
    instance: str = ""

    def __str__(self) -> str:
        return f"{self.count}-{self.hash}"


def parse_head(text: str) -> Head:
    """Return a head as it was written: count, a hyphen, 64 hexadecimal digits. Raises BadValue."""
    count, _, hash = "".join(text.split()).lower().partition("-")
    if not count.isdecimal() or len(hash) != 64 or set(hash) - set("0123456789abcdef"):
        raise BadValue(
            "{given!r} is not a head of the chain.",
            "what an all-clear has as the head: a number, a hyphen and 64 characters 0-9a-f",
            given=text,
        )
    return Head(count=int(count), hash=hash)


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is not as it was chained."""

    kind: ChainFinding
    what: Phrase
    link: int | None = None


class ChainReport(Struct, frozen=True, kw_only=True):
    """What an examination of the chain found."""

    head: Head
    rows: Mapping[str, int]  # part → rows that the chain covers
    findings: tuple[Finding, ...] = ()
    more: int = 0  # findings that are not named


class _Rows:
    """The rows of a part, in order, with the next one in sight."""

    def __init__(self, rows: Iterable[tuple[int, bytes]]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def up_to(self, last: int | None) -> Iterator[tuple[int, bytes]]:
        """Yield the rows up to that number; None: all that are left."""
        while self._next is not None and (last is None or self._next[0] <= last):
            row, self._next = self._next, next(self._rows, None)
            yield row


class Examination:
    """Links and rows compared, link by link, in bounded memory."""

    def __init__(
        self, links: Iterable[Link], rows: Mapping[str, Iterable[tuple[int, bytes]]], versions: Mapping[str, str],
        instance: str, expected: Collection[Head] = (),
    ) -> None:  # fmt: skip
        """`rows`: part → number and bytes of each row in order. `versions`: hash → digest of what is kept under it.

        `expected`: heads that the chain must have.
        """
        self._links, self._rows = links, {part: _Rows(found) for part, found in rows.items()}
        self._versions, self._instance = versions, instance
        self._expected, self._found = expected, set[Head]()
        self._known: dict[str, str] = {}
        self._covered = {**dict.fromkeys(ROWS, 0), "versions": 0}
        self._last, self._name = Head(), ""
        self._findings: list[Finding] = []
        self._more = 0

    def report(self) -> ChainReport:
        """Examine all of it, once, and return what was found."""
        self._examine()
        head = Head(count=self._last.count, hash=self._last.hash, instance=self._name)
        return ChainReport(head=head, rows=self._covered, findings=tuple(self._findings), more=self._more)

    def _examine(self) -> None:
        for link in self._links:
            self._follow(link)
            if link.part in self._rows:
                self._compare(link)
            elif link.part == "instance":
                self._name = link.what
            else:
                self._known[link.what] = link.digest
        for part in self._rows:
            self._outside(part, None)
        self._compare_versions()
        if self._name != self._instance:
            said = phrase("chain.instance", chained=self._name or "–", found=self._instance or "–")
            self._add(ChainFinding.INSTANCE, said)
        self._compare_heads()

    def _add(self, kind: ChainFinding, what: Phrase, link: Link | None = None) -> None:
        if len(self._findings) < MOST:
            self._findings.append(Finding(kind=kind, what=what, link=link.number if link else None))
        else:
            self._more += 1

    def _follow(self, link: Link) -> None:
        expected = head_after(self._last.hash, link.content())
        if link.number != self._last.count + 1:
            first, last = self._last.count + 1, link.number - 1
            self._add(ChainFinding.LINK, phrase("chain.links-gone", first=first, last=last), link)
        elif link.head != expected:
            self._add(ChainFinding.LINK, phrase("chain.link", number=link.number), link)
        self._last = Head(count=link.number, hash=link.head)
        self._found |= {one for one in self._expected if (one.count, one.hash) == (link.number, link.head)}

    def _compare(self, link: Link) -> None:
        first, last = link.first or 0, link.last or 0
        self._outside(link.part, first - 1)
        tree = MerkleTree()
        for _, row in self._rows[link.part].up_to(last):
            tree.add(row)
        self._covered[link.part] += link.rows
        facts: dict[str, Fact] = {"part": phrase(f"chain.{link.part}"), "first": first, "last": last}
        if tree.count < link.rows:
            self._add(ChainFinding.REMOVED, phrase("chain.removed", n=link.rows - tree.count, **facts), link)
        elif tree.count > link.rows:
            self._add(ChainFinding.INSERTED, phrase("chain.inserted", n=tree.count - link.rows, **facts), link)
        elif tree.root != link.digest:
            self._add(ChainFinding.ALTERED, phrase("chain.altered", n=link.rows, **facts), link)

    def _outside(self, part: str, last: int | None) -> None:
        """Report rows up to that number that no link covers."""
        for number, _ in self._rows[part].up_to(last):
            self._add(ChainFinding.INSERTED, phrase("chain.outside", part=phrase(f"chain.{part}"), number=number))

    def _compare_versions(self) -> None:
        self._covered["versions"] = len(self._known)
        for hash in sorted({*self._known, *self._versions}):
            chained, kept, said = self._known.get(hash), self._versions.get(hash), hash[:12]
            if kept is None:
                self._add(ChainFinding.REMOVED, phrase("chain.version-removed", hash=said))
            elif chained is None:
                self._add(ChainFinding.INSERTED, phrase("chain.version-inserted", hash=said))
            elif chained != kept:
                self._add(ChainFinding.ALTERED, phrase("chain.version-altered", hash=said))

    def _compare_heads(self) -> None:
        for one in self._expected:
            if one in self._found:
                continue
            if one.count > self._last.count:
                self._add(ChainFinding.CUT, phrase("chain.cut", count=self._last.count, expected=one.count))
            else:
                self._add(ChainFinding.OTHER, phrase("chain.other", number=one.count))
