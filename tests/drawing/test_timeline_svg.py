"""The picture as a file: well-formed, self-contained, described in words, without overlaps."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import combinations
from xml.etree.ElementTree import fromstring

import pytest
from facts import ROOT, added, day, demo_changes, shipped_policy
from msgspec.structs import replace

from monitor.app import words_in
from monitor.core.changes.bulk import intake
from monitor.core.forecast.timeline import default_span, timeline
from monitor.core.model.people import People
from monitor.core.model.register import Register
from monitor.core.planning.plan import plan
from monitor.drawing.svg import NAMESPACE, length
from monitor.drawing.timeline_svg import timeline_svg

SVG = f"{{{NAMESPACE}}}"
WORDS = words_in("en")
FIRST, TODAY = day("21-09-2020"), day("01-03-2021")
SIZES = {
    "head": 17,
    "kind": 11,
    "id": 13.5,
    "small": 10,
    "tick": 11,
    "today": 11,
    "count": 8.5,
    "hollow": 8.5,
    "recess": 9.5,
}
ODD = [
    added(FIRST, "m-oneday", "mandate", valid_from="2021-05-10", valid_until="2021-05-10"),
    added(FIRST, "m-open", "mandate", valid_from="2021-04-01/.."),
    added(FIRST, "m-century", "mandate", valid_from="1815-01-01", valid_until="2999-12-31"),
    added(FIRST, "m-always", "mandate", valid_from="0001-01-01", valid_until="9999-12-31"),
    added(FIRST, "m-doubt", "mandate", valid_from="2021", valid_until="2021-41"),
    added(FIRST, "m-about", "mandate", valid_from="2021-04-01~", valid_until="2021-12-31~"),
    added(FIRST, "m-unknown", "mandate"),
    added(FIRST, "m-opened", "mandate", valid_from="../2020-12-01", valid_until="2021-09-30"),
    added(FIRST, "c-secret", "contribution", title="Geheim", valid_until="2021-06-30", sensitive=True),
    added(FIRST, "c-" + "long-" * 20, "contribution", title="<script>alert(1)</script> & \"'" + "M" * 90,
          valid_until="2021-10-31", procedure="art100"),
    added(FIRST, "c-late", "contribution", valid_until="2021-03-20", procedure="art100"),
    added(FIRST, "c-wide", "contribution", title="日本語のタイトル" * 9, valid_until="2022-01-31"),
]  # fmt: skip


def many(count=200):
    """As many entries as a ministry of several."""
    for number in range(count):
        end = date(2021, 1, 1) + timedelta(days=number * 37 % 700)
        yield added(
            FIRST, f"c-{number:03}", "contribution", valid_until=str(end), procedure=("art100", "none")[number % 2],
            valid_from=str(end - timedelta(days=50 + number * 11 % 400)),
            depends_on=[f"c-{number - 1:03}"] if number % 3 == 1 else [],
        )  # fmt: skip


def shown(changes, first=None, last=None):
    register = intake(Register(), list(changes), shipped_policy())
    begin, end = default_span(TODAY, first, last)
    made = plan(register, TODAY, shipped_policy(), People(), {})
    return timeline(register, made, shipped_policy(), first=begin, last=end, today=TODAY)


PICTURES = {
    "demo": (demo_changes(), None, None), "odd": (ODD, None, None), "empty": ([], None, None),
    "centuries": (ODD, date(1800, 1, 1), date(2100, 12, 31)), "all of time": (ODD, date.min, date.max),
    "a day": (ODD, day("10-05-2021"), day("10-05-2021")), "many": (list(many()), None, None),
}  # fmt: skip


@pytest.fixture(params=PICTURES, scope="module")
def picture(request):
    return timeline_svg(shown(*PICTURES[request.param]), WORDS)


@pytest.fixture(params=PICTURES, scope="module")
def dutch(request):
    return timeline_svg(shown(*PICTURES[request.param]), words_in("nl"))


def boxes(picture):
    """Every text with the room it takes: left, right, top, bottom."""
    for text in fromstring(picture).iter(f"{SVG}text"):
        size = SIZES[text.get("class")]
        wide, x, y = length(text.text, size), float(text.get("x")), float(text.get("y"))
        left = x - wide / 2 if text.get("text-anchor") == "middle" else x
        yield text.text, left, left + wide, y - 0.72 * size, y + 0.2 * size


def test_no_text_overlaps_another_or_leaves_the_picture(picture):
    assert_apart(picture)


def assert_apart(picture):
    root, found = fromstring(picture), list(boxes(picture))
    width, height = float(root.get("width")), float(root.get("height"))
    for text, left, right, top, bottom in found:
        assert left >= 0 and right <= width and top >= 0 and bottom <= height, text
    by_line = sorted(found, key=lambda box: box[3])
    for one, other in combinations(by_line, 2):
        if other[3] < one[4]:
            assert one[2] <= other[1] or other[2] <= one[1] or other[3] >= one[4], (one, other)


def test_every_shape_lies_within_the_picture(picture):
    root = fromstring(picture)
    for rect in root.iter(f"{SVG}rect"):
        x, width = float(rect.get("x", 0)), float(rect.get("width"))
        assert width > 0 and x >= 0 and x + width <= float(root.get("width")) + 0.2, rect.attrib


def test_it_is_self_contained_and_told_in_words(picture):
    root = fromstring(picture)
    assert root.get("role") == "img" and root.find(f"{SVG}title").text.startswith("Timeline ")
    assert "overdue" in root.find(f"{SVG}desc").text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|<image|@import|url\((?!#doubt)", picture)
    ids = [item.get("id") for item in root.iter() if item.get("id")]
    assert len(ids) == len(set(ids))


def test_due_days_and_rows_are_described_in_words():
    """A due day has its derivation, a row its periods."""
    root = fromstring(timeline_svg(shown(demo_changes()), WORDS))
    tips = [tip.text for tip in root.iter(f"{SVG}title")]
    assert any("6 weeks before 31-12-2021 (end) → 19-11-2021" in tip and "extension-letter/0" in tip for tip in tips)
    (row,) = (tip for tip in tips if tip.startswith("c-irini-2 · "))
    assert "… – 2021-12-31" in row and "secured until 31-03-2021, because m-irini ends then" in row
    assert any(tip.startswith("summer recess 2021 (") for tip in tips)


def test_a_dutch_picture_is_dutch(dutch):
    """Its title, key and descriptions; the catalogue had them and the picture did not ask."""
    root = fromstring(dutch)
    assert root.find(f"{SVG}title").text.startswith("Tijdlijn ")
    assert "registraties, elk een rij" in root.find(f"{SVG}desc").text
    texts = " ".join(item.text or "" for item in root.iter() if item.tag != f"{SVG}style")
    assert not re.search(r"\b(in force|secured|overdue|today|due|entries|recess|until|because)\b", texts)


def test_no_dutch_text_overlaps_another_or_leaves_the_picture(dutch):
    """Dutch is longer than English, for which the room was measured."""
    assert_apart(dutch)


def test_a_sensitive_entry_stands_by_its_id_only():
    picture = timeline_svg(shown(ODD), WORDS)
    assert "c-secret" in picture and "Geheim" not in picture


def test_no_difference_is_one_of_colour_alone():
    """Doubt, what is not secured and what is late differ in shape or lightness too."""
    picture = timeline_svg(shown([*demo_changes(), *ODD]), WORDS)
    assert 'fill="url(#doubt)"' in picture and "stroke-dasharray" in picture
    assert re.search(r'd="M[\d.]+ [\d.]+h[\d.]+v[\d.]+h-[\d.]+Z" fill="#b3202c"', picture)  # a square, not a diamond


def test_control_characters_make_no_broken_file():
    change = added(FIRST, "m", "mandate", valid_until="2021-12-31")
    hostile = replace(change, content=replace(change.content, title="a\x00\x0b\x1b[31m\ud800b"))
    root = fromstring(timeline_svg(shown([hostile]), WORDS))
    assert any("a" in (text.text or "") and "[31m" in (text.text or "") for text in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_in_a_page_names_what_is_due(name):
    """Each mark is a link beside that of its row, named in words; what it shows on focus lies within the picture."""
    text = timeline_svg(shown(*PICTURES[name]), WORDS, "/entries/{}".format)
    root = fromstring(text)
    assert "<style" not in text and not re.search(r'(fill|stroke)="#', text)
    names = [one for one in root.iter(f"{SVG}g") if one.get("class") == "name"]
    marks = [one for one in root.iter(f"{SVG}a") if one.get("class") == "mark"]
    assert len(names) == len(marks) and all(one.find(f"{SVG}title").text for one in marks)
    assert not [inner for link in root.iter(f"{SVG}a") for inner in link.iterfind(f".//{SVG}a")]
    for one in names:
        box = {key: float(one.find(f"{SVG}rect").get(key)) for key in ("x", "y", "width", "height")}
        assert box["x"] >= 0 and box["x"] + box["width"] <= float(root.get("width")) and box["y"] >= 0, box
        for line in one.iter(f"{SVG}text"):
            assert length(line.text, 12) <= box["width"] and box["y"] < float(line.get("y")) < box["y"] + box["height"]


def test_the_picture_in_the_readme_is_what_the_program_draws():
    drawn = timeline_svg(shown(demo_changes(), day("01-10-2020"), day("31-12-2021")), WORDS)
    assert (ROOT / "docs" / "timeline.svg").read_text(encoding="utf-8") == drawn
    assert "](docs/timeline.svg)" in (ROOT / "README.md").read_text(encoding="utf-8")
