"""A short form of the year of kills: fifty, on SQLite with one service and on PostgreSQL with one and with three."""

from datetime import date

import pytest
from installation import installed
from killed_year import every_step, live_and_die
from mortal import STEPS

WEEKS = date(2020, 10, 16)  # from the first morning on, which is the busiest


@pytest.mark.parametrize(
    ("database", "daemons", "times", "random_kills"),
    [("sqlite", 1, (1, 2), 8), ("postgresql", 1, (1,), 6), ("postgresql", 3, (2,), 8)],
)
def test_whoever_is_killed_and_wherever_every_reminder_arrives(
    request, tmp_path, database, daemons, times, random_kills
):
    url = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url")
    with installed(tmp_path, url, daemons=daemons) as there:
        figures = live_and_die(there, steps=every_step(times), random_kills=random_kills, last=WEEKS)
    assert figures.faults == []
    assert figures.twice <= figures.allowed
    assert figures.killed >= len(times) * len(STEPS) + random_kills, str(figures)
    print(figures)
