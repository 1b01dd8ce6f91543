"""Letters as PDF, DOCX, ODT, HTML and official XML: the same reading as of their text, and what is no letter."""

import io
import zlib

import letter_files
import pytest
import score
from letter_files import FORMATS, LETTER, Letter, Page, Part, as_pdf, docx, odt, zipped
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from monitor.core.errors import BadValue
from monitor.reading.formats import files
from monitor.reading.formats.files import letter_text
from monitor.reading.formats.pdf.document import read_pdf
from monitor.reading.formats.worker import read

W = letter_files.W
LOL = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
END = "De vergunning loopt op 1 mei 2025 af."


def facts(text):
    """What was read of a letter, without places."""
    found = score.reader().read(text, lang="nl")
    return (
        found.letter.letter_date,
        [(one.quote, one.role, one.edtf, one.register, one.why, one.doubts) for one in found.spans],
        [(one.quote, one.id, one.date) for one in found.references],
        [(one.quote, one.value, one.per) for one in found.amounts],
        [
            (one.kind, one.act, one.title, {name: read.value for name, read in one.fields.items()}, one.condition,
             one.depends_on, one.references, one.amounts, one.doubts, one.certain)
            for one in found.statements
        ],
    )  # fmt: skip


def text_of(kind, content):
    """The text of a file, read in this process, or the sentence that says why there is none."""
    answer = read(kind, content)
    return answer.letter.text if answer.letter else answer.what


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "brief.txt"])
def test_every_format_gives_the_reading_of_the_text(name):
    """Dates, roles, references, sums and statements of a letter with notes, a list and a table."""
    expected = facts(letter_files.as_text(LETTER).decode())
    letter = letter_text(name, FORMATS[name](LETTER))
    assert facts(letter) == expected
    notes = {one.mark: letter.text[one.start : one.end] for one in letter.blocks if one.kind == "footnote"}
    assert notes == {mark: f"{mark} {text}" for mark, text in LETTER.notes.items()}


@pytest.mark.parametrize("lines", [3, 4, 5, 6, 7, 9])
def test_a_page_may_end_inside_a_date(monkeypatch, lines):
    """Foot, page number and notes stand between the halves of sentences, words and dates; nothing changes."""
    monkeypatch.setattr(letter_files, "Page", lambda lines_of_a_page=0, **options: Page(lines=lines))
    letter = read_pdf(as_pdf(LETTER))
    assert facts(letter) == facts(letter_files.as_text(LETTER).decode())
    assert len(letter.pages) > 2
    assert letter_files.FOOT not in letter.text
    assert facts(letter.text)[1] == facts(letter)[1]  # as `monitor read brief.pdf --text | monitor read -` has it


def test_columns_are_read_one_after_the_other():
    """The left column before the right one, a title over both before them, a margin of small print apart."""
    page = Page(lines=40)
    page.line("Verslag over de bijdragen", bold=True)
    page.used += 1
    left = (
        "De bijdrage aan missie Elm loopt tot en met 31 december 2024 en wordt daarna beëindigd. Het schip keert dan "
        "naar de thuishaven terug."
    )
    right = "De bijdrage aan operatie Oak duurt voort tot en met 30 juni 2025. Het kabinet informeert de Kamer nader."
    for number, text in enumerate((left, right)):
        for place, line in enumerate(letter_files.wrapped(text, 200)):
            page.draw(70 + 240 * number, 700 - 13 * place, line)
    for place, line in enumerate(("Datum", "15 maart 2024", "Ons kenmerk", "BZ-2024-117", "Bijlage", "geen")):
        page.draw(530, 697 - 9 * place, line, size=6.5)
    text = " ".join(read_pdf(page.content()).text.replace("-\n", "").split())
    assert text.startswith(f"Verslag over de bijdragen {left} {right} Datum 15 maart 2024")


def test_a_page_that_is_a_scan_is_named():
    """The other pages are read; the reading says which one was not."""
    page = Page()
    page.line(END)
    page.turn()
    page.canvas.drawImage(ImageReader(io.BytesIO(_picture())), 0, 0, 500, 700)
    page.canvas.showPage()
    page.canvas.save()
    letter = letter_text("brief.pdf", page.file.getvalue())
    assert (letter.text, len(letter.pages)) == (END, 2)
    assert [str(one) for one in letter.remarks] == ["Page 2 has no text: it is a scan, and was not read."]


def _picture():
    """The smallest PNG."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (1).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def test_tracked_changes_hold_back_what_they_touch():
    """An insertion is read and marked, a deletion is not read; the reading says that there are changes."""
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    body = (
        f"<w:p>{run.format('De vergunning loopt op ')}<w:del>{run.format('1 mei').replace('w:t', 'w:delText')}</w:del>"
        f"<w:ins w:id='1'>{run.format('1 juni')}</w:ins>{run.format(' 2025 af.')}</w:p>"
    )
    marked = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>1 mei</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:p>De vergunning loopt op <text:change-start/>1 juni"
        "<text:change-end/> 2025 af.</text:p>"
    )
    for kind, content in (("docx", docx(body)), ("odt", odt(marked))):
        answer = read(kind, content)
        text = answer.letter.text
        assert text == "De vergunning loopt op 1 juni 2025 af."
        assert [text[start:end] for start, end in answer.letter.inserted] == ["1 juni"]
        assert "tracked changes" in answer.remarks[0][0]


def test_official_xml_names_date_number_and_documents():
    """Its own attributes are the day and the number; a link is a reference where the words name none."""
    body = (
        "<kamerstuk><dossier><dossiernummer><dossiernr>36 800 XIV</dossiernr></dossiernummer></dossier><stuk><stuknr>"
        '<ondernummer>7</ondernummer></stuknr><datumtekst><datum isodatum="2024-03-15">medio maart</datum></datumtekst>'
        '<al>Zie <extref doc="kst-29521-470">de brief van 12 december 2023</extref>.</al></stuk></kamerstuk>'
    )
    letter = letter_text("kst.xml", body.encode())
    found = score.reader().read(letter, lang="nl")
    assert (found.letter.letter_date, found.letter.letter_date_basis) == ("2024-03-15", "read")
    assert found.letter.references == ("36800-XIV-7", "29521-470")
    assert [(one.quote, one.date) for one in found.references] == [("de brief van 12 december 2023", "2023-12-12")]


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("html", "<p>tot<br>en met 1&nbsp;mei <del>2024</del><ins>2025</ins><p hidden>x", "tot\nen met 1\xa0mei 2025"),
        ("html", "<table><tr><td><p>een</p><table><tr><td>a<td>b</table></table>", "een\n\na\tb"),
        ("html", "<ol type=a start=2><li>een<ul><li>twee</ul>drie</ol>", "b. een\n- twee\ndrie"),
        ("html", "<p>2021<sup>1</sup> en 1 m<sup>2</sup><p><sup>1</sup> Zie 4.</p>", "2021¹ en 1 m²\n\n1 Zie 4."),
        ("html", "<pre>Eerste regel\nen tweede\n\nDerde</pre>", "Eerste regel\nen tweede\n\nDerde"),
        ("html", "<p>vóór 1 mei</p>".encode("cp1252"), "vóór 1 mei"),
        ("odt", odt("<text:p>a<text:tab/>b<text:line-break/>c<text:s text:c='2'/>d</text:p>"), "a\tb\nc d"),
    ],
)  # fmt: skip
def test_marks_of_a_page_become_plain_text(kind, content, text):
    """Line breaks, tables for layout, lists, raised numbers, what is hidden or struck out."""
    assert text_of(kind, content if isinstance(content, bytes) else content.encode()) == text


def pdf(pages=1, **options):
    """A PDF of these pages."""
    file = io.BytesIO()
    canvas = Canvas(file, **options)
    for _ in range(pages):
        canvas.drawString(50, 800, END)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def stream(content, filter=""):
    """A PDF of one page with this stream, as a repair program leaves it."""
    return b"".join((
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject"
        b"<</X 4 0 R>>>>>>endobj\n4 0 obj<<", filter.encode(), b"/Length ", str(len(content)).encode(), b">>stream\n",
        content, b"\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF",
    ))  # fmt: skip


DAMAGED = "it is damaged, cut off or nested too deeply"
OFFICIAL = b"<?xml version='1.0'?>"
NO_LETTERS = {
    "10000 pages": ("pdf", lambda: pdf(300), "more than {most} pages"),
    "a form inside itself": ("pdf", lambda: stream(b"/X Do"), "it is a scan, or empty"),
    "no words": ("pdf", lambda: stream(b""), "it is a scan, or empty"),
    "cut off": ("pdf", lambda: pdf()[:300], DAMAGED),
    "only a head": ("pdf", lambda: b"%PDF-1.7\n", DAMAGED),
    "a password": ("pdf", lambda: pdf(encrypt=StandardEncryption("x")), "protected by a password"),
    "too many parts": ("docx", lambda: zipped({str(n): "" for n in range(2001)}), "more than {most} parts"),
    "a bomb": ("docx", lambda: zipped({"word/document.xml": b" " * 65 * 1024**2}), "unpacks to more than {most} MB"),
    "entities in a part": ("docx", lambda: zipped({"word/document.xml": f"{LOL}<w>&b;</w>"}), "declares entities"),
    "no Word": ("docx", lambda: zipped({"word/document.xml": "<a/>"}), DAMAGED),
    "nested runs": ("docx", lambda: docx(f"<w:p>{'<w:r>' * 9000}{'</w:r>' * 9000}</w:p>"), DAMAGED),
    "entities in an ODT": ("odt", lambda: zipped({"content.xml": f"{LOL}<x>&b;</x>"}), "declares entities"),
    "another document": ("odt", lambda: zipped({"content.xml": "<x/>"}), "no OpenDocument text"),
    "a protected ODT": (
        "odt", lambda: zipped({"content.xml": b"\1", "META-INF/manifest.xml": "encryption-data"}), "by a password",
    ),
    "entities": ("xml", lambda: OFFICIAL + f"{LOL}<kamerstuk>&b;</kamerstuk>".encode(), "declares entities"),
    "other XML": ("xml", lambda: OFFICIAL + b"<feed>op 1 mei 2025</feed>", "no official publication"),
    "nested XML": ("xml", lambda: b"<kamerstuk>" + b"<al>" * 300 + b"</al>" * 300 + b"</kamerstuk>", DAMAGED),
    "nested HTML": ("html", lambda: b"<html>" + b"<div>" * 300 + b"1 mei 2025", DAMAGED),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_LETTERS)
def test_what_is_no_letter_has_its_sentence(name):
    """A file that is hostile, damaged or of another kind is refused with what is wrong."""
    kind, content, said = NO_LETTERS[name]
    assert said in text_of(kind, content())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("brief.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "an old or a protected Word document"),
        ("brief.rtf", b"{\\rtf1 x}", "is RTF"),
        ("brief.docx", zipped({"a": "b"}), "is an archive, and no letter"),
        ("brief.docx", FORMATS["brief.docx"](LETTER)[:700], "is damaged or cut off"),
        ("brief.pdf", b"%PDF-1.4" + b"x" * 33 * 1024**2, "is larger than 32 MB"),
        ("brief.html", b"<html></html>", "has no text"),
    ],
)
def test_the_content_says_what_a_file_is(name, content, said):
    """A wrong suffix changes nothing; what is not read is named with what is."""
    with pytest.raises(BadValue, match=said):
        letter_text(name, content)
    assert letter_text("brief.docx", pdf()).text == END
    assert letter_text("brief.pdf", END.encode()).text == END


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [("MEMORY", 120, "takes more than 120 MB|cannot be read"), ("PROCESSOR", 1, "takes more than 1 s")],
)
def test_a_hostile_file_ends_only_its_own_process(monkeypatch, limit, value, said):
    """A PDF that unpacks to a thousand times its size is read under limits of memory and of processor time."""
    monkeypatch.setattr(files, limit, value)
    content = zlib.compress(b"BT /F1 9 Tf " + b"(aaaaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 200_000 + b"ET")
    with pytest.raises(BadValue, match=said):
        letter_text("bomb.pdf", stream(content, "/Filter/FlateDecode"))


def test_a_list_belongs_to_what_announces_it():
    """Items and rows behind a colon are in its paragraph, also where a page ends between them."""
    letter = Letter(parts=(Part(text="De minister stuurt:"), Part(items=("een brief;", "een overzicht."))))
    assert text_of("html", letter_files.as_html(letter)) == "De minister stuurt:\n- een brief;\n- een overzicht."
