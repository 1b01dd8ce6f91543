"""The desk in a real browser: the work is done, without a script too, by the keyboard alone, and on paper."""

import importlib.util
import io
from datetime import timedelta
from importlib.resources import files

import pdfplumber
import pytest
from facts import day
from real_browser import Served, chromium
from test_desk_routes import ROUTES

from monitor.actions.check.check import check
from monitor.core.model.slots import slot_of

LETTER = "document:art100-letter"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = {"width": 320, "height": 256}  # what is left of 1280 by 1024 at 400 %
MOST_TABS = 40  # from the top of a page to its last button
RECORD = f"/change/record?about=c-mali&type={LETTER}"


@pytest.fixture(scope="module")
def browser():
    """One browser for all of these tests."""
    with chromium() as started:
        yield started


@pytest.fixture
def served(browser, tmp_path):
    """A desk of its own, for a test that changes something."""
    found = Served(tmp_path, browser)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def seen(browser, tmp_path_factory):
    """A desk for the tests that only look."""
    title = (
        "Bijdrage aan de EU-trainingsmissie, met een zo lange naam dat hij op een smal scherm niet op één regel past"
    )
    found = Served(tmp_path_factory.mktemp("seen"), browser, title=title)
    yield found
    found.stop()


def shown(page):
    """Open a page of each route in turn, and more addresses, all unfolded."""
    verbs = ("extend", "end", "note", "mute", "absent", "confirm")
    plain = [path.replace("{entry}", "c-mali").replace("{verb}", "note") for path, method in ROUTES if method == "GET"]
    more = ["/?person=all", "/entries/none", RECORD, *(f"/change/{verb}?about=c-mali" for verb in verbs)]
    for address in (*dict.fromkeys(path for path in plain if "{" not in path), *more):
        if page.request.get(address).headers.get("content-type", "").startswith("text/html"):
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            yield address


def fill_in(page):
    """Record a letter for two entries, up to the page that says what it would do."""
    page.get_by_role("link", name="Brief vastleggen").first.click()
    page.get_by_label("Nog andere registraties").fill("c-mali c-niger")
    page.get_by_label("Kenmerk").fill("27 925, nr. 946")
    page.get_by_role("button", name="Bekijk wat er verandert").click()
    page.get_by_role("heading", name="Klopt dit?").wait_for()  # a click returns before the next page is there
    assert page.get_by_text("Dit wordt afgesloten").count() == 2


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_work_is_done_in_a_browser(served, script):
    """Sign in, record a letter for two entries: the lines are gone and the next check mails nothing about them."""
    page = served.page(java_script_enabled=script)
    assert page.locator(".lines").get_by_text("Artikel 100-brief").count() == 2
    fill_in(page)
    page.get_by_role("button", name="Vastleggen").click()
    assert page.get_by_role("status").inner_text() == "De wijziging is vastgelegd."
    page.goto("/")
    page.get_by_role("heading", level=1).wait_for()
    assert page.locator(".lines").get_by_text("Artikel 100-brief").count() == 0
    desk = served.desk
    done = check(desk.app, slot_of(desk.app.policy, day("05-01-2021")) + timedelta(minutes=1))
    assert not [one for one in done.queued if LETTER in one.obligation.rule.closes_on]


def test_the_keyboard_goes_all_the_way(served):
    """From the link that skips the menu to the button that saves, with the focus always in sight."""
    page = served.page()
    page.goto(RECORD)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for name in ("about", "about", "type", "on", "reference"):
        page.keyboard.press("Tab")
        assert focus(page)["name"] == name
    page.keyboard.type("27 925, nr. 946")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Klopt dit?").wait_for()
    page.wait_for_load_state()  # its style sheet too
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if focus(page)["says"] == "Vastleggen":
            break
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()


def focus(page):
    """What has the focus; it has an outline, and lies on the page."""
    found = page.evaluate(
        "(e => ({name: e.name || '', says: e.innerText || '', outline: getComputedStyle(e).outlineStyle,"
        " high: e.getBoundingClientRect().height}))(document.activeElement)"
    )
    assert found["outline"] == "solid" and found["high"] > 0, found
    return found


def axe():
    """The checks of axe-core, as a package for tests brings them."""
    if importlib.util.find_spec("axe_playwright_python") is None:
        pytest.skip("no axe-core in this environment: pip install -r requirements.lock")
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def findings(page, only):
    """What axe-core finds on the page that is shown, each with the element."""
    run = "async only => (await axe.run(document, {runOnly: only})).violations"
    found = page.evaluate(run, only)
    return [f"{page.url} {one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


def test_axe_finds_nothing_on_any_page(seen):
    """Of WCAG 2.2 AA and good practice, target sizes among them; and of contrast in the dark."""
    source, page, found = axe(), seen.page(color_scheme="light"), []

    def look():
        page.evaluate(source)
        page.emulate_media(color_scheme="light")
        found.extend(findings(page, {"type": "tag", "values": RULES}))
        page.emulate_media(color_scheme="dark")
        found.extend(f"dark {one}" for one in findings(page, {"type": "rule", "values": ["color-contrast"]}))

    for _ in shown(page):
        look()
    page.goto("/")
    fill_in(page)
    look()
    page.goto("/change/extend?about=c-mali")
    page.get_by_role("button", name="Bekijk wat er verandert").click()
    page.get_by_role("alert").wait_for()  # the day is missing
    look()
    assert not found, "\n".join(found)


def test_every_page_fits_a_narrow_screen(seen):
    """320 px wide, or 1280 px at 400 %: nothing scrolls sideways but what says so."""
    page = seen.page(viewport=NARROW)
    wide = {address: page.evaluate("document.documentElement.scrollWidth") for address in shown(page)}
    assert len(wide) > 10 and not {address: width for address, width in wide.items() if width > NARROW["width"]}


def test_forced_colours_keep_what_colour_says(seen):
    """Chips, buttons and the page that is open have an edge, and the focus an outline."""
    page = seen.page(forced_colors="active")
    edges = page.evaluate(
        "[...document.querySelectorAll('.chip, main button, nav a[aria-current]')]"
        ".map(e => getComputedStyle(e).borderBottomStyle)"
    )
    assert len(edges) > 4 and set(edges) == {"solid"}
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_page_prints_without_what_is_to_be_clicked(seen):
    """A4; the lines, and no menu, filter or button."""
    page, counts = seen.page(), {}
    for address in ("/?person=all", "/entries/c-mali", "/entries", "/timeline"):
        page.goto(address)
        with pdfplumber.open(io.BytesIO(page.pdf(format="A4"))) as paper:
            counts[address] = len(paper.pages)
            text = paper.pages[0].extract_text()
        assert "Afmelden" not in text and "Brief vastleggen" not in text
    assert counts == {"/?person=all": 1, "/entries/c-mali": 2, "/entries": 1, "/timeline": 1}


def test_the_timeline_leads_to_each_entry(seen):
    """By the keyboard: an entry and its due days are links, and the focus says above the mark what is due."""
    page = seen.page(viewport=NARROW)
    page.goto("/timeline")
    mark = page.get_by_role("link", name="Artikel 100-brief over verlenging of beëindiging", exact=False).first
    name = mark.locator(".name")
    assert not name.is_visible()
    page.locator(".picture a[href='/entries/c-mali']").first.focus()
    page.keyboard.press("Tab")
    assert name.is_visible() and "uiterlijk 22-01-2021" in " ".join(name.locator("text").all_text_contents())
    box, sign, drawing = (one.bounding_box() for one in (name, mark.locator("path"), page.locator(".picture")))
    assert drawing["x"] <= box["x"] and box["x"] + box["width"] <= drawing["x"] + drawing["width"]
    assert drawing["y"] <= box["y"] and box["y"] + box["height"] <= sign["y"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/entries/c-mali")


def test_lists_break_no_word(seen):
    """From the width at which lists are tables, each word of a cell and each day is on one line."""
    page = seen.page(viewport={"width": 768, "height": 900})
    broken = """() => [...document.querySelectorAll('.list td, .list thead th, .date, .whole')].flatMap(cell => {
        const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [], range = new Range();
        while (walk.nextNode()) for (const word of walk.currentNode.data.matchAll(/[^\\s-]+/g)) {
            range.setStart(walk.currentNode, word.index);
            range.setEnd(walk.currentNode, word.index + word[0].length);
            if (range.getClientRects().length > 1) found.push(word[0]);
        }
        return found;
    })"""
    for address in ("/timeline", "/timeline?by=base&years=5", "/entries"):
        page.goto(address)
        assert page.evaluate("document.querySelectorAll('.list td').length") > 4
        assert page.evaluate(broken) == [], address


def test_the_timeline_is_drawn_for_the_dark(seen):
    """Its paper and its ink are those of the page."""
    page = seen.page(color_scheme="dark")
    page.goto("/timeline")
    colours = page.evaluate(
        "['.picture svg > rect', '.picture .id'].map(e => getComputedStyle(document.querySelector(e)).fill)"
    )
    assert colours == ["rgb(27, 33, 42)", "rgb(231, 235, 240)"]
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.querySelector('.picture svg > rect')).fill") == "rgb(255, 255, 255)"
