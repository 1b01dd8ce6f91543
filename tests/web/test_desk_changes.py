"""Changes at the desk: a form, what it would do, and saving it only if the register is still so."""

from datetime import timedelta

from desk_of_two import words
from facts import day

from monitor.actions.check.check import check
from monitor.actions.query.listing import entry_details
from monitor.actions.register.change import absences
from monitor.core.model.slots import slot_of

LETTER = "document:art100-letter"


def obligation(desk, entry="c-mali"):
    """The open Article 100 letter of an entry, as forms name it."""
    found = entry_details(desk.app, entry, desk.moment).open
    item = next(item for item in found if LETTER in item.rule.closes_on)
    return f"{entry}:{item.rule.id}/{item.key.occurrence}"


def test_a_letter_is_recorded_for_two_entries(desk):
    """What it closes is shown first; afterwards the lines are gone and the next check mails nothing about them."""
    browser = desk.browser("lotte")
    asked = {"about": ["c-mali", "c-niger"], "type": LETTER, "on": "04-01-2021", "reference": "27 925, nr. 946"}
    shown = words(browser.fill("/change/record", **asked).text)
    assert shown.count("Dit wordt afgesloten") == 2 and "uiterste datum 22 januari 2021" in shown
    assert not entry_details(desk.app, "c-mali", desk.moment).listed.entry.events
    saved = browser.do("/change/record", **asked)
    assert "De wijziging is vastgelegd." in words(saved.text)
    for entry in ("c-mali", "c-niger"):
        [event] = entry_details(desk.app, entry, desk.moment).listed.entry.events
        assert (event.type, str(event.on), event.reference) == (LETTER, "2021-01-04", "27 925, nr. 946")
    assert "Artikel 100-brief" not in browser.text("/?as=print")
    desk.moment = slot_of(desk.app.policy, day("05-01-2021")) + timedelta(minutes=1)
    assert not [one for one in check(desk.app, desk.moment).queued if LETTER in one.obligation.rule.closes_on]


def test_the_change_bears_the_name_of_who_made_it(desk):
    """Of the person of the session, whatever the form says."""
    desk.browser("idris").do("/change/note", about="c-mali", text="Gebeld", actor="lotte", person="lotte")
    [last, *_] = entry_details(desk.app, "c-mali", desk.moment).changes
    assert (last.verb, last.actor, last.actor_known) == ("note", "idris", True)


def test_nothing_is_saved_before_it_was_shown(desk):
    """A first POST only shows, also with a version made up."""
    browser = desk.browser("lotte")
    browser.fill("/change/note", about="c-mali", text="x")
    browser.fill("/change/note", about="c-mali", text="x", version="999")
    assert [one.verb for one in entry_details(desk.app, "c-mali", desk.moment).changes] == ["add"]


def test_two_people_at_once_see_what_the_other_changed(desk):
    """The one who comes second is shown again what happens, on the register as it is now."""
    one, two = desk.browser("lotte"), desk.browser("idris")
    asked = {"about": "c-mali", "until": "31-12-2021", "on": "04-01-2021"}
    shown = two.fill("/change/extend", **asked)
    version = shown.text.partition('name="version" value="')[2].partition('"')[0]
    one.do("/change/end", about="c-mali", on="31-03-2021")
    late = two.fill("/change/extend", **asked, version=version)
    assert late.status_code == 409
    entry = entry_details(desk.app, "c-mali", desk.moment).listed.entry
    assert len(entry.periods) == 1 and entry.ended_on is not None


def test_a_date_that_can_be_two_is_asked_about(desk):
    """With both days; nothing is guessed."""
    browser = desk.browser("lotte")
    found = browser.fill("/change/extend", about="c-mali", until="03/04/2021")
    said = words(found.text)
    assert found.status_code == 422 and "Dit is nog niet goed" in said
    assert "2021-04-03" in said and "2021-03-04" in said
    assert 'value="03/04/2021"' in found.text  # what was typed is kept


def test_dates_are_shown_as_understood(desk):
    """As people type them, with the weekday."""
    shown = words(desk.browser("lotte").fill("/change/extend", about="c-mali", until="31 dec 2021").text)
    assert "Tot en met welke dag? vrijdag 31 december 2021" in shown
    assert "Dit verschuift" in shown or "Dit begint" in shown


def test_what_is_needed_and_missing_is_named(desk):
    """At the field and at the top, with a link between them."""
    found = desk.browser("lotte").fill("/change/snooze", about=obligation(desk), until="", reason="")
    assert found.status_code == 422
    assert '<a href="#until">' in found.text and '<a href="#reason">' in found.text
    assert "Dit moet worden ingevuld." in words(found.text)


def test_a_snooze_is_silent_until_its_day(desk):
    """With its reason on the page of what is open."""
    browser = desk.browser("lotte")
    browser.do("/change/snooze", about=obligation(desk), until="01-02-2021", reason="Wacht op de ministerraad")
    page = browser.text("/")
    assert "Uitgesteld" in page and "Wacht op de ministerraad" in page


def test_several_obligations_are_seen_at_once(desk):
    """What is ticked in the list goes to one form, by its address; a reason is needed, and kept with each."""
    browser, about = desk.browser("lotte"), [obligation(desk), obligation(desk, "c-niger")]
    page = browser.get("/").text
    assert all(f'<input type="checkbox" name="about" value="{one}"' in page for one in about)
    form = browser.get("/change/acknowledge", params={"about": about}).text
    assert all(f'value="{one}" checked>' in form for one in about)
    assert 'href="#reason"' in browser.fill("/change/acknowledge", about=about).text
    assert words(browser.fill("/change/acknowledge", about=about, reason="Besproken").text).count("Uw naam") == 2
    browser.do("/change/acknowledge", about=about, reason="Besproken")
    for entry in ("c-mali", "c-niger"):
        found = entry_details(desk.app, entry, desk.moment)
        assert found.listed.entry.acknowledgements and found.changes[0].body["reason"] == "Besproken"


def test_several_are_snoozed_together_or_none(desk):
    """One that is not open any more stops all; a snooze ends by itself on its day."""
    browser, about = desk.browser("lotte"), [obligation(desk), obligation(desk, "c-niger")]
    asked = {"about": about, "until": "12-01-2021", "reason": "Na het reces"}
    browser.do("/change/record", about="c-niger", type=LETTER)
    refused = browser.fill("/change/snooze", **asked)
    assert refused.status_code == 409 and "c-niger" in words(refused.text)
    assert not entry_details(desk.app, "c-mali", desk.moment).listed.entry.snoozes
    browser.do("/change/snooze", **asked | {"about": about[:1]})
    assert "Uitgesteld" in words(browser.get("/").text)
    desk.moment = slot_of(desk.app.policy, day("12-01-2021")) + timedelta(minutes=1)
    check(desk.app, desk.moment)
    assert "herinneringen uitgesteld" not in browser.text("/")


def test_a_form_about_nothing_says_what_to_do(desk):
    """Nothing was ticked: no fields, and a way back. A reader has no ticks at all."""
    page = desk.browser("lotte").get("/change/snooze")
    assert "Vink eerst in de lijst aan waarover dit gaat." in words(page.text) and 'name="reason"' not in page.text
    assert 'type="checkbox"' not in desk.browser("clara").get("/?person=all").text


def test_one_is_seen_without_a_reason(desk):
    """From its line, in three clicks."""
    desk.browser("lotte").do("/change/acknowledge", about=obligation(desk))
    assert entry_details(desk.app, "c-mali", desk.moment).listed.entry.acknowledgements


def test_i_am_away(desk):
    """The person of the session, and no one else."""
    browser = desk.browser("lotte")
    shown = words(browser.fill("/change/absent", first="11-01-2021", last="22-01-2021", deputy="idris").text)
    assert "Lotte Verhagen is afwezig van 11 januari 2021 tot en met 22 januari 2021" in shown, shown
    browser.do("/change/absent", first="11-01-2021", last="22-01-2021", deputy="idris", about="wren")
    [absence] = absences(desk.app)
    assert (absence.person, absence.deputy) == ("lotte", "idris")


def test_what_the_register_refuses_is_said_in_the_form(desk):
    """In Dutch, with all that was typed still there."""
    found = desk.browser("lotte").fill("/change/extend", about="c-mali", until="01-01-2021")
    assert found.status_code in (409, 422)
    assert 'value="01-01-2021"' in found.text and "Dit is nog niet goed" in words(found.text)


def test_a_form_about_an_unknown_entry_is_refused(desk):
    """A page that says so, with the nearest name."""
    browser = desk.browser("lotte")
    assert browser.get("/change/record?about=c-mal").status_code == 404
    assert browser.fill("/change/record", about="c-mal", type=LETTER).status_code in (404, 409)
    assert browser.get("/change/none").status_code == 404
    assert browser.fill("/change/acknowledge", about="c-mali").status_code == 409


def test_the_letter_that_is_due_is_chosen_already(desk):
    """From its line, on both pages; the answer repeats what is recorded, with the day that empty means."""
    browser = desk.browser("lotte")
    for page in ("/", "/entries/c-mali"):
        assert f'href="/change/record?about=c-mali&amp;type={LETTER.replace(":", "%3A")}"' in browser.get(page).text
    form = browser.get(f"/change/record?about=c-mali&type={LETTER}").text
    assert f'<option value="{LETTER}" selected>' in form
    shown = words(browser.fill("/change/record", about="c-mali", type=LETTER).text)
    assert "Wat is er verzonden of gebeurd? artikel 100-brief" in shown
    assert "Op welke dag? maandag 4 januari 2021" in shown
