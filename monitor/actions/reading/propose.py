"""Read a letter and say what it would change in the register, with the due days that would follow. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.reading.read_letter import read_letter
from monitor.app import App, build_policy, is_configured, open_app
from monitor.core.changes.bulk import intake
from monitor.core.changes.impact import Shift, difference
from monitor.core.errors import Faults
from monitor.core.model.changes import Stamp
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.proposals import Accepted, LetterRead, Proposal, ProposalFile
from monitor.core.model.reading import Mismatch, Reading
from monitor.core.model.register import Register
from monitor.core.model.slots import known_on, last_slot
from monitor.core.proposals.accepting import Accepting
from monitor.core.proposals.mismatches import mismatches
from monitor.core.proposals.proposing import propose
from monitor.core.register.graph import reached
from monitor.settings.config.configuration import Config
from monitor.settings.config.recipients import people_of
from monitor.store.history import accepted_readings
from monitor.store.register import load_register

HIDDEN = ("as_read", "why", "key")  # of a proposal: what only the proposal file has


class Held(Struct, frozen=True, kw_only=True):
    """The register that a letter is compared with, and what became of its proposals before."""

    register: Register = Register()
    policy: Policy
    people: People
    earlier: Mapping[str, Accepted] = field(default_factory=dict)  # by the key of a proposal
    configured: bool = False


class Proposed(Struct, frozen=True, kw_only=True):
    """A letter with its proposals."""

    reading: Reading
    proposals: tuple[Proposal, ...]
    mismatches: tuple[Mismatch, ...]
    follows: Mapping[str, tuple[Shift, ...]]  # proposal → obligations that would begin, move or stop
    refused: Mapping[str, str]  # proposal → why it could not be accepted as it is
    earlier: Mapping[str, Accepted]  # proposal → what became of it before
    compared: bool  # with a register

    @property
    def letter(self) -> LetterRead:
        """The letter as a proposal file names it."""
        return letter_of(self.reading)

    def file(self) -> ProposalFile:
        """Return the proposals as they are kept in a file; those accepted before are left out."""
        kept = (one for one in self.proposals if one.id not in self.earlier)
        return ProposalFile(letter=self.letter, proposals=tuple(replace(one, as_read=one.read) for one in kept))

    def document(self) -> dict[str, Any]:
        """Return the JSON document: the reading with its proposals."""
        shown = [replace(one, accept=one.accept or None) for one in self.proposals]
        plain = msgspec.to_builtins(shown, enc_hook=str)  # a Sentence is its English text there
        left = [{name: value for name, value in one.items() if name not in HIDDEN} for one in plain]
        always: dict[str, Any] = {"depends_on": [], "like": [], "doubts": [], "fields": {}}
        doubts = msgspec.to_builtins(self.mismatches)
        found = {**self.reading.document(), "proposals": [{**always, **one} for one in left]}
        return {**found, "mismatches": doubts} if doubts else found


def letter_of(reading: Reading) -> LetterRead:
    """Return what a proposal file keeps of a letter."""
    head = reading.letter
    return LetterRead(
        file=head.file, sha256=head.sha256, text_sha256=head.text_sha256, lang=head.lang, letter_date=head.letter_date
    )


def propose_letter(
    config: Config, source: Path, now: datetime, *, lang: str | None = None, letter_date: date | None = None
) -> Proposed:
    """Read a letter and compare it with the register, where one is configured. Raises as `read_letter` does."""
    reading = read_letter(config, source, lang=lang, letter_date=letter_date)
    return proposed(reading, held(config, reading.letter.text_sha256), now)


def held(config: Config, text_sha256: str) -> Held:
    """Return the register in the database, or an empty one without a configuration. Raises Refused, Unavailable."""
    if not is_configured(config):
        return Held(policy=build_policy(config), people=people_of(config))
    with open_app(config) as app:
        return held_by(app, text_sha256)


def held_by(app: App, text_sha256: str) -> Held:
    """Return the register in the database, with what became of the proposals of a letter. Raises Unavailable."""
    with app.store.reading() as connection:
        register = load_register(connection)
        earlier = accepted_readings(connection, text_sha256)
    return Held(register=register, policy=app.policy, people=app.people, earlier=earlier, configured=True)


def proposed(reading: Reading, held: Held, now: datetime) -> Proposed:
    """Return the proposals of a reading, each with what would follow from it under the rules in force."""
    found = propose(reading, held.register, held.policy, known_on(held.policy, now))
    return tried(reading, found, held, now)


def tried(reading: Reading, proposals: tuple[Proposal, ...], held: Held, now: datetime) -> Proposed:
    """Return proposals with what would follow; one that could not be accepted as it is is not ticked."""
    stamp = Stamp(actor="", at=now, known_on=known_on(held.policy, now))
    trial = Trial(letter=letter_of(reading), proposals=proposals, held=held, stamp=stamp)
    follows, refused = trial.run()
    proposals = tuple(replace(one, accept=None) if one.id in refused else one for one in proposals)
    earlier = {one.id: held.earlier[one.key] for one in proposals if one.key in held.earlier}
    return Proposed(
        reading=reading, proposals=proposals, mismatches=mismatches(reading), follows=follows, refused=refused,
        earlier=earlier, compared=held.configured,
    )  # fmt: skip


class Trial(Struct, frozen=True, kw_only=True):
    """Proposals applied to a copy of the register, to see what would follow."""

    letter: LetterRead
    proposals: Sequence[Proposal]
    held: Held
    stamp: Stamp

    def run(self) -> tuple[dict[str, tuple[Shift, ...]], dict[str, str]]:
        """Return what follows from each proposal, and why some could not be accepted."""
        sure = {one.id for one in self.proposals if one.accept}
        refused: dict[str, str] = {}
        after = self._applied(sure, refused)
        follows = self._follows(self.held.register, after, sure)
        for one in self.proposals:
            if one.id not in sure and one.key not in self.held.earlier:
                tried = self._applied(sure | self._with_parents(one), refused, only=one.id)
                follows |= self._follows(after, tried, {one.id})
        return follows, refused

    def _with_parents(self, proposal: Proposal) -> set[str]:
        """Return the proposal and all that it depends on."""
        by_id = {one.id: one for one in self.proposals}
        found, queue = {proposal.id}, [proposal]
        for one in queue:
            parents = [*one.depends_on, *([one.part_of] if one.part_of else [])]
            named = [parent.proposal for parent in parents] + [one.about]
            new = [by_id[id] for id in named if id and id not in found]
            found |= {one.id for one in new}
            queue += new
        return found

    def _applied(self, ids: Iterable[str], refused: dict[str, str], only: str = "") -> Register:
        """Return the register with these proposals; one that does not fit is left out and noted in `refused`."""
        wanted = {*ids}
        while True:
            chosen = [replace(one, accept=one.id in wanted) for one in self.proposals]
            try:
                made = Accepting(self.letter, chosen, self.held.register, self.stamp, self.held.earlier).prepare()
                return intake(self.held.register, made.changes, self.held.policy)
            except Faults as cause:
                entries = {one.entry: one.id for one in self.proposals if one.id in wanted}
                named = {fault.key.partition(".")[0]: fault.what for fault in cause.faults}
                wrong = {id if id in wanted else entries.get(id, ""): what for id, what in named.items()}
                gone = {id: what for id, what in wrong.items() if id in wanted} or {only or max(wanted): str(cause)}
                refused |= gone
                wanted -= gone.keys()
                if not wanted:
                    return self.held.register

    def _follows(self, before: Register, after: Register, ids: Iterable[str]) -> dict[str, tuple[Shift, ...]]:
        """Return what becomes due, moves or stops by each proposal."""
        policy, day = self.held.policy, max(last_slot(self.held.policy, self.stamp.at), self.stamp.known_on)
        by_id = {one.id: one for one in self.proposals}
        found = {}
        for id in ids:
            one = by_id[id]
            entry = by_id[one.about].entry if one.about else one.entry
            if entry not in after.entries or (one.about and entry not in self.held.register.entries):
                continue  # of a new entry everything is said where it is proposed
            about = (entry,) if one.action == "add" else reached(after, [entry])
            shifts = difference(before, after, about, day, policy, self.held.people)
            found[id] = (*shifts.begun, *shifts.moved, *shifts.stopped)
        return found
