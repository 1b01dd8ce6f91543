"""Digests as the golden year brings them, for tests of letters and for the picture in the README."""

from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from monitor.core.calendar.dates import parse_offset
from monitor.core.mailing.content import Digest, Group, MovedDueDay, Notice, NoticeItem, ReminderLine
from monitor.core.model.people import Person
from monitor.core.planning.derivation import About, ClosedOn, OutOfRecess, Rolled, Shift, Start, Step

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SANNE = Person(id="sanne", name="Sanne de Vries", address="sanne@example.org", language="nl")
RUTH = Person(id="ruth", name="Ruth Walker", address="ruth@example.org", language="en")
MAY_12, MAY_19 = date(2021, 5, 12), date(2021, 5, 19)
TITLES = {
    "c-emasoh": "EMASoH: twee stafofficieren",
    "c-irak": "Bijdrage aan de anti-ISIS-coalitie en brede veiligheidsinzet in Irak",
    "c-rsm": "Resolute Support en SOAT: aangepaste uitvoering, terugvoer van materieel",
    "c-irini-1": "Irini: voorlopige bijdrage van twee stafofficieren",
    "c-irini-2": "Irini: hernieuwde bijdrage van 2–3 stafofficieren aan het hoofdkwartier in Rome",
    "c-emasoh-ship": "EMASoH: schip met boordhelikopter",
}


HEADING = "Kamerbrief over verlenging of einde van een bijdrage"


def line(entry: str = "c-emasoh", *, due: date = MAY_19, day: date = MAY_12, **more: Any) -> ReminderLine:
    """One reminder; whatever is not given is plain."""
    plain = {
        "entry": entry, "title": TITLES.get(entry, "Een bijdrage"), "rule": "extension-letter", "occurrence": "0",
        "rung": "-1w", "planned": day, "due": due, "days_left": (due - day).days,
        "steps": (Start(day=date(2021, 6, 30), source="valid_until"), Shift(day=MAY_19, offset=parse_offset("-6w"))),
    }  # fmt: skip
    return ReminderLine(**{**plain, **more})


def steps_of(text: str) -> tuple[Step, ...]:
    """Steps with that text in every place that comes from a register, a rule or a calendar."""
    found = (
        Start(day=MAY_19, source="binding_end", of=text, written=text),
        OutOfRecess(day=MAY_12, recess=text, certainty="A"),
        Rolled(day=MAY_12, roll="preceding", closed=(ClosedOn(day=MAY_12, name=text),)),
    )
    return (About(rule=text, occurrence=text, titles=(("en", text),), steps=found), *found)


def group(*lines: ReminderLine, heading: str = HEADING, why: str = "", due: date | None = None) -> Group:
    """Lines under one heading."""
    return Group(rule="extension-letter", heading=heading, why=why, due=due or lines[0].due, lines=lines)


def digest(*groups: Group, to: Person = SANNE, day: date = MAY_12, **more: Any) -> Digest:
    """A mail to one person."""
    return Digest(to=to, day=day, groups=groups, **more)


def golden_may(to: Person = SANNE) -> Digest:
    """12 May 2021: one digest with three headings, nine reminders, all due on the 19th."""
    letter = line(
        quotes=(("De inzet van de twee stafofficieren is verlengd tot en met 30 juni 2021",
                 "brief van 18 september 2020"),),
        references=("brief 29 521, nr. 398 (2019-11-29)",), secured_until=date(2021, 6, 30),
        closes_on=("document:extension-letter", "document:termination-letter"),
        also_told=("Marleen Bos", "Bram Hendriks"), roles=("policy-officer",),
    )  # fmt: skip
    report: dict[str, Any] = {
        "rule": "progress-report", "occurrence": "2021", "escalated": True,
        "steps": (Start(day=MAY_19, source="recurrence"),),
        "closes_on": ("document:progress-report",), "roles": ("policy-officer",),
        "also_told": ("Bram Hendriks", "Marleen Bos", "Joost van Dam"),
    }  # fmt: skip
    evaluation: dict[str, Any] = {
        **report, "rule": "annual-evaluation", "escalated": False, "closes_on": ("document:annual-evaluation",),
        "also_told": ("Bram Hendriks",),
    }  # fmt: skip
    return digest(
        group(letter, heading="Kamerbrief over verlenging of einde van een bijdrage buiten de artikel 100-procedure",
              why="met zes weken is er tijd voor een debat vóór de bijdrage afloopt"),
        group(*(line(id, **report) for id in ("c-irak", "c-rsm")),
              heading="Jaarlijkse voortgangsrapportage artikel 100-bijdragen",
              why="afgesproken: derde woensdag van mei"),
        group(*(line(id, **evaluation) for id in ("c-irak", "c-irini-1", "c-irini-2", "c-emasoh", "c-emasoh-ship",
                                                  "c-rsm")),
              heading="Jaarlijkse evaluatie van missies en operaties (vorig kalenderjaar)",
              why="afgesproken: derde woensdag van mei"),
        to=to,
    )  # fmt: skip


def everything(to: Person = RUTH) -> Digest:
    """A digest in which every fact is said: late, today, ahead, sensitive, made up, moved."""
    day = date(2021, 11, 15)
    late = line(
        "q-erbil", due=date(2020, 7, 2), day=day, title="Request for a force protection company in Erbil", rung="late",
        planned=date(2020, 9, 21),
        steps=(
            Start(day=date(2020, 9, 1), source="planned_start"),
            Shift(day=date(2020, 7, 21), offset=parse_offset("-6w")),
            OutOfRecess(day=date(2020, 7, 2), recess="zomerreces 2020", certainty="A"),
        ),
        replaces_late=True, escalated=True, last_word=True, unheld=("legal-adviser",), stands_in_for="Farid Aydin",
        closes_on=("document:art100-letter", "document:withdrawal-letter"), also_told=("Joost van Dam",),
        roles=("policy-officer", "legal-adviser"),
    )  # fmt: skip
    mandate = line(
        "m-irini", due=day, day=day, title="EU mandate of operation Irini", rung="0d", secured_until=date(2021, 11, 15),
        uncovered=("c-irini-2 (staff officers in Rome)", "q-irini-extra"), closes_on=("event:extended", "event:ended"),
        roles=("policy-officer",),
    )  # fmt: skip
    vague = line(
        "c-pawa", due=date(2021, 11, 26), day=day, title="PAWA (Dakar): two soldiers", written="2022-41",
        provisional=True,
        planned=date(2021, 11, 12), secured_until=date(2022, 1, 1), binding="m-irini",
        quotes=(("It lasts a year.", ""),),
        closes_on=("event:date-fixed", "document:of-our-own"), references=("kst-27925-662", "kst-29521-398"),
    )  # fmt: skip
    secret = line("x-17", due=date(2021, 11, 26), day=day, title="", rung="-2bd")
    moved = MovedDueDay(entry="t-x", title="A promise", heading="Commitment", before=date(2021, 12, 8),
                        after=date(2021, 12, 1),
                  reason="recess changed")  # fmt: skip
    return digest(
        group(late, heading="Article 100 letter"), group(mandate, heading="Mandate ends"),
        group(vague, secret, heading="Extension letter", why="six weeks leave time for a debate"),
        to=to, day=day, moved=(moved, replace(moved, entry="t-y", title="", after=None, reason="corrected")),
    )  # fmt: skip


def notice(to: Person = SANNE) -> Notice:
    """An operator's notice with two items."""
    items = (
        NoticeItem(
            kind="held", what="112 reminders are held: a check usually owes 9.", do="monitor outbox release, or drop."
        ),
        NoticeItem(
            kind="role-unheld", what="The role legal-adviser has no holder.", do="Name a person in config.toml."
        ),
    )
    return Notice(to=to, day=MAY_12, items=items)
