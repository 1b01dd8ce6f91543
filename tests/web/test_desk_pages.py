"""What the pages show: the lines of the overview in its words, in the reader's language, whatever people typed."""

import re

import pytest
from desk_of_two import MONDAY, Desk, words
from facts import day, stamp_at
from html5lib import HTMLParser
from icalendar import Calendar

from monitor.actions.check.check import check
from monitor.core.model.changes import Correct
from monitor.core.model.slots import slot_of
from monitor.store import records

PATHS = (
    "/", "/?person=all", "/?person=all&as=print", "/entries",
    "/entries/c-mali", "/change/record?about=c-mali", "/change/extend?about=c-mali",
    "/change/end?about=c-mali", "/change/confirm?about=c-mali", "/change/note?about=c-mali",
    "/change/mute?about=c-mali", "/change/absent", "/timeline", "/timeline?by=base&years=5",
)  # fmt: skip


def test_now_says_what_the_overview_says(desk):
    """The same due day, days left, title and derivation, in the same words."""
    check(desk.app, desk.moment)
    with desk.app.store.reading() as connection:
        [mail] = records.mails_of(connection, "overview", day("04-01-2021"), "lotte")
    text = mail.raw.decode()
    page = desk.browser("lotte").text("/")
    assert "Artikel 100-brief over verlenging of beëindiging" in page
    assert "vr 22 jan 2021" in page and "nog 18 dagen" in page
    assert "16 weken vóór 14-05-2021 (einde) → 22-01-2021" in page
    assert "22 jan 2021" in text and "22-01-2021" in text


def test_the_deadlines_are_a_file_for_a_calendar(desk):
    """It has the days and reasons of the page, in the reader's language, and a name that says what it is."""
    browser = desk.browser("lotte")
    assert 'href="/calendar"' in browser.get("/").text
    answer = browser.get("/calendar")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="termijnen.ics"'
    found = [
        event["DESCRIPTION"]
        for event in Calendar.from_ical(answer.content).walk("VEVENT")
        if event["DTSTART"].dt == day("22-01-2021") and str(event["UID"]).startswith("c-mali/")
    ]
    assert found == ["16 weken vóór 14-05-2021 (einde) → 22-01-2021"]


def test_now_shows_my_lines_first_and_those_of_others_on_request(desk):
    """A person without deadlines is told so; everyone's are one click away."""
    mine = desk.browser("clara")
    assert "Er is nu niets dat aandacht vraagt." in mine.text("/")
    assert "Bijdrage c-mali" in mine.text("/?person=all")
    assert "Bericht gaat naar" in mine.text("/?person=all")


def test_an_obligation_is_one_line_for_all_its_readers(desk):
    """Policy officer, legal adviser and head of unit get the same letter: the page has it once."""
    page = desk.browser("lotte").get("/?person=all").text
    assert len(re.findall(r'href="/change/snooze\?about=c-mali%3Aart100-extension', page)) <= 1
    assert page.count("Bijdrage c-mali") == len(re.findall(r'href="/entries/c-mali"', page))


def test_a_reference_finds_the_entry_it_closed(desk):
    """Whatever the spaces and marks."""
    browser = desk.browser("lotte")
    browser.do("/change/record", about="c-mali", type="document:art100-letter", reference="27 925, nr. 752")
    for typed in ("27925 nr 752", "27 925 nr. 752", "27925-752"):
        found = browser.text(f"/entries?text={typed}")
        assert ("c-mali" in found) is (typed != "27925-752") and "c-niger" not in found


def test_the_address_is_the_filter(tmp_path):
    """Role, rule, tag and state, on both lists; what was asked for is chosen in the form again."""
    desk, rule = Desk(tmp_path), "art100-extension-letter"
    desk.change(Correct(stamp=stamp_at(MONDAY), entry="c-mali", fields={"tags": ["sahel"]}))
    browser = desk.browser("lotte")
    for asked, there in (
        ("role=legal-adviser", "both"), ("role=nobody", ""), ("tag=sahel", "c-mali"), ("tag=none", ""),
        (f"rule={rule}", "both"), ("rule=commitment", ""), (f"rule={rule}&role=nobody", ""),
        ("state=active", "both"), ("state=expired", ""),
    ):  # fmt: skip
        for page in ("/?person=all&", "/entries?"):
            if "state" in asked and page != "/entries?":
                continue
            found = browser.get(page + asked).text
            shown = {id for id in ("c-mali", "c-niger") if f'href="/entries/{id}"' in found}
            assert shown == ({"c-mali", "c-niger"} if there == "both" else {there} - {""}), page + asked
            value = asked.partition("=")[2].partition("&")[0]
            assert f'<option value="{value}" selected>' in found and "<details open><summary>Meer filters" in found
    assert "Label" in browser.text("/entries") and "<details open><summary>Meer" not in browser.get("/entries").text
    desk.app.close()


def test_an_entry_shows_its_reasons_and_what_was_mailed(desk):
    """Each open obligation with its derivation and the rule's reason; mails with what became of them."""
    check(desk.app, desk.moment)
    page = desk.browser("lotte").text("/entries/c-mali")
    assert "16 weken vóór 14-05-2021 (einde) → 22-01-2021" in page
    assert "wacht op verzending" in page and "Lotte Verhagen" in page
    assert "toegevoegd door" in page


def test_an_unknown_entry_is_a_page_with_the_nearest_name(desk):
    """Never a bare error."""
    found = desk.browser("lotte").get("/entries/c-mal")
    assert found.status_code == 404 and "c-mali" in words(found.text)


@pytest.mark.parametrize("person", ["lotte", "wren"])
def test_each_page_is_well_formed_and_in_one_language(desk, person):
    """Strictly parsed; no key, no word of the other language where it would show."""
    browser = desk.browser(person)
    for path in PATHS:
        found = browser.get(path)
        assert found.status_code == 200, path
        HTMLParser(strict=True).parse(found.text)
        said = words(found.text)
        other = (
            ("Deadline monitor", "deadline", "Save", "Show")
            if person == "lotte"
            else ("Termijn", "Tonen", "Vastleggen")
        )
        assert not [word for word in other if word in said], path
        assert not re.search(r"\b(form|field|help|entry|now|timeline)\.[a-z_]+\b", said), path
        assert f'<html lang="{"nl" if person == "lotte" else "en"}">' in found.text


HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7*7 }}\u202e'"""


def test_hostile_titles_stay_text(tmp_path):
    """On every page that shows them, in Dutch and English."""
    desk = Desk(tmp_path, title=HOSTILE, tags=['"><script>x</script>'], quotes=[{"text": HOSTILE, "source": HOSTILE}])
    for person in ("lotte", "wren"):
        browser = desk.browser(person)
        for path in PATHS:
            found = browser.get(path).text
            assert "<script" not in found and "<img" not in found and "\u202e" not in found, path
            HTMLParser(strict=True).parse(found)
        assert "&lt;script&gt;" in browser.get("/entries/c-mali").text
    desk.app.close()


def test_hostile_words_in_an_address_stay_text(desk):
    """What is searched for is shown again, as text."""
    for path in ("/entries", "/timeline"):
        found = desk.browser("lotte").get(path, params={"text": HOSTILE, "kind": HOSTILE, "page": HOSTILE}).text
        assert "<script" not in found and "<img" not in found


def test_a_sensitive_entry_goes_by_its_id(tmp_path):
    """No title on any list, not even to who may see the entry."""
    desk = Desk(tmp_path, sensitive=True, title="Geheim")
    browser = desk.browser("lotte")
    for path in ("/?person=all", "/entries", "/change/record?about=c-mali", "/timeline", "/timeline?by=base"):
        assert "Geheim" not in browser.get(path).text and "c-mali" in browser.get(path).text
    desk.app.close()


def test_a_page_follows_the_clock(desk):
    """What was open on Monday is late after its due day."""
    desk.moment = slot_of(desk.app.policy, day("25-01-2021"))
    assert "3 dagen te laat" in desk.browser("lotte").text("/")
