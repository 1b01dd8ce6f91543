"""The shipped calendar closes the days of the law; a calendar file that contradicts itself is refused in words."""

from datetime import date, timedelta

import pytest
from dutch import public_holidays

from monitor.core.calendar.dates import parse_offset
from monitor.core.errors import Faults
from monitor.settings.files.shipped import shipped
from monitor.settings.rules.calendars import load_calendars

KAMER = "nl-tweede-kamer"


@pytest.fixture(scope="module")
def kamer():
    return load_calendars([shipped("rules")], KAMER).named(None)


def test_business_days_from_1990_to_2060_are_those_of_the_law(kamer):
    """The table has King's Day only since 2014 and no 5 May; the calendar is of today's law."""
    for year in range(1990, 2061):
        closed = {day for name, day in public_holidays(year).items() if name != "King's Day"}
        april = date(year, 4, 27)
        closed |= {date(year, 5, 5), april - timedelta(days=1) if april.weekday() == 6 else april}
        for number in range(366 if year % 4 == 0 else 365):
            day = date(year, 1, 1) + timedelta(days=number)
            assert kamer.is_business_day(day) == (day.weekday() < 5 and day not in closed), day


def test_kings_day_agrees_with_the_table_since_there_is_one(kamer):
    for year in range(2014, 2061):
        assert not kamer.is_business_day(public_holidays(year)["King's Day"])


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2021-05-05", False), ("2022-05-05", False), ("2020-05-05", False), ("2021-04-27", False),
        ("2025-04-26", False),
        ("2025-04-28", True), ("2021-04-02", False), ("2021-04-05", False), ("2021-05-13", False), ("2021-05-14", True),
        ("2021-05-24", False), ("2020-12-25", False), ("2019-12-26", False), ("2021-01-01", False),
        ("2021-01-04", True),
        ("2021-02-28", False), ("2021-12-24", True),
    ],
)  # fmt: skip
def test_known_days(kamer, day, open_):
    assert kamer.is_business_day(date.fromisoformat(day)) is open_


def test_ten_business_days_skip_easter(kamer):
    assert kamer.add(date(2021, 3, 26), parse_offset("+10bd")) == date(2021, 4, 13)


@pytest.mark.parametrize(
    ("day", "name", "certainty"),
    [
        ("2021-12-17", "kerstreces 2021-2022", "B"), ("2022-01-10", "kerstreces 2021-2022", "B"),
        ("2021-02-12", "verkiezingsreces 2021", "C"), ("2020-07-03", "zomerreces 2020", "B"),
        ("2021-10-15", "herfstreces 2021", "B"), ("2023-07-07", "zomerreces 2023", "A"),
    ],
)  # fmt: skip
def test_recess_has_its_certainty(kamer, day, name, certainty):
    recess = kamer.recess_on(date.fromisoformat(day))
    assert (recess.name, recess.certainty) == (name, certainty)


def test_recess_ends_before_the_first_plenary(kamer):
    assert kamer.recess_on(date(2021, 12, 16)) is None
    assert kamer.recess_on(date(2022, 1, 11)) is None
    assert kamer.horizon == date(2027, 9, 6)
    assert len(kamer.recesses) == 37


def test_recesses_begin_on_a_friday_and_end_on_a_monday(kamer):
    """Those around elections do not."""
    for recess in kamer.recesses:
        assert recess.start.weekday() == 4
        assert recess.end.weekday() == 0 or recess.name.startswith("verkiezingsreces")


def test_every_line_has_a_source_and_a_certainty(kamer):
    for line in (*kamer.holidays, *kamer.recesses):
        assert line.source
        assert line.certainty in "ABC"


LINE = 'source = "a law"\ncertainty = "A"\n'


@pytest.fixture
def calendar_file(tmp_path):
    path = tmp_path / "calendars" / "own.toml"
    path.parent.mkdir()

    def write(text, title='title = "Own"\n'):
        path.write_text(title + text, encoding="utf-8")
        return path

    return write


def load(tmp_path, default=KAMER):
    return load_calendars([tmp_path, shipped("rules")], default)


def recess(name, start, end):
    return f'[[recess]]\nname = "{name}"\nstart = {start}\nend = {end}\n{LINE}'


FAULTS = [
    (recess("x", "2021-07-09", "2021-07-01"), 5, "recess.0.end", "before it starts"),
    (recess("x", "2021-07-01", "2021-07-09") + recess("y", "2021-07-09", "2021-07-12"), 10, "recess.1.start",
     "within x"),
    (recess("y", "2021-07-09", "2021-07-12") + recess("x", "2021-07-01", "2021-07-09"), 4, "recess.0.start",
     "within x"),
    (recess("x", "2021-07-01", "2021-07-02") + recess("X ", "2022-07-01", "2022-07-02"), 9, "recess.1.name", "twice"),
    (recess("x", '"2021-07-01"', "2021-07-02"), 4, "recess.0.start", "not a day"),
    (recess("x", "2021-07-01T08:00:00", "2021-07-02"), 4, "recess.0.start", "not a day"),
    ('[[recess]]\nname = "x"\nstart = 2021-07-01\nend = 2021-07-02\nsource = "s"\n', 2, "recess.0.certainty",
     "missing"),
    ('[[recess]]\nname = "x"\nstart = 2021-07-01\nend = 2021-07-02\ncertainty = "A"\n', 2, "recess.0.source",
     "missing"),
    (recess("x", "2021-07-01", "2021-07-02").replace('"A"', '"D"'), 7, "recess.0.certainty", "'D' is not known"),
    (recess("x", "2021-07-01", "2021-07-02").replace('"a law"', '" "'), 6, "recess.0.source", "empty"),
    (f'[[recess]]\nname = "x"\nstrat = 2021-07-01\nstart = 2021-07-01\nend = 2021-07-02\n{LINE}', 4, "recess.0.strat",
     "start?"),
    (f'[[holiday]]\nname = "x"\n{LINE}', 2, "holiday.0", "one day"),
    (f'[[holiday]]\nname = "x"\nday = "01-01"\neaster = 1\n{LINE}', 2, "holiday.0", "one day"),
    (f'[[holiday]]\nname = "x"\nday = "02-29"\n{LINE}', 4, "holiday.0.day", "every year"),
    (f'[[holiday]]\nname = "x"\nday = "1-1"\n{LINE}', 4, "holiday.0.day", "every year"),
    (f'[[holiday]]\nname = "x"\nday = "04-31"\n{LINE}', 4, "holiday.0.day", "every year"),
    (f'[[holiday]]\nname = "x"\nday = "W-1-1"\n{LINE}', 4, "holiday.0.day", "every year"),
    (f'[[holiday]]\nname = "x"\neaster = 1\nif_sunday = "01-02"\n{LINE}', 5, "holiday.0.if_sunday", "fixed day"),
    ('weekend = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]\n', 2, "weekend",
     "week"),
    ('most_apart = "16"\n', 2, "most_apart", "not an interval"),
    ('most_apart = "80bd"\n', 2, "most_apart", "counts open days"),
    ('weekend = ["sun"]\n', 2, "weekend.0", "'sun' is not known"),
    ("[[recesses]]\n", 2, "recesses", "Did you mean recess?"),
    ("recess = 3\n", 2, "recess", "not a list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "words"), FAULTS)
def test_a_calendar_that_contradicts_itself_is_refused(tmp_path, calendar_file, text, line, key, words):
    path = calendar_file(text)
    with pytest.raises(Faults) as caught:
        load(tmp_path)
    [fault] = caught.value.faults
    assert (fault.file, fault.line, fault.key) == (str(path), line, key)
    assert words in fault.what


def test_an_own_calendar_is_read_beside_the_shipped_one(tmp_path, calendar_file):
    closed = f'[[closed]]\nname = "bridge day"\nday = 2021-05-14\n{LINE}'
    recesses = recess("b", "2022-07-01", "2022-07-02") + recess("a", "2021-07-01", "2021-07-02")
    calendar_file('weekend = ["friday", "saturday"]\n' + closed + recesses)
    own = load(tmp_path, "own").named(None)
    assert own.is_business_day(date(2021, 5, 16))
    assert not own.is_business_day(date(2021, 5, 14))
    assert [each.name for each in own.recesses] == ["a", "b"]
    assert load(tmp_path, "own").named(KAMER).recesses


def test_recesses_of_a_calendar_may_lie_further_apart(tmp_path, calendar_file):
    """A house with one recess a year says so; without it the second year is a gap."""
    years = recess("a", "2027-07-01", "2027-08-31") + recess("b", "2028-07-01", "2028-08-31")
    calendar_file(years)
    assert load(tmp_path, "own").named(None).horizon == date(2027, 8, 31)
    calendar_file(f'most_apart = "1y"\n{years}')
    assert load(tmp_path, "own").named(None).horizon == date(2028, 8, 31)


def test_a_calendar_of_the_same_name_wins(tmp_path, calendar_file):
    calendar_file("").rename(tmp_path / "calendars" / f"{KAMER}.toml")
    assert load(tmp_path).named(KAMER).recesses == ()


def test_an_unknown_default_is_a_fault_with_the_nearest(tmp_path):
    with pytest.raises(Faults, match="Did you mean nl-tweede-kamer"):
        load(tmp_path, "nl-twede-kamer")


def test_a_half_written_calendar_is_a_fault(tmp_path, calendar_file):
    calendar_file('[[recess]]\nname = "x\n')
    with pytest.raises(Faults, match=r"own\.toml:3: This is not TOML"):
        load(tmp_path)
