"""Two machines upgraded one after the other while the service goes on: nothing is lost, nothing is sent twice."""

from datetime import date

from installation import installed
from later_program import NEXT, VERSION, LaterProgram
from sqlalchemy import select, text

from monitor.store.schema import checks, daemons

FIRST, LAST = date(2021, 3, 31), date(2021, 4, 14)


def alive(there):
    """Version → how many daemons of it have told of themselves and not signed off."""
    with there.app.store.reading() as connection:
        versions = list(connection.scalars(select(daemons.c.version)))
    return {version: versions.count(version) for version in versions}


def test_a_later_program_takes_over_machine_by_machine(tmp_path, postgres_url):
    """The one before it works on meanwhile."""
    later, seen = LaterProgram(tmp_path / "later"), []
    with installed(tmp_path, postgres_url, daemons=2, first=FIRST) as there:
        for number, day in enumerate(there.slots(LAST)):
            if number == 2:
                told = later.command("--config", str(there.config), "migrate", "--yes")
                assert told.returncode == 0 and f"to {NEXT}" in told.stdout, told
            if number == 3:  # the program before it is begun again, on the later schema
                there.end(0)
            if number in (4, 6):
                place = number // 2 - 2
                there.end(place)
                there.begin[place] = later.start
            there.finish(day)
            there.wait_for(lambda: sum(alive(there).values()) == 2)
            seen.append(alive(there))
        assert there.faults() == []
        assert there.twice() == 0
        with there.app.store.reading() as connection:
            made = connection.execute(select(checks.c.day, checks.c.who, checks.c.at, checks.c.looked_at)).all()
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == NEXT
    assert len(there.finished) == len(seen) >= 8
    assert len({row.day for row in made}) == len(made), f"a slot was checked twice: {made}"
    assert VERSION not in seen[3] and len(seen[5]) == 2 and set(seen[-1]) == {VERSION}
