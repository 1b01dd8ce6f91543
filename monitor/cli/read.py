"""read: what a letter says of dates, and what it would change in the register."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from monitor.cli.language import _, listed, several, told
from monitor.cli.options import DAY, FILE, JSON, configured, now
from monitor.cli.output import saved
from monitor.cli.proposals import DOUBTS, marked, print_proposals, understood, where
from monitor.cli.terminal import print_json, say, say_beside, show_day
from monitor.core.errors import Refused
from monitor.core.model.proposals import Proposal, ProposalFile

if TYPE_CHECKING:
    from monitor.actions.reading.propose import Proposed
    from monitor.core.model.reading import Reading, ReadSpan

BASIS = {"given": "as given", "read": "as the letter says"}
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
ROLES = (*REASONS, "relative", "end", "start", "period", "minimum", "condition", "event", "not_before")
NO_DUTY = "it may be no duty of one’s own"
MARKS = {"heading": "heading", "footnote": "note", "paragraph": ""}
LETTER = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command("read")
@click.argument("letter", type=LETTER, required=False)
@click.option("--letter-date", type=DAY, metavar="DAY", help="The letter's date; default: as the letter itself says.")
@click.option("--lang", metavar="CODE", help="Its language: nl, en or a table of your own; default: recognised.")
@click.option("--output", "-o", "out", type=FILE, metavar="PATH", help="Write a proposal file, for `monitor accept`.")
@click.option("--text", "as_text", is_flag=True, help="Print the text that was read.")
@click.option("--report", is_flag=True, help="Say which rows of the language tables people corrected, and how often.")
@JSON
def read(
    letter: Path | None, letter_date: date | None, lang: str | None, out: Path | None, as_text: bool, report: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Say what LETTER would change in the register, with its sentences, the due days that would follow, and doubts.

    LETTER is a PDF, DOCX, ODT, HTML or text file (UTF-8), the XML of an official publication, or - for standard input.
    Nothing is registered: `monitor accept` does that, with the file that --output writes.
    """
    from monitor.actions.reading.propose import propose_letter
    from monitor.actions.reading.read_letter import read_letter

    if report:
        _print_report(as_json)
        return
    if letter is None:
        raise click.UsageError(_("Missing argument 'LETTER'."), click.get_current_context())
    if as_text:
        _print_text(read_letter(configured(), letter, lang=lang, letter_date=letter_date), as_json)
        return
    found = propose_letter(configured(), letter, now(), lang=lang, letter_date=letter_date)
    if out:
        _write(found, out, as_json=as_json)
    if as_json:
        print_json(found.document())
    elif not out:
        _print_all(found, letter)


def _write(found: Proposed, out: Path, *, as_json: bool) -> None:
    from monitor.actions.reading.accept import write_file

    if out.exists():
        raise Refused("{file} is there already; it was left as it is. Name another file.", file=out)
    proposals = _worded(found.file())
    write_file(out, proposals)
    saved()
    count = len(proposals.proposals)
    said = several(
        "{count} proposal was written to {file}.", "{count} proposals were written to {file}.", count=count, file=out
    )
    then = _("`monitor accept {file}` registers those that are ticked in it.", file=out)
    if as_json:
        print(f"{said} {then}", file=sys.stderr)
    else:
        say(f"{said} {then}")


def _worded(file: ProposalFile) -> ProposalFile:
    """Return a file of proposals with its reasons and remarks in the language spoken, for who edits it."""

    def said(one: Proposal) -> Proposal:
        like = tuple(replace(each, why=tuple(map(told, each.why))) for each in one.like)
        return replace(one, like=like, remarks=tuple(map(told, one.remarks)))

    return replace(file, proposals=tuple(map(said, file.proposals)))


def _print_all(found: Proposed, letter: Path) -> None:
    _print_head(found.reading)
    say("\n" + several("Proposed: {count} change", "Proposed: {count} changes", len(found.proposals)), style="bold")
    print_proposals(found)
    _print_others(found)
    _print_rest(found)
    say("\n" + _("Nothing was registered."))
    if not found.compared:
        say(_("It was compared with no register: there is no configuration."))
    say(_("`monitor read {letter} -o FILE`, then `monitor accept FILE`, registers what you accept.", letter=letter))


def _print_head(found: Reading) -> None:
    head = found.letter
    name = _("Standard input") if head.file == "-" else head.file
    dates = several("{count} date", "{count} dates", len(found.spans))
    if head.letter_date:
        day = show_day(date.fromisoformat(head.letter_date))
        facts = {"name": name, "lang": head.lang, "day": day, "basis": _(BASIS[head.letter_date_basis])}
        say(_("{name}: language {lang}, letter of {day} ({basis}), {dates}.", **facts, dates=dates))
    else:
        say(_("{name}: language {lang}, no letter date, {dates}.", name=name, lang=head.lang, dates=dates))
        say(_("Nothing was counted from the letter: --letter-date gives its date."), style="yellow")
    _print_remarks(found)


def _print_remarks(found: Reading) -> None:
    for remark in found.source.remarks if found.source else ():
        say(told(remark), style="yellow")


def _print_others(found: Proposed) -> None:
    """Print the dates that no proposal has, each with its sentence and the reason."""
    used = {id for one in found.proposals for read in one.fields.values() for id in read.spans}
    numbers = [number for number, span in enumerate(found.reading.spans) if span.id not in used]
    say("\n" + several("Not proposed: {count} date", "Not proposed: {count} dates", len(numbers)), style="bold")
    for number in numbers:
        span = found.reading.spans[number]
        say(f"\n  {_(span.role.replace('_', ' '))}: {span.quote} → {_understood(span)}")
        say_beside(where(span, found.reading), marked(*found.reading.sentences[number]).strip())
        for doubt in span.doubts:
            say_beside("", _("doubt: {doubt}", doubt=_(DOUBTS[doubt])))
        if not span.doubts:
            say_beside("", _("not proposed: {reason}", reason=_(REASONS.get(span.role, NO_DUTY))))


def _understood(span: ReadSpan) -> str:
    if span.edtf is None:
        return _("no day")
    return f"{understood(span.edtf)}{f', {span.anchor}' if span.anchor else ''}"


def _print_rest(found: Proposed) -> None:
    reading = found.reading
    if reading.references or reading.amounts:
        say("")
    for one in reading.references:
        dated = f" ({one.date})" if one.date else ""
        say(_("reference: {quote} → {id}{dated}", quote=one.quote, id=one.id, dated=dated))
    for amount in reading.amounts:
        sum = understood({"amount": amount.value, "currency": amount.currency, "per": amount.per})
        say(_("amount: {quote} → {sum}", quote=amount.quote, sum=sum))
    for mismatch in found.mismatches:
        cited = [f"{one.id} ({one.date})" for place in mismatch.references for one in [reading.references[place]]]
        both = listed(cited, _("and"))
        say(_("doubt: one document seems to be cited in two ways, {both}; it was not corrected.", both=both))


def _print_text(found: Reading, as_json: bool) -> None:
    """Print the text; on a terminal with page, heading and footnote in the margin, else exactly as offsets count."""
    source = found.source
    assert source is not None
    if as_json:
        blocks = [{"kind": one.kind, "start": one.start, "end": one.end, "mark": one.mark} for one in source.blocks]
        print_json({"text": source.text, "pages": source.pages, "blocks": blocks})
        return
    if not sys.stdout.isatty():
        sys.stdout.write(source.text)
        return
    _print_remarks(found)
    begun = 0
    for block in source.blocks:
        pages = [
            (number, page) for number, page in enumerate(source.pages, 1) if page[0] < block.end > block.start < page[1]
        ]
        for number, (first, last) in pages:
            if number > begun:
                say(_("── page {page} ──", page=number), style="bold")
                begun = number
            mark = _(MARKS[block.kind]) if MARKS[block.kind] and block.start >= first else ""
            say_beside(mark, found.quoted((max(block.start, first), min(block.end, last))))
        say("")


def _print_report(as_json: bool) -> None:
    from monitor.actions.reading.corrections import corrections

    found = corrections(configured())
    if as_json:
        print_json([one.plain() for one in found])
        return
    if not found:
        say(_("No proposal of a letter was accepted yet."))
    for one in found:
        fields = ", ".join(f"{name} {count}×" for name, count in one.fields.items())
        counts = {"row": one.row, "accepted": one.accepted, "corrected": one.corrected, "declined": one.declined}
        say(_("{row}: accepted {accepted}×, corrected {corrected}×, declined {declined}×", **counts))
        if fields:
            say_beside("", fields)
