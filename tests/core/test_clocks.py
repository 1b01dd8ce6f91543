"""How far one clock is off another."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.actions.operator.daemon_guard import off_by
from monitor.app import in_english

NOON = datetime(2021, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, ""), (30, ""), (-30, ""), (31, "31 seconds ahead of"), (-90, "90 seconds behind"),
        (60, "1 minute ahead of"),
        (3600, "1 hour ahead of"), (-7200, "2 hours behind"), (86400 * 3 + 5, "3 days ahead of"),
    ],
)  # fmt: skip
def test_the_difference_is_worded_for_people(seconds, said):
    """The difference of two clocks is given in the unit that people use."""
    ours = NOON + timedelta(seconds=seconds)
    found = off_by(ours, NOON, ours)
    assert (said in in_english(found)) if found else not said


def test_a_slow_answer_does_not_count_as_a_wrong_clock():
    """A clock is compared with the middle of a slow answer."""
    assert off_by(NOON, NOON + timedelta(seconds=40), NOON + timedelta(seconds=80)) is None
    assert off_by(NOON, NOON + timedelta(seconds=40), NOON) is not None
