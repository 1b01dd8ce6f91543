"""Who is away, who has seen what, what is silent: checked against people and obligations before anything is saved."""

from datetime import date

import pytest
from facts import added, day, key, stamp_at
from living import hand_over, happen, monitor_on
from msgspec.structs import replace

from monitor.actions.register.change import absences, preview, save
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.changes import Absent, Acknowledge, SnoozeUntil
from monitor.core.model.register import ObligationKey

START = date(2021, 3, 22)


@pytest.fixture
def app(store):
    made = monitor_on(store)
    hand_over(made, [added(START, "c-mali", "contribution", valid_from="2020-05-01", valid_until="2021-06-30")])
    return made


def away(first, last, deputy="joost", person="lotte"):
    return Absent(stamp=stamp_at(START), entry=person, first=day(first), last=day(last), deputy=deputy)


def seen(rule, occurrence=""):
    return Acknowledge(
        stamp=stamp_at(START),
        entry="c-mali",
        obligation=ObligationKey(entry="c-mali", rule=rule, occurrence=occurrence),
    )


def silent(until="01-05-2021", reason="waits", rule="extension-letter"):
    obligation = ObligationKey(entry="c-mali", rule=rule, occurrence="")
    return SnoozeUntil(stamp=stamp_at(START), entry="c-mali", obligation=obligation, until=day(until), reason=reason)


def look(app, change):
    return preview(app, change, change.stamp.at)


@pytest.mark.parametrize(
    "change", [away("24-03-2021", "26-03-2021", person="lote"), away("24-03-2021", "26-03-2021", "jost")]
)
def test_an_unknown_person_or_deputy_is_refused(app, change):
    """The error names the nearest known person."""
    with pytest.raises(UnknownId, match=r"lotte|joost"):
        look(app, change)


def test_a_rule_nobody_knows_is_refused_with_the_nearest(app):
    with pytest.raises(UnknownId, match="extension-letter"):
        look(app, seen("extension-leter"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (seen("extension-letter", "7"), "no open obligation extension-letter/7; open: .*extension-letter/0"),
        (seen("art100-letter"), "no open obligation art100-letter; open: .*extension-letter/0"),
        (seen("unverified-entry"), "a rule of the monitor itself"),
        (silent(until="22-03-2021"), "silences nothing"),
        (silent(reason=" "), "needs a reason"),
        (away("26-03-2021", "24-03-2021"), "before it starts"),
        (away("01-03-2021", "05-03-2021"), "lies behind"),
        (away("24-03-2021", "26-03-2021", "lotte"), "cannot be the deputy"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(app, change, told):
    with pytest.raises(Refused, match=told):
        look(app, change)


def test_without_occurrence_the_first_due_is_meant(app):
    """Of the open obligations of a rule, the one due first is meant and saved under its full name."""
    found = look(app, seen("extension-letter"))
    assert found.change.obligation == found.about.key == key("c-mali", "extension-letter")
    save(app, found)
    again = look(app, silent())
    assert again.before["c-mali"].acknowledgements[0].obligation == key("c-mali", "extension-letter")


def test_an_absence_replaces_one_with_the_same_first_day(app):
    """Of two absences that begin on one day, the later entry counts."""
    happen(app, away("24-03-2021", "26-03-2021"))
    happen(app, away("24-03-2021", "02-04-2021", "idris"))
    happen(app, away("10-05-2021", "12-05-2021"))
    assert [(item.last, item.deputy) for item in absences(app, "lotte")] == [
        (day("02-04-2021"), "idris"), (day("12-05-2021"), "joost"),
    ]  # fmt: skip
    assert absences(app, "hanneke") == ()


def test_an_absence_that_ends_before_it_starts_is_cancelled(app):
    """A last day before the first day cancels the absence."""
    happen(app, away("24-03-2021", "26-03-2021"))
    happen(app, away("24-03-2021", "23-03-2021"))
    assert absences(app) == ()
    with pytest.raises(Refused, match="before it starts"):
        look(app, away("24-03-2021", "23-03-2021"))


def test_core_and_store_replace_absences_alike(app):
    """The core folds changes, the store keeps rows: both must end with the same absences."""
    first, second = away("24-03-2021", "26-03-2021"), replace(away("24-03-2021", "25-03-2021"), deputy=None)
    happen(app, first)
    made = look(app, second)
    save(app, made)
    assert made.applied.register.absences == absences(app)
