"""Numbers that do not fit: sums and documents of a letter beside those of the register, and beside one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from monitor.core.model.reading import FieldRead, Mismatch, Reading, Reference, Statement
from monitor.core.model.register import Entry
from monitor.core.sentences import Sentence


def cost_of(statement: Statement, reading: Reading) -> dict[str, Any] | None:
    """Return the sum that a letter names for a thing, as a register file has it; of several the first."""
    if not statement.amounts:
        return None
    amount = reading.amounts[statement.amounts[0]]
    return {"amount": amount.value, "currency": amount.currency, **({"per": amount.per} if amount.per else {})}


def cost_remark(entry: Entry, read: FieldRead | None) -> str:
    """Return a sentence where the register has another sum; empty where they agree or one is missing."""
    there = entry.facts.get("cost")
    if read is None or not isinstance(there, dict) or "amount" not in there:
        return ""
    same = there["amount"] == read.value["amount"] and there.get("currency", "EUR") == read.value["currency"]
    yearly = there.get("per") == "year", read.value.get("per") == "year"
    if same and yearly[0] == yearly[1]:
        return ""
    facts = {"entry": entry.id, "there": _sum(there), "read": _sum(read.value)}
    return Sentence("The cost of {entry} is {there}, and the letter says {read}.", **facts)


def _sum(cost: dict[str, Any]) -> str:
    """A sum in words."""
    amount = cost["amount"]
    written = f"{amount:,}" if isinstance(amount, int | float) else str(amount)
    written = f"{written} {cost.get('currency', 'EUR')}"
    return Sentence("{sum} a year", sum=written) if cost.get("per") == "year" else written


def mismatches(reading: Reading) -> tuple[Mismatch, ...]:
    """Return documents of one dossier and day under two numbers, and documents of one number with two days."""
    days: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    numbers: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, one in enumerate(reading.references):
        if one.date:
            days[one.dossier, one.date][one.number].append(place)
            numbers[one.id][one.date].append(place)
    found = [
        Mismatch(references=tuple(places[0] for places in several.values()), what=what)
        for what, groups in (("number", days), ("date", numbers))
        for several in groups.values()
        if len(several) > 1
    ]
    return tuple(found)


def reference_remarks(statement: Statement, reading: Reading, entry: Entry) -> tuple[str, ...]:
    """Return a sentence for each document that the register has of another day, or under another number."""
    return tuple(dict.fromkeys(_reference_remarks(statement, reading, entry)))


def _reference_remarks(statement: Statement, reading: Reading, entry: Entry) -> Iterator[str]:
    for cited in (reading.references[place] for place in statement.references):
        for held in entry.refs:
            same_dossier = _plain(held.dossier) == _plain(cited.dossier)
            if not same_dossier or not cited.date or not held.date:
                continue
            if held.nr == cited.number and held.date != cited.date:
                facts = {"document": _shown(cited), "there": held.date, "entry": entry.id, "read": cited.date}
                yield Sentence("{document} is of {there} in {entry}, and of {read} here.", **facts)
            if held.nr != cited.number and held.date == cited.date:
                facts = {"day": held.date, "number": held.nr, "entry": entry.id, "read": _shown(cited)}
                yield Sentence("The document of {day} is nr. {number} in {entry}, and {read} here.", **facts)


def _shown(reference: Reference) -> str:
    return f"{reference.dossier}, nr. {reference.number}" if reference.dossier else f"nr. {reference.number}"


def _plain(dossier: str) -> str:
    return dossier.replace(" ", "").replace("-", "")
