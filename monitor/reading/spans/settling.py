"""The value of a date in its role: which day "until" and "before" mean, and both bounds of a period."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from monitor.reading.dates.values import after_duration, bounds, day_before, last_day
from monitor.reading.spans.joining import Dated

_TO_THE_END = {"until", "until_excluded", "before", "by"}
ONE_DAY = timedelta(days=1)


class Settled(Struct, frozen=True, kw_only=True):
    """A value as the output has it; None where there is none."""

    edtf: str | None = None
    start: str | None = None
    end: str | None = None
    earliest: date | None = None
    latest: date | None = None
    doubts: tuple[str, ...] = ()


def settle(dated: Dated, role: str, *, ending: bool = False) -> Settled:
    """Return the value of a date in a role. `ending`: its sentence says that something ends."""
    value = dated.value
    if role == "relative":
        return Settled()
    if value.rule or (value.duration and not value.edtf):
        return Settled(edtf=value.rule or value.duration, doubts=value.doubts)
    if value.end or value.duration:
        return _period(dated)
    edtf, doubts = _bounded(dated, role, ending=ending or role == "end")
    if not edtf:
        return Settled(doubts=value.doubts)
    span = bounds(edtf)
    doubts = tuple(dict.fromkeys((*value.doubts, *doubts)))
    return Settled(
        edtf=edtf, earliest=span.earliest if span else None, latest=span.latest if span else None, doubts=doubts
    )


def _period(dated: Dated) -> Settled:
    value = dated.value
    doubts: tuple[str, ...] = ()
    if value.duration:
        end = after_duration(value.edtf, value.duration)
    elif dated.expression.row.kind == "year":
        end = value.end
    else:
        end, doubts = _range_end(value.edtf, value.end, excluded=value.end_excluded)
    edtf = f"{value.edtf}/{end}" if end else value.edtf
    first, last = bounds(value.edtf), bounds(end)
    return Settled(
        edtf=edtf, start=value.edtf, end=end or None, earliest=first.earliest if first else None,
        latest=last.latest if last else None, doubts=tuple(dict.fromkeys((*value.doubts, *doubts))),
    )  # fmt: skip


def _range_end(start: str, end: str, *, excluded: bool) -> tuple[str, tuple[str, ...]]:
    """Return the last day of a range: the day before one that has the start's number, or that is not included."""
    first, last = bounds(start), bounds(end)
    if end.endswith("-36"):
        return f"[{end[:4]}-12-21..{end[:4]}-12-31]", ()
    if not first or not last or not first.exact or not last.exact or not last.latest or not first.latest:
        return (end, ()) if end.startswith("[") or not excluded else (day_before(end), ("boundary_ambiguous",))
    if not excluded:
        return end, ()
    if first.latest.day == last.latest.day:
        return day_before(end), ("boundary_ambiguous",)
    if _ends_month(last.latest):
        return end, ("boundary_ambiguous",)
    return day_before(end), ()


def _bounded(dated: Dated, role: str, *, ending: bool) -> tuple[str, tuple[str, ...]]:
    """Return the value and the doubt about its boundary."""
    edtf, senses = dated.value.edtf, {*map(str, dated.expression.senses)}
    span = bounds(edtf)
    if span is None:
        return "", ()
    vague = edtf.startswith("[") or (edtf.endswith("-33") and dated.expression.row.kind == "part")  # "begin 2026"
    if edtf.endswith("-36") and (role == "end" or senses & _TO_THE_END):
        edtf = f"[{edtf[:4]}-12-21..{edtf[:4]}-12-31]"
    if role == "minimum":
        return f"{edtf}/..", ()
    if "since" in senses:
        return f"{edtf}/..", ()
    years = role == "horizon" or (role == "past_event" and dated.expression.row.kind == "year")
    if years and senses & {"until", "until_excluded"}:
        return f"../{edtf}", ()
    if "about" in senses and not vague:
        return f"{edtf}~", ()
    if role == "condition" and "not_before" in senses:
        return day_before(edtf), ()
    named = senses & {"not_before", "not_after", "after", "by"} and "until_excluded" not in senses
    if vague or edtf.startswith("[") or named or role == "not_before":
        return edtf, ()
    return _last(dated, edtf, senses, ending=ending)


def _last(dated: Dated, edtf: str, senses: set[str], *, ending: bool) -> tuple[str, tuple[str, ...]]:
    span = bounds(edtf)
    assert span is not None
    if "until" in senses:
        return last_day(edtf), ()
    recess = dated.expression.row.kind == "recess"
    if "until_excluded" in senses and (recess or ("at" in senses and not span.exact)):
        return edtf, ()  # "tot in het voorjaar": some day of it; "tot na de zomer"
    if "until_excluded" in senses and span.latest:
        if span.exact and _ends_month(span.latest):
            return edtf, ("boundary_ambiguous",)
        return day_before(edtf), () if span.exact else ("boundary_ambiguous",)
    if "before" in senses and (ending or dated.expression.row.kind not in ("year", "recess")):
        return day_before(edtf), ()
    if senses & {"per", "from"} and ending and span.exact and span.latest and not _ends_month(span.latest):
        return day_before(edtf), ()
    return edtf, ()


def _ends_month(day: date) -> bool:
    return (day + ONE_DAY).day == 1
