"""Due days that moved: found where entries were judged anew, told in each person's next mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.app import App
from monitor.core.mailing.due_date_changes import Move, moves, reason_of
from monitor.core.model.register import Register
from monitor.core.planning.plan import Ledger, Plan
from monitor.store import moves as kept
from monitor.store.engine import Transaction
from monitor.store.state import keep_state, read_state


class DueDateChanges(Struct, frozen=True, kw_only=True):
    """What moved, as one check has read it."""

    found: tuple[Move, ...] = ()  # of the entries judged; takes the place of what waited of them
    others: tuple[Move, ...] = ()  # of other entries, found by earlier checks and not told yet
    register: Register = field(default_factory=Register)  # the entries of `others`

    def of(self, person: str) -> tuple[Move, ...]:
        """What that person is to be told."""
        return tuple(move for move in (*self.others, *self.found) if move.person == person)


def note_policy(connection: Transaction, before: str, hashes: Mapping[str, str], day: date) -> None:
    """Keep on which day each of rules, calendars, … was found changed; `before`: all hashes as they were."""
    old = before.split(",") if before else []
    known = zip(hashes.items(), old, strict=False)
    keep_state(connection, **{f"{kind}_changed": day for (kind, hash), then in known if hash != then})


def find(
    app: App, connection: Transaction, judged: Plan, register: Register, said: Ledger, day: date
) -> tuple[Move, ...]:
    """What moved of the entries judged, with the reason."""
    ids = [entry.entry.id for entry in judged.entries]
    found = moves(judged.entries, said, kept.told(connection, ids)) if ids else ()
    if not found:
        return ()
    policies = read_state(connection).settings_changed
    return tuple(_with_reason(app, connection, move, register, policies) for move in found)


def waiting(connection: Transaction, persons: Collection[str], judged: Collection[str]) -> tuple[Move, ...]:
    """What these people are still to be told of entries that were not judged now."""
    return tuple(move for move in kept.waiting(connection, persons) if move.obligation.entry not in judged)


def write(connection: Transaction, judged: Collection[str], found: Sequence[Move], day: date) -> None:
    """Keep what was found, until somebody is told."""
    if judged:
        kept.found_anew(connection, judged, found, day)


def _with_reason(
    app: App, connection: Transaction, move: Move, register: Register, policies: Mapping[str, date]
) -> Move:
    lineage = _lineage(register, move.obligation.entry)
    verbs = kept.verbs_on(connection, lineage, move.told_on)
    return replace(move, reason=reason_of(move, register, app.policy, verbs, policies))


def _lineage(register: Register, id: str) -> list[str]:
    """The entry and everything it looks up to."""
    found = [id]
    for one in found:
        found += [parent for parent in register[one].parents() if parent in register.entries and parent not in found]
    return found
