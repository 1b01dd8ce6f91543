"""All faults of a rules file come at once, with file, line, key and what is accepted."""

import pytest

from monitor.core.errors import Faults
from monitor.settings.files.shipped import shipped
from monitor.settings.rules.load import load_rules

DUE = '{ anchor = "valid_until", offset = "-6w" }'


def test_a_bad_unit_is_refused_with_file_line_and_key(own):
    """The fault names the accepted units."""
    path = own.write(own.rule("art100-extension-letter", due='{ anchor = "valid_until", offset = "-6 wks" }'))
    [sentence] = map(str, own.faults())
    assert sentence.startswith(
        f"{path}:9: rule.art100-extension-letter.due.offset: '-6 wks' is not an offset. Accepted: "
    )
    assert all(unit in sentence for unit in ("d, w, m, y", "bd", "kd"))


ONE_KEY = [
    ({"remnid": '["0d"]'}, "remnid", "Did you mean remind?"),
    ({"title": ""}, "title", "missing"),
    ({"title": '{ de = "x", en = "y" }'}, "title.de", "no such key"),
    ({"title": '{ nl = "x" }'}, "title.en", "missing"),
    ({"norm": '"habit"'}, "norm", "'habit' is not known"),
    ({"due": '{ anchor = "valid_untill" }'}, "due.anchor", "'valid_untill' is not known"),
    ({"due": '{ anchor = "valid_until", offset = "6w" }'}, "due.offset", "not an offset"),
    ({"due": '{ anchor = "valid_until", offset = -6 }'}, "due.offset", "not an offset"),
    ({"due": '{ anchor = "valid_until", roll = "back" }'}, "due.roll", "'back' is not known"),
    ({"due": '{ anchor = "valid_until", recess = "after" }'}, "due.recess", "'after' is not known"),
    ({"due": '{ offset = "-6w" }'}, "due", "one thing"),
    ({"due": '{ anchor = "valid_until", recur = "FREQ=YEARLY;BYMONTH=5;BYDAY=3WE" }'}, "due", "one thing"),
    ({"due": '{ anchor = "valid_until", undated_every = "8w" }'}, "due.undated_every", "due_on"),
    ({"due": '{ anchor = "imprecise_earliest" }'}, "due.anchor", "imprecise date"),
    ({"due": '"-6w"'}, "due", "not a table"),
    ({"select": '{ kind = ["contributon"] }'}, "select.kind.0", "Did you mean contribution?"),
    ({"select": '{ kind = [] }'}, "select.kind", "empty list"),
    ({"select": '{ kind = "contribution" }'}, "select.kind", "not a list"),
    ({"select": '{ kind = ["mandate", "mandate"] }'}, "select.kind", "is here twice"),
    ({"select": '{ status = ["activ"] }'}, "select.status.0", "Did you mean active?"),
    ({"select": '{ has_condition = "yes" }'}, "select.has_condition", "true or false"),
    ({"select": '{ imprecise_days_over = -1 }'}, "select.imprecise_days_over", "too small"),
    ({"select": '{ imprecise_days_over = 7.5 }'}, "select.imprecise_days_over", "whole number"),
    ({"select": '{ kind = ["contribution"], status = ["settled"] }'}, "select.status.0",
     "No contribution is ever settled"),
    ({"select": '{ kind = ["mandate", "contribution"], status = ["active", "open"] }'}, "select.status.1",
     "is ever open"),
    (
        {"select": '{ kind = ["request", "mandate"], status = ["planned"] }', "due": '{ anchor = "planned_start" }'},
        "select.kind.0", "request never has",
    ),
    ({"select": '{ kind = ["commitment"] }'}, "select.kind.0", "never has the day valid_until"),
    ({"select": '{ in_force_during = "previous-calendar-year" }'}, "select.in_force_during", "every year"),
    ({"select": '{ in_force_during = "last year" }'}, "select.in_force_during", "not known"),
    ({"remind": '["-1w", "-2w", "0d"]'}, "remind", "-2w does not come after -1w"),
    ({"remind": '["-1w", "-7d"]'}, "remind", "-7d does not come after -1w"),
    ({"remind": '["-1w", "0d", "+1bd"]'}, "remind", "after the due day"),
    ({"remind": '["0d", "0d"]'}, "remind", "does not come after"),
    ({"remind": "[]"}, "remind", "empty list"),
    ({"remind": '["-1w", "soon"]'}, "remind.1", "'soon' is not an offset"),
    ({"overdue": '["+1d"]'}, "overdue", "business days"),
    ({"overdue": '["-1bd"]'}, "overdue", "business days"),
    ({"overdue": '["+3bd", "+1bd"]'}, "overdue", "does not come after"),
    ({"overdue_every": '"1w"'}, "overdue_every", "business days"),
    ({"overdue_every": '"+5bd"'}, "overdue_every", "not an interval"),
    ({"overdue_every": '"0bd"'}, "overdue_every", "not an interval"),
    ({"escalate": '[{ at = "-3w", to = ["director"] }]'}, "escalate.0.at", "no rung or overdue step -3w"),
    ({"escalate": '[{ at = "+7bd", to = ["director"] }]'}, "escalate.0.at", "no rung or overdue step +7bd"),
    ({"escalate": '[{ at = "0d", unless = "seen", to = ["director"] }]'}, "escalate.0.unless", "not known"),
    ({"escalate": '[{ at = "0d" }]'}, "escalate.0.to", "missing"),
    ({"to": '["policy-oficer"]'}, "to.0", "Did you mean policy-officer?"),
    ({"to": "[]"}, "to", "empty list"),
    ({"to": '["Policy Officer"]'}, "to.0", "not a name"),
    ({"cc": '["policy-officer"]'}, "cc.0", "already"),
    ({"closes_on": '["document:extension-leter"]'}, "closes_on.0", "Did you mean document:extension-letter?"),
    ({"closes_on": '["extension-letter"]'}, "closes_on.0", "not a type of event"),
    ({"closes_on": '["event:Debate Held"]'}, "closes_on.0", "not a type of event"),
    ({"calendar": '"nl-eerste-kamer"'}, "calendar", "no calendar"),
    ({"late_on_registration": '"ignore"'}, "late_on_registration", "not known"),
    ({"parts": '"no"'}, "parts", "true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "key", "words"), ONE_KEY, ids=lambda value: str(value)[:50])
def test_one_mistake_is_one_fault_at_its_key(own, changed, key, words):
    path = own.write(own.rule(**changed))
    fault = own.fault()
    assert (fault.file, fault.key) == (str(path), f"rule.own.{key}")
    assert words in fault.what
    text = path.read_text().splitlines()
    assert fault.line is not None
    if "missing" not in fault.what:  # a key that is missing has the line of its table
        assert key.split(".")[0] in text[fault.line - 1]


YEARLY = "FREQ=YEARLY;BYMONTH=5;BYDAY=3WE"
RECURRENCES = [
    ("every May", "does not name a day"),
    ("FREQ=MONTHLY;BYDAY=3WE", "does not name a day"),
    ("FREQ=SECONDLY", "does not name a day"),
    ("FREQ=YEARLY;BYMONTH=5", "does not name a day"),
    ("FREQ=YEARLY;BYDAY=WE", "more than once"),
    ("FREQ=YEARLY;BYMONTHDAY=1", "more than once"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never falls"),
    ("FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1", "never falls"),
    ("FREQ=YEARLY;BYMONTH=5;BYDAY=3XX", "not a recurrence"),
    ("FREQ=YEARLY;INTERVAL=2;BYMONTH=5;BYDAY=3WE", "INTERVAL has no meaning"),
    ("FREQ=YEARLY;COUNT=2;BYMONTH=5;BYDAY=3WE", "COUNT has no meaning"),
    ("", "does not name a day"),
]


@pytest.mark.parametrize(("recur", "words"), RECURRENCES)
def test_a_recurrence_is_one_day_a_year(own, recur, words):
    own.write(own.rule(due=f'{{ recur = "{recur}" }}'))
    assert own.fault().key == "rule.own.due.recur"
    assert words in own.fault().what


NOT_EVERY_YEAR = [
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "not in 2001", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"),
    ("freq=yearly;bymonth=2;bymonthday=29", "not in 2001", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-29", "not in 2001", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=1"),
    ("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31", "never falls", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=-1"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31", "never falls", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"),
    ("FREQ=YEARLY;BYMONTH=5;BYDAY=5WE", "not in 2003", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1WE"),
    ("FREQ=YEARLY;BYMONTH=5;BYDAY=-5WE", "not in 2003", "FREQ=YEARLY;BYMONTH=5;BYDAY=1WE"),
    ("FREQ=YEARLY;BYDAY=53MO", "not in 2000", "FREQ=YEARLY;BYDAY=-1MO"),
    ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "not in 2000", "FREQ=YEARLY;BYWEEKNO=52;BYDAY=MO"),
    ("FREQ=YEARLY;BYYEARDAY=366", "not in 2001", "FREQ=YEARLY;BYYEARDAY=-1"),
    ("FREQ=YEARLY;BYYEARDAY=-366", "not in 2001", "FREQ=YEARLY;BYYEARDAY=1"),
    ("FREQ=YEARLY;BYMONTH=5;BYDAY=WE;BYSETPOS=5", "not in 2003", "FREQ=YEARLY;BYMONTH=5;BYDAY=WE;BYSETPOS=-1"),
    ("FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=13;BYDAY=FR", "not in 2001", "BYDAY=3WE"),
]


@pytest.mark.parametrize(("recur", "words", "instead"), NOT_EVERY_YEAR)
def test_a_recurrence_that_skips_years_is_refused(own, recur, words, instead):
    """The fault of a rule that fires in some years only names a day of its kind that every year has."""
    own.write(own.rule(due=f'{{ recur = "{recur}" }}'))
    fault = own.fault()
    assert fault.key == "rule.own.due.recur" and fault.line
    assert words in fault.what and fault.accepted.endswith(instead)


@pytest.mark.parametrize(
    "recur",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1WE", "FREQ=YEARLY;BYYEARDAY=-1",
        "FREQ=YEARLY;BYMONTH=5;BYDAY=4WE", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1", "FREQ=YEARLY;BYWEEKNO=52;BYDAY=MO",
        "FREQ=YEARLY;BYMONTH=5;BYDAY=WE;BYSETPOS=3", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
    ],
)  # fmt: skip
def test_a_day_that_every_year_has_is_taken(own, recur):
    own.write(own.rule(due=f'{{ recur = "{recur}" }}'))
    own.load()


PLACEHOLDERS = ("Letter on {entry}", "Letter on {{ title }}", "{% if x %}Letter", "Letter of %s", "%(day)s", "${title}",
                "Letter on $title", "Letter on {entry", "entry}", "%d days")  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
@pytest.mark.parametrize("key", ["title", "why"])
def test_a_placeholder_in_the_words_of_a_rule_is_refused(own, key, text):
    """Nothing fills it in, so mails would show it as it is written."""
    path = own.write(own.rule(**{key: f'"{text}"'}))
    fault = own.fault()
    assert fault.key.startswith(f"rule.own.{key}") and "is a placeholder" in fault.what
    assert path.read_text().splitlines()[fault.line - 1].startswith(key)
    own.write(own.rule(**{key: f'{{ nl = "{text}", en = "Plain" }}'}))
    assert own.fault().key == f"rule.own.{key}.nl"


@pytest.mark.parametrize("text", ["100% zeker", "A letter (a second one)", "50 % of the cost, $1 million", "A < B > C"])
def test_a_percent_sign_is_no_placeholder(own, text):
    own.write(own.rule(title=f'"{text}"'))
    own.load()


YEARLY_ODDITIES = [
    ({"late_on_registration": '"skip"'}, "late_on_registration"),
    ({"select": '{ status = ["ended"] }'}, "select.status"),
    ({"select": '{ kind = ["commitment"], in_force_during = "previous-calendar-year" }'}, "select.in_force_during"),
    ({"select": '{ status = ["planned"], in_force_during = "previous-calendar-year" }'}, "select.status"),
    ({"select": "{ imprecise_days_over = 7 }"}, "select.imprecise_days_over"),
]


@pytest.mark.parametrize(("changed", "key"), YEARLY_ODDITIES)
def test_a_yearly_rule_asks_nothing_that_cannot_be(own, changed, key):
    own.write(own.rule(due=f'{{ recur = "{YEARLY}" }}', **changed))
    assert own.fault().key == f"rule.own.{key}"


@pytest.mark.parametrize("anchor", ["received_on", "ended_on", "due_on"])
def test_an_anchor_that_the_kind_never_has_is_refused(own, anchor):
    kind = "decision"
    own.write(own.rule(due=f'{{ anchor = "{anchor}" }}', select=f'{{ kind = ["{kind}"] }}'))
    assert f"A {kind} never has the day {anchor}" in own.fault().what


def test_a_kind_of_the_configuration_lives_by_its_own_lifecycle(own):
    kinds = {"permit": "period", "question": "commitment", "contribution": "period"}
    own.write(own.rule(select='{ kind = ["permit"], status = ["active"] }'))
    own.load(kinds={**kinds, "mandate": "period", "request": "request", "decision": "decision",
                    "commitment": "commitment", "authorisation": "period"})  # fmt: skip
    own.write(own.rule(select='{ kind = ["question"], status = ["active"] }'))
    faults = own.faults(kinds={**kinds, "mandate": "period", "request": "request", "decision": "decision",
                               "commitment": "commitment", "authorisation": "period"})  # fmt: skip
    assert "No question is ever active." in [fault.what for fault in faults]


def test_a_step_that_comes_from_repeating_may_escalate(own):
    own.write(own.rule(escalate='[{ at = "+15bd", to = ["director"] }]'))
    own.load()


def test_all_faults_of_all_files_come_at_once_in_order(own):
    own.write(own.rule("one", remind='["x"]', to='["nobody-here"]', norm="3") + "[rule.two]\n", "a.toml")
    own.write("[rule.three\n", "b.toml")
    own.write(b"\xff".decode("latin-1"), "c.toml")
    (own.folder / "c.toml").write_bytes(b"\xff\xfe")
    own.write("[rules.four]\nx = 1\n", "d.toml")
    (own.folder / "e.toml").mkdir()
    faults = own.faults()
    names = [fault.file.rpartition("/")[2] for fault in faults]
    assert names == sorted(names)
    assert {name: names.count(name) for name in names} == {
        "a.toml": 3 + 7,
        "b.toml": 1,
        "c.toml": 1,
        "d.toml": 1,
        "e.toml": 1,
    }
    lines = [fault.line for fault in faults if fault.file.endswith("a.toml")]
    assert lines == sorted(lines)
    assert "Did you mean [rule]?" in next(fault.what for fault in faults if fault.file.endswith("d.toml"))


def test_an_id_twice_in_one_folder_names_both_places(own):
    first = own.write(own.rule(), "a.toml")
    own.write("# second\n" + own.rule(), "b.toml")
    fault = own.fault()
    assert (fault.line, fault.key) == (2, "rule.own")
    assert f"{first}:1" in fault.what


def test_an_id_is_a_name(own):
    own.write(own.rule('"My Rule"'))
    assert "'My Rule' is not a name." in own.fault().what


def test_defaults_twice_in_one_folder_are_refused(own):
    own.write("[defaults]\nparts = true\n", "a.toml")
    own.write("[defaults]\nparts = false\n", "b.toml")
    assert own.fault().key == "defaults"


@pytest.mark.parametrize("text", ["rule = 3\n", "[rule]\nown = 3\n", "[[rule]]\nid = 'own'\n", "defaults = []\n"])
def test_a_table_that_is_none_is_a_fault(own, text):
    own.write(text)
    assert "not a table" in own.fault().what


def test_an_unknown_system_rule_and_its_numbers_are_checked(own):
    own.write('[system.unverified-entries]\nafter = "+1y"\n[system.calendar-horizon]\nevery = "monthly"\n')
    faults = own.faults()
    assert "Did you mean unverified-entry?" in faults[0].what
    assert faults[1].key == "system.calendar-horizon.every"


def test_an_empty_file_is_a_fault(own):
    own.write("")
    assert "empty" in own.fault().what


def test_a_folder_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(Faults, match="folder cannot be read"):
        load_rules([tmp_path / "none", shipped("rules")], calendars=())


def test_a_rule_cut_off_anywhere_is_refused_in_words_or_is_whole(own):
    whole = own.rule(escalate='[{ at = "0d", to = ["director"] }]').encode()
    for size in range(1, len(whole), 3):
        (own.folder / "own.toml").write_bytes(whole[:size])
        try:
            load_rules([own.folder], packs=(), calendars=())
        except Faults as found:
            assert all(fault.file.endswith("own.toml") for fault in found.faults)
