"""The derivation of a due day in a reader's words: "16 weken vóór 31-12-2021 (einde) → 10-09-2021"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from monitor.core.calendar.dates import Offset, duration_parts
from monitor.core.planning.derivation import (
    About,
    ClosedOn,
    Lasts,
    LeadTime,
    Notice,
    OutOfRecess,
    Provisional,
    Renewed,
    Repeated,
    Rolled,
    Shift,
    Start,
    Step,
    Undated,
)

if TYPE_CHECKING:
    from monitor.mail.letters.words import Vocabulary


def in_words(steps: Sequence[Step], words: Vocabulary) -> str:
    """The steps in one line; a start and what is counted from it are one phrase."""
    return words.joined(_phrases(steps, words), " · ")


def _phrases(steps: Sequence[Step], words: Vocabulary) -> Iterator[str]:
    start: str | None = None  # a day with nothing counted from it yet
    for step in steps:
        if isinstance(step, Shift | Lasts | Repeated):
            yield _counted(step, start, words)
            start = None
            continue
        if start is not None:
            yield start
        start = _start(step, words) if isinstance(step, Start) else None
        if not isinstance(step, Start):
            yield _moved(step, words)
    if start is not None:
        yield start


def _start(step: Start, words: Vocabulary) -> str:
    names = {"entry": step.of}
    if step.source == "before_recess":
        names = {"recess": words.named(step.of), "certainty": words.known("certainty", step.certainty)}
    what = words.say(f"source.{step.source}", **names)
    if step.written:
        return words.say("step.earliest", day=_day(step.day, words), what=what, written=step.written)
    return words.say("step.start", day=_day(step.day, words), what=what)


def _counted(step: Shift | Lasts | Repeated, start: str | None, words: Vocabulary) -> str:
    """What is counted from a start, or from the day that the step before gave."""
    day = _day(step.day, words)
    if isinstance(step, Lasts):
        how = "lasts_clipped" if step.clipped else "lasts"
        return words.say(f"step.{how}", span=_length(step.duration, words), start=start or "", day=day)
    if isinstance(step, Repeated):
        return words.say("step.repeated", times=step.times, span=_span(step.every, words), start=start or "", day=day)
    side = "before" if step.offset.amount < 0 else "after"
    if start is None:
        return words.say(f"step.{side}_that", span=_span(step.offset, words), day=day)
    return words.say(f"step.{side}", span=_span(step.offset, words), start=start, day=day)


def _moved(step: Step, words: Vocabulary) -> str:
    match step:
        case OutOfRecess():
            certainty = words.known("certainty", step.certainty)
            recess = words.named(step.recess)
            return words.say("step.recess", recess=recess, certainty=certainty, day=_day(step.day, words))
        case Rolled():
            back = not step.closed or step.day < step.closed[0].day
            closed = words.listed([*dict.fromkeys(_closed(one, words) for one in step.closed)], "or")
            return words.say(f"step.rolled_{'back' if back else 'on'}", closed=closed, day=_day(step.day, words))
        case Provisional():
            return words.say("step.provisional", day=_day(step.day, words))
        case Renewed():
            length = _length(step.duration, words)
            return words.say("step.renewed", n=step.times, span=length, day=_day(step.day, words))
        case Notice():
            return words.say("step.notice", span=_length(step.duration, words), day=_day(step.day, words))
        case LeadTime():
            return words.say("step.lead_time")
        case Undated(recess=recess):
            return words.say("step.no_recess", recess=words.named(recess)) if recess else words.say("step.no_date")
        case About():
            titles = dict(step.titles)
            title = titles.get(words.texts.language) or titles.get("en") or step.rule
            return words.say("step.about", title=title, derivation=in_words(step.steps, words))
        case _:
            raise TypeError(f"{type(step).__name__} has no words")


def _closed(one: ClosedOn, words: Vocabulary) -> str:
    return words.named(one.name) if one.name else words.weekday(one.day.weekday())


def _length(duration: str, words: Vocabulary) -> str:
    """An ISO 8601 duration in words: "1 year and 6 months"."""
    return words.listed([_span(part, words) for part in duration_parts(duration)], "and")


def _span(offset: Offset, words: Vocabulary) -> str:
    return words.say(f"unit.{offset.unit}", n=abs(offset.amount))


def _day(day: date, words: Vocabulary) -> str:
    return words.date(day, "digits")
