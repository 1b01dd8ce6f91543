"""Work out again, check by check and entry by entry, what was owed, and compare it with ledger, outbox and relays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from msgspec import Struct

from monitor.actions.audit.kept_settings import KeptSettings
from monitor.app import App
from monitor.core.audit.comparing import Compared, LedgerReplay, Situation, compare
from monitor.core.audit.evidence import PastCheck
from monitor.core.audit.findings import MOST, Finding, FindingKind, Place
from monitor.core.audit.mails import mail_findings
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.history import RecalledRegister
from monitor.core.delivery.retry import State
from monitor.core.errors import MonitorError
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.people import People
from monitor.core.model.phrases import phrase
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot, slot_of, weekly_of
from monitor.store import audit as evidence

PORTION = 2000  # entries that are in memory at once, with their history and their lines of the ledger
GRACE = timedelta(hours=1)  # after its slot a check may still be under way
HISTORY_FAULTS = (MonitorError, ValueError, LookupError, TypeError)  # what a history that was tampered with raises
WAITS = (State.QUEUED, State.CLAIMED, State.HELD)


class _History:
    """The register of a portion as it grew."""

    def __init__(self, changes: Sequence[evidence.NumberedChange]) -> None:
        self._changes, self._done, self._fold = changes, 0, RecalledRegister()
        self._register = Register()

    def known_to(self, check: PastCheck, policy: Policy) -> Register:
        """Return the register that the check knew; it is made again only when it has grown."""
        begin = self._done
        while self._done < len(self._changes) and self._changes[self._done].number <= check.register:
            self._done += 1
        if begin < self._done:
            self._fold.add((change.item for change in self._changes[begin : self._done]), policy)
            self._register = self._fold.register
        return self._register


class AuditReport(Struct, frozen=True, kw_only=True):
    """What an audit found."""

    first: date | None  # the first and the last slot audited; None: no check was made yet
    last: date | None
    checks: int = 0
    judged: int = 0  # entries, once for each check
    owed: int = 0  # reminders that were owed and that the ledger has
    agreed: int = 0  # lines of the ledger whose mail a relay took
    unproved: int = 0  # lines of the ledger whose mail waits or is held
    findings: tuple[Finding, ...] = ()
    more: int = 0  # findings that are not named


def audit(app: App, now: datetime, first: date | None = None, last: date | None = None) -> AuditReport:
    """Audit the slots from `first` (default: that of the first check) to `last` (default: the last that has come)."""
    run = AuditRun(app, now, first, last)
    for _ in run.steps():
        pass
    return run.report()


class AuditRun:
    """An audit under way. `steps` goes on by one piece, so that other work can be done between two."""

    def __init__(self, app: App, now: datetime, first: date | None = None, last: date | None = None) -> None:
        self._app, self._result = app, Compared()
        with app.store.reading() as connection:
            begin = evidence.first_check(connection)
            self._first = max(filter(None, (first, begin)), default=None)
            self._last = min(filter(None, (last, last_slot(app.policy, now))))
            self._checks: list[PastCheck] = []
            if begin and self._first:
                self._checks = evidence.checks_between(connection, self._first, self._last)
            hashes = {hash for check in self._checks for hash in check.hashes.values()}
            self._settings = KeptSettings(evidence.kept_versions(connection, hashes))
            self._unmade = evidence.not_composed(connection)
            self._once_above = evidence.once_above(connection)
        self._now = now
        self._agreed = self._unproved = self._more = 0

    @property
    def _audited(self) -> Sequence[PastCheck]:
        """The checks of the span."""
        return [check for check in self._checks if self._first and check.day >= self._first]

    def steps(self) -> Iterator[None]:
        """Do all of it. No transaction is open between two steps."""
        if not self._checks:
            return
        self._result.findings += self._slots_missed()
        after = 0
        while True:
            with self._app.store.reading() as connection:
                came = evidence.registered(connection, after, PORTION)
            if not came:
                break
            after = came[-1][0]
            yield from self._portion([id for _, id in came])
            self._cut()
        self._result.findings += self._settings.findings(self._audited)
        self._mails()
        self._cut()

    def report(self) -> AuditReport:
        """Return what was found, by slot."""
        checks, result = self._audited, self._result
        found = sorted(result.findings, key=lambda one: (one.day, one.kind, one.key))
        return AuditReport(
            first=self._first if self._checks else None, last=self._last if self._checks else None,
            checks=len(checks), judged=result.judged, owed=result.owed, agreed=self._agreed, unproved=self._unproved,
            findings=tuple(found), more=self._more,
        )  # fmt: skip

    def _cut(self) -> None:
        """Keep no more findings than are named."""
        self._more += max(0, len(self._result.findings) - MOST)
        del self._result.findings[MOST:]

    def _slots_missed(self) -> Iterator[Finding]:
        """Report slots that no check was made for, by the calendar in force at the check before."""
        until = self._last if slot_of(self._app.policy, self._last) + GRACE <= self._now else self._last - ONE_DAY
        following = [check.day for check in self._checks[1:]]
        for check, next_day in zip(self._checks, [*following, until + ONE_DAY], strict=True):
            known = self._settings.of(check)
            policy = known[0] if known else self._app.policy
            for day in slot_days(policy, check.day + ONE_DAY, next_day - ONE_DAY):
                if self._first and day >= self._first:
                    yield Finding(kind=FindingKind.NO_CHECK, day=day, what=phrase("audit.no-check", day=day))

    def _portion(self, ids: Sequence[str]) -> Iterator[None]:
        """Follow these entries through all checks."""
        checks = self._audited
        if not checks:
            return
        with self._app.store.reading() as connection:
            needed = evidence.concerned(connection, ids, self._once_above)
            changes = evidence.changes_of(connection, needed, max(check.register for check in checks))
            replay = LedgerReplay(evidence.lines_about(connection, ids, self._last))
        replay.begin(checks[0])
        history, wanted = _History(changes), frozenset(ids)
        for _, same in groupby(checks, key=lambda check: check.at):
            together, situations = list(same), []
            for check in together:
                if known := self._settings.of(check):
                    try:
                        register = history.known_to(check, known[0])
                    except HISTORY_FAULTS as cause:
                        said = phrase("audit.history", day=check.day, cause=str(cause).rstrip("."))
                        self._result.findings.append(Finding(kind=FindingKind.UNREADABLE, day=check.day, what=said))
                        return
                    situations.append(self._situation(check, register, *known))
            if situations:
                compare(situations, wanted, replay, self._result)
            else:
                replay.add(replay.made_by(together)[0])
            yield

    def _situation(self, check: PastCheck, register: Register, policy: Policy, people: People) -> Situation:
        due, at = weekly_of(policy, check.day), check.at
        earlier = (one.day for one in self._checks if one.number < check.number)
        unmade = (one for one in self._unmade if one.since <= at and (one.until is None or at < one.until))
        with self._app.store.reading() as connection:
            mailed = evidence.mailed_at(connection, check)
        return Situation(
            check=check, register=register, policy=policy, people=check.circumstances.of(people),
            weekly=due is not None and not any(due <= day <= check.day for day in earlier),
            mailed=mailed, unmade=tuple(one.person for one in unmade),
        )  # fmt: skip

    def _mails(self) -> None:
        """Compare outbox, ledger and relays."""
        assert self._first
        with self._app.store.reading() as connection:
            totals = evidence.line_totals(connection, self._first, self._last)
            self._agreed = totals.get(str(State.SENT), 0)
            self._unproved = sum(totals.get(str(state), 0) for state in WAITS)
            for mail, person, day, lines in evidence.lines_without_mail(connection, self._first, self._last):
                said = phrase("audit.mail-gone", n=lines, person=person, day=day, mail=mail)
                gone = Finding(kind=FindingKind.MAIL_GONE, day=day, what=said, person=person, mail=mail)
                self._result.findings.append(gone)
            for line in evidence.unknown_lines(connection, self._first, self._last):
                key, said = line.line.obligation, phrase("audit.cause_no_entry")
                place = Place(
                    obligation=key, person=line.line.person, day=line.line.day, rung=line.line.rung,
                    due=line.line.due, mail=line.message,
                )  # fmt: skip
                self._result.findings.append(place.not_owed(said))
            for row in evidence.mails(connection, self._first, self._last):
                self._result.findings += mail_findings(row)
                self._cut()
