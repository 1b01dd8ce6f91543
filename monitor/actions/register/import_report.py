"""What an import does, in sentences for people and as values for programs: on the screen and beside a dropped file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from monitor.actions.register.importing import ImportPreview
from monitor.app import in_english, words_in
from monitor.core.changes.closing import Effect
from monitor.core.model.register import NO_PERIOD, ObligationKey
from monitor.core.planning.due_day import show
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.sentences import Sentence, joined

MOST = 50  # lines of one kind that a person is shown


def report_lines(seen: ImportPreview, *, whole: bool = True, language: str = "en") -> Iterator[str]:
    """Counts first, then what changes, what becomes due, what is only listed.

    `whole`: for who may read the register; else a sensitive entry is named by its id and its fields by their names.
    `language`: of the derivations.
    """
    added, corrected = seen.added, seen.corrected
    named = (*added, *corrected, *(item.entry for item in seen.events))
    sensitive = {id for side in (seen.after, seen.before) for id in named if id in side.entries and side[id].sensitive}
    hidden = set() if whole else sensitive
    what = "{added} added, {changed} changed, {same} left alone."
    yield Sentence(what, added=len(added), changed=len(corrected), same=seen.same)
    rest = len(seen.saved) - len(added) - len(corrected)
    if rest > 0:
        yield Sentence("{count} more changes (events, or the history of an export).", count=rest)
    yield from _some(
        Sentence("Events"),
        (describe_effect(item, hidden=item.entry in hidden) for item in seen.events),
        len(seen.events),
    )
    yield from seen.remarks
    if seen.facts:
        yield Sentence("Kept as facts, driving nothing: {names}.", names=", ".join(seen.facts))
    yield from _some(
        Sentence("Added"), (id if id in hidden else f"{id}: {seen.after[id].title}" for id in added), len(added)
    )
    yield from _some(
        Sentence("Changed"), (_changed(item, item[0] in hidden) for item in corrected.items()), len(corrected)
    )
    count = sum(gap.count for gap in seen.unwatched)
    yield from _some(
        Sentence("Watched by no rule"),
        (words_in(language).isolate(gap.what) for gap in seen.unwatched),
        count,
        lines=len(seen.unwatched),
    )
    if not seen.judged:
        yield Sentence("What becomes due was not worked out.")
        return
    due, listed = ([_due(item, language) for item in items[:MOST]] for items in (seen.due, seen.listed))
    yield from _some(Sentence("Due within four weeks, or overdue"), due, len(seen.due))
    yield from _some(Sentence("Long overdue: listed, not mailed"), listed, len(seen.listed))
    if not seen.due and not seen.listed:
        yield Sentence("Nothing of it becomes due within four weeks.")


def report_json(seen: ImportPreview) -> dict[str, Any]:
    """The same for programs, whole."""
    corrected = {
        id: {name: {"before": old, "after": new} for name, (old, new) in fields.items()}
        for id, fields in seen.corrected.items()
    }
    return {
        "file": seen.file,
        "added": list(seen.added),
        "changed": corrected,
        "left_alone": seen.same,
        "events": [_plain_event(item) for item in seen.events],
        "changes": len(seen.saved),
        "facts": list(seen.facts),
        "remarks": list(seen.remarks),
        "unwatched": [
            {"entries": list(gap.concerns), "count": gap.count, "what": in_english(gap.what)} for gap in seen.unwatched
        ],
        "due": _obligations(seen.due) if seen.judged else None,
        "long_overdue": _obligations(seen.listed) if seen.judged else None,
    }


def _some(title: str, items: Iterable[str], count: int, *, lines: int | None = None) -> Iterator[str]:
    """`lines`: how many there are, where one speaks of several."""
    if not count:
        return
    yield Sentence("{title} ({count}):", title=title, count=count)
    for _, item in zip(range(MOST), items, strict=False):
        yield joined(("  ", item), "")
    if (lines or count) > MOST:
        yield Sentence("  … and {count} more.", count=(lines or count) - MOST)


def _changed(item: tuple[str, Any], hidden: bool) -> str:
    id, fields = item
    if hidden:
        return f"{id}: {', '.join(fields)}"
    return f"{id}: " + "; ".join(f"{name}: {_short(old)} → {_short(new)}" for name, (old, new) in fields.items())


def _short(value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def describe_effect(item: Effect, *, hidden: bool = False) -> str:
    """What an event closes, and what of its entry stays open."""
    event = item.event
    name: str = item.entry
    if not hidden:
        what = "{entry}: {type} of {day}"
        name = Sentence(what, entry=item.entry, type=event.type, day=show(event.on))
    done = "{name} closes {names}{record}" if item.closes else "{name} closes nothing{record}"
    record = Sentence(", kept for the record") if event.period == NO_PERIOD else ""
    begun = [key for key in item.stays_open if key not in item.not_begun]
    why = "not closed: {names} (reminders had not begun; to close it all the same, name it in closes)"
    parts = [Sentence(done, name=name, names=_names(item.closes), record=record)]
    parts += [Sentence(why, names=_names(item.not_begun))] if item.not_begun else []
    parts += [Sentence("asked for no more: {names}", names=_names(item.stops))] if item.stops else []
    parts += [Sentence("stays open: {names}", names=_names(begun))] if begun else []
    return joined(parts, "; ")


def _plain_event(item: Effect) -> dict[str, Any]:
    event, names = item.event, ("closes", "not_begun", "stops", "stays_open")
    found: dict[str, Any] = {"entry": item.entry, "type": event.type, "on": event.on.isoformat(), "event": event.id}
    found |= {"for_the_record": event.period == NO_PERIOD}
    return found | {name: [f"{key.rule}/{key.occurrence}" for key in getattr(item, name)] for name in names}


def _names(keys: Iterable[ObligationKey]) -> str:
    return ", ".join(f"{key.rule}/{key.occurrence}" for key in keys)


def _due(item: RuleObligation, language: str) -> str:
    why = words_in(language).derivation(item.due.steps)
    return f"{item.due.day:%d-%m-%Y} {item.entry} {item.rule.id}/{item.key.occurrence}: {why}"


def _obligations(items: Sequence[RuleObligation]) -> list[dict[str, Any]]:
    return [
        {"entry": item.entry, "rule": item.rule.id, "occurrence": item.key.occurrence}
        | {"due": item.due.day.isoformat(), "derivation": item.due.derivation}
        for item in items
    ]
