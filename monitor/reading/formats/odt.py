"""ODT, by its content.xml: paragraphs, lists, tables and notes. What was deleted under tracking is not read."""

from __future__ import annotations

from lxml import etree
from msgspec.structs import replace

from monitor.core.model.reading import LetterText
from monitor.reading.formats.archive import opened, parts
from monitor.reading.formats.blocks import CHANGED, INSERTED, Blocks, tags
from monitor.reading.formats.marked_up import Markup, Note, Role, Walk, local
from monitor.reading.formats.unreadable import Unreadable

BODY, MANIFEST = "content.xml", "META-INF/manifest.xml"
ROLES: dict[str, Role] = {
    "p": "block", "h": "heading", "section": "block", "frame": "block",
    "list": "list", "list-item": "item", "list-header": "item",
    "table": "table", "table-row": "row", "table-cell": "cell",
    "line-break": "break", "tab": "tab",
    **dict.fromkeys(("tracked-changes", "annotation", "annotation-end", "forms", "covered-table-cell"), "skip"),
    **dict.fromkeys(("sequence-decls", "variable-decls", "user-field-decls", "title", "desc"), "skip"),
}  # fmt: skip
LONGEST_SPACE = 100  # spaces
_BEGIN, _END = tags(INSERTED)


def read_odt(content: bytes) -> LetterText:
    """Return the text of an OpenDocument text. Raises Unreadable."""
    with opened(content) as archive:
        found = parts(archive, (BODY, MANIFEST))
    if b"encryption-data" in found.get(MANIFEST, b""):
        raise Unreadable("{name} is protected by a password.", "a copy without a password")
    if BODY not in found:
        raise Unreadable("{name} is no OpenDocument text.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(found[BODY], parser)
    body = next((one for one in root.iter() if local(one) == "text" and local(one.getparent()) == "body"), None)
    if body is None:
        raise Unreadable("{name} is no OpenDocument text.")
    blocks = Blocks()
    walk = Walk(Markup(roles=ROLES, note=_note, space=_space), blocks)
    walk.read(body)
    walk.end_block()
    letter = blocks.letter()
    changed = any(local(one) == "changed-region" for one in body.iter())
    return replace(letter, inserted=blocks.ranges(INSERTED), remarks=(CHANGED,) if changed else ())


def _space(element: etree._Element) -> str:
    """Return the spaces that an element is written for, or the tag where an insertion begins or ends."""
    name = local(element)
    if name == "s":
        count = next((value for key, value in element.attrib.items() if str(key).endswith("}c")), "1")
        return " " * min(int(count), LONGEST_SPACE) if str(count).isdecimal() else " "
    return {"change-start": _BEGIN, "change-end": _END}.get(name, "")


def _note(element: etree._Element) -> Note | None:
    if local(element) != "note":
        return None
    label = next((one for one in element if local(one) == "note-citation"), None)
    return Note(
        label="".join(label.itertext()).strip() if label is not None else "",
        body=[one for one in element if local(one) == "note-body"],
    )
