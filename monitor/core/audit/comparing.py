"""What one check owed, worked out by brute force, beside the lines of the ledger that it made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field

from monitor.core.audit.evidence import Counts, KeptLine, PastCheck
from monitor.core.audit.findings import Finding, Place
from monitor.core.mailing.brake import HELD
from monitor.core.mailing.digest import Reminder, reminders
from monitor.core.model.people import People
from monitor.core.model.phrases import Phrase, phrase
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey, Register
from monitor.core.planning.plan import Plan, plan
from monitor.core.planning.verdicts import LedgerLine, Obligation, Verdict

Spot = tuple[ObligationKey, str]  # an obligation and a person
Lines = Mapping[ObligationKey, Sequence[LedgerLine]]


class Situation(Struct, frozen=True, kw_only=True):
    """One check, with what was in force and known then."""

    check: PastCheck
    register: Register
    policy: Policy
    people: People  # as the check saw them
    weekly: bool  # the overviews, or what waits for them, are due at it
    mailed: Mapping[str, int] = field(default_factory=dict)  # person → number of a mail that the check made for them
    unmade: Collection[str] = ()  # persons whose mail could not be made


class Compared(Struct, kw_only=True):
    """What a comparison came to."""

    judged: int = 0  # entries, once for each check
    owed: int = 0  # reminders that were owed and that the ledger has
    findings: list[Finding] = field(default_factory=list)


class LedgerReplay:
    """The ledger of some entries as each check found it, from its lines in the order written."""

    def __init__(self, lines: Sequence[KeptLine]) -> None:
        self._left = list(reversed(lines))  # the next one last
        self._open: list[KeptLine] = []  # lines that may not count at a later check
        self._kept: defaultdict[ObligationKey, list[LedgerLine]] = defaultdict(list)  # lines that count from here on
        self._reported: list[LedgerLine] = []  # what was missing and is reported: it is not missing again
        self._lines: defaultdict[Spot, list[KeptLine]] = defaultdict(list)
        for line in lines:
            self._lines[line.line.obligation, line.line.person].append(line)

    def made_by(self, checks: Sequence[PastCheck]) -> tuple[list[KeptLine], list[KeptLine]]:
        """Take the lines up to these checks, all of one instant: those that they made, and those that no check made."""
        made: list[KeptLine] = []
        stray: list[KeptLine] = []
        while self._left and not _later(self._left[-1], checks[-1]):
            line = self._left.pop()
            (made if any(line.made_by(check) for check in checks) else stray).append(line)
        return made, stray

    def begin(self, check: PastCheck) -> None:
        """Take the lines of checks before that one as they are."""
        while self._left and _earlier(self._left[-1], check):
            self._open.append(self._left.pop())

    def add(self, made: Sequence[KeptLine]) -> None:
        """Have later checks find these lines."""
        self._open += made

    def report(self, line: LedgerLine) -> None:
        """A missing reminder is reported; later checks need not owe it again."""
        self._reported.append(line)

    def before(self, check: PastCheck) -> tuple[Lines, Lines, set[str]]:
        """Return the ledger as that check found it: with all that may have counted, and with what surely did; and the
        entries for which these differ.
        """
        surely: list[LedgerLine] = []
        perhaps: list[LedgerLine] = []
        still: list[KeptLine] = []
        for line in self._open:
            counts = line.counted_at(check)
            if counts is Counts.YES and line.lasts:
                self._kept[line.line.obligation].append(line.line)
                continue
            if counts is not Counts.NO:
                (surely if counts is Counts.YES else perhaps).append(line.line)
            still.append(line)
        self._open = still
        certain = _joined(self._kept, surely)
        unsure = [*perhaps, *self._reported]
        return _joined(certain, unsure), certain, {line.obligation.entry for line in unsure}

    def same(self, spot: Spot) -> Sequence[KeptLine]:
        """All lines of an obligation for a person."""
        return self._lines[spot]


def compare(situations: Sequence[Situation], ids: Collection[str], replay: LedgerReplay, result: Compared) -> None:
    """Judge these entries as the checks of one instant had to, and compare with the lines that these made."""
    last, allowed, plans = situations[-1], defaultdict[Spot, list[Reminder]](list), list[Plan]()
    surely: tuple[Reminder, ...] = ()
    for now in situations:
        widest, certain, unsure = replay.before(now.check)
        known = [id for id in ids if id in now.register.entries]
        judged = _judged(now, widest, known)
        result.judged += len(known)
        surely, owed = reminders(judged), reminders(judged)
        if unsure:  # at most what is owed where nothing counts that is in doubt, at least where all of it does
            again = _judged(now, certain, [id for id in known if id in unsure])
            owed = (*owed, *reminders(again))
            plans.append(again)
        plans.append(judged)
        for item in owed:
            allowed[item.obligation.key, item.recipient.person].append(item)
    made, stray = replay.made_by([now.check for now in situations])
    found = _sent(made, allowed, plans, replay, result)
    result.findings += (_place(line, plans).not_owed(phrase("audit.cause_no_check")) for line in stray)
    mailed = {line.line.person for line in made if line.line.brake != HELD}
    for item in surely:
        spot = (item.obligation.key, item.recipient.person)
        due = not item.quiet or _goes(last, item, mailed)
        if spot in found or not due:
            continue
        result.findings.append(_owed(item).missing(_why_missing(item, last, replay.same(spot))))
        replay.report(LedgerLine(obligation=spot[0], person=spot[1], day=item.day, planned=item.rung.day))
    for line in (*made, *stray):
        if line.was_unsaid and not any(_twin(line, other) for other in replay.same(_spot(line))):
            result.findings.append(_place(line, plans).unsaid())
    replay.add([*made, *stray])


def _judged(now: Situation, ledger: Lines, ids: Collection[str]) -> Plan:
    return plan(now.register, now.check.day, now.policy, now.people, ledger, only=ids)


def _sent(
    made: Sequence[KeptLine], allowed: Mapping[Spot, list[Reminder]], plans: Sequence[Plan], replay: LedgerReplay,
    result: Compared,
) -> set[Spot]:  # fmt: skip
    """Compare the lines made with what was owed; return what the ledger has."""
    found: set[Spot] = set()
    for line in made:
        spot, place = _spot(line), _place(line, plans)
        owed = allowed.get(spot, ())
        if not owed or spot in found:
            result.findings.append(place.not_owed(_why_not_owed(line, plans, replay, again=spot in found)))
        elif not any(_same(line.line, item) for item in owed):
            result.findings.append(place.differs(_owed(owed[0])))
        else:
            result.owed += 1
        found.add(spot)
    return found


def _goes(now: Situation, item: Reminder, mailed: Collection[str]) -> bool:
    """Whether a quiet reminder had to go: with the overviews, or with a mail that goes to the person."""
    if now.check.circumstances.restored:
        return False
    person = item.recipient.person
    return person in mailed or (now.weekly and person not in now.people.unreachable)


def _why_missing(item: Reminder, now: Situation, same: Sequence[KeptLine]) -> Phrase:
    person, later = item.recipient.person, (kept.line for kept in same if kept.line.day > item.day)
    if late := next((line for line in later if line.planned == item.rung.day), None):
        return phrase("audit.cause_late", day=late.day)
    if person in now.unmade:
        return phrase("audit.cause_unmade", person=person)
    if person in now.mailed:
        return phrase("audit.cause_mailed", mail=now.mailed[person], person=person)
    return phrase("audit.cause_left_out")


def _why_not_owed(line: KeptLine, plans: Sequence[Plan], replay: LedgerReplay, *, again: bool) -> Phrase:
    judgements = [item for made in plans for item in _obligations(made, line.line.obligation)]
    if not judgements:
        return phrase("audit.cause_no_obligation")
    item = judgements[0]
    before = (kept for kept in replay.same(_spot(line)) if kept.number < line.number and kept.standing)
    if again or (item.rung and any(kept.line.day >= item.rung.day for kept in before)):
        return phrase("audit.cause_said")
    if item.verdict in (Verdict.OWED, Verdict.WITH_OVERVIEW, Verdict.SAID):
        return phrase("audit.cause_person", person=line.line.person)
    return phrase("audit.cause_verdict", why=item.why or str(item.verdict))


def _obligations(made: Plan, key: ObligationKey) -> Iterator[Obligation]:
    for judged in made.entries:
        if judged.entry.id == key.entry:
            yield from (item for item in judged.obligations if item.key == key)


def _same(line: LedgerLine, item: Reminder) -> bool:
    return (line.rung, line.planned, line.due) == (item.rung.name, item.rung.day, item.due)


def _spot(line: KeptLine) -> Spot:
    return line.line.obligation, line.line.person


def _twin(line: KeptLine, other: KeptLine) -> bool:
    """Whether another line, that counts, is of the same slot."""
    return other.standing and other.line.day == line.line.day


def _place(line: KeptLine, plans: Sequence[Plan]) -> Place:
    key = line.line.obligation
    items = (judged for made in plans for judged in made.entries if judged.entry.id == key.entry)
    rules = (item.rule for judged in items for item in judged.judgements if item.rule.id == key.rule)
    return Place(
        obligation=key, person=line.line.person, day=line.line.day, rung=line.line.rung, due=line.line.due,
        rule=next(rules, None), mail=line.message,
    )  # fmt: skip


def _owed(item: Reminder) -> Place:
    return Place(
        obligation=item.obligation.key, person=item.recipient.person, day=item.day, rung=item.rung.name, due=item.due,
        rule=item.obligation.rule,
    )  # fmt: skip


def _joined(lines: Mapping[ObligationKey, Sequence[LedgerLine]], more: Sequence[LedgerLine]) -> Lines:
    if not more:
        return lines
    found = defaultdict(list, lines)
    for line in more:
        found[line.obligation] = [*found[line.obligation], line]
    return found


def _earlier(line: KeptLine, check: PastCheck) -> bool:
    return line.line.day < check.day if line.mail is None else line.mail.created_at < check.at


def _later(line: KeptLine, check: PastCheck) -> bool:
    return line.line.day > check.day if line.mail is None else line.mail.created_at > check.at
