"""Mistakes that are made in the product while it runs show within the registers of every run, too."""

import sys
from importlib import import_module

import pytest
from test_against_planner import TELLING, product, right, shortened

from monitor.core.errors import Faults

MISTAKES = {
    "a clipped day is shortened twice": ("dates.end_of", shortened),
    "the import limit is forgotten": ("import_limit.listed", lambda *_: False),
    "everything has begun": ("outcomes.had_begun", lambda *_: True),
    "imprecise dates are exact": ("select.imprecise_date", lambda *_: None),
    "everything is acknowledged": ("plan._acknowledged", lambda *_: True),
    "a confirmed end is unknown": ("select._end_confirmed_fits", lambda *_: True),
    "all is known since the registration": ("anchors.known_since", lambda _, entry, *__: entry.registered_on),
    "parents have no outcome": ("obligations._for_parents", lambda *_: ()),
    "no year counts": ("obligations._yearly", lambda *_: ()),
    "what is undated is silent": ("obligations._ticklers", lambda *_: ()),
    "nothing starts from the end": ("judge.starts_from_end", lambda *_: False),
    "recess is ignored": ("calendars.Calendar.recess_on", lambda *_: None),
    "5 May is a working day": ("calendars.Calendar.is_business_day", lambda _, day: day.weekday() < 5),
    "days do not roll": ("calendars.Calendar.roll", lambda _, day, *__: day),
    "what is late has its ladder": ("ladder.Ladder.late", property(lambda _: False)),
}


def make(mistake, monkeypatch):
    """The wrong function in place of the right one, wherever a module of the product knows it by name."""
    place, wrong = MISTAKES[mistake]
    module, *owner, name = place.split(".")
    holder = import_module(f"monitor.core.{module}")
    if owner:
        monkeypatch.setattr(getattr(holder, owner[0]), name, wrong)
        return
    found = getattr(holder, name)
    for other in [module for key, module in sys.modules.items() if key.startswith("monitor.")]:
        if vars(other).get(name) is found:
            monkeypatch.setattr(other, name, wrong)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_product_is_found(mistake, tmp_path, monkeypatch):
    """Each mistake gives other reminders than the planner's in one of the two hundred registers."""
    make(mistake, monkeypatch)
    for seed in (*TELLING, *range(200)):
        made, expected = right(seed)
        try:
            if product(made, tmp_path) != expected:
                return
        except Faults:  # also without the mistake: the case contradicts itself
            continue
    pytest.fail(f"{mistake}: no register shows it")
