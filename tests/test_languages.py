"""What people read is in their language alone: letters, notices and derivations hold no word of the other one."""

from __future__ import annotations

import ast
import inspect
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from facts import ROOT, demo_changes, shipped_policy
from languages import LANGUAGES, foreign, texts, words
from msgspec.structs import replace

from monitor.actions.operator import alerts
from monitor.app import words_in
from monitor.core.audit.findings import FindingKind, Place
from monitor.core.changes.bulk import intake
from monitor.core.coverage.findings import GapKind
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.refusals import Blame
from monitor.core.errors import Fault
from monitor.core.forecast.simulate import roles_as_people
from monitor.core.mailing.content import AllClear, Notice, NoticeItem
from monitor.core.mailing.digest import by_person, digest, reminders
from monitor.core.model.people import Person
from monitor.core.model.phrases import Fact, Named, Phrase, Several, from_plain, phrase, plain
from monitor.core.model.register import ObligationKey, Register
from monitor.core.model.watching import Trouble, TroubleKind
from monitor.core.planning.plan import plan
from monitor.mail.letters.letters import Letters
from monitor.mail.letters.samples import samples

LETTERS = Letters([ROOT / "templates"])
TELLING = {  # words of one language that the other does not have
    "en": "the and not to from with until are has have which will day days weeks been its nothing by after before",
    "nl": "de het een en van niet naar met tot worden wordt zijn voor uw deze die zodra geen dag dagen weken bij na",
}
ACCEPTED = "Accepted Toegestaan"  # words of a fault's sentence, which are in the catalogue
DAY, NOON = date(2021, 5, 12), datetime(2021, 5, 12, 12, tzinfo=UTC)
REPLY, FAULT = "550 5.1.1 zzz", Fault(what="zzz.", file="zzz.toml", line=3, key="zzz", accepted="zzz")
RUNG = Place(
    obligation=ObligationKey(entry="zzz", rule="zzz", occurrence="0"),
    person="zzz",
    day=DAY,
    rung="-8w",
    due=DAY,
    mail=7,
)
FINDING = RUNG.missing(phrase("audit.cause_mailed", mail=7, person="zzz"))
SAMPLES: dict[str, Any] = {  # of each parameter of the functions that make alerts
    "slot": DAY, "day": DAY, "since": DAY, "until": NOON, "reply": REPLY, "blame": Blame.POLICY, "number": 7,
    "breaks": 5, "recipients": 3, "faults": [FAULT] * 4, "most": 2, "fault": FAULT,
    "persons": Several(parts=("zzz", "zzz")),
    "folder": Path("/zzz"), "report": Path("/zzz"), "what": phrase("restored.by_hand"), "late": True, "personal": True,
    "taken": True, "begun": True, "off": phrase("clock.ahead", length=phrase("length.hour", n=2)),
    "wrong": phrase("import.faults_at", n=2, place=phrase("import.line", line=3)), "letter": "reminder",
    "language": "zzz", "role": "director", "found": FINDING, "count": 3,
    "troubles": [Trouble(kind=kind, part="zzz", detail="zzz", count=2).said for kind in get_args(TroubleKind)],
}  # fmt: skip


def every_alert() -> list[alerts.Alert]:
    """One alert of each kind, and of each choice that a function for it has."""
    found = []
    for name, make in inspect.getmembers(alerts, inspect.isfunction):
        if make.__module__ == alerts.__name__ and not name.startswith("_"):
            wanted = inspect.signature(make).parameters.values()
            given = {one.name: SAMPLES.get(one.name, "zzz") for one in wanted}
            choices = [one.name for one in wanted if one.annotation == "bool"]
            found += [make(**{**given, **dict.fromkeys(choices, chosen)}) for chosen in (True, False)]
    found += [alerts.mail_waits("zzz", "zzz", "zzz", REPLY, blame, personal=False) for blame in Blame]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alert_speaks_one_language(language):
    """Each kind of alert is written in the language of its reader, with every fact that its sentences need."""
    made = every_alert()
    assert {one.kind for one in made} | {AlertKind.HELD, AlertKind.COVERAGE} == set(AlertKind)
    for one in made:
        for fact in (one.problem, one.advice):
            assert from_plain(plain(fact)) == fact, "it is kept as it is"
            text = words_in(language).isolate(fact)
            assert not foreign(text, language, ACCEPTED), (one.kind, text)


@pytest.mark.parametrize("letter", LETTERS.names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_speaks_one_language(letter, language):
    """No sample of a letter holds a word that is neither of the language nor of what users wrote."""
    for about, context in samples(letter, language).items():
        made = LETTERS.render(letter, language, **{"reply_to": "", **context})
        for part in (made.subject, made.text):
            assert not foreign(part, language, [*context.values()]), (about, part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices_and_all_clears_speak_one_language(language):
    """A notice with every alert, and an all-clear with every gap of the proof, are in one language."""
    to = Person(id="zzz", name="Zzz", address="zzz@example.org", language=language)
    items = tuple(NoticeItem(kind=one.kind, what=one.problem, do=one.advice) for one in every_alert())
    gaps: tuple[Fact, ...] = (
        FINDING.what,
        phrase("audit.unsent", n=2, person="zzz", day=DAY, mail=7, state=Named(table="state", name="failed")),
        phrase("audit.altered", kind=Named(table="settings", name="rules"), hash="zzz", day=DAY, last=DAY),
        phrase("audit.more", n=3),
    )
    report = AllClear(
        to=to, day=DAY, since=DAY - timedelta(days=7), checks=5, missed=(DAY,), looked_at=12, reminders=9,
        mails=(("sent", 7), ("withdrawn", 1)), waiting=1, held=2, agreed=9, unproved=1, gaps=gaps,
        chain=f"812-{'0' * 64}", links=812, instance="zzz",
        troubles=tuple(item.what for item in items),
    )  # fmt: skip
    for made in (
        LETTERS.render("notice", language, notice=Notice(to=to, day=DAY, items=items)),
        LETTERS.render("all-clear", language, report=report),
    ):
        assert not foreign(f"{made.subject}\n{made.text}", language, ACCEPTED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_of_the_demo_speak_one_language(language):
    """The reminders of a year of the demo's register are in the reader's language, but for what users wrote."""
    register, policy = intake(Register(), list(demo_changes()), shipped_policy()), shipped_policy()
    people = roles_as_people(policy)
    persons = {id: replace(one, language=language) for id, one in people.persons.items()}
    people = replace(people, persons=persons)
    data = [*register.entries.values(), *persons.values()]
    for month in range(16):
        day = date(2020 + (month + 9) // 12, (month + 9) % 12 + 1, 15)
        for person, items in by_person(reminders(plan(register, day, policy, people, {}))).items():
            made = LETTERS.render("reminder", language, digest=digest(person, items, register, people))
            assert not foreign(f"{made.subject}\n{made.text}", language, data), (day, made.text)


def test_reasons_of_verdicts_speak_dutch():
    """Why a rule says what it says of an entry of the demo, on any day of its year, is in Dutch for a Dutch reader."""
    register, policy = intake(Register(), list(demo_changes()), shipped_policy()), shipped_policy()
    people, seen = roles_as_people(policy), set()
    for month in range(16):
        day = date(2020 + (month + 9) // 12, (month + 9) % 12 + 1, 15)
        for judged in plan(register, day, policy, people, {}).entries:
            for item in judged.judgements:
                assert not foreign(words_in("nl").isolate(item.why), "nl", judged.entry), item.why
                seen.add(item.why.key if isinstance(item.why, Phrase) else "")
    assert len(seen) > 9


@pytest.mark.parametrize(("language", "other"), [("nl", "en"), ("en", "nl")])
def test_no_sentence_is_left_untranslated(language, other):
    """No text of a language has a word that only the other one has."""
    telling = frozenset(TELLING[other].split())
    for key, text in texts(language).items():
        prose = re.sub(r"\{\w+\}", " ", text)
        assert not telling & set(words(prose)), (key, text)


def test_both_languages_have_the_same_sentences():
    """A sentence that one language lacks is found; names of calendars are Dutch already, reasons and states English."""
    dutch, english = (
        {key for key in texts(language) if not re.search(r"/(calendar|reason|state|value)\.", key)}
        for language in LANGUAGES
    )
    assert dutch == english


def test_every_phrase_has_its_sentence_and_every_fact_its_use():
    """A phrase in the code names a sentence that exists, and gives exactly the facts that its sentences use."""
    found = {(key, names) for file in sorted((ROOT / "monitor").rglob("*.py")) for key, names in phrases_in(file)}
    assert len(found) > 50
    for key, names in found:
        used = [frozenset(re.findall(r"\{(\w+)\}", sentence(language, key))) for language in LANGUAGES]
        assert all(one <= names for one in used), (key, used, names)
        assert names - {"n"} <= used[0] | used[1], (key, "a fact that no sentence uses")


def sentence(language: str, key: str) -> str:
    """The text of a key, wherever it is."""
    return next(text for name, text in texts(language).items() if name.partition("/")[2] == key)


def phrases_in(file: Path):
    """Keys written out in calls of phrase(), with the names of their facts."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "phrase" and node.args:
            names = [keyword.arg for keyword in node.keywords]
            key = node.args[0]
            if isinstance(key, ast.Constant) and None not in names:
                yield key.value, frozenset(names)


@pytest.mark.parametrize("kind", GapKind)
def test_every_gap_has_its_sentences(kind):
    """Each kind of gap has a sentence and an advice in both languages, with facts that every gap has."""
    given = {"about", "subject", "reason", "names", "first", "n", "beyond"}
    for language in LANGUAGES:
        for table in ("gap", "gap_do"):
            assert set(re.findall(r"\{(\w+)\}", sentence(language, f"{table}.{kind}"))) <= given


@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_has_its_sentence(kind):
    """Each kind of finding has a sentence in both languages, with facts that a finding has."""
    given = {"person", "rung", "rule", "entry", "day", "due", "cause", "mail", "owed", "owed_due", "n", "state"}
    given |= {"kind", "hash", "last", "seen"}
    for language in LANGUAGES:
        assert set(re.findall(r"\{(\w+)\}", sentence(language, f"audit.{kind}"))) <= given
