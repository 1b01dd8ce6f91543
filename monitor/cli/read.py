"""read: the dates of a letter, as written and as understood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import DAY, JSON, configured
from monitor.cli.terminal import counted, print_json, say, say_beside, show_day

if TYPE_CHECKING:
    from monitor.core.model.reading import Reading, ReadSpan

BASIS = {"given": "as given", "read": "as the letter says"}
CONTEXT = 90  # characters shown on each side of a date
REASONS = {  # role → why a date of it is not proposed
    "citation": "the date of a document or debate",
    "past_event": "history: before the letter",
    "other_actor": "another state's or party's act",
    "horizon": "a horizon of policy, budget or strategy",
    "superseded": "overtaken, denied or replaced by the text itself",
    "duration": "a duration without a start",
    "recurrence": "no duty to report or to act is said to recur",
    "undated": "no promise is made of it",
}
DOUBTS = {
    "boundary_ambiguous": "whether the day itself is included is not certain",
    "year_inferred": "the year is not written",
    "actor_unclear": "who acts, or whether it is decided, is not certain",
    "negated_or_contrast": "the sentence denies something",
    "relative_to_event": "counted from an end named before it",
    "superseded_in_text": "the text replaces it",
    "reference_mismatch": "the letter gives different dates in different places",
    "beyond_horizon": "beyond the last recess that the calendar knows",
}


@click.command("read")
@click.argument("letter", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--letter-date", type=DAY, metavar="DAY", help="The letter's date; default: as the letter itself says.")
@click.option("--lang", metavar="CODE", help="Its language: nl, en or a table of your own; default: recognised.")
@JSON
def read(letter: Path, letter_date: date | None, lang: str | None, as_json: bool) -> None:
    """List the dates in LETTER: each as written and as understood, what would be registered, and what would not.

    LETTER is a text file in UTF-8, or - for standard input. Nothing is registered.
    """
    from monitor.actions.reading.read_letter import read_letter

    found = read_letter(configured(), letter, lang=lang, letter_date=letter_date)
    if as_json:
        print_json(found.document())
        return
    _print_head(found)
    _print_spans(found, register=True)
    _print_spans(found, register=False)
    _print_rest(found)


def _print_head(found: Reading) -> None:
    head = found.letter
    day = head.letter_date and f"{show_day(date.fromisoformat(head.letter_date))} ({BASIS[head.letter_date_basis]})"
    dated = f"letter of {day}" if day else "no letter date: --letter-date gives it; nothing was counted from the letter"
    name = "Standard input" if head.file == "-" else head.file
    say(f"{name}: language {head.lang}, {dated}, {counted(len(found.spans), 'date')}.")


def _print_spans(found: Reading, *, register: bool) -> None:
    """Print the dates that would be registered, or those that would not, each with its sentence."""
    chosen = [number for number, span in enumerate(found.spans) if span.register == register]
    say(f"\n{'Proposed' if register else 'Not proposed'}: {counted(len(chosen), 'date', zero='no')}", style="bold")
    for number in chosen:
        span = found.spans[number]
        say(f"\n  {span.role.replace('_', ' ')}: {span.quote} → {_understood(span)}")
        say_beside(f"    {span.line}", _marked(*found.sentences[number]))
        for note in _notes(span):
            say_beside("", note)


def _understood(span: ReadSpan) -> str:
    """Return a day with its weekday, or what was understood with its bounds; open bounds are dots."""
    if span.edtf is None:
        return "no day"
    first, last = ("…" if day is None else show_day(date.fromisoformat(day)) for day in (span.earliest, span.latest))
    anchor = f", {span.anchor}" if span.anchor else ""
    if span.earliest is None and span.latest is None:
        return span.edtf
    return f"{first}{anchor}" if span.earliest == span.latest else f"{span.edtf} ({first} to {last}){anchor}"


def _marked(before: str, quote: str, after: str) -> str:
    """Return the sentence with the date between marks, shortened at its ends."""
    before = before if len(before) <= CONTEXT else f"… {before[-CONTEXT:].partition(' ')[2]}"
    after = after if len(after) <= CONTEXT else f"{after[:CONTEXT].rpartition(' ')[0]} …"
    return f"{before}[{quote}]{after}"


def _notes(span: ReadSpan) -> Iterator[str]:
    if not span.register and not span.doubts:
        yield f"not proposed: {REASONS.get(span.role, 'it may be no duty of one’s own')}"
    for doubt in span.doubts:
        yield f"doubt: {DOUBTS[doubt]}"


def _print_rest(found: Reading) -> None:
    for one in found.references:
        dated = f" of {one.date}" if one.date else ""
        say(f"{'' if one is not found.references[0] else chr(10)}reference: {one.quote} → {one.id}{dated}")
    for amount in found.amounts:
        per = f" per {amount.per}" if amount.per else ""
        say(f"amount: {amount.quote} → {amount.value:,} {amount.currency}{per}")
    say("\nNothing was registered. `monitor add` registers an entry; --json prints all of this for programs.")
