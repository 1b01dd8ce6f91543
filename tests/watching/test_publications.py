"""A folder of official publications and feeds."""

from datetime import UTC, datetime

import pytest

from monitor.core.errors import BadValue
from monitor.core.model.watching import Question, SourceSettings
from monitor.watching.source import open_source

XML = """<?xml version="1.0" encoding="UTF-8"?>
<officiele-publicatie><kamerstuk>
 <dossier><dossiernummer><dossiernr>29 521</dossiernr></dossiernummer><titel>Deelname</titel></dossier>
 <stuk><stuknr>Nr. <ondernummer>512</ondernummer></stuknr>
  <titel>BRIEF VAN DE MINISTER VAN DEFENSIE</titel>
  <datumtekst>Den Haag, <datum isodatum="2026-06-18">18 juni 2026</datum></datumtekst>
  <algemeen><vrije-tekst><tekst>
   <al>De bijdrage wordt verlengd tot en met 31 december 2027<noot nr="1"><noot.nr>1</noot.nr>
     <noot.al>Zie nr. 500.</noot.al></noot>.</al>
   <al>De Kamer wordt uiterlijk 1 oktober 2026 <nadruk>geïnformeerd</nadruk>.</al>
  </tekst></vrije-tekst></algemeen></stuk>
</kamerstuk></officiele-publicatie>
"""
RSS = """<rss version="2.0"><channel><title>Kamerstukken</title>
 <item><title>Brief over de genie-eenheid</title><link>https://zoek.example.org/kst-36800-X-14.html</link>
  <pubDate>Thu, 18 Jun 2026 10:00:00 +0200</pubDate></item>
 <item><title>Staatscourant</title><link>https://zoek.example.org/stcrt-2026-1.html</link></item>
</channel></rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>kst-29521-513</id><title>Verslag</title>
 <link href="https://zoek.example.org/kst-29521-513"/><updated>2026-06-19T08:00:00Z</updated></entry></feed>
"""
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><officiele-publicatie>&b;</officiele-publicatie>'
)


@pytest.fixture
def ask(tmp_path):
    source = open_source("publications", SourceSettings(place=str(tmp_path)))
    return lambda cursor=None: source.ask(Question(cursor=cursor or {}, since=datetime(2026, 1, 1, tzinfo=UTC)), bool)


def test_a_publication_has_its_text(tmp_path, ask):
    """Dossier, number, date and paragraphs; a note is no part of its sentence."""
    (tmp_path / "a.xml").write_text(XML, encoding="utf-8")
    answer = ask()
    (found,) = answer.records
    assert (answer.whole, found.number, found.dossiers, found.document.day) == (
        True, "kst-29521-512", ("29521",), "2026-06-18",
    )  # fmt: skip
    assert found.document.title == "BRIEF VAN DE MINISTER VAN DEFENSIE"
    assert found.text == (
        "De bijdrage wordt verlengd tot en met 31 december 2027.\n\n"
        "De Kamer wordt uiterlijk 1 oktober 2026 geïnformeerd."
    )


def test_feeds_name_publications(tmp_path, ask):
    """RSS and Atom; what is no kamerstuk is passed over."""
    (tmp_path / "feed.rss").write_text(RSS, encoding="utf-8")
    (tmp_path / "more.xml").write_text(ATOM, encoding="utf-8")
    found = [(one.number, one.dossiers, one.document.day) for one in ask().records]
    assert found == [("kst-36800-X-14", ("36800-X",), "2026-06-18"), ("kst-29521-513", ("29521",), "2026-06-19")]


def test_a_file_is_read_once(tmp_path, ask):
    """And again when it changed; one that was read before and is gone is nothing new."""
    (tmp_path / "a.xml").write_text(XML, encoding="utf-8")
    (tmp_path / "b.xml").write_text(ATOM, encoding="utf-8")
    first = ask()
    second = ask(first.cursor)
    assert (len(first.records), second.whole, second.records, second.cursor) == (2, True, (), first.cursor)
    (tmp_path / "a.xml").write_text(XML.replace("512", "5120"), encoding="utf-8")
    (tmp_path / "b.xml").unlink()
    assert [one.number for one in ask(first.cursor).records] == ["kst-29521-5120"]


@pytest.mark.parametrize("content", [XML[:400], "<html></html>", BOMB, "", XML.replace("512", ""), "\0" + XML])
def test_a_file_that_cannot_be_read_is_named(tmp_path, ask, content):
    """The others are read; it is tried again until it can be."""
    (tmp_path / "a.xml").write_text(content, encoding="utf-8")
    (tmp_path / "b.xml").write_text(ATOM, encoding="utf-8")
    answer = ask()
    assert [(one.kind, one.part) for one in answer.troubles] == [("no-publication", "a.xml")]
    assert (len(answer.records), sorted(answer.cursor)) == (1, ["b.xml"])


def test_an_empty_folder_is_no_answer(tmp_path, ask):
    """Nor is one that is not there: something else was to fill it."""
    assert [one.kind for one in ask().troubles] == ["empty"]
    tmp_path.rmdir()
    assert [one.kind for one in ask().troubles] == ["folder"]


def test_an_address_is_no_folder():
    """The type asks no network."""
    with pytest.raises(BadValue, match="is not a folder"):
        open_source("publications", SourceSettings(place="https://example.org"))
