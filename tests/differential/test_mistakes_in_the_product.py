"""Mistakes that are made in the product while it runs show within the registers of every run, too."""

import sys
from importlib import import_module

import pytest
from test_against_planner import TELLING, product, right, shortened

from monitor.core.errors import Faults

MISTAKES = {
    "a clipped day is shortened twice": ("calendar.dates:end_of", shortened),
    "the import limit is forgotten": ("planning.import_limit:listed", lambda *_: False),
    "everything has begun": ("planning.outcomes:had_begun", lambda *_: True),
    "imprecise dates are exact": ("register.rule_matching:imprecise_date", lambda *_: None),
    "everything is acknowledged": ("planning.plan:_acknowledged", lambda *_: True),
    "a confirmed end is unknown": ("register.state:confirmed_end", lambda *_: False),
    "all is known since the registration": ("planning.anchors:known_since", lambda _, entry, *__: entry.registered_on),
    "parents have no outcome": ("planning.obligations:_for_parents", lambda *_: ()),
    "no year counts": ("planning.obligations:_yearly", lambda *_: ()),
    "what is undated is silent": ("planning.obligations:_ticklers", lambda *_: ()),
    "nothing starts from the end": ("planning.evaluate:starts_from_end", lambda *_: False),
    "recess is ignored": ("calendar.calendars:Calendar.recess_on", lambda *_: None),
    "5 May is a working day": ("calendar.calendars:Calendar.is_business_day", lambda _, day: day.weekday() < 5),
    "days do not roll": ("calendar.calendars:Calendar.roll", lambda _, day, *__: day),
    "what is late has its ladder": ("planning.schedule:Ladder.late", property(lambda _: False)),
}


def make(mistake, monkeypatch):
    """The wrong function in place of the right one, wherever a module of the product knows it by name."""
    place, wrong = MISTAKES[mistake]
    module, _, path = place.partition(":")
    holder = import_module(f"monitor.core.{module}")
    owner, _, name = path.rpartition(".")
    if owner:
        monkeypatch.setattr(getattr(holder, owner), name, wrong)
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
