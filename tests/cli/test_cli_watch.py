"""`monitor watch` and `monitor inbox`: from the public record to the register, with a person in between."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from kamer import Kamer, debate, letter, matter, promise

GENIE = "De minister stuurt de Kamer vóór het zomerreces een brief over de genie-eenheid."
MET = {"DocumentNummer": "2026D30000", "Soort": "Brief regering", "Onderwerp": "De genie-eenheid", "Id": "x",
       "Datum": "2026-06-18T00:00:00+02:00", "Volgnummer": 512, "Kamerstukdossier": [{"Nummer": 29521}]}  # fmt: skip
WATCH = """
[watch]
contact = "griffie@example.org"
ministries = ["defensie"]
dossiers = ["29521"]
[watch.sources.kamer]
type = "tweede-kamer"
place = "{base}"
timeout = 5
"""


def configure(home, settings):
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(settings)


@pytest.fixture
def kamer(home, clock):
    """The Kamer's server with one of each, and the configuration that follows it."""
    clock.at = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
    with Kamer() as server:
        server.put("Toezegging", promise(1, GENIE), promise(2, "Iets van elders.", Ministerie="Financiën"))
        server.put("Document", letter(412), letter(9, 36000))
        server.put("Zaak", matter(1), matter(2, 36000))
        server.put("Activiteit", debate(1), debate(2, 36000))
        configure(home, WATCH.format(base=server.base))
        yield server


@pytest.fixture
def watch(cli, kamer, clock):
    """Ask, two minutes later than before."""

    def ask(*arguments):
        clock.at += timedelta(minutes=2)
        return cli("watch", *arguments)

    return ask


def waiting(cli):
    return [(one["kind"], one["record"].get("number") or one["record"]["document"]["number"])
            for one in cli("inbox", "--json").lines]  # fmt: skip


def test_what_concerns_the_register_waits_in_the_inbox(cli, watch):
    """The promises of the ministries followed, and letters, terms and debates of dossiers; nothing is registered."""
    answer = watch()
    assert (answer.code, "kamer gave a whole answer: 4 new items" in answer.out) == (0, True), answer.err
    assert waiting(cli) == [
        ("promise", "TZ202603-001"), ("letter", "2026D00412"), ("promise", "2026Z00001"), ("debate", "2026A00001"),
    ]  # fmt: skip
    assert cli("list", "--json").lines == []
    status = cli("status", "--json").json
    (source,) = status["sources"]
    assert (status["inbox"], source["complete_at"], source["silent"]) == (4, "2026-04-01T08:02:00+00:00", False)
    shown = " ".join(cli("status").out.split())
    assert "Source kamer: last whole answer Wed 01-04-2026 10:02." in shown
    assert "4 items wait in the inbox" in shown


def test_a_promise_is_registered_and_met(cli, watch, kamer):
    """Its term is read from its text; the letter that meets it closes the obligation, begun or not."""
    watch()
    shown = cli("inbox", "show", "1").out
    assert "“vóór het zomerreces” → before recess zomerreces 2026" in shown
    assert cli("inbox", "accept", "1", "--yes").code == 0
    entry = cli("show", "t-minister-stuurt", "--json").json
    assert (entry["due_on"], entry["refs"][0]["id"]) == ("before recess zomerreces 2026", "TZ202603-001")
    kamer.put("Toezegging", promise(1, GENIE, Status="Voldaan", KamerbriefNakoming=[MET],
                                    ApiGewijzigdOp="2026-06-20T08:00:00Z"))  # fmt: skip
    assert "1 new item" in watch().out
    number = cli("inbox", "--json").lines[-1]["number"]
    shown = " ".join(cli("inbox", "show", str(number)).out.split())
    assert "Promise TZ202603-001 has been kept by kst-29521-512 (2026D30000)" in shown
    assert "commitment/0 would no longer be asked for" in shown
    assert cli("inbox", "accept", str(number), "--yes").code == 0
    (event,) = cli("show", "t-minister-stuurt", "--json").json["events"]
    assert (event["type"], event["on"], event["reference"]) == (
        "document:letter", "2026-06-18", "kst-29521-512 (2026D30000)",
    )  # fmt: skip
    assert "commitment/0" not in cli("show", "t-minister-stuurt").out.partition("Events")[0]
    assert "0 new items" in watch().out
    assert ("met", "TZ202603-001") not in waiting(cli)


def test_the_same_answer_proposes_once(cli, watch, kamer):
    """Asked again, in part or from the beginning, nothing comes twice; nor does the same promise under two numbers."""
    watch()
    before = waiting(cli)
    kamer.put("Toezegging", promise(3, GENIE), promise(1, GENIE, ApiGewijzigdOp="2026-04-02T00:00:00Z"))
    assert "0 new items" in watch().out
    assert waiting(cli) == before


def test_what_was_refused_stays_refused(cli, watch, kamer):
    """Also when the record words it otherwise; it cannot be accepted by its number any more."""
    watch()
    assert cli("inbox", "dismiss", "1", "3", "--reason", "not ours", "--actor", "sanne").code == 0
    kamer.put("Toezegging", promise(1, f"{GENIE} Nu anders.", ApiGewijzigdOp="2026-04-02T00:00:00Z"))
    watch()
    assert waiting(cli) == [("letter", "2026D00412"), ("debate", "2026A00001")]
    (first, *_) = cli("inbox", "--all", "--json").lines
    assert (first["state"], first["decided_by"], first["reason"]) == ("dismissed", "sanne", "not ours")
    answer = cli("inbox", "accept", "1", "--yes")
    assert (answer.code, "Item 1 is dismissed already" in answer.err) == (4, True)
    assert cli("inbox", "dismiss", "1").code == 4
    assert "There is no item '99'" in cli("inbox", "show", "99").err


def test_a_status_that_closes_nothing(cli, watch, kamer):
    """An unknown status, and one of a promise that is met in part, are shown; there is nothing to accept."""
    watch()
    cli("inbox", "accept", "1", "--yes")
    for day, status, letters in ((18, "Ingetrokken", []), (19, "Deels Afgedaan", [MET]), (20, "Openstaand", [MET])):
        at = f"2026-06-{day}T08:00:00Z"
        kamer.put("Toezegging", promise(1, GENIE, Status=status, KamerbriefNakoming=letters, ApiGewijzigdOp=at))
        watch()
        item = cli("inbox", "--json").lines[-1]
        assert (item["kind"], item["entry"], "stays open" in item["what"]) == ("status", "t-minister-stuurt", True)
        assert ("not in [watch.statuses]" in item["what"]) == (status == "Ingetrokken")
    answer = cli("inbox", "accept", str(item["number"]), "--yes")
    assert (answer.code, "only informs" in answer.err) == (4, True)
    assert cli("show", "t-minister-stuurt", "--json").json.get("events", []) == []


def test_met_without_a_letter_needs_a_day(cli, watch, kamer, home):
    """It is not ticked, and the day is asked for."""
    watch()
    cli("inbox", "accept", "1", "--yes")
    kamer.put("Toezegging", promise(1, GENIE, Status="Afgedaan", ApiGewijzigdOp="2026-06-20T08:00:00Z"))
    watch()
    number = str(cli("inbox", "--json").lines[-1]["number"])
    assert "names no letter" in cli("inbox", "show", number).out
    assert "Nothing changes" in cli("inbox", "accept", number, "--yes").out
    assert "The field on is missing" in cli("inbox", "accept", number, "--only", "p1", "--yes").err
    assert cli("inbox", "show", number, "-o", "p.json").code == 0
    document = json.loads((home / "p.json").read_text())
    document["proposals"][0]["fields"]["on"] = {"value": "2026-06-19"}
    (home / "p.json").write_text(json.dumps(document))
    assert cli("accept", "p.json", "--only", "p1", "--yes").code == 0
    assert number not in [str(one["number"]) for one in cli("inbox", "--json").lines]


def test_no_whole_answer_is_never_nothing_new(cli, watch, kamer):
    """It is said, exit code 3; the last whole answer keeps its time, and what is open stays open."""
    watch()
    cli("inbox", "accept", "1", "--yes")
    for fault in ("500", "html", "cut", "empty", "placeholder"):
        for name in kamer.rows:
            kamer.fault(name, fault)
        answer = watch()
        assert (answer.code, "kamer gave no whole answer" in answer.out) == (3, True)
        assert "01-04-2026 10:02" in answer.out
        assert [name for name in kamer.rows if f"{name}: " not in answer.out] == []
    (source,) = cli("status", "--json").json["sources"]
    assert (source["complete_at"], len(source["troubles"])) == ("2026-04-01T08:02:00+00:00", 4)
    assert cli("show", "t-minister-stuurt", "--json").json.get("events", []) == []
    kamer.heal()
    assert (watch().code, cli("status", "--json").json["sources"][0]["troubles"]) == (0, [])


def test_a_source_is_asked_once_a_minute(cli, watch, clock, kamer):
    """By hand too."""
    watch()
    asked = len(kamer.asked)
    clock.at += timedelta(seconds=50)
    answer = cli("watch", "--json")
    assert (answer.code, answer.json) == (3, [{"source": "kamer", "asked": False}])
    assert len(kamer.asked) == asked
    clock.at += timedelta(seconds=11)
    assert cli("watch").code == 0


def test_a_debate_that_moves_overtakes_what_was_said(cli, watch, kamer):
    """Planned, moved, moved back: one item waits; when it was held, it is proposed for what it may have been about."""
    cli("add", "c-genie", "--kind", "contribution", "--title", "Genie-eenheid in Mali", "--valid-until", "2026-12-31",
        "--set", "procedure=art100", "--yes")  # fmt: skip
    watch()

    def said(status, day, at):
        row = debate(1, Status=status, Datum=f"{day}T00:00:00+02:00", ApiGewijzigdOp=f"2026-06-{at}T00:00:00Z",
                     Onderwerp="De genie-eenheid in Mali")  # fmt: skip
        kamer.put("Activiteit", row)
        watch()
        return [one["what"] for one in cli("inbox", "--json").lines if one["kind"] == "debate"]

    (moved,) = said("Verplaatst", "2026-09-24", "19")
    assert "(Verplaatst)" in moved
    (planned,) = said("Gepland", "2026-10-01", "20")
    assert "2026-10-01" in planned or "01-10-2026" in planned
    assert len(said("Verplaatst", "2026-09-24", "21")) == 1
    (held,) = said("Uitgevoerd", "2026-03-30", "22")
    number = next(str(one["number"]) for one in cli("inbox", "--json").lines if one["what"] == held)
    assert "like c-genie" in cli("inbox", "show", number).out
    assert "Nothing changes" in cli("inbox", "accept", number, "--yes").out
    assert cli("inbox", "accept", number, "--only", "p1", "--yes").code == 0
    assert cli("show", "c-genie", "--json").json["events"][0]["type"] == "event:debate-held"


def test_what_was_removed_is_said(cli, watch, kamer):
    """What waits about it is overtaken; of what is registered a person hears."""
    watch()
    kamer.put("Toezegging", promise(4, "De minister stuurt uiterlijk 1 mei 2026 een brief over munitie."))
    watch()
    cli("inbox", "accept", "1", "--yes")
    for number in (1, 4):
        row = {"Id": promise(number)["Id"], "Verwijderd": True, "ApiGewijzigdOp": "2026-06-20T08:00:00Z"}
        kamer.put("Toezegging", row)
    watch()
    assert ("promise", "TZ202603-004") not in waiting(cli)
    item = cli("inbox", "--json").lines[-1]
    assert (item["kind"], "registered as t-minister-stuurt, has been removed" in item["what"]) == ("removed", True)
    assert cli("show", "t-minister-stuurt", "--json").json.get("events", []) == []


def test_a_promise_like_one_that_is_there(cli, watch, kamer):
    """What was typed by hand is named and not doubled; its letter is proposed, and a person says that it is the one."""
    cli("add", "t-genie", "--kind", "commitment", "--title", "Brief over de genie-eenheid", "--yes")
    kamer.put("Toezegging", promise(1, GENIE, Status="Voldaan", KamerbriefNakoming=[MET]))
    watch()
    (item,) = [one for one in cli("inbox", "--json").lines if one["kind"] == "met"]
    number = str(item["number"])
    assert "like t-genie" in cli("inbox", "show", number).out
    assert "Not ticked" in cli("inbox", "accept", number, "--yes").out
    assert cli("inbox", "accept", number, "--only", "p1", "--yes").code == 0
    assert cli("show", "t-genie", "--json").json["events"][0]["on"] == "2026-06-18"


def test_a_folder_of_publications_is_read(cli, home, clock):
    """A letter in XML brings its proposals; a feed says that a letter came."""
    from test_publications import ATOM, XML

    clock.at = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    (home / "stukken").mkdir()
    (home / "stukken" / "a.xml").write_text(XML, encoding="utf-8")
    (home / "stukken" / "b.xml").write_text(ATOM, encoding="utf-8")
    settings = '[watch]\ndossiers = ["29521"]\n[watch.sources.stukken]\ntype = "publications"\nplace = "stukken"\n'
    configure(home, settings)
    assert "stukken gave a whole answer: 2 new items" in cli("watch").out
    assert waiting(cli) == [("letter", "kst-29521-512"), ("letter", "kst-29521-513")]
    shown = cli("inbox", "show", "1", "--json").json
    assert shown["letter"]["letter_date"] == "2026-06-18"
    values = [{name: read["value"] for name, read in one["fields"].items()} for one in shown["proposals"]]
    assert {"due_on": "2026-10-01"} in values, values


def test_without_a_source_nothing_is_asked(cli, home):
    """It is off until it is configured."""
    answer = cli("watch")
    assert (answer.code, "No source of the public record is configured" in answer.err) == (4, True)
    assert cli("inbox").out == "Nothing waits in the inbox.\n"


def test_validate_names_what_cannot_be_asked(cli, home):
    """All faults at once, with file, line and key; before anything is asked."""
    wrong = {
        "a": ("eerste-kamer", "x", "There is no type of source 'eerste-kamer'"),
        "b": ("tweede-kamer", "stukken", "is not an address of the web"),
        "c": ("publications", "https://example.org", "is not a folder"),
        "d": ("tweede-kamer", "https://example.org", "name of who asks"),
    }
    tables = [f'[watch.sources.{id}]\ntype = "{type}"\nplace = "{place}"\n' for id, (type, place, _) in wrong.items()]
    configure(home, "".join(tables))
    answer = cli("watch")
    assert answer.code == 3
    for id, (_, _, said) in wrong.items():
        assert (f"watch.sources.{id}." in answer.err, said in " ".join(answer.err.split())) == (True, True)
    assert "There is no type of source" in " ".join(cli("validate").out.split())


PAGE = """<html><head><style>p {{}}</style></head><body><h1>Reces</h1><ul>
<li><strong>Zomerreces 2026</strong>: vrijdag 3 juli t/m maandag 31 augustus 2026</li>
<li>Herfstreces 2026: vrijdag 16 oktober t/m maandag 19 oktober 2026</li>
<li>Kerstreces 2028-2029: vrijdag 22 december 2028 t/m maandag 15 januari 2029</li>
<li>Voorjaarsreces 2027: zaterdag 19 februari t/m maandag 1 maart 2027</li></ul></body></html>"""


def test_recess_of_a_page_beside_the_calendar(cli, home, clock):
    """What differs waits in the inbox, and is written into a copy of the calendar; a weekday that is wrong is said."""
    clock.at = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
    (home / "reces.html").write_text(PAGE, encoding="utf-8")
    answer = cli("watch", "--recess", "reces.html", "--output", "nl-tweede-kamer.toml", "--json")
    assert answer.code == 3, answer.err
    read = answer.json
    assert (read["read"], [one["name"] for one in read["differing"]]) == (
        3,
        ["herfstreces 2026", "kerstreces 2028-2029"],
    )
    assert read["unread"] == ["Voorjaarsreces 2027: zaterdag 19 februari t/m maandag 1 maart 2027"]
    assert cli("inbox", "--json").lines[0]["what"].startswith("herfstreces 2026: 16-10-2026")
    assert cli("watch", "--recess", "reces.html", "--json").json["new"] == []
    (home / "rules" / "calendars").mkdir(parents=True)
    (home / "nl-tweede-kamer.toml").rename(home / "rules" / "calendars" / "nl-tweede-kamer.toml")
    again = cli("watch", "--recess", "reces.html", "--json").json
    assert (again["differing"], cli("inbox", "--json").lines) == ([], [])


def test_an_unusable_page_is_refused(cli, home):
    """A page that is not there, and one that says nothing of recess."""
    assert "cannot be read" in cli("watch", "--recess", "nowhere.html").err
    (home / "leeg.txt").write_text("Geen nieuws.")
    answer = cli("watch", "--recess", "leeg.txt")
    assert (answer.code, "0 recesses were read" in answer.out) == (3, True)
