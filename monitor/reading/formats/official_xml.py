"""The XML of Dutch official publications: date, number, paragraphs, notes and links as their elements say."""

from __future__ import annotations

import re

from lxml import etree
from msgspec.structs import replace

from monitor.core.model.reading import LetterText, Link
from monitor.reading.formats.blocks import Blocks
from monitor.reading.formats.marked_up import Markup, Note, Role, Walk, local, texts
from monitor.reading.formats.unreadable import Unreadable

ROOTS = ("officiele-publicatie", "kamerstuk")
ROLES: dict[str, Role] = {
    **dict.fromkeys(("titel", "tussenkop", "kop", "subtitel", "titeldeel"), "heading"),
    **dict.fromkeys(("metadata", "meta-data", "colofon", "plaatje", "redactionele-correctie", "colspec"), "skip"),
    **dict.fromkeys(("al", "tekstregel", "dossiernummer", "stuknr", "datumtekst", "adres", "citaat"), "block"),
    **dict.fromkeys(("lichaam", "slotformulering", "ondertekening", "naam", "functie", "wie", "lid"), "block"),
    **dict.fromkeys(("structuurtekst", "tekst", "stuk", "dossier", "kamerstukkop", "bijlage", "algemeen"), "block"),
    **dict.fromkeys(("artikel", "ondernummer", "nota-toelichting", "vrije-tekst", "alineagroep", "aanhef"), "block"),
    "lijst": "list", "li": "item", "li.nr": "block", "tgroup": "table", "row": "row", "entry": "cell", "sup": "raised",
}  # fmt: skip
_DOCUMENT = re.compile(r"kst-(\d{5}(?:-(?:[IVXA-Z]{1,5}|\d{2}))?)-(\w{1,4})")


def read_official(content: bytes) -> LetterText:
    """Return the text of an official publication. Raises Unreadable: another kind of XML, or one with entities."""
    if b"<!ENTITY" in content:
        raise Unreadable("{name} declares entities, as no letter does.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    root = etree.fromstring(content, parser)
    if not any(local(one) in ROOTS for one in (root, *root)):
        raise Unreadable("{name} is XML, but no official publication.", "the XML of official publications")
    links: list[tuple[str, str]] = []

    def link(element: etree._Element) -> int | None:
        found = _DOCUMENT.fullmatch(element.get("doc") or "") if local(element) == "extref" else None
        if found:
            links.append((found[1], found[2]))
        return len(links) - 1 if found else None

    blocks = Blocks()
    walk = Walk(Markup(roles=ROLES, note=_note, tag=link), blocks)
    walk.read(root)
    walk.end_block()
    letter = blocks.letter()
    return replace(
        letter,
        letter_date=_date(root),
        reference=_reference(root),
        links=tuple(
            Link(start=start, end=end, dossier=links[number][0], number=links[number][1])
            for number, start, end in sorted(blocks.tagged, key=lambda tag: tag[1])
        ),
    )


def _note(element: etree._Element) -> Note | None:
    if local(element) != "noot":
        return None
    number = next(iter(texts(one for one in element if local(one) == "noot.nr")), "")
    return Note(label=number, body=[one for one in element if local(one) == "noot.al"])


def _date(root: etree._Element) -> str | None:
    """Return the day of the document, ISO 8601."""
    days = (one.get("isodatum") or "" for one in root.iter("datum") if local(one.getparent()) == "datumtekst")
    return next((day for day in days if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day)), None)


def _reference(root: etree._Element) -> str:
    """Return dossier and number of the document; of several dossiers the first."""
    dossiers = texts(root.iter("dossiernr"))
    numbers = texts(root.iter("ondernummer"))
    if not dossiers or not numbers:
        return ""
    dossier = re.sub(r"(?<=\d) (?=\d{3})", "", dossiers[0]).replace(" ", "-")
    return f"{dossier}-{numbers[0]}"
