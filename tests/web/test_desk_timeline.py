"""The timeline as a page: what the address asks for, a hundred entries at a time, drawn and as a table."""

import re

import pytest
from desk_of_two import MONDAY, words
from facts import added

from monitor.drawing.svg import STYLE
from monitor.web.desk import STATIC


def ids(page):
    """Entries of the table, in its order."""
    return re.findall(r'<th scope="row"><a href="/entries/([^"]+)"', page.text)


def test_drawing_and_table_show_the_same(desk):
    """Each entry is a link in both, and each due day is; what is late is so in both."""
    page = desk.browser("lotte").get("/timeline")
    picture, _, table = page.text.partition("</svg>")
    for id in ("c-mali", "c-niger"):
        assert len(re.findall(f'<a [^>]*href="/entries/{id}"', picture)) > 1
    assert "16 weken vóór 14-05-2021 (einde) → 22-01-2021" in picture
    said = words(table)
    assert "Gedekt tot en met" in said and "vr 22 jan 2021 Artikel 100-brief" in said and "te laat" not in said
    desk.change(added(MONDAY, "t-late", "commitment", due_on="2020-12-18"))
    assert "te laat" in words(desk.browser("lotte").get("/timeline").text.partition("</svg>")[2])


def test_the_address_is_the_filter(desk):
    """Kind, words and years; what it does not know gives what is usual."""
    desk.change(added(MONDAY, "m-far", "mandate", title="Verre missie", valid_from="2023-01-01"))
    browser = desk.browser("lotte")
    assert ids(browser.get("/timeline")) == ["c-mali", "c-niger"]
    assert 'class="whole" href="/entries/m-far"' in browser.get("/timeline").text
    assert ids(browser.get("/timeline?years=5")) == ["m-far", "c-mali", "c-niger"]
    assert ids(browser.get("/timeline?years=5&kind=mandate")) == ["m-far"]
    assert ids(browser.get("/timeline?text=bijdrage+niger")) == ["c-niger"]
    assert ids(browser.get("/timeline?years=900&by=colour&page=x")) == ["c-mali", "c-niger"]
    assert "In deze tijd valt niets." in browser.text("/timeline?text=nergens")


def test_entries_are_grouped_by_what_they_depend_on(desk):
    """Under the title of the base, which comes first; the others are last."""
    desk.change(added(MONDAY, "m-eu", "mandate", title="EU-missie", valid_until="2021-12-31"))
    desk.change(added(MONDAY, "c-eu", "contribution", title="Staf", valid_until="2021-06-30", depends_on=["m-eu"]))
    page = desk.browser("lotte").get("/timeline?by=base")
    assert ids(page) == ["m-eu", "c-eu", "c-mali", "c-niger"]
    assert re.findall(r'scope="rowgroup">([^<]+)', page.text) == ["EU-missie", "Zonder samenhang"]
    assert re.findall(r'class="kind">([^<]+)', page.text) == ["EU-missie", "Zonder samenhang"]
    page = desk.browser("wren").get("/timeline")
    assert re.findall(r'scope="rowgroup">([^<]+)', page.text) == ["Mandate", "Contribution"]


def test_a_hundred_entries_are_one_page(desk):
    """The next ones follow, under the same question; a page that there is not gives the last."""
    end = "2021-11-30"
    desk.change(*(added(MONDAY, f"m-{n:03}", "mandate", title=f"Missie {n}", valid_until=end) for n in range(103)))
    browser = desk.browser("lotte")
    first, second = browser.get("/timeline?years=2"), browser.get("/timeline?years=2&page=2")
    assert len(ids(first)) == 100 and ids(second) == ["m-100", "m-101", "m-102", "c-mali", "c-niger"]
    assert "Registraties 1 tot en met 100 van 105" in words(first.text) and "Vorige" not in words(first.text)
    [following, _] = re.findall(r'href="([^"]+)" rel="next"', first.text)
    assert ids(browser.get(following.replace("&amp;", "&"))) == ids(second) == ids(browser.get("/timeline?page=99999"))
    assert 'class="picture tall"' in first.text and 'class="picture"' in second.text


@pytest.mark.parametrize("rule", re.findall(r"(\.[a-z]+) {(.*?)}", STYLE, re.DOTALL))
def test_type_is_the_same_in_the_file_and_on_the_page(rule):
    """A page may not have the style inside its drawing: the sheet of the desk repeats it, with colours to be set."""
    name, said = rule
    sheet = re.sub(r"var\(--desk-drawing-[a-z-]+, (#\w+)\)", r"\1", (STATIC / "desk.css").read_text("utf-8"))
    assert f".picture {name} {{ {' '.join(said.split())} }}" in sheet.replace(".picture .count, ", "")
