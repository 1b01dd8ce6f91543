"""A database that knows less than was noted of it is a restored backup."""

import pytest
from msgspec.structs import replace

from monitor.core.register.restore_marker import MarkerComparison, RestoreMarker, compare, lost, successor

NOTED = RestoreMarker(instance="office", ledger=120, register=40, attempts=70)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (NOTED, MarkerComparison.ABREAST),
        (replace(NOTED, ledger=121, attempts=71), MarkerComparison.ABREAST),  # it died between the commit and the note
        (replace(NOTED, ledger=119), MarkerComparison.BEHIND),
        (
            replace(NOTED, ledger=500, register=39),
            MarkerComparison.BEHIND,
        ),  # a letter that was recorded is unknown again
        (replace(NOTED, attempts=69), MarkerComparison.BEHIND),  # what waits there has left since
        (replace(NOTED, instance="office~1", ledger=3), MarkerComparison.ABREAST),  # an accepted restore
        (replace(NOTED, instance="other"), MarkerComparison.OTHER),
        (replace(NOTED, instance=""), MarkerComparison.OTHER),
    ],
)
def test_a_database_is_compared_with_the_note(found: RestoreMarker, expected: MarkerComparison):
    """A database is abreast of the note, behind it, or another one."""
    assert compare(found, NOTED) is expected


def test_a_backup_from_before_an_accepted_restore_is_behind():
    """A backup from before an accepted restore is behind the note."""
    assert compare(replace(NOTED, ledger=999), replace(NOTED, instance="office~1")) is MarkerComparison.BEHIND


def test_lost_numbers_are_counted():
    """What a restored backup has lost is counted, and its name gets the next number."""
    assert dict(lost(replace(NOTED, ledger=100, attempts=90), NOTED)) == {"ledger": 20}
    assert successor(NOTED, NOTED) == "office~1"
    assert successor(NOTED, replace(NOTED, instance="office~4")) == "office~5"
