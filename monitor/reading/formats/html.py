"""HTML by its blocks, with lxml: headings, paragraphs, lists, tables, and notes that a link leads to."""

from __future__ import annotations

import re

from lxml import etree, html
from msgspec import Struct
from msgspec.structs import replace

from monitor.core.model.reading import LetterText
from monitor.reading.formats.blocks import INSERTED, Blocks
from monitor.reading.formats.marked_up import Markup, Note, Role, TooDeep, Walk, local

ROLES: dict[str, Role] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend"), "heading"),
    **dict.fromkeys(("ul", "ol", "menu"), "list"),
    **dict.fromkeys(("td", "th", "dt", "dd"), "cell"),
    **dict.fromkeys(("table", "dl"), "table"),
    **dict.fromkeys(("del", "s", "strike", "head", "script", "style", "template", "noscript", "nav", "svg"), "skip"),
    **dict.fromkeys(("object", "iframe", "select", "textarea", "button", "math"), "skip"),
    **dict.fromkeys(("p", "div", "section", "article", "blockquote", "address", "figure", "figcaption"), "block"),
    **dict.fromkeys(("header", "footer", "main", "aside", "form", "fieldset", "hr", "center", "details"), "block"),
    **dict.fromkeys(("summary", "body"), "block"),
    "li": "item", "tr": "row", "br": "break", "sup": "raised", "pre": "verbatim",
}  # fmt: skip
_LABEL = re.compile(r"[\[(]?\s*(\d{1,3}|[*†‡]{1,3}|[ivx]{1,5}|[a-z])\s*[\])]?")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{3,20})", re.IGNORECASE)
_BODIES = ("li", "p", "dd", "td", "aside", "div")


def read_html(content: bytes) -> LetterText:
    """Return the text of a page. Raises TooDeep."""
    parser = html.HTMLParser(encoding=_encoding(content), remove_comments=True, remove_pis=True)
    root = html.document_fromstring(content, parser=parser)
    if any(one.level_name == "FATAL" or "depth" in one.message for one in parser.error_log):
        raise TooDeep
    return read_tree(root)


def read_tree(root: etree._Element) -> LetterText:
    """Return the text of a page that was parsed."""
    blocks, links = Blocks(), _Links.of(root)
    markup = Markup(roles=ROLES, note=links.notes.get, elsewhere=links.bodies | links.back, seen=_is_seen)
    walk = Walk(markup, blocks)
    walk.read(root)
    walk.end_block()
    letter = blocks.letter()
    return replace(letter, inserted=blocks.ranges(INSERTED))


def _encoding(content: bytes) -> str:
    """Return what the page says, else UTF-8 where it is that, else what browsers take."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        found = _CHARSET.search(content[:4096])
        return found[1].decode("ascii") if found else "windows-1252"
    return "utf-8"


def _is_seen(element: etree._Element) -> bool:
    return element.get("hidden") is None and not _HIDDEN.search(element.get("style") or "")


class _Links(Struct, frozen=True, kw_only=True):
    """The notes of a page: a short number that links to a place further on."""

    notes: dict[etree._Element, Note]  # by the link
    bodies: frozenset[etree._Element]
    back: frozenset[etree._Element]  # links in notes that lead back

    @classmethod
    def of(cls, root: etree._Element) -> _Links:
        """Return the notes that links lead to."""
        places = {one: number for number, one in enumerate(root.iter())}
        named: dict[str, etree._Element] = {}
        for one in places:
            for name in (one.get("id"), one.get("name")):
                if name:
                    named.setdefault(name, one)
        notes, bodies, back = {}, set(), set()
        for link in root.iter("a"):
            target = named.get((link.get("href") or "").removeprefix("#")) if "#" in (link.get("href") or "") else None
            label = _LABEL.fullmatch("".join(link.itertext()).strip())
            if target is None:
                continue
            if places[target] < places[link]:
                back.add(link)
            elif label and (body := _body(target)) is not None and link not in body.iterdescendants():
                notes[link] = Note(label=label[1], body=[body])
                bodies.add(body)
        leads_back = {one for one in back if any(up in bodies for up in one.iterancestors())}
        return cls(notes=notes, bodies=frozenset(bodies), back=frozenset(leads_back))


def _body(target: etree._Element) -> etree._Element | None:
    """Return the list item or paragraph that a link leads to."""
    return next((one for one in (target, *target.iterancestors()) if local(one) in _BODIES), None)
