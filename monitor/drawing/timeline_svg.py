"""The timeline as one self-contained SVG, readable on a light page, in print and by a screen reader."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from monitor.core.forecast.timeline import MONTHS, Timeline, ticks
from monitor.core.model.phrases import Named
from monitor.core.planning.due_day import show
from monitor.drawing.rows import BAR_HEIGHT, BOLD, DASHES, NAME, ROW_HEIGHT, Scale, Words, draw_mark, draw_row
from monitor.drawing.svg import SMALL, STYLE, Colour, document, inline, length, lines, put, shortened, tip, written

HEAD = 78  # height of title and axis
KIND_HEIGHT = 26  # of the heading of a kind
BOTTOM = 26  # of the axis when it is repeated below
TICKS = 15  # on the axis, at most
LONG = 30  # rows after which the axis is repeated below
SIGN, GAP, LINE = 28.0, 16.0, 22.0  # of the legend: width of a sign, room between two meanings, height of a line
HALF = BAR_HEIGHT / 2
PAGE = {"width": 960.0, "left": 270.0, "margin": 20.0}  # of a picture in a page: narrower than a sheet of its own
Draw = Callable[[Element, float, float], None]


def timeline_svg(shown: Timeline, words: Words, link: Callable[[str], str] | None = None) -> str:
    """Return the text of the file; with `link`, entry → its page, a part of a page that has the style in its sheet."""
    scale = Scale(shown=shown, words=words, link=link, **(PAGE if link else {}))
    tops, bottom = {}, float(HEAD)  # entry → the upper edge of its row
    for _, rows in shown.groups():
        bottom += KIND_HEIGHT
        for row in rows:
            tops[row.entry] = bottom
            bottom += ROW_HEIGHT
    bottom = max(bottom, HEAD + ROW_HEIGHT)
    left_out = (
        scale.sentence("Nothing in this span: {elsewhere}.", elsewhere=", ".join(shown.elsewhere))
        if shown.elsewhere
        else ""
    )
    below = lines(left_out.split(), SMALL, scale.width - 40)
    repeated = BOTTOM if len(shown.rows) > LONG else 0
    legend = _legend(scale)
    foot = bottom + repeated + legend[-1][-1] + LINE  # below the legend
    height = foot + 14 * len(below) + 24
    known = scale.sentence(", as known on {known}", known=show(shown.known)) if shown.known else ""
    title = scale.sentence(
        "Timeline {first} – {last}{known}", first=show(shown.first), last=show(shown.last), known=known
    )
    root = document(scale.width, height, title, _description(scale), role="group" if link else "img")
    if link is None:  # a page allows no style inside itself
        put(root, "style", STYLE)
    # Hatching is visible on a black-and-white printer too
    turned = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    pattern = put(put(root, "defs"), "pattern", id="doubt", width=5, height=5, **turned)
    put(pattern, "rect", width=5, height=5, fill=Colour.WHITE)
    put(pattern, "path", d="M0 0V5", stroke=Colour.PALE, stroke_width=4)
    put(root, "rect", width=scale.width, height=height, fill=Colour.WHITE)
    put(root, "text", title, x=20, y=28, class_="head")
    _axis(root, scale, bottom, repeated=bool(repeated))
    _recesses(root, scale, bottom)
    _today(root, scale, bottom)
    for group, rows in shown.groups():
        top = tops[rows[0].entry] - KIND_HEIGHT
        text = shortened(heading(shown, group, words), NAME * BOLD, scale.width - 40)
        put(root, "text", text, x=20, y=top + KIND_HEIGHT - 7, class_="kind")
        put(root, "path", d=f"M20 {top + KIND_HEIGHT}H{scale.width - 20}", stroke=Colour.GRID)
        for row in rows:
            draw_row(root, row, scale, tops[row.entry])
    if not shown.rows:
        put(
            root,
            "text",
            scale.sentence("No entry has anything in this span."),
            x=scale.left,
            y=HEAD + 20,
            class_="small",
        )
    for text, draw, x, y in legend:
        draw(root, x, bottom + repeated + y)
        put(root, "text", text, x=x + SIGN, y=bottom + repeated + y + 3.5, class_="small")
    for count, line in enumerate(below):
        put(root, "text", line, x=20, y=foot + 12 + 14 * count, class_="small")
    return inline(root) if link else written(root)


def heading(shown: Timeline, group: str, words: Words) -> str:
    """Return the heading of a group in words."""
    found = shown.headings[group]
    text = words.isolate(found)
    return text.replace("-", " ").capitalize() if isinstance(found, Named) else text


def _description(scale: Scale) -> str:
    shown = scale.shown
    due = [item for row in shown.rows for item in row.due]
    late = sum(item.overdue_on(shown.day) for item in due)
    what = (
        "{entries} entries, a row each, judged as of {day}: when they are in force, how long that is secured, and "
        "{due} days on which something is due, of which {late} are overdue. Each row and each due day says in words "
        "what it shows."
    )
    return scale.sentence(what, entries=len(shown.rows), day=show(shown.day), due=len(due), late=late)


def _axis(root: Element, scale: Scale, bottom: float, *, repeated: bool) -> None:
    free = 0.0
    months = tuple(map(scale.sentence, MONTHS))
    for day, label in ticks(scale.shown.first, scale.shown.last, TICKS, months):
        x = scale.x(day)
        put(root, "path", d=f"M{x:.1f} {HEAD - 6}V{bottom}", stroke=Colour.GRID)
        if x >= free and x + length(label, 11) <= scale.right:
            free = x + length(label, 11) + 6
            for y in (HEAD - 11, *((bottom + 16,) if repeated else ())):
                put(root, "text", label, x=x, y=y, class_="tick")


def _recesses(root: Element, scale: Scale, bottom: float) -> None:
    for recess in scale.shown.recesses:
        left, right = scale.edges(recess.start, recess.end)
        box = put(root, "rect", x=left, y=HEAD - 6, width=right - left, height=bottom - HEAD + 6, fill=Colour.RECESS)
        name, sure = scale.named("calendar", recess.name), scale.named("certainty", recess.certainty)
        tip(box, f"{name} ({sure}): {show(recess.start)} – {show(recess.end)}")
        if length(name, SMALL) + 6 <= right - left:
            put(root, "text", name, x=left + 4, y=HEAD + 7, class_="recess")


def _today(root: Element, scale: Scale, bottom: float) -> None:
    shown = scale.shown
    if not shown.first <= shown.today <= shown.last:
        return
    left, right = scale.edges(shown.today, shown.today)
    x = (left + right) / 2
    text = scale.sentence("known {day}" if shown.known else "today {day}", day=show(shown.today))
    put(root, "path", d=f"M{x:.1f} {HEAD - 6}V{bottom}", stroke=Colour.TODAY, stroke_width=1.5)
    half = length(text, 11) / 2
    middle = min(max(x, scale.left + half), scale.right - half)
    put(root, "text", text, x=middle, y=HEAD - 26, class_="today", text_anchor="middle")


def _legend(scale: Scale) -> list[tuple[str, Draw, float, float]]:
    """Return each meaning with its sign and its place from the left and the top, as many on a line as fit."""
    found: list[tuple[str, Draw, float, float]] = []
    x, y = 20.0, 18.0
    for text, draw in MEANINGS:
        if text == "today" and scale.shown.known:
            text = "the day known"
        text = scale.sentence(text)
        wide = SIGN + length(text, SMALL) + GAP
        if x + wide > scale.width:
            x, y = 20.0, y + LINE
        found.append((text, draw, x, y))
        x += wide
    return found


def _box(fill: str, **more: str) -> Draw:
    def draw(root: Element, x: float, y: float) -> None:
        put(root, "rect", x=x, y=y - HALF, width=22, height=BAR_HEIGHT, fill=fill, **more)

    return draw


def _day_line(root: Element, x: float, y: float) -> None:
    put(root, "path", d=f"M{x + 11:.1f} {y - 8:.1f}v16", stroke=Colour.TODAY, stroke_width=1.5)


def _next(root: Element, x: float, y: float) -> None:
    _box(Colour.SECURED)(root, x, y)
    put(root, "path", d=f"M{x + 11:.1f} {y - HALF:.1f}v{BAR_HEIGHT}", stroke=Colour.WHITE, stroke_width=2)


def _beyond(root: Element, x: float, y: float) -> None:
    put(root, "path", d=f"M{x + 8:.1f} {y - 6:.1f}l6 6l-6 6Z", fill=Colour.PALE)


def _endless(root: Element, x: float, y: float) -> None:
    _beyond(root, x - 6, y)
    put(root, "path", d=f"M{x + 11:.1f} {y:.1f}h8", stroke=Colour.QUIET, stroke_width=2, stroke_dasharray=DASHES)


MEANINGS: tuple[tuple[str, Draw], ...] = (
    ("in force, secured", _box(Colour.SECURED)),
    ("next period", _next),
    ("in force, not secured", _box(Colour.UNSECURED, stroke=Colour.PALE)),
    ("start or end imprecise", _box(Colour.DOUBT, stroke=Colour.PALE, stroke_dasharray=DASHES)),
    ("due", lambda root, x, y: draw_mark(root, x + 11, y)),
    ("overdue", lambda root, x, y: draw_mark(root, x + 11, y, overdue=True)),
    ("due, provisional", lambda root, x, y: draw_mark(root, x + 11, y, hollow=True)),
    ("recess", _box(Colour.RECESS, stroke=Colour.RECESS_EDGE)),
    ("today", _day_line),
    ("goes on", _beyond),
    ("no end date", _endless),
)
