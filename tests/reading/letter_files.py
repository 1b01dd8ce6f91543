"""One letter in every format that is read: as text, PDF, DOCX, ODT, HTML and the XML of official publications."""

from __future__ import annotations

import io
import textwrap
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html import escape

from msgspec import Struct, field
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
WIDTH, HEIGHT = 595, 842  # points, A4
LEFT, TOP, SIZE, PITCH = 70, 90, 10, 13
FOOT = "Tweede Kamer, vergaderjaar 2023–2024, 29 521, nr. 480"


class Part(Struct, frozen=True, kw_only=True):
    """A part of the letter; `^1` in a text is the mark of note 1."""

    heading: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Letter(Struct, frozen=True, kw_only=True):
    """Parts and notes."""

    parts: tuple[Part, ...]
    notes: Mapping[str, str] = field(default_factory=dict)


LETTER = Letter(
    parts=(
        Part(text="Den Haag, 15 maart 2024"),
        Part(heading="Operatie Oak"),
        Part(
            text="De Nederlandse bijdrage aan operatie Oak wordt verlengd tot en met 30 juni 2025, onder voorbehoud "
            "van verlenging van het mandaat van de operatie, dat op 31 januari 2025 afloopt.^1 De jaarlijkse kosten "
            "van de bijdrage aan Oak zijn 2 miljoen euro. In november 2022 nam de missie de nieuwe basis in gebruik."
        ),
        Part(text="De minister zegt de Kamer het volgende toe:"),
        Part(
            items=(
                "uiterlijk 1 juli 2024 ontvangt de Kamer een overzicht van de kosten van de operatie;",
                "vóór het zomerreces bericht de minister over de evaluatie.",
            )
        ),
        Part(heading="Missie Elm"),
        Part(
            text="De bijdrage aan missie Elm loopt tot en met 31 december 2024^2 en wordt daarna niet voortgezet. "
            "Zoals gemeld in de brief van 12 december 2023 (Kamerstuk 29 521, nr. 470) is het verzoek van de Verenigde "
            "Naties in behandeling. Het kabinet informeert de Kamer zodra daar meer over bekend is."
        ),
        Part(rows=(("Eenheid", "Einddatum"), ("het fregat", "1 juni 2025"), ("de genie-eenheid", "30 april 2025"))),
        Part(text="Elk half jaar ontvangt de Kamer een stand van zaken van de missie."),
    ),
    notes={
        "1": "Zie de artikel 100-brief van 18 oktober 2023 (Kamerstuk 27 925, nr. 962).",
        "2": "De termijn volgt uit resolutie 2719 (2023).",
    },
)  # fmt: skip


def _marked(text: str, notes: Mapping[str, str], mark: Callable[[str], str]) -> str:
    for number in notes:
        text = text.replace(f"^{number}", mark(number))
    return text


def _marks(text: str, notes: Mapping[str, str]) -> list[str]:
    return [number for number in notes if f"^{number}" in text]


def as_text(letter: Letter) -> bytes:
    """Lines of 76 characters, raised marks, notes behind their paragraph."""
    found: list[str] = []
    for part in letter.parts:
        text = _marked(part.text, letter.notes, lambda number: number.translate(RAISED))
        if part.items:
            found[-1] += "\n" + "\n".join(f"- {one}" for one in part.items)
            continue
        lines = [*textwrap.wrap(text, 76), *("\t".join(row) for row in part.rows)]
        found.append(part.heading or "\n".join(lines))
        found += [f"{number} {letter.notes[number]}" for number in _marks(part.text, letter.notes)]
    return "\n\n".join(found).encode()


def as_html(letter: Letter) -> bytes:
    """A page with a title of its own, a script, and notes at its end with links both ways."""

    def mark(number: str) -> str:
        return f'<sup id="ref{number}"><a href="#note{number}">[{number}]</a></sup>'

    body = []
    for part in letter.parts:
        if part.heading:
            body.append(f"<h2>{escape(part.heading)}</h2>")
        if part.text:
            lines = "\n   ".join(textwrap.wrap(escape(part.text), 60))
            body.append(f"<p>{_marked(lines, letter.notes, mark)}</p>")
        if part.items:
            body.append("<ul>" + "".join(f"<li><p>{escape(one)}</p></li>" for one in part.items) + "</ul>")
        if part.rows:
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in part.rows)
            body.append("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
    notes = "".join(
        f'<li id="note{number}"><p>{escape(text)} <a href="#ref{number}">↑</a></p></li>'
        for number, text in letter.notes.items()
    )
    page = (
        "<!DOCTYPE html><html><head><title>Brief van 1 mei 2031</title><script>var day = '2 mei 2031'</script></head>"
    )
    return f"{page}<body><nav>3 mei 2031</nav>{''.join(body)}<hr><ol>{notes}</ol></body></html>".encode()


def as_xml(letter: Letter) -> bytes:
    """As the official publications have it: the day in an attribute, notes where their marks are."""

    def text(raw: str) -> str:
        notes = letter.notes
        return _marked(
            escape(raw), notes,
            lambda n: f'<noot id="n{n}" type="voet"><noot.nr>{n}</noot.nr><noot.al>{escape(notes[n])}</noot.al></noot>',
        )  # fmt: skip

    body = []
    for part in letter.parts[1:]:
        if part.heading:
            body.append(f"<tussenkop>{escape(part.heading)}</tussenkop>")
        if part.text:
            body.append(f"<al>{text(part.text)}</al>")
        if part.items:
            items = "".join(f"<li><li.nr>-</li.nr><al>{escape(one)}</al></li>" for one in part.items)
            body.append(f"<lijst>{items}</lijst>")
        if part.rows:
            rows = ("".join(f"<entry><al>{escape(cell)}</al></entry>" for cell in row) for row in part.rows)
            body.append(f"<table><tgroup><tbody>{''.join(f'<row>{r}</row>' for r in rows)}</tbody></tgroup></table>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><officiele-publicatie><metadata><meta name="x" content="4 mei 2031"/>'
        "</metadata><kamerstuk><dossier><dossiernummer><dossiernr>29 521</dossiernr></dossiernummer></dossier><stuk>"
        '<stuknr><ondernummer>480</ondernummer></stuknr><datumtekst>Den Haag, <datum isodatum="2024-03-15">15 maart '
        f"2024</datum></datumtekst><algemeen><vrije-tekst><tekst>{''.join(body)}</tekst></vrije-tekst></algemeen>"
        "</stuk></kamerstuk></officiele-publicatie>"
    ).encode()


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP archive; the first part is not compressed, as ODT has it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, part) in enumerate(parts.items()):
            archive.writestr(name, part, None if number else zipfile.ZIP_STORED)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _paragraph(inner: str, style: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{style}</w:pPr>' if style else ''}{inner}</w:p>"


def docx(body: str, notes: Mapping[str, str] | None = None) -> bytes:
    """Return a Word document with this body."""
    noted = "".join(
        f'<w:footnote w:id="{number}">{_paragraph(_run(text))}</w:footnote>' for number, text in (notes or {}).items()
    )
    levels = '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>'
    kinds = (("numbering", "numbering"), ("footnotes", "footnotes"), ("styles", "styles"))
    related = "".join(f'<Relationship Id="r{n}" Type="{OFFICE}/{k}" Target="{n}.xml"/>' for n, k in kinds)
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/footnotes.xml": f"<w:footnotes {W}>{noted}</w:footnotes>",
        "word/styles.xml": f'<w:styles {W}><w:style w:type="paragraph" w:styleId="Kop2"><w:name w:val="heading 2"/>'
        "</w:style></w:styles>",
        "word/numbering.xml": f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
    })  # fmt: skip


def as_docx(letter: Letter) -> bytes:
    """As Word saves it; the end of Oak was changed under tracking, and is tracked no more than the text says."""

    def runs(text: str) -> str:
        pieces = []
        for piece in _marked(text, letter.notes, lambda n: f"\0^{n}\0").split("\0"):
            mark = piece.removeprefix("^")
            pieces.append(f'<w:r><w:footnoteReference w:id="{mark}"/></w:r>' if piece[:1] == "^" else _run(piece))
        return "".join(pieces)

    body = []
    for part in letter.parts:
        if part.heading:
            body.append(_paragraph(_run(part.heading), '<w:pStyle w:val="Kop2"/>'))
        if part.text:
            body.append(_paragraph(runs(part.text)))
        numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
        body += [_paragraph(_run(one), numbered) for one in part.items]
        if part.rows:
            cells = ("".join(f"<w:tc>{_paragraph(_run(cell))}</w:tc>" for cell in row) for row in part.rows)
            body.append(f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>")
    return docx("".join(body), letter.notes)


ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
)


def odt(body: str) -> bytes:
    """Return an OpenDocument text with this body."""
    text = f"<office:body><office:text>{body}</office:text></office:body>"
    content = f"<office:document-content {ODF}>{text}</office:document-content>"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped({
        "mimetype": "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": manifest,
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>{content}',
    })  # fmt: skip


def as_odt(letter: Letter) -> bytes:
    """As LibreOffice saves it."""

    def note(number: str) -> str:
        body = f"<text:note-body><text:p>{escape(letter.notes[number])}</text:p></text:note-body>"
        return f"<text:note><text:note-citation>{number}</text:note-citation>{body}</text:note>"

    body = []
    for part in letter.parts:
        if part.heading:
            body.append(f'<text:h text:outline-level="2">{escape(part.heading)}</text:h>')
        if part.text:
            words = escape(part.text).replace(" van ", " van<text:s/>", 1)
            body.append(f"<text:p>{_marked(words, letter.notes, note)}</text:p>")
        if part.items:
            items = "".join(f"<text:list-item><text:p>{escape(i)}</text:p></text:list-item>" for i in part.items)
            body.append(f"<text:list>{items}</text:list>")
        if part.rows:
            cells = "".join(
                "<table:table-row>"
                + "".join(f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>" for cell in row)
                + "</table:table-row>"
                for row in part.rows
            )
            body.append(f"<table:table>{cells}</table:table>")
    return odt("".join(body))


class Page:
    """Draws on pages with a running foot, a page number, and notes in small print above them."""

    def __init__(self, *, lines: int = 14, **options: object) -> None:
        self.file = io.BytesIO()
        self.canvas = Canvas(self.file, pagesize=(WIDTH, HEIGHT), **options)
        self.lines, self.used, self.number = lines, 0, 1
        self.notes: list[str] = []

    def line(self, text: str, *, bold: bool = False, left: float = LEFT) -> None:
        """Draw a line; `^1` is a mark."""
        if self.used >= self.lines:
            self.turn()
        y, x = HEIGHT - TOP - PITCH * self.used, left
        self.used += 1
        for number, piece in enumerate(text.split("^")):
            if number:
                self.draw(x, y + 4, piece[0], size=6)
                x += stringWidth(piece[0], "Times-Roman", 6)
                self.notes.append(piece[0])
                piece = piece[1:]
            self.draw(x, y, piece, bold=bold)
            x += stringWidth(piece, "Times-Bold" if bold else "Times-Roman", SIZE)

    def draw(self, x: float, y: float, text: str, *, size: float = SIZE, bold: bool = False) -> None:
        """Draw a text at a place, from the bottom left."""
        self.canvas.setFont("Times-Bold" if bold else "Times-Roman", size)
        self.canvas.drawString(x, y, text)

    def turn(self) -> None:
        """End the page with its foot."""
        self.draw(LEFT, 40, FOOT, size=7)
        self.draw(WIDTH - LEFT, 40, str(self.number), size=7)
        self.canvas.showPage()
        self.used, self.number, self.notes = 0, self.number + 1, []

    def content(self) -> bytes:
        """Return the file."""
        self.turn()
        self.canvas.save()
        return self.file.getvalue()


def wrapped(text: str, width: float) -> Iterator[str]:
    """Yield lines; a long word at the end of one is hyphenated."""
    left = text
    while left:
        lines = simpleSplit(left, "Times-Roman", SIZE, width)
        line, rest = lines[0], left[len(lines[0]) :].lstrip()
        word = rest.partition(" ")[0].rstrip(",.;:")
        if len(word) > 5 and word.isalpha() and word.islower():
            cut = len(word) // 2
            line, rest = f"{line} {word[:cut]}-", word[cut:] + rest[len(word) :]
        yield line
        left = rest


def as_pdf(letter: Letter) -> bytes:
    """As a printer has it: three short pages, hyphens at line ends, notes at the foot of the page of their mark."""
    page = Page(lines=13)
    turn, pending = page.turn, page

    def with_notes() -> None:
        for place, number in enumerate(pending.notes):
            pending.draw(LEFT, 75 - 9 * place, number, size=5)
            pending.draw(LEFT + 6, 72 - 9 * place, letter.notes[number], size=7)
        turn()

    page.turn = with_notes  # type: ignore[method-assign]
    for part in letter.parts:
        if part.heading:
            page.line(part.heading, bold=True)
        for line in wrapped(part.text, 300):
            page.line(line)
        for item in part.items:
            for number, line in enumerate(wrapped(item, 300)):
                page.line(f"{'' if number else '- '}{line}", left=LEFT + 14 * bool(number))
        for first, second in part.rows:
            page.line(first)
            page.used -= 1
            page.line(second, left=300)
        page.used += not part.text.endswith(":")
    return page.content()


FORMATS: dict[str, Callable[[Letter], bytes]] = {
    "brief.txt": as_text, "brief.pdf": as_pdf, "brief.docx": as_docx, "brief.odt": as_odt, "brief.html": as_html,
    "brief.xml": as_xml,
}  # fmt: skip
