"""Made-up letters that between them reach every branch of every template, so that `validate` finds a typo anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, get_args

from msgspec.structs import replace

from monitor.core.calendar.dates import Offset
from monitor.core.mailing.content import (
    SECTIONS,
    AllClear,
    ComingReminder,
    Digest,
    Group,
    MovedDueDay,
    Notice,
    NoticeItem,
    Overview,
    OverviewLine,
    OverviewSection,
    ReminderLine,
    Waits,
)
from monitor.core.model.people import Person
from monitor.core.model.phrases import phrase
from monitor.core.planning.derivation import (
    About,
    ClosedOn,
    Lasts,
    LeadTime,
    OutOfRecess,
    Provisional,
    Renewed,
    Repeated,
    Rolled,
    Shift,
    Source,
    Start,
    Step,
    Undated,
)
from monitor.core.planning.derivation import Notice as NoticePeriod

DAY = date(2021, 5, 12)  # the slot's day in every sample
Context = Mapping[str, Any]  # what a letter is given
RUNGS = ("-1y", "-6m", "-12w", "-1w", "-10d", "-2bd", "-1kd", "0d", "+1bd", "late", "by hand")


_SIX_WEEKS = Offset(amount=-6, unit="w")
STEPS: tuple[Step, ...] = (  # every step, and a start of every source
    Start(day=DAY, source="valid_until"),
    Shift(day=DAY, offset=_SIX_WEEKS),
    Shift(day=DAY, offset=Offset(amount=10, unit="bd")),
    Shift(day=DAY, offset=_SIX_WEEKS),
    OutOfRecess(day=DAY, recess="zomerreces 2021", certainty="A"),
    Rolled(day=DAY - timedelta(days=1), roll="preceding", closed=(ClosedOn(day=DAY, name=""),)),
    Rolled(day=DAY + timedelta(days=3), roll="following", closed=tuple(
        ClosedOn(day=DAY + timedelta(days=number), name=name) for number, name in enumerate(("", "hemelvaartsdag", ""))
    )),
    Renewed(day=DAY, times=1, duration="P1Y"),
    Renewed(day=DAY, times=2, duration="P1Y"),
    NoticePeriod(day=DAY, duration="P3M"),
    LeadTime(),
    Provisional(day=DAY),
    Start(day=DAY, source="valid_from", written="2021-33"),
    Lasts(day=DAY, duration="P1Y6M", clipped=False),
    Start(day=DAY, source="valid_from"),
    Lasts(day=DAY, duration="P1M", clipped=True),
    Undated(),
    Undated(recess="kerstreces 2030-2031"),
    Start(day=DAY, source="registered"),
    Repeated(day=DAY, times=3, every=Offset(amount=8, unit="w")),
    Start(day=DAY, source="due_on"),
    Shift(day=DAY, offset=Offset(amount=1, unit="d")),
    *(Start(day=DAY, source=source, of="m-sample", certainty="B") for source in get_args(Source)),
    About(rule="extension-letter", occurrence="0", titles=(("en", "Extension letter"), ("nl", "Verlengingsbrief")),
          steps=(Start(day=DAY, source="valid_until"), Provisional(day=DAY))),
)  # fmt: skip


def samples(letter: str, language: str) -> Mapping[str, Context]:
    """What each sample shows → what the letter is given; none for a letter this program never sends."""
    to = Person(id="sample", name="Sam de Voorbeeld", address="sample@example.org", language=language)
    makers = {
        "reminder": _reminders, "notice": _notices, "test": _trials, "overview": _overviews, "all-clear": _all_clears,
    }  # fmt: skip
    return makers[letter](to) if letter in makers else {}


def _reminders(to: Person) -> Mapping[str, Context]:
    def digest(*groups: Group, **more: Any) -> Context:
        return {"digest": Digest(to=to, day=DAY, groups=groups, **more)}

    late, today, soon, later = (_group(days, _plain(days)) for days in (-9, 0, 7, 40))
    ladder = tuple(replace(_plain(7), entry=f"c-{number}", rung=rung) for number, rung in enumerate(RUNGS))
    return {
        "one that is late, with a person who reads replies": {**digest(late), "reply_to": "the unit"},
        "everything a line can say": digest(_group(-9, *_full_lines())),
        "one due today, title in the subject": digest(today, show_titles_in_subject=True),
        "one due tomorrow": digest(_group(1, _plain(1))),
        "one due in a week, sensitive": digest(_group(7, _sensitive(7)), show_titles_in_subject=True),
        "late, today and later": digest(late, today, soon, later, moved=_moves()),
        "late and one day ahead": digest(late, soon),
        "two today": digest(_group(0, _plain(0), _sensitive(0))),
        "today and one day ahead": digest(today, soon),
        "one day ahead, every rung": digest(_group(7, *ladder)),
        "days ahead": digest(soon, replace(later, why="")),
        "more than a mail shows": {
            **digest(soon, left_out=2),
            "whole": digest(soon, late, today, moved=_moves())["digest"],
        },
        "a deadline and upkeep": digest(soon, replace(late, upkeep=True), _group(-3, _sensitive(-3), upkeep=True)),
        "upkeep only": digest(replace(late, upkeep=True)),
        "moved only": digest(moved=_moves()),
        "nothing at all": digest(),
    }


def _notices(to: Person) -> Mapping[str, Context]:
    item = NoticeItem(kind="held", what="112 reminders are held.", do="Release or drop them.")
    other = NoticeItem(kind="something new", what="It happened.", do="See to it.")
    choices: Sequence[tuple[NoticeItem, ...]] = ((), (item,), (item, other))
    return {f"{len(items)} items": {"notice": Notice(to=to, day=DAY, items=items)} for items in choices}


def _trials(to: Person) -> Mapping[str, Context]:
    plain = {"person": to, "day": DAY}
    return {"trial": plain, "trial with reply": {**plain, "reply_to": "the unit"}}


def _overviews(to: Person) -> Mapping[str, Context]:
    def made(*sections: OverviewSection, **more: Any) -> Context:
        digest = Digest(to=to, day=DAY, **{"groups": (), **more})
        week_ends, looks_to = DAY + timedelta(days=4), DAY + timedelta(weeks=6)
        return {"overview": Overview(digest=digest, sections=sections, week_ends=week_ends, looks_to=looks_to)}

    late, soon = _group(-9, *_full_lines()), _group(7, _plain(7), _sensitive(7))
    whole = made(*(OverviewSection(name=name, items=_items()) for name in SECTIONS), moved=_moves())["overview"]
    overdue, week = OverviewSection(name="overdue", items=_items()), OverviewSection(name="week", items=_items()[:1])
    alike = [
        OverviewSection(
            name=name, items=(line, replace(line, entry="c-other"), replace(line, entry="c-sensitive", title=""))
        )
        for name, line in (("week", _items()[0]), ("undated", replace(_items()[0], heading="", day=None, due=None)))
    ]
    return {
        "with a person who reads replies": {**made(week), "reply_to": "the unit"},
        "every section with every line": made(*(OverviewSection(name=name, items=_items()) for name in SECTIONS)),
        "several entries that are alike": made(*alike),
        "late, with reminders and moves": made(overdue, groups=(late, soon), moved=_moves()),
        "reminders of the day alone": made(groups=(_group(0, _plain(0)), replace(soon, why=""))),
        "reminders to come alone": made(groups=(soon,)),
        "more than a mail shows": {"overview": whole.cut(1), "whole": whole},
        "nothing but moves": made(moved=_moves()),
        "nothing this week": made(OverviewSection(name="ahead", items=_items()[2:3])),
    }


def _all_clears(to: Person) -> Mapping[str, Context]:
    well = AllClear(
        to=to, day=DAY, since=DAY - timedelta(days=7), checks=5, missed=(), looked_at=12, reminders=9,
        mails=(("sent", 7), ("withdrawn", 1)), waiting=1, held=0, agreed=9, gaps=(), troubles=(),
        chain=f"812-{'0123456789abcdef' * 4}", links=812, instance="20210504080000000000.monitor:1:0a1b2c",
    )  # fmt: skip
    points = replace(well, missed=(DAY,), troubles=("No person holds the role director.",))
    waits = tuple(Waits(name="Sanne", since=DAY - timedelta(days=age), slots=age, mails=age) for age in (1, 4))
    found = {
        "nothing missing": well,
        "points": points,
        "gaps": replace(points, held=2, gaps=(phrase("audit.no-check", day=DAY),)),
        "held": replace(well, held=1),
        "undelivered": replace(well, undelivered=waits, unproved=2),
        "not proved": replace(well, unproved=1),
        "not audited": replace(well, audited=False),
    }
    return {about: {"report": report} for about, report in found.items()}


def _items() -> tuple[OverviewLine, ...]:
    """Lines of an overview: plain, full, without a day; due before, on and after the day of the sample."""
    plain = OverviewLine(
        person="sanne", section="week", entry="c-sample", title="A contribution", heading="Extension letter", day=DAY,
        rung="-8w", due=DAY + timedelta(days=7), days_left=7, until=DAY, binding="m-sample", reason="no end",
    )  # fmt: skip
    full = replace(
        plain, title="", rung="", due=DAY, days_left=0, steps=(STEPS[0], *STEPS[4:9]), written="2021-33",
        provisional=True, reason="in our own words", told=("Farid", "Marleen"), stands_in_for="Sanne",
        unheld=("legal-adviser", "director"),
    )  # fmt: skip
    soon, late = (replace(plain, day=day, due=day, days_left=(day - DAY).days)
                  for day in (DAY + timedelta(days=7), DAY - timedelta(days=1)))  # fmt: skip
    undated = replace(plain, heading="", day=None, rung="", due=None, days_left=None)
    sensitive = replace(plain, entry="c-sensitive", title="", reason="")
    coming = tuple(ComingReminder(day=DAY + timedelta(days=days), rung="-1w") for days in (2, 9))
    said = replace(late, reminder=_full_lines()[0], reminders=coming, told=("Farid",))
    others = tuple(replace(late, reminder=line, stands_in_for=line.stands_in_for) for line in _full_lines()[3:])
    today = replace(late, reminder=_plain(-1))
    waited = replace(late, reminder=replace(_plain(-1), waited=True))
    owned = replace(soon, reminders=coming[:1], told=("Farid", "Marleen"), only_told=True)
    return plain, full, soon, late, undated, sensitive, said, *others, today, waited, owned


def _group(days: int, *lines: ReminderLine, upkeep: bool = False) -> Group:
    return Group(
        rule="extension-letter", heading="Extension letter", why="six weeks leave time for a debate",
        due=DAY + timedelta(days=days), lines=lines, upkeep=upkeep,
    )  # fmt: skip


def _plain(days: int) -> ReminderLine:
    return ReminderLine(
        entry="c-sample", title="A contribution", rule="extension-letter", occurrence="0", rung="-1w", planned=DAY,
        due=DAY + timedelta(days=days), days_left=days, steps=STEPS[:2],
    )  # fmt: skip


def _sensitive(days: int) -> ReminderLine:
    return replace(_plain(days), entry="c-sensitive", title="")


def _full_lines() -> tuple[ReminderLine, ...]:
    """Lines of one group that agree in almost nothing, so that every fact is given with its line."""
    rich = replace(
        _plain(-9), rung="late", planned=DAY - timedelta(days=2), written="2021-33", provisional=True,
        quotes=(("It ends on 31 March.", "letter of 18 September, page 3"), ("It goes on.", "")),
        references=("letter 29 521, nr. 398", "answers 29 521, nr. 399"),
        closes_on=("document:extension-letter", "event:extended", "event:ended", "document:of-our-own", "verb:confirm",
                   "verb:deploy"),
        also_told=("Farid", "Marleen"), roles=("policy-officer", "of-our-own"), stands_in_for="Sanne",
        unheld=("legal-adviser", "director"), secured_until=date(2021, 3, 31), binding="m-sample",
        uncovered=("c-other",), escalated=True, last_word=True, replaces_late=True,
    )  # fmt: skip
    bare = replace(_plain(-9), entry="c-bare", uncovered=("c-third",), steps=STEPS)
    own_end = replace(_plain(-9), entry="c-own", secured_until=date(2021, 12, 31))
    entered_late = replace(_plain(-9), entry="c-new", planned=DAY - timedelta(days=3), caught_up=True)
    kept = replace(entered_late, entry="c-kept", caught_up=False, waited=True)
    instead = replace(_plain(-9), entry="c-waits", stands_in_for="Sanne", undelivered_since=DAY - timedelta(days=3))
    return rich, bare, own_end, entered_late, kept, instead


def _moves() -> tuple[MovedDueDay, ...]:
    moved = MovedDueDay(
        entry="t-sample", title="A promise", heading="Keep a promise", before=date(2021, 7, 8), after=date(2021, 7, 1),
        reason="recess changed",
    )  # fmt: skip
    return (
        moved,
        replace(moved, after=date(2022, 1, 14), reason="in our own words"),
        replace(moved, title="", after=None),
    )
