"""The HTML part: nothing that is not in the text part too, readable in light and dark, narrow and wide."""

import re
import shutil
import subprocess

import pytest
from letter_examples import (
    MAY_12,
    RUTH,
    SANNE,
    TEMPLATES,
    digest,
    everything,
    golden_may,
    group,
    line,
    notice,
    steps_of,
)
from letter_page import contrast, folded, tokens, tree
from msgspec.structs import replace
from patience import LIMIT

from monitor.mail.letters.letters import Letters
from monitor.mail.letters.samples import samples

LETTERS = Letters([TEMPLATES], reply_to="Marleen Bos")
CASES = {
    "golden": lambda: LETTERS.render("reminder", "nl", digest=golden_may()),
    "everything": lambda: LETTERS.render("reminder", "en", digest=everything()),
    "everything in Dutch": lambda: LETTERS.render("reminder", "nl", digest=everything(SANNE)),
    "notice": lambda: LETTERS.render("notice", "nl", notice=notice()),
    "test": lambda: LETTERS.render("test", "en", person=RUTH, day=MAY_12),
}
CASES |= {
    f"{name} {language} {about}": lambda n=name, g=language, c=context: LETTERS.render(n, g, **c)
    for name in ("reminder", "overview", "all-clear", "notice", "test")
    for language in ("nl", "en")
    for about, context in samples(name, language).items()
}
MEASURE = """onload = () => {
  const frames = [...document.querySelectorAll("iframe")];
  document.title = frames.map(frame => frame.contentDocument.documentElement.scrollWidth);
}"""
every_case = pytest.mark.parametrize("render", CASES.values(), ids=CASES.keys())


@every_case
def test_every_fact_of_the_html_stands_in_the_text_part(render):
    rendered = render()
    text = folded(rendered.text)
    facts = [folded(token.text) for token in tokens(rendered.html)]
    missing = [fact for fact in facts if re.search(r"\w", fact) and fact not in text]
    assert facts and not missing


@every_case
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_contrast_is_at_least_four_and_a_half(render, dark):
    shown = [token for token in tokens(render().html, dark=dark) if not token.hidden]
    poor = {(t.ink, t.paper): t.text for t in shown if contrast(t.ink, t.paper) < 4.5}
    assert shown and not poor


def test_dark_really_changes_the_colours():
    html = CASES["everything"]()
    light, dark = ({(t.ink, t.paper) for t in tokens(html.html, dark=mode)} for mode in (False, True))
    assert not light & dark


@every_case
def test_layout_is_tables_with_inline_styles(render):
    """Nothing is loaded from outside."""
    html = render().html
    page = tree(html)
    styles = " ".join(element.get("style", "") for element in page.iter())
    assert not re.search(r"flex|grid|float|position:|url\(|background-image", html)
    assert "font-size" in styles and "background-color" in styles
    assert not [element for element in page.iter() if element.get("src") or element.get("href")]
    assert all(element.get("style") for element in page.iter("h1"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_names_its_language_and_its_colour_schemes(language):
    page = tree(LETTERS.render("reminder", language, digest=golden_may()).html)
    assert page.get("lang") == language
    metas = {meta.get("name"): meta.get("content") for meta in page.iter("meta")}
    assert metas["color-scheme"] == "light dark"
    assert metas["viewport"].startswith("width=device-width")


def test_loops_stay_inside_their_tables():
    """Inlining styles in a template moves loops out of tables; in the rendered mail every row has its table."""
    page = tree(CASES["everything"]().html)
    for table in page.iter("table"):
        assert not (table.text or "").strip()
    rows = sum(1 for _ in page.iter("tr"))
    assert rows > 40


def test_fifty_reminders_stay_below_what_mail_clients_cut_off():
    lines = (line(f"c-{number}", closes_on=("document:annual-evaluation",)) for number in range(50))
    html = LETTERS.render("reminder", "nl", digest=digest(group(*lines))).html
    assert len(html.encode()) < 102_000  # Gmail shows no more than 102 KB


@pytest.mark.parametrize("name", ["everything in Dutch", "overview en late, with reminders and moves"])
def test_days_do_not_break_at_their_hyphens(name):
    """A narrow screen that shows "28-02-" and "2027" on two lines makes two numbers of one day."""
    page = tree(CASES[name]().html)
    whole = [span for span in page.iter("span") if span.get("class") == "date"]
    assert whole and all("white-space: nowrap" in span.get("style", "") for span in whole)
    body = page.find("body")
    for span in whole:
        assert re.fullmatch(r"\d\d-\d\d-\d{4}", span.text)
        span.text = ""
    assert not re.findall(r"\b\d\d-\d\d-\d{4}", "".join(body.itertext()))


def test_320_pixels_need_no_sideways_scrolling(tmp_path):
    long = "c-" + "onafgebroken" * 30
    hard = line(long, title=long, steps=steps_of(long), quotes=((long, long),), closes_on=(f"document:{long}",))
    content = digest(group(hard, heading=long, why=long), group(line()))
    mails = [CASES["everything"](), LETTERS.render("reminder", "nl", digest=content)]
    too_wide = '<body style="margin:0"><div style="width:400px">to see that the measure measures</div>'
    assert widths_at_320([*(mail.html for mail in mails), too_wide], tmp_path) == [320, 320, 400]


def test_320_pixels_are_enough_for_every_weekly_letter(tmp_path):
    weekly = [render().html for name, render in CASES.items() if name.startswith(("overview ", "all-clear "))]
    long = "c-" + "onafgebroken" * 30
    overview = samples("overview", "nl")["every section with every line"]["overview"]
    hard = [
        replace(section, items=tuple(
            replace(item, entry=long, title=long, heading=long, steps=steps_of(long), binding=long, reason=long,
                    told=(long, long),
                    stands_in_for=long, unheld=(long,), written=long) for item in section.items
        )) for section in overview.sections
    ]  # fmt: skip
    report = samples("all-clear", "en")["gaps"]["report"]
    weekly += [
        LETTERS.render("overview", "nl", overview=replace(overview, sections=tuple(hard))).html,
        LETTERS.render(
            "all-clear", "nl", report=replace(report, gaps=(long,), troubles=(long, f"Nobody holds {long}."))
        ).html,
    ]
    assert len(weekly) == 34
    assert widths_at_320(weekly, tmp_path) == [320] * len(weekly)


def widths_at_320(pages, folder):
    """The width each page needs on a screen of 320 px, measured in a real browser."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not browser:
        pytest.skip("no Chromium on this machine; the layout is measured in a browser")
    for number, html in enumerate(pages):
        (folder / f"{number}.html").write_text(html, encoding="utf-8")
    frames = "".join(
        f'<iframe src="{number}.html" width="320" style="border:0"></iframe>' for number in range(len(pages))
    )
    (folder / "all.html").write_text(f"<title>none</title><body>{frames}<script>{MEASURE}</script>")
    arguments = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--allow-file-access-from-files",
        f"--user-data-dir={folder / 'profile'}", "--dump-dom", (folder / "all.html").as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(arguments, capture_output=True, text=True, timeout=LIMIT, check=False).stdout
    found = re.search(r"<title>([\d,]+)</title>", shown)
    assert found, f"the browser measured nothing: {shown[:300]}"
    return [int(width) for width in found[1].split(",")]
