"""Entries that a statement of a letter may be about, with the reasons. Nothing is merged by it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from monitor.core.model.proposals import Like
from monitor.core.model.reading import Act, Range, Reference, Statement
from monitor.core.model.register import Entry, Register
from monitor.core.register.terms import period_end
from monitor.core.sentences import Sentence

SHOWN = 3  # entries
SAME_PARENT = Sentence("same parent")
SURE: Mapping[Act, int] = {  # points from which an entry is taken for the one that is meant
    "extended": 3, "ended": 3, "answered": 5, "runs": 5, "asked": 6, "promised": 7, "reported": 7,
}  # fmt: skip
SURE_MANDATE = 3  # a mission has one mandate
UNNAMED = 2  # most points of an entry with no name, parent or document of the statement's: it is shown, never taken
MARGIN = 2  # points ahead of the next
COMMON = 0.1  # a word in more than this share of the entries tells none of them apart
FEW = 2  # … but one in so few entries does
LONG = 12  # letters: so long a word says as much as two, "transporthelikopters"
FEW_NAMED = 10  # entries with one name: a mission may have that many
FAMILIES: Mapping[str, str] = {"decision": "request"}  # kinds of which one may become the other


class Candidate(Struct, frozen=True, kw_only=True):
    """An entry with its points and the reasons for them."""

    entry: str
    points: int
    why: tuple[str, ...]
    read_before: bool = False

    @property
    def like(self) -> Like:
        """The entry as a proposal shows it."""
        return Like(entry=self.entry, why=self.why)


class Likeness:
    """Compares statements with the entries of a register."""

    def __init__(self, register: Register, sha256: str) -> None:
        self.register, self.sha256 = register, sha256
        self._words = {entry.id: _words(f"{entry.title} {entry.id}") for entry in register}
        self._common, self._widespread = self._common_words(FEW), self._common_words(FEW_NAMED)
        self._by_word: dict[str, list[str]] = {}
        self._by_reference: dict[tuple[str, str], list[str]] = {}
        self._read: list[str] = []
        for entry in register:
            for word in self._words[entry.id] - self._widespread[_family(entry.kind)]:
                self._by_word.setdefault(word, []).append(entry.id)
            for ref in entry.refs:
                self._by_reference.setdefault(_key(ref.dossier, ref.nr), []).append(entry.id)
            if any(sha256 in quote.source for quote in entry.quotes):
                self._read.append(entry.id)

    def _common_words(self, few: int) -> Mapping[str, set[str]]:
        """Return the words that more than a few entries of a kind have, and that tell none of them apart."""
        counts: dict[str, Counter[str]] = {}
        totals = Counter(_family(entry.kind) for entry in self.register)
        for entry in self.register:
            counts.setdefault(_family(entry.kind), Counter()).update(self._words[entry.id])
        return {
            kind: {word for word, count in found.items() if count > max(few, totals[kind] * COMMON)}
            for kind, found in counts.items()
        }

    def candidates(
        self, statement: Statement, parents: Iterable[str], references: Sequence[Reference]
    ) -> list[Candidate]:
        """Return the entries of its kind that share something with a statement, the most alike first."""
        named = {*parents}
        cited = {(one.dossier, one.number) for one in references}
        words = _words(statement.title) | {*map(_plain, statement.names)}
        near = [id for word in sorted(words) for id in self._by_word.get(word, ())]
        near += [id for key in cited for id in self._by_reference.get(key, ())] + self._read
        near += [child.id for parent in named for child in self.register.dependants(parent)]
        entries = sorted({*near}, key=lambda id: self.register[id].position)
        found = [
            self._compared(statement, self.register[id], named, cited)
            for id in entries
            if _family(self.register[id].kind) == _family(statement.kind)
        ]
        kept = [one for one in found if one.points > 1 or one.read_before]
        return sorted(kept, key=lambda one: (not one.read_before, -one.points))[:SHOWN]

    def _compared(
        self, statement: Statement, entry: Entry, parents: set[str], cited: set[tuple[str, str]]
    ) -> Candidate:
        words, family = self._words[entry.id], _family(entry.kind)
        names = [name for name in statement.names if _plain(name) in words - self._widespread[family]]
        said = _words(statement.title) - {*map(_plain, statement.names)}
        shared = sorted(said & words - self._common[family])
        points, why = 3 * len(names[:2]) + sum(1 + (len(word) >= LONG) for word in shared), []
        if parents & {*entry.depends_on}:
            points += 3
            why.append(SAME_PARENT)
        if names or shared:
            why.append(Sentence("title words: {words}", words=", ".join([*names, *shared][:4])))
        if same := sorted(f"{ref.dossier}, nr. {ref.nr}" for ref in entry.refs if _key(ref.dossier, ref.nr) in cited):
            points += 2
            why.append(Sentence("reference: {document}", document=same[0]))
        if (names or why[:1] == [SAME_PARENT]) and _dated_alike(statement, entry):
            points += 2
            why.append(Sentence("same date"))
        named = {*map(_plain, statement.names)} & words or same or why[:1] == [SAME_PARENT]
        if statement.names and not named:
            points = min(points, UNNAMED)
        if entry.ended_on is not None:
            points -= 2
        before = self._read_before(entry, statement.quotes)
        if before:
            why.insert(0, Sentence("read from this letter before"))
        return Candidate(entry=entry.id, points=points, why=tuple(why), read_before=before)

    def _read_before(self, entry: Entry, quotes: Sequence[Range]) -> bool:
        mine = {(quote.start, quote.end) for quote in entry.quotes if self.sha256 in quote.source}
        return bool(mine & {*quotes}) if mine else False


def chosen(statement: Statement, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the entry that is meant: one alone, or one that is clearly ahead."""
    if not candidates:
        return None
    first = candidates[0]
    ahead = first.points - candidates[1].points if len(candidates) > 1 else MARGIN
    if first.read_before and sum(one.read_before for one in candidates) == 1:
        return first
    least = SURE_MANDATE if statement.kind == "mandate" else SURE.get(statement.act, max(SURE.values()))
    return first if first.points >= least and ahead >= MARGIN else None


def _dated_alike(statement: Statement, entry: Entry) -> bool:
    """Return whether the main date of a statement is one that the entry has."""
    end, due = period_end(entry.current), entry.due_on
    dates = {"valid_until": end, "planned_start": entry.planned_start, "due_on": due, "ended_on": entry.ended_on}
    return any(
        name in statement.fields and date is not None and statement.fields[name].value == date.written
        for name, date in dates.items()
    )


def _family(kind: str) -> str:
    return FAMILIES.get(kind, kind)


def _key(dossier: str, number: str) -> tuple[str, str]:
    return dossier.replace(" ", "", 1) if re.match(r"\d\d \d", dossier) else dossier, number


def _words(text: str) -> set[str]:
    """Return the words without their accents, and the parts of those with hyphens: F-16-team is also F-16 and team."""
    found = set()
    for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", text):
        parts = word.split("-")
        pieces = {*parts, *("-".join(parts[:count]) for count in range(2, len(parts) + 1))}
        found |= {_plain(piece) for piece in pieces if len(piece) > 3 or (len(piece) > 1 and piece.isupper())}
    return found


def _plain(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in bare if not unicodedata.combining(char))
