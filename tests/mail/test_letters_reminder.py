"""What a reminder says, in Dutch and in English."""

from datetime import date

import pytest
from letter_examples import MAY_12, MAY_19, RUTH, SANNE, TEMPLATES, digest, everything, golden_may, group, line
from letter_page import folded
from msgspec.structs import replace

from monitor.core.errors import UnknownId
from monitor.core.mailing.content import MovedDueDay, Overview, OverviewLine, OverviewSection
from monitor.mail.letters.letters import Letters

EVENT_MARK = "monitor record"


@pytest.fixture(scope="module")
def letters():
    return Letters([TEMPLATES])


def text_of(letters, content, language="en"):
    return folded(letters.render("reminder", language, digest=content).text)


def test_the_golden_digest_has_three_headings_and_nine_lines(letters):
    rendered = letters.render("reminder", "nl", digest=golden_may())
    assert rendered.text.count("Uiterlijk woensdag 19 mei 2021 · nog 7 dagen") == 3
    assert rendered.text.count("\n * ") == 9
    assert rendered.subject.startswith("9 termijnen, uiterlijk 19-05-2021: Kamerbrief over verlenging")
    assert rendered.subject.endswith(" en meer")
    assert rendered.replaced is None


def test_what_all_lines_of_a_heading_agree_in_is_said_once(letters):
    text = letters.render("reminder", "nl", digest=golden_may()).text
    assert (
        text.count("Berekening: 19-05-2021 (vaste jaarlijkse datum)") == 2
    )  # once for two reports, once for six evaluations
    assert "Geldt voor alle 6 hieronder" in text and "Geldt voor beide\n" in text


def test_upkeep_of_several_entries_is_said_once(letters):
    """Dozens of entries are confirmed on one day: their names and commands are listed, not their facts repeated."""
    entries = [line(f"c-{n}", closes_on=("verb:confirm",), roles=("policy-officer",)) for n in range(3)]
    entries.append(replace(entries[0], entry="c-geheim", title=""))
    entries.append(replace(entries[0], entry="c-other", roles=("director",)))
    upkeep = replace(group(*entries, heading="Lang niet met de bron vergeleken"), upkeep=True)
    text = letters.render("reminder", "nl", digest=digest(upkeep)).text
    assert text.count(" * Lang niet met de bron vergeleken") == 2  # in another role too
    assert text.count("Afsluiten: vergelijk met de bron en leg dat vast") == 2
    assert "   - Een bijdrage [c-2]\n   - c-geheim\n" in text
    assert "       monitor confirm c-2\n       monitor confirm c-geheim\n" in text


def test_an_overview_says_once_what_entries_agree_in(letters):
    """One evaluation of five missions has one day, one calculation and the same readers."""
    common = {
        "person": "sanne",
        "section": "later",
        "heading": "Evaluatie",
        "day": MAY_12,
        "due": MAY_12,
        "days_left": 7,
    }
    items = [OverviewLine(entry=f"c-{n}", title="Een bijdrage", told=("Duncan",), **common) for n in range(3)]
    items.append(OverviewLine(entry="c-alone", title="Een bijdrage", told=("Joost",), **common))
    sections = (OverviewSection(name="later", items=tuple(items)),)
    overview = Overview(digest=digest(), sections=sections, week_ends=MAY_12, looks_to=MAY_12)
    rendered = letters.render("overview", "nl", overview=overview)
    assert rendered.text.count("Evaluatie") == 2 and rendered.text.count("ook naar Duncan") == 1
    assert " · Evaluatie\n   - Een bijdrage [c-0]\n   - Een bijdrage [c-1]\n" in rendered.text
    assert "Een bijdrage [c-alone]\n   Evaluatie\n" in rendered.text and "4 daarna" in rendered.text
    assert rendered.html.count("ook naar Duncan") == 1 and rendered.html.count("Een bijdrage") == 4


def test_documents_have_their_days_as_the_reader_writes_them(letters):
    """The register keeps them as written: most are ISO days, some are no day at all."""
    cited = (
        "brief 29 521, nr. 398 (2019-11-29)",
        "answers 1 (2019-11-31)",
        "note (2019-11)",
        "https://x.nl/2019-11-29",
    )
    rendered = letters.render("reminder", "nl", digest=digest(group(line(references=cited))))
    said = "brief 29 521, nr. 398 (29-11-2019); answers 1 (2019-11-31); note (2019-11); https://x.nl/2019-11-29"
    assert f"Stukken: {said}" in " ".join(rendered.text.split())
    assert '(<span class="date" style="white-space: nowrap;">29-11-2019</span>);' in rendered.html


@pytest.mark.parametrize(
    ("language", "day", "expected"),
    [
        ("nl", date(2021, 9, 10), "vrijdag 10 september 2021"),
        ("en", date(2021, 9, 10), "Friday 10 September 2021"),
        ("nl", date(2024, 2, 29), "donderdag 29 februari 2024"),
        ("en", date(2021, 8, 1), "Sunday 1 August 2021"),
    ],
)
def test_days_are_written_in_words(letters, language, day, expected):
    assert expected in text_of(letters, digest(group(line(due=day))), language)


@pytest.mark.parametrize(
    ("rung", "dutch", "english"),
    [
        ("-8w", "8 weken van tevoren", "8 weeks before"),
        ("-1w", "1 week van tevoren", "1 week before"),
        ("-2bd", "2 werkdagen van tevoren", "2 business days before"),
        ("-3kd", "3 vergaderdagen van tevoren", "3 sitting days before"),
        ("-6m", "6 maanden van tevoren", "6 months before"),
        ("-1y", "1 jaar van tevoren", "1 year before"),
        ("-10d", "10 dagen van tevoren", "10 days before"),
        ("0d", "op de uiterste datum", "on the due day"),
        ("+1bd", "1 werkdag te laat", "1 business day overdue"),
        ("+15bd", "15 werkdagen te laat", "15 business days overdue"),
        ("late", "al verstreken toen dit bekend werd", "already past when it became known"),
        ("by hand", "by hand", "by hand"),
    ],
)
def test_rungs_are_said_in_words(letters, rung, dutch, english):
    content = digest(group(line(rung=rung)))
    assert f"Deze herinnering: {dutch} Berekening" in text_of(letters, content, "nl")
    assert f"This reminder: {english} Calculation" in text_of(letters, content, "en")


@pytest.mark.parametrize(
    ("days", "dutch", "english"),
    [
        (-1, "1 dag te laat", "1 day overdue"),
        (-30, "30 dagen te laat", "30 days overdue"),
        (0, "uiterlijk vandaag", "due today"),
        (1, "uiterlijk morgen", "due tomorrow"),
        (2, "nog 2 dagen", "2 days left"),
    ],
)
def test_the_distance_counts_from_the_day_of_the_mail(letters, days, dutch, english):
    content = digest(group(line(due=date.fromordinal(MAY_12.toordinal() + days))))
    assert f"· {dutch}" in text_of(letters, content, "nl")
    assert f"· {english}" in text_of(letters, content, "en")


@pytest.mark.parametrize(
    "fact",
    [
        "planned 21-09-2020, sent today because that moment was missed",
        "Entered late: the day was already past when this became known; counted as overdue from 21 September 2020",
        "Escalated: from this reminder on, further people are notified",
        "Last message: no more reminders follow",
        "Role without holder: legal adviser; that is why you receive this",
        "On behalf of: Farid Aydin",
        "Also sent to: Joost van Dam",
        "You get this as: policy officer, legal adviser",
        "6 weeks before 01-09-2020 (planned start) → 21-07-2020 · before summer recess 2020 (published) → 02-07-2020",
        "Not covered: c-irini-2 (staff officers in Rome) is not covered after 15 November 2021",
        "Secured until: 15 November 2021",
        "Secured until: 1 January 2022, decided by the end of m-irini",
        "Imprecise date: written as “2022-41”, which is not an exact day; the earliest possible day is used",
        "Provisional: beyond the last recess known so far",
        "“It lasts a year.”",
        "Documents: kst-27925-662; kst-29521-398",
        "Article 100 letter monitor record q-erbil --type document:art100-letter",
        "extended monitor extend m-irini",
        "ended monitor end m-irini",
        "of-our-own monitor record c-pawa --type document:of-our-own",
        "nothing to record; this stops by itself once the register is right",
        "moved: 8 December → 1 December (recess changed)",
        "no longer due: was 8 December (corrected)",
    ],
)
def test_a_line_says(letters, fact):
    assert fact in text_of(letters, everything())


def test_a_move_across_the_year_names_both_years(letters):
    moved = MovedDueDay(
        entry="t", title="", heading="", before=date(2021, 12, 8), after=date(2022, 1, 14), reason="corrected"
    )
    content = digest(moved=(moved,))
    assert "verschoven: 8 december 2021 → 14 januari 2022 (gecorrigeerd)" in text_of(letters, content, "nl")


@pytest.mark.parametrize(
    ("dues", "expected"),
    [
        ((date(2021, 5, 3),), "Overdue since 03-05-2021: Letter"),
        ((MAY_12,), "Due today: Letter"),
        ((date(2021, 5, 13),), "Due tomorrow: Letter"),
        ((MAY_19,), "By 19-05-2021: Letter"),
        (
            (date(2021, 5, 3), MAY_12, MAY_19),
            "1 deadline overdue (since 03-05-2021), 1 today, 1 by 19-05-2021: Letter and more",
        ),
        ((MAY_12, MAY_19, date(2021, 6, 1)), "1 deadline today, 2 later, first 19-05-2021: Letter and more"),
        ((MAY_19, date(2021, 6, 1)), "2 deadlines, first 19-05-2021: Letter and more"),
        ((), "No deadlines today"),
    ],
)
def test_the_subject_says_the_most_urgent_first(letters, dues, expected):
    content = digest(*(group(line(due=due), heading="Letter") for due in dues), to=RUTH)
    assert letters.render("reminder", "en", digest=content).subject == expected


def test_titles_in_subjects_only_where_allowed(letters):
    """The same holds for the preview line."""
    quiet = letters.render("reminder", "nl", digest=golden_may())
    preview = quiet.html[quiet.html.index('class="preheader"') : quiet.html.index("<table")]
    assert "EMASoH" not in quiet.subject + preview
    assert "Kamerbrief" in preview
    spoken = digest(group(line()), show_titles_in_subject=True)
    assert "EMASoH: twee stafofficieren – Kamerbrief" in letters.render("reminder", "nl", digest=spoken).subject


def test_a_sensitive_entry_appears_by_its_id_only(letters):
    rendered = letters.render(
        "reminder", "nl", digest=digest(group(line("x-17", title="")), show_titles_in_subject=True)
    )
    assert "x-17 – Kamerbrief" in rendered.subject
    assert " * x-17\n" in rendered.text


def test_a_reader_of_replies_is_named(letters):
    with_reader = Letters([TEMPLATES], reply_to="Marleen Bos").render("reminder", "nl", digest=golden_may())
    assert "Marleen Bos leest uw antwoord op deze mail." in with_reader.text
    assert "Marleen Bos leest uw antwoord op deze mail." in with_reader.html
    assert "gelezen door" not in letters.render("reminder", "nl", digest=golden_may()).text


def test_a_command_to_copy_is_quoted_for_the_shell(letters):
    """It stays one line, and each argument one word."""
    text = letters.render(
        "reminder", "en", digest=digest(group(line("a; rm -rf\n~", closes_on=("document:letter",))))
    ).text
    assert "\n       monitor record 'a; rm -rf ~' --type document:letter\n" in text


def test_a_test_mail_names_its_receiver(letters):
    rendered = letters.render("test", "nl", person=SANNE, day=MAY_12)
    assert rendered.subject == "Proefmail van de termijnbewaking, 12-05-2021"
    assert "sanne@example.org" in rendered.text


def test_an_unknown_letter_is_refused_with_the_nearest_name(letters):
    with pytest.raises(UnknownId, match="reminder"):
        letters.render("reminders", "nl")
