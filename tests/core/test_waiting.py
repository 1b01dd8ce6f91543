"""The age of what waits: by obligation and person, from slot to slot."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.core.delivery.retry import Mailed, backlog

TODAY = 12
CHECKED = [date(2021, 11, day) for day in (1, 2, 3, 4, 5, 8, 9, 10, 11)]  # every slot before today


def mails(*made: tuple[int, str]) -> list[Mailed]:
    """One mail for each day of November with the state that it has by now."""
    return [
        Mailed(
            message=number, day=date(2021, 11, day), state=state.removeprefix("brake-"), held=state.startswith("brake-")
        )
        for number, (day, state) in enumerate(made)
    ]


@pytest.mark.parametrize(
    ("made", "since"),
    [
        ([(12, "queued")], 12),
        ([(10, "withdrawn"), (11, "withdrawn"), (12, "queued")], 10),
        ([(10, "withdrawn"), (11, "withdrawn"), (12, "claimed")], 10),
        ([(10, "withdrawn"), (11, "withdrawn")], 10),  # taken back, and about to be made again
        ([(5, "withdrawn"), (8, "queued")], 5),  # over a weekend
        ([(10, "withdrawn"), (11, "sent")], None),
        ([(10, "withdrawn"), (11, "failed")], None),  # a permanent failure is a trouble of its own
        ([(10, "withdrawn"), (11, "dropped")], None),
        ([(9, "sent"), (11, "withdrawn"), (12, "queued")], 11),
        ([(2, "withdrawn"), (11, "withdrawn"), (12, "queued")], 11),  # nothing was owed in between
        ([(2, "withdrawn")], None),
        ([(1, "queued"), (12, "queued")], 1),  # in doubt, so that it is never made again
        ([(1, "queued"), (8, "withdrawn"), (12, "queued")], 1),
        ([(10, "brake-held"), (11, "brake-held")], None),
        ([(10, "held")], 10),  # held because the connection broke at it each time
        ([(10, "brake-withdrawn"), (11, "brake-withdrawn"), (12, "queued")], 12),
    ],
)
def test_a_wait_begins_with_the_first_mail(made: list[tuple[int, str]], since: int | None):
    """A wait begins with the first undelivered mail that says the same."""
    found = backlog(mails(*made), CHECKED, date(2021, 11, TODAY))
    assert (found and found.since) == (since and date(2021, 11, since))


def test_a_day_without_check_breaks_nothing():
    """The machine was off from Tuesday to Thursday: what waited on Monday still does on Friday."""
    found = backlog(mails((1, "withdrawn"), (5, "queued")), [date(2021, 11, 1), date(2021, 11, 5)], date(2021, 11, 5))
    assert found and found.since == date(2021, 11, 1) and found.messages == (0, 1)
