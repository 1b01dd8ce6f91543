"""What a letter would change, as people read it: proposals with their sentence, due days, doubts and look-alikes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from monitor.cli.language import _, named, told
from monitor.cli.terminal import say, say_beside, show_day, show_span, why
from monitor.core.calendar.dates import parse_span
from monitor.core.errors import BadValue
from monitor.core.model.proposals import Accepted, Parent, Proposal

if TYPE_CHECKING:
    from monitor.actions.reading.propose import Proposed
    from monitor.core.changes.impact import Shift
    from monitor.core.model.reading import Reading, ReadSpan

CONTEXT = 90  # characters shown on each side of a date
DOUBTS = {
    "boundary_ambiguous": "whether the day itself is included is not certain",
    "year_inferred": "the year is not written",
    "actor_unclear": "who acts, or whether it is decided, is not certain",
    "negated_or_contrast": "the sentence denies something",
    "relative_to_event": "counted from an end named before it",
    "superseded_in_text": "the text replaces it, or may have settled it",
    "reference_mismatch": "numbers or dates that do not fit",
    "beyond_horizon": "beyond the last recess that the calendar knows",
}
ACTS = {
    "add": "new {kind} {entry}: {title}",
    "extend": "{entry} is extended: {title}",
    "end": "{entry} ends: {title}",
    "correct": "{entry} is corrected: {title}",
    "record": "recorded on {entry}: {title}",
    "same": "as {entry} in the register: {title}",
}
FIELDS = {"trigger": "when", "earlier_end": "the end before", "minimum_until": "at least until", "refs": "documents"}


def print_proposals(found: Proposed) -> None:
    """Print every proposal, with what would follow from it."""
    spans = {span.id: span for span in found.reading.spans}
    for proposal in found.proposals:
        say("")
        print_proposal(proposal, spans, found.earlier.get(proposal.id))
        if proposal.id in found.earlier:
            continue
        for line in dict.fromkeys(_sentences(proposal, found.reading)):
            say_beside(*line)
        for shift in found.follows.get(proposal.id, ()):
            about = f"{shift.key.entry} " if shift.key.entry != proposal.entry else ""
            say_beside("", f"{_('due')} {about}{shift_text(shift)}")
        if refused := found.refused.get(proposal.id):
            say_beside("", _("cannot be accepted as it is: {reason}", reason=told(refused)), style="yellow")


def print_proposal(
    proposal: Proposal, spans: Mapping[str, ReadSpan] | None = None, earlier: Accepted | None = None
) -> None:
    """Print what a proposal changes, each field as written and as understood, with its doubts."""
    say(f"  {proposal.id}  {headline(proposal)}", style="bold")
    if earlier:
        say_beside("", _("accepted before, as {entry}", entry=earlier.entry))
        return
    for line in _fields(proposal, spans or {}):
        say_beside("", line)
    for line in _doubts(proposal):
        say_beside("", line, style="yellow")


def _fields(proposal: Proposal, spans: Mapping[str, ReadSpan]) -> Iterator[str]:
    conditions = {parent.condition for parent in proposal.depends_on}
    for name, read in proposal.fields.items():
        if name == "condition" and read.value in conditions:
            continue
        quotes = [f"“{spans[id].quote}”" for id in read.spans if id in spans and name != "condition"]
        written = f"{' … '.join(quotes)} → " if quotes else ""
        yield f"{_(FIELDS[name]) if name in FIELDS else name}: {written}{understood(read.value)}"
    for parent in proposal.depends_on:
        condition = f": {parent.condition}" if parent.condition else ""
        yield _("depends on {parent}{condition}", parent=_named(parent), condition=condition)
    if proposal.part_of:
        yield _("is part of {parent}", parent=_named(proposal.part_of))
    for like in proposal.like:
        yield _("like {entry}: {reasons}", entry=like.entry, reasons="; ".join(map(told, like.why)))


def _doubts(proposal: Proposal) -> Iterator[str]:
    for doubt in (*(_(DOUBTS[name]) for name in proposal.doubts), *map(told, proposal.remarks)):
        yield _("doubt: {doubt}", doubt=doubt)
    if not proposal.accept:
        yield _("not ticked: it is accepted only if you say so")


def headline(proposal: Proposal) -> str:
    """Return what a proposal does, to what, in one line."""
    entry = proposal.entry or _("the entry of {proposal}", proposal=proposal.about)
    return _(ACTS[proposal.action], kind=named("entry", proposal.kind), entry=entry, title=proposal.title)


def understood(value: Any) -> str:
    """Return a value as people read it: a date with its weekday, an imprecise one with its bounds."""
    if value is None:
        return _("no end date")
    if isinstance(value, list):
        return ", ".join(understood(item) for item in value)
    if isinstance(value, Mapping):
        return _table(value)
    try:
        return show_span(parse_span(value), bounds=True)
    except (BadValue, TypeError):
        return str(value)


def _table(value: Mapping[str, Any]) -> str:
    """Return a sum of money or a document cited."""
    if "amount" in value:
        amount = value["amount"]
        written = f"{amount:,}" if isinstance(amount, int | float) else str(amount)
        sum = f"{written} {value.get('currency', '')}".strip()
        return _("{sum} a year", sum=sum) if value.get("per") == "year" else sum
    number = ", nr. ".join(str(value[name]) for name in ("dossier", "nr") if value.get(name))
    number = number or str(value.get("id", ""))
    return f"{number} ({value['date']})" if value.get("date") else number


def shift_text(shift: Shift) -> str:
    """Return an obligation with its due day, how it was derived, and what happens to it."""
    name = f"{shift.key.rule}/{shift.key.occurrence}"
    if shift.after is None:
        return _("{obligation} would no longer be asked for", obligation=name)
    day = show_day(shift.after.due.day)
    if shift.before:
        day = f"{show_day(shift.before.due.day)} → {day}"
    late = _("this day has passed: it would be mailed at once") if shift.overdue else ""
    return f"{day} {name}{f'; {late}' if late else ''} ({why(shift.after.due.steps)})"


def _named(parent: Parent) -> str:
    return parent.proposal or parent.entry


def _sentences(proposal: Proposal, reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield the place and the sentence of each date of a proposal, the date marked; else its quotes."""
    ids = dict.fromkeys(id for read in proposal.fields.values() for id in read.spans)
    places = {span.id: place for place, span in enumerate(reading.spans)}
    for id in ids:
        place = places[id]
        yield where(reading.spans[place], reading), marked(*reading.sentences[place]).strip()
    if not ids:
        yield from (("    “", quote.text) for quote in proposal.quotes)


def where(span: ReadSpan, reading: Reading) -> str:
    """Return the page of a date for the margin; its line in a letter of one page."""
    return "  " + _("p. {page}", page=span.page) if len(reading.letter.pages) > 1 else f"    {span.line}"


def marked(before: str, quote: str, after: str) -> str:
    """Return the sentence with the date between marks, shortened at its ends."""
    before = before if len(before) <= CONTEXT else f"… {before[-CONTEXT:].partition(' ')[2]}"
    after = after if len(after) <= CONTEXT else f"{after[:CONTEXT].rpartition(' ')[0]} …"
    return f"{before}[{quote}]{after}"
