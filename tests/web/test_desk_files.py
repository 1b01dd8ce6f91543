"""The lists of the desk as files: the lines of the page, for Excel, for programs and on paper."""

import csv
import io
from datetime import date, datetime
from urllib.parse import quote

import pytest
from desk_of_two import Desk
from openpyxl import load_workbook

NOW = "/?person=all&text=mali&rule=art100-extension-letter"
ENTRIES = "/entries?text=mali"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """One desk for all of these tests: they only look."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.app.close()


def table(answer):
    """The cells of CSV as a Dutch Excel reads it."""
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_csv_has_the_lines_of_the_page(desk):
    """In the words of the reader, by the same filter; a Dutch Excel opens it in columns."""
    browser = desk.browser("lotte")
    answer = browser.get(f"{NOW}&as=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="nu-2021-01-04.csv"'
    header, line = table(answer)
    assert header[:6] == ["Onderdeel", "Uiterlijk", "Dagen", "Titel", "Registratie", "Wat"]
    assert line[:5] == ["Komende zes weken", "22-01-2021", "18", "Bijdrage c-mali", "c-mali"]
    assert line[6] == "16 weken vóór 14-05-2021 (einde) → 22-01-2021"
    header, entry = table(browser.get(f"{ENTRIES}&as=csv"))
    assert entry[:7] == ["c-mali", "Bijdrage c-mali", "bijdrage", "loopt", "14-05-2021", "14-05-2021", "22-01-2021"]


def test_an_english_reader_gets_english_headings(desk):
    """And commas."""
    header = desk.browser("wren").get(f"{NOW}&as=csv").content.decode("utf-8-sig").partition("\r\n")[0]
    assert header.startswith("Part,Due,Days left,Title")


def test_a_workbook_has_days_and_counts_to_sort_by(desk):
    """Days are dates, days left are numbers."""
    browser = desk.browser("lotte")
    for path, place, value in ((NOW, "B2", date(2021, 1, 22)), (NOW, "C2", 18), (ENTRIES, "E2", date(2021, 5, 14))):
        sheet = load_workbook(io.BytesIO(browser.get(f"{path}&as=xlsx").content)).active
        found = sheet[place].value
        assert (found.date() if isinstance(found, datetime) else found) == value, path
        assert sheet.max_row == 2


def test_json_is_for_programs(desk):
    """Names and ISO dates; what is open with its reminders, an entry as `monitor list --json` has it."""
    browser = desk.browser("wren")
    found = browser.get(f"{NOW}&as=json").json()
    [line] = found["lines"]
    assert found["day"] == "2021-01-04" and line["due"] == "2021-01-22" and line["days_left"] == 18
    assert line["next"][0].keys() == {"day", "rung"} and "Lotte Verhagen" in line["readers"]
    [entry] = browser.get(f"{ENTRIES}&as=json").json()["entries"]
    assert (entry["id"], entry["first_due"], entry["rule"]) == ("c-mali", "2021-01-22", "art100-extension-letter")


def test_files_have_all_lines(desk, monkeypatch):
    """A page says how many more there are; files and paper have them."""
    monkeypatch.setattr("monitor.web.now.PAGE", 1)
    monkeypatch.setattr("monitor.web.entries.PAGE", 1)
    browser = desk.browser("lotte")
    for path in ("/?person=all&rule=art100-extension-letter", "/entries?kind=contribution"):
        page, paper = (browser.get(f"{path}{end}").text for end in ("", "&as=print"))
        assert page.count('href="/entries/c-') == 1 and paper.count('href="/entries/c-') == 2
        assert len(table(browser.get(f"{path}&as=csv"))) == 3


def test_paper_says_what_the_list_was_narrowed_to(desk):
    """Unfolded, without menus, forms and links to change anything."""
    page = desk.browser("lotte").get("/?person=lotte&role=legal-adviser&text=mali&as=print").text
    assert "Van wie: Lotte Verhagen." in page and "Rol: juridisch adviseur." in page
    assert "<form" not in page and "/change/" not in page and page.count("<details open>") == page.count("<details")


def test_the_page_links_to_its_files(desk):
    """With the filter in the address."""
    page = desk.browser("lotte").get("/entries", params={"text": "27 925&x", "as": ""}).text
    assert f'href="/entries?text={quote("27 925").replace("%20", "+")}%26x&amp;as=xlsx"' in page


def test_an_unknown_format_is_a_page_that_says_so(desk):
    """With the nearest name."""
    answer = desk.browser("lotte").get("/entries?as=xls")
    assert answer.status_code == 404 and "xlsx" in answer.text


@pytest.mark.parametrize("form", ["csv", "json", "print"])
def test_a_file_holds_no_formula_and_no_secret(tmp_path, form):
    """A title that Excel would run stays text; the title of a sensitive entry is in no file."""
    desk = Desk(tmp_path, title="=1+1", sensitive=form != "csv")
    browser = desk.browser("lotte")
    for path in (NOW, ENTRIES):
        content = browser.get(f"{path}&as={form}").text
        assert "c-mali" in content
        assert ";'=1+1" in content if form == "csv" else "=1+1" not in content
    desk.app.close()
