"""Accept proposals of a letter: what they would change is shown first, then saved in one go. A second time is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.register.change import Saved, check_names, stamp
from monitor.actions.register.importing import ImportPreview, applied_all, grouped, judged, preview_of, quiet
from monitor.actions.register.saving import save_import
from monitor.app import App
from monitor.core.changes.impact import Difference, difference
from monitor.core.coverage.findings import Gap
from monitor.core.errors import Faults, Unavailable, UnknownId, system_reason
from monitor.core.model.proposals import Accepted, Proposal, ProposalFile
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot
from monitor.core.proposals.accepting import Accepting
from monitor.core.proposals.comparing import without_closed
from monitor.core.register.graph import reached
from monitor.exchange import proposal_file
from monitor.files import whole_file
from monitor.store import inbox
from monitor.store.engine import Transaction
from monitor.store.history import accepted_readings
from monitor.store.register import load_register, register_version


class AcceptPreview(Struct, frozen=True, kw_only=True):
    """What accepting a file would do; nothing was written."""

    proposals: tuple[Proposal, ...]  # that would be accepted
    seen: ImportPreview
    difference: Difference
    before: Mapping[str, str] = field(default_factory=dict)  # proposal → the entry it became earlier
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # proposal → rules closed since it was made
    undecided: tuple[str, ...] = ()  # proposals that are neither accepted nor declined
    text_sha256: str = ""  # of the letter
    actor: str = ""

    @property
    def unwatched(self) -> tuple[Gap, ...]:
        """Entries that no rule watches then."""
        return self.seen.unwatched


def read_file(path: Path) -> ProposalFile:
    """Return the proposals in a file. Raises Faults or Unavailable."""
    try:
        with path.open("rb") as file:
            content = file.read(proposal_file.LARGEST + 1)
    except OSError as cause:
        raise Unavailable("The file {path} cannot be read: {why}.", path=path, why=system_reason(cause)) from cause
    return proposal_file.decode(path, content)


def write_file(path: Path, proposals: ProposalFile) -> None:
    """Write the proposals to a file, whole or not at all. Raises Refused or Unavailable."""
    with whole_file(path) as file:
        file.write(proposal_file.encode(proposals))


def became(app: App, text_sha256: str) -> Mapping[str, Accepted]:
    """Return what became of the proposals of a letter, by their key."""
    with app.store.reading() as connection:
        return accepted_readings(connection, text_sha256)


def register_of(app: App) -> Register:
    """Return the register as it is."""
    with app.store.reading() as connection:
        return load_register(connection)


def preview(
    app: App, found: ProposalFile, actor: str, now: datetime, *, file: Path, only: Collection[str] = ()
) -> AcceptPreview:
    """Return what accepting would do. `only`: these and no others, ticked or not. Raises Faults, UnknownId."""
    proposals = _chosen(found.proposals, only)
    with app.store.reading() as connection:
        version, before = register_version(connection), load_register(connection)
        earlier = accepted_readings(connection, found.letter.text_sha256)
    by = stamp(app, actor, now)
    fresh = [without_closed(one, before, by.known_on, app.policy) for one in proposals]
    proposals = tuple(one for one, _ in fresh)
    made = Accepting(found.letter, proposals, before, by, earlier, file=str(file)).prepare()
    if wrong := [replace(fault, file=str(file)) for fault in check_names(app, made.changes, before)]:
        raise Faults(wrong)
    applied = applied_all(app, before, made.changes, file=str(file), beside=made.kept)
    seen = preview_of(applied, before=before, version=version, file=str(file))
    seen = judged(app, grouped(replace(seen, beside=made.kept)), now, quiet, whole=False)
    day = max(last_slot(app.policy, now), by.known_on)
    ids = reached(seen.after, [change.entry for change in made.changes])
    return AcceptPreview(
        proposals=tuple(one for one in proposals if one.accept and one.id not in made.before),
        seen=seen,
        difference=difference(before, seen.after, ids, day, app.policy, app.people),
        before=made.before,
        closed={one.id: gone for one, gone in fresh if gone and one.accept and one.id not in made.before},
        undecided=tuple(one.id for one in proposals if one.accept is None and one.key not in earlier),
        text_sha256=found.letter.text_sha256,
        actor=actor,
    )


def _chosen(proposals: Sequence[Proposal], only: Collection[str]) -> tuple[Proposal, ...]:
    """Return the proposals, with `only` those named ticked. Raises UnknownId."""
    known = [one.id for one in proposals]
    for id in only:
        if id not in known:
            raise UnknownId("proposal", id, known)
    if not only:
        return tuple(proposals)
    return tuple(replace(one, accept=True if one.id in only else None) for one in proposals)


def save(app: App, seen: AcceptPreview, now: datetime) -> Saved:
    """Keep what was shown; an item of the inbox that is decided by it is settled with it.

    Raises RegisterChanged where it would no longer do the same.
    """

    def settle(connection: Transaction) -> None:
        if not seen.undecided:
            inbox.accepted(connection, seen.text_sha256, seen.actor, now)

    return save_import(app, seen.seen, now, also=settle)
