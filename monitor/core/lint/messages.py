"""What a gap says to people: one sentence for what is not covered, one for what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from monitor.core.lint.findings import Gap, GapKind

SHOWN = 6  # names in a sentence; the rest is a number

Said = tuple[str, str]


def gap_of(kind: GapKind, about: str, names: Sequence[str], count: int, reason: str) -> Gap:
    """The gap with its two sentences."""
    what, do = _WORDS[kind](about, names, count, reason)
    return Gap(kind=kind, about=about, concerns=tuple(names), count=count, what=what, do=do)


def listed(names: Sequence[str], count: int | None = None) -> str:
    """a, b and c; a long list ends in a number: a, b, c, d, e, f and 12 more."""
    total = len(names) if count is None else count
    if total > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {total - SHOWN} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))


def _unreached(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    do = f"`monitor explain {names[0]}` shows what each rule says; correct the entry, write a rule, or mute it with a reason."
    return f"No rule watches {listed(names, count)}: {reason}.", do


def _no_date(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"Nothing can be reckoned from {about} for {listed(names, count)}: it is missing or has no earliest day."
    do = (
        f"Look it up and enter it: `monitor correct {names[0]} {about}=…`. Where there is none by nature, let it stand."
    )
    return what, do


def _unreckonable(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"Nothing can be reckoned for {listed(names, count)} by the rule {about}: {reason.rstrip('.')}."
    return what, f"Correct the date: `monitor show {names[0]}` shows it."


def _never_fires(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"{reason}, so {listed(names, count)} can never fire."
    do = f"Fill it in where it applies, or mend the rule; `[rule.{names[0]}]` with `enabled = false` switches it off."
    return what, do


def _role_unheld(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"Nobody holds the role {about} (needed for {listed(names, count)}); the fallback role is told instead."
    return what, f"Give somebody the role {about} in the configuration."


def _person_gone(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"{about}, who is named in {reason} of {listed(names, count)}, is not in the configuration; others are told instead."
    return what, f"Name somebody who is there: `monitor correct {names[0]} {reason}=…`."


def _undeliverable(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"Mail to {listed(names, count)} reaches nobody: there is no mail for addresses at {about}."
    return what, f"Correct the address in the configuration, then run `monitor send-test {names[0]}`."


def _refused(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"Mail to {about} <{reason}> was refused for good; the deputy or the fallback role is told."
    return what, f"Correct the address in the configuration, then run `monitor send-test {about}`."


def _away(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"{about} is away {listed(names, count)} and {reason}; the fallback role is told instead."
    return what, f"Name a deputy who is there: `monitor absent {about} --from … --to … --deputy PERSON`."


def _in_absence(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    away = f"{about} {'are' if ',' in about else 'is'} away"
    what = f"Every reminder up to the due day of {listed(names, count)} falls while {away} and nobody stands in."
    return what, "Name a deputy who is there: `monitor absent PERSON --from … --to … --deputy PERSON`."


def _in_recess(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"Every reminder of {about} up to the due day of {listed(names, count)} falls in recess ({reason})."
    return what, f"Agree beforehand who acts then, or have the rule {about} begin earlier."


def _late(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"The first reminder of {about} for {listed(names, count)} comes after the due day: {reason}."
    return (
        what,
        "See to it by hand: no reminder can come in time any more. What is entered earlier is reminded of earlier.",
    )


def _horizon(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    days = "1 due day beyond it rests" if count == 1 else f"{count} due days beyond it rest"
    rest = f": {days} on none ({listed(names, count)})" if names else ""
    what = f"The calendar {about} knows no recess after {reason}{rest}."
    return what, f"Enter the recesses that parliament has published since in the calendar {about}."


def _closed_days_end(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    what = f"The list of closed days of the calendar {about} ends on {reason}: every weekday after it counts as open."
    return what, f"Enter the closed days that follow in the calendar {about}, or yearly ones as [[holiday]]."


def _unverified(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    subject = (
        f"{count} entries were not checked against their source"
        if count > 1
        else "1 entry was not checked against its source"
    )
    what = f"{subject} for {reason} or longer: {listed(names, count)}."
    return what, f"Compare each with its source, then `monitor confirm {names[0]}`."


def _nothing_today(about: str, names: Sequence[str], count: int, reason: str) -> Said:
    return f"{about} has nothing to do at the moment: {reason}.", "Nothing: the rule is ready for when that changes."


_WORDS: Mapping[GapKind, Callable[[str, Sequence[str], int, str], Said]] = {
    GapKind.UNREACHED: _unreached,
    GapKind.NO_DATE: _no_date,
    GapKind.UNRECKONABLE: _unreckonable,
    GapKind.NEVER_FIRES: _never_fires,
    GapKind.ROLE_UNHELD: _role_unheld,
    GapKind.PERSON_GONE: _person_gone,
    GapKind.UNDELIVERABLE: _undeliverable,
    GapKind.REFUSED: _refused,
    GapKind.AWAY: _away,
    GapKind.LADDER_IN_ABSENCE: _in_absence,
    GapKind.LADDER_IN_RECESS: _in_recess,
    GapKind.LADDER_LATE: _late,
    GapKind.CALENDAR_HORIZON: _horizon,
    GapKind.CLOSED_DAYS_END: _closed_days_end,
    GapKind.UNVERIFIED: _unverified,
    GapKind.NOTHING_TODAY: _nothing_today,
}
