"""Alerts to the operator, as values: one function for each kind, with the facts that its sentences need.

The sentences are in templates/notice/, under the kind: [what] is what is wrong, [do] what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from msgspec import Struct

from monitor.app import in_english
from monitor.core.audit.findings import Finding
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.refusals import Blame
from monitor.core.errors import Fault, MonitorError
from monitor.core.model.phrases import Fact, Named, Phrase, Sentences, Several, phrase


class Alert(Struct, frozen=True, kw_only=True):
    """One thing the operator must know; kind and key name one trouble while it lasts."""

    kind: AlertKind
    key: str
    problem: Fact  # what is wrong
    advice: Fact  # what to do

    @property
    def what(self) -> str:
        """What is wrong, in English."""
        return in_english(self.problem)

    @property
    def do(self) -> str:
        """What to do, in English."""
        return in_english(self.advice)


def _alert(kind: AlertKind, key: str, **facts: Fact) -> Alert:
    return Alert(kind=kind, key=key, problem=phrase(f"what.{kind}", **facts), advice=phrase(f"do.{kind}", **facts))


def volume_held(slot: date, what: Sentences) -> Alert:
    """The brake holds mails."""
    return Alert(kind=AlertKind.HELD, key=slot.isoformat(), problem=what, advice=phrase("do.held"))


def restore_held(slot: date, what: Fact) -> Alert:
    """Everything is held, because the database is a restored backup or by hand."""
    return _alert(AlertKind.RESTORED, slot.isoformat(), what=what)


def no_recipient(entry: str) -> Alert:
    """A reminder reaches no one."""
    return _alert(AlertKind.NO_RECIPIENT, entry, entry=entry)


def role_unheld(role: str, entry: str) -> Alert:
    """A role without holder was needed for an entry."""
    return _alert(AlertKind.ROLE_UNHELD, role, id=role, role=Named(table="role", name=role), entry=entry)


def clock_back(slot: date, day: date) -> Alert:
    """A later slot than that of today was checked already."""
    return _alert(AlertKind.CLOCK_BACK, slot.isoformat(), slot=slot, day=day)


def clock_off(daemon: str, off: Phrase) -> Alert:
    """A daemon's clock differs from the database's."""
    return _alert(AlertKind.CLOCK_OFF, daemon, daemon=daemon, off=off)


def cut_off(daemon: str, since: datetime, until: datetime) -> Alert:
    """A daemon could not reach the database."""
    return _alert(AlertKind.CUT_OFF, daemon, daemon=daemon, since=since, until=until)


def address_refused(person: str, address: str, reply: str) -> Alert:
    """An address was refused permanently."""
    return _alert(AlertKind.REFUSED, f"{person} {address}", person=person, address=address, reply=reply)


def mail_undelivered(key: str, person: str, address: str, since: date, reply: str, *, late: bool) -> Alert:
    """Mail to a person has waited for two slots. `late`: others are reminded instead."""
    kind = AlertKind.UNDELIVERED_LATE if late else AlertKind.UNDELIVERED
    return _alert(kind, key, person=person, address=address, since=since, reply=reply)


def nothing_delivered(since: date, persons: Several, reply: str) -> Alert:
    """No mail at all was delivered for two slots."""
    return _alert(AlertKind.NOTHING_DELIVERED, "relay", since=since, persons=persons, reply=reply)


def mail_waits(key: str, person: str, address: str, reply: str, blame: Blame, *, personal: bool) -> Alert:
    """A mail was refused for now. `personal`: the reply is about this mailbox alone."""
    what = "what.mail-waits-personal" if personal else "what.mail-waits"
    problem = phrase(what, person=person, address=address, reply=reply)
    advice = Sentences(parts=(phrase(f"blame.{blame}"), phrase("do.mail-waits")))
    return Alert(kind=AlertKind.MAIL_WAITS, key=key, problem=problem, advice=advice)


def mail_held(person: str, address: str, number: int, breaks: int, reply: str) -> Alert:
    """The connection broke at one recipient too often."""
    key = f"{person} {address}"
    return _alert(AlertKind.MAIL_HELD, key, person=person, address=address, number=number, breaks=breaks, reply=reply)


def refused_alike(name: str, recipients: int, reply: str) -> Alert:
    """Every recipient of a run was refused alike. `name`: of the reply."""
    return _alert(AlertKind.REFUSED_ALIKE, name, recipients=recipients, reply=reply)


def relay_down(reply: str) -> Alert:
    """The relay takes no mail."""
    return _alert(AlertKind.RELAY_DOWN, "relay", reply=reply)


def second_relay(reply: str) -> Alert:
    """The first relay cannot be used."""
    return _alert(AlertKind.SECOND_RELAY, "relay", reply=reply)


def letter_replaced(letter: str, language: str, fault: Fault) -> Alert:
    """A user's letter failed and the shipped one was used."""
    name = Named(table="letter", name=letter)
    return _alert(AlertKind.LETTER_REPLACED, letter, letter=name, language=language, fault=fault.sentence)


def not_composed(person: str, cause: Exception) -> Alert:
    """A mail could not be made. `person` is empty for the all-clear."""
    to: Fact = person or phrase("notice.operator")
    return _alert(AlertKind.NOT_COMPOSED, person or "the operator", person=to, cause=_cause(cause))


def note_unusable(folder: Path, cause: Exception) -> Alert:
    """The restore marker's note cannot be read or written."""
    return _alert(AlertKind.NOTE_UNUSABLE, str(folder), folder=str(folder), cause=_cause(cause))


def note_missing(folder: Path, note: str) -> Alert:
    """The note is gone."""
    return _alert(AlertKind.NOTE_MISSING, str(folder), note=note)


def note_other(database: str, note: str) -> Alert:
    """The note is of another database."""
    return _alert(AlertKind.NOTE_OTHER, database, note=note, database=database)


def files_refused(where: str, faults: Sequence[Fault], most: int, *, begun: bool = False) -> Alert:
    """Edited files have faults, of which the first `most` are named. `begun`: the service began with them."""
    parts: list[Fact] = [
        phrase("what.files-begun" if begun else "what.files-refused"),
        *(fault.sentence for fault in faults[:most]),
    ]
    if len(faults) > most:
        parts.append(phrase("fault.more", n=len(faults) - most))
    problem = Sentences(parts=tuple(parts))
    return Alert(kind=AlertKind.FILES_REFUSED, key=where, problem=problem, advice=phrase("do.files-refused"))


def restart_needed(where: str) -> Alert:
    """The configuration names another database than the one in use."""
    return _alert(AlertKind.RESTART_NEEDED, where)


def import_refused(name: str, wrong: Fact, report: Path) -> Alert:
    """A dropped file was refused."""
    return _alert(AlertKind.IMPORT_REFUSED, name, name=name, wrong=wrong, report=str(report))


def import_waits(name: str, why: str) -> Alert:
    """A dropped file cannot be imported now."""
    return _alert(AlertKind.IMPORT_WAITS, name, name=name, why=why)


def import_stays(name: str, folder: Path, why: str, *, taken: bool) -> Alert:
    """A dropped file was imported or refused, and cannot be moved aside."""
    done = phrase("import.taken" if taken else "import.refused")
    problem = phrase("what.import-stays", name=name, done=done, why=why)
    advice = phrase("do.import-stays", folder=str(folder))
    return Alert(kind=AlertKind.IMPORT_WAITS, key=name, problem=problem, advice=advice)


def import_folder(folder: Path, cause: str) -> Alert:
    """The drop folder cannot be used."""
    return _alert(AlertKind.IMPORT_FOLDER, str(folder), folder=str(folder), cause=cause)


def source_silent(name: str, since: datetime, troubles: Sequence[Fact]) -> Alert:
    """A source of the public record has given no whole answer for long. `troubles`: of the last one."""
    told: Fact = Sentences(parts=tuple(troubles)) if troubles else phrase("watch.not-asked")
    return _alert(AlertKind.SOURCE_SILENT, name, name=name, since=since, why=told)


def coverage_closed(key: str, what: Fact) -> Alert:
    """A gap is no more. `what`: what was said of it."""
    return _alert(AlertKind.COVERAGE_CLOSED, key, what=what)


def audit_found(found: Finding) -> Alert:
    """An audit found a gap, or a mail that was not owed."""
    kind = AlertKind.AUDIT
    return Alert(kind=kind, key=found.key, problem=found.what, advice=phrase("do.audit", day=found.day))


def audit_found_more(day: date, count: int) -> Alert:
    """An audit found more than is reported one by one."""
    advice = phrase("do.audit", day=day)
    return Alert(kind=AlertKind.AUDIT, key=f"more {day}", problem=phrase("audit.more", n=count), advice=advice)


def _cause(cause: Exception) -> str:
    """Why something failed; a fault of this program's own has no sentence."""
    return cause.sentence if isinstance(cause, MonitorError) else str(cause)
