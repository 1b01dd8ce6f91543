"""The open data of the Tweede Kamer: what comes whole, and everything that is no answer though it looks like one."""

from datetime import UTC, datetime

import pytest
from authority import Authority
from kamer import Kamer, debate, letter, matter, promise

from monitor import __version__
from monitor.core.errors import BadValue
from monitor.core.model.watching import Debate, LetterCame, Promised, Question, Removed, SourceSettings
from monitor.watching.source import open_source, types

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def kamer():
    """A server with two promises."""
    with Kamer() as server:
        server.put("Toezegging", promise(1), promise(2))
        yield server


def ask(kamer, cursor=None, **settings):
    given = SourceSettings(**{"place": kamer.base, "contact": "griffie@example.org", "timeout": 5.0, **settings})
    source = open_source("tweede-kamer", given)
    return source.ask(Question(cursor=cursor or {}, since=SINCE), lambda: False)


def troubles(answer):
    return [(one.kind, one.part) for one in answer.troubles]


def test_a_promise_with_its_debate_and_letters(kamer):
    """Numbers, days in The Hague, ministry, status and the letters that are said to meet it."""
    met = {"DocumentNummer": "2026D30000", "Soort": "Brief regering", "Onderwerp": "Genie", "Id": "x",
           "Datum": "2026-06-17T22:30:00Z", "Volgnummer": 412, "Kamerstukdossier": {"Nummer": 29521}}  # fmt: skip
    kamer.put("Toezegging", promise(3, Status="Voldaan", KamerbriefNakoming=[met]))
    answer = ask(kamer)
    assert (answer.whole, [one.number for one in answer.records]) == (
        True,
        ["TZ202603-001", "TZ202603-002", "TZ202603-003"],
    )
    found = answer.records[-1]
    assert isinstance(found, Promised)
    assert (found.day, found.ministry, found.committee, found.settled_on) == ("2026-03-18", "Defensie", "Defensie", "")
    assert found.by == "Minister van Defensie, Voorbeeld, A."
    (written,) = found.letters
    assert (written.day, written.reference) == ("2026-06-18", "kst-29521-412 (2026D30000)")
    assert kamer.agents == {f"mandate-monitor/{__version__} (griffie@example.org)"}
    assert len(kamer.asked) == 1


def test_only_what_changed_is_asked_for_again(kamer):
    """The cursor is the last instant and its row; that row comes again, for it shows that the answer is whole."""
    first = ask(kamer)
    kamer.put("Toezegging", promise(1, "Iets anders.", ApiGewijzigdOp="2026-04-01T10:00:00.1234567Z"))
    second = ask(kamer, first.cursor)
    assert (second.whole, [one.number for one in second.records]) == (True, ["TZ202603-002", "TZ202603-001"])
    assert "ApiGewijzigdOp ge 2026-03-03T08:51:07Z" in kamer.asked[-1]
    third = ask(kamer, second.cursor)
    assert (third.whole, len(third.records), third.cursor) == (True, 1, second.cursor)


def test_pages_are_followed_and_rows_folded(kamer):
    """Each page is asked for once, a row that comes twice counts once, and the order is that of the changes."""
    kamer.size = 3
    kamer.put("Toezegging", *(promise(number) for number in range(1, 9)))
    kamer.fault("Toezegging", "twice")
    answer = ask(kamer)
    assert (answer.whole, len(answer.records), len(kamer.asked)) == (True, 8, 3)


def test_dossiers_bring_letters_terms_and_debates(kamer):
    """Only with dossiers followed are these collections asked; another kind of document is no letter."""
    kamer.put("Document", letter(412), letter(413, Soort="Motie"))
    kamer.put("Zaak", matter(1), matter(2, Termijn="0001-01-01T00:00:00Z"))
    kamer.put("Activiteit", debate(1, Status="Verplaatst", VervangenDoor=[{"Nummer": "2026A00002"}]))
    assert [type(one) for one in ask(kamer).records] == [Promised, Promised]
    answer = ask(kamer, dossiers=("29521",))
    assert answer.whole, answer.troubles
    assert [type(one) for one in answer.records] == [Promised, Promised, LetterCame, Promised, Debate]
    came, term, planned = answer.records[2:]
    assert (came.dossiers, came.url.startswith(f"{kamer.base}/Document(")) == (("29521",), True)
    assert (term.due_on, term.status, term.text) == (
        "2026-10-01", "Openstaand", "Verzoek: Verzoek om een brief over onderwerp 1",
    )  # fmt: skip
    assert (planned.day, planned.status, planned.replaced_by) == ("2026-09-24", "Verplaatst", "2026A00002")


def test_what_was_deleted_is_said(kamer):
    """A row that is deleted has no body; it is no placeholder."""
    gone = {"Id": promise(2)["Id"], "Verwijderd": True, "ApiGewijzigdOp": "2026-05-01T00:00:00Z"}
    kamer.put("Toezegging", gone)
    answer = ask(kamer)
    assert (answer.whole, answer.records[-1]) == (True, Removed(id=gone["Id"], number=""))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("500", "refused"), ("503", "refused"), ("redirect", "refused"), ("html", "no-json"), ("list", "no-json"),
     ("cut", "cut-off"), ("half", "cut-off"), ("empty", "empty"), ("placeholder", "placeholders"),
     ("elsewhere", "elsewhere"), ("loop", "too-much")],
)  # fmt: skip
def test_what_is_no_answer_moves_no_cursor(kamer, fault, kind):
    """Each fault is named, at the first time and later, and the next whole answer brings all that was missed."""
    kamer.fault("Toezegging", fault)
    first = ask(kamer)
    assert (troubles(first), first.cursor) == ([(kind, "Toezegging")], {})
    kamer.heal()
    whole = ask(kamer)
    assert (whole.whole, len(whole.records)) == (True, 2)
    kamer.put("Toezegging", promise(9))
    kamer.fault("Toezegging", fault)
    later = ask(kamer, whole.cursor)
    assert (troubles(later), later.cursor) == ([(kind, "Toezegging")], whole.cursor)
    kamer.heal()
    assert "TZ202603-009" in [one.number for one in ask(kamer, later.cursor).records]


def test_a_row_that_is_missing_is_noticed(kamer):
    """The row that was last before is not in the answer, though it is there: rows are missing."""
    first = ask(kamer)
    kamer.put("Toezegging", promise(1, ApiGewijzigdOp="2026-03-03T09:01:07.100Z"))
    kamer.fault("Toezegging", "lost")
    answer = ask(kamer, first.cursor)
    assert (troubles(answer), answer.cursor) == ([("lost", "Toezegging")], first.cursor)
    del kamer.rows["Toezegging"][promise(2)["Id"]]
    kamer.heal()
    assert ask(kamer, first.cursor).whole, "it was taken out altogether"


def test_a_second_page_that_fails_keeps_the_first(kamer):
    """The rows that came are looked at; the cursor stays, so that the rest is asked for again."""
    kamer.size = 3
    kamer.put("Toezegging", *(promise(number) for number in range(1, 9)))
    kamer.fault("Toezegging", "500", after=1)
    answer = ask(kamer)
    assert (troubles(answer), len(answer.records), answer.cursor) == ([("refused", "Toezegging")], 3, {})
    assert "500 An error has occurred." in answer.troubles[0].detail


def test_one_collection_that_fails_delays_no_other(kamer):
    """The letters do not come; the promises, terms and debates do."""
    for name, row in (("Document", letter(1)), ("Zaak", matter(1)), ("Activiteit", debate(1))):
        kamer.put(name, row)
    kamer.fault("Document", "500")
    answer = ask(kamer, dossiers=("29521",))
    assert (troubles(answer), sorted(answer.cursor)) == (
        [("refused", "Document")],
        ["Activiteit", "Toezegging", "Zaak"],
    )


def test_a_row_of_another_shape_is_a_gap(kamer):
    """A row without its text is not proposed, and not passed over."""
    kamer.put("Toezegging", promise(3, Tekst=17))
    answer = ask(kamer)
    assert (troubles(answer), len(answer.records), answer.cursor) == ([("placeholders", "Toezegging")], 2, {})


def test_a_server_that_is_not_there():
    """Nothing listens."""
    with Kamer() as server:
        base = server.base
    settings = SourceSettings(place=base, contact="x", timeout=5.0)
    answer = open_source("tweede-kamer", settings).ask(Question(since=SINCE), lambda: False)
    assert [one.kind for one in answer.troubles] == ["unreachable"]


def test_asking_ends_when_it_is_told_to(kamer):
    """Between two pages; what was not asked for is missing."""
    settings = SourceSettings(place=kamer.base, contact="x")
    answer = open_source("tweede-kamer", settings).ask(Question(since=SINCE), lambda: True)
    assert (answer.whole, kamer.asked) == (False, [])


def test_certificates(tmp_path):
    """An authority that is trusted; one that is not; a certificate that ran out; one for another name."""
    authority = Authority(tmp_path)
    for context, ca_file, kind in (
        (authority.server_context(), authority.file, None),
        (authority.server_context(), None, "certificate"),
        (authority.server_context(expired=True), authority.file, "certificate"),
        (authority.server_context(names=("other.example.org",)), authority.file, "certificate"),
    ):
        with Kamer(tls=context) as server:
            server.put("Toezegging", promise(1))
            answer = ask(server, ca_file=str(ca_file or ""))
            assert [one.kind for one in answer.troubles] == ([kind] if kind else []), answer.troubles
            assert len(answer.records) == (0 if kind else 1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"place": "gegevensmagazijn.nl"}, "is not an address"), ({"contact": " "}, "name of who asks"),
     ({"ca_file": "/nowhere.pem"}, "cannot be read")],
)  # fmt: skip
def test_settings_that_cannot_work(settings, said):
    """They are refused before anything is asked."""
    given = {"place": "https://127.0.0.1/x", "contact": "x", **settings}
    with pytest.raises(BadValue, match=said):
        open_source("tweede-kamer", SourceSettings(**given))


def test_another_source_is_one_more_file(tmp_path, monkeypatch):
    """A module in the folder of sources is a type; nothing else names it."""
    from monitor.watching import sources

    (tmp_path / "eerste_kamer.py").write_text(
        "from monitor.core.model.watching import Answer, Removed\n"
        "class Source:\n"
        "    def ask(self, question, stop):\n"
        "        return Answer(records=(Removed(number='T01234', id='x'),), cursor={'T': '1'})\n"
        "def source(settings):\n"
        "    return Source()\n"
    )
    assert types() == ["publications", "tweede-kamer"]
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    assert "eerste-kamer" in types()
    answer = open_source("eerste-kamer", SourceSettings(place="x")).ask(Question(since=SINCE), lambda: False)
    assert (answer.whole, answer.records[0].number) == (True, "T01234")
