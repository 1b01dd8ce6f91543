"""Roles and people that a change names: each must be defined, and spelled as defined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from monitor.core.errors import Fault, nearest
from monitor.core.model.changes import Add, Change, Correct, Deploy
from monitor.core.model.people import People, Person
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.model.rules import Rule
from monitor.core.register.lookalikes import unseen_in

LIKE = 0.8  # a role at least so much like another one is taken for a slip of it
SHOWN = 20  # names that a fault lists
HINTS = 50  # different names for which the nearest is looked up: a whole column may hold what is no name


class Names(Struct, frozen=True, kw_only=True):
    """Everybody who may be named."""

    persons: Mapping[str, Person]
    roles: frozenset[str]
    meant: dict[str, str] = field(default_factory=dict)  # what was not found → the nearest, of the first HINTS


def names_of(policy: Policy, people: People) -> Names:
    """People, and every role that one of them holds or a rule mails to."""
    places = (people.roles, *people.by_tag.values(), *people.by_dossier.values())
    held = (role for place in places for role in place)
    asked = (role for rule in policy.rules.rules for role in roles_of(rule))
    roles = frozenset({*held, *asked, people.fallback_role, people.operator_role})
    return Names(persons=people.persons, roles=roles - people.persons.keys())


def roles_of(rule: Rule) -> tuple[str, ...]:
    """Every role that a rule mails to at some time."""
    joining = (role for escalation in rule.escalate for role in escalation.to)
    return tuple(dict.fromkeys((*rule.to, *rule.cc, *joining)))


def misnamed(change: Change, register: Register, names: Names) -> Iterator[Fault]:
    """What a change names that is not defined. Without people little can be said; what stands already is left alone."""
    yield from _unseen(change)
    if not names.persons:
        return
    owner, holding, roles = _named(change, register)
    if owner and owner not in names.persons and owner not in names.roles and owner not in roles:
        yield Fault(what=f"owner: {_no_owner(owner, names)}", key=change.entry, accepted=_some(names, both=True))
    if holding:
        yield from _holders(change.entry, holding, owner, names)


def misspelt_role(role: str, used: Iterable[str]) -> str | None:
    """The role in use that this one is probably a slip of; who only counts on (officer-2) means another."""
    near = nearest(role, [one for one in used if one != role], cutoff=LIKE)
    return near if near and _digits(near) == _digits(role) else None


def _named(change: Change, register: Register) -> tuple[str, Mapping[str, Iterable[str]], Iterable[str]]:
    """The owner and the holders that a change gives, and the roles of the entry's own holders."""
    if isinstance(change, Add):
        content = change.content
        return content.owner, content.holders, content.holders
    if not isinstance(change, (Correct, Deploy)):
        return "", {}, ()
    there = register.entries.get(change.entry)
    owner, given = _text(change.fields.get("owner")), change.fields.get("holders")
    holding = given if isinstance(given, Mapping) else {}
    known = (*(there.holders if there else ()), *holding)
    return owner, {_text(role): _texts(persons) for role, persons in holding.items() if persons}, known


def _unseen(change: Change) -> Iterator[Fault]:
    """A tag or procedure with a character in it that cannot be seen is another one to every rule and holder."""
    if isinstance(change, Add):
        words = {"tags": change.content.tags, "procedure": (change.content.procedure,)}
    elif isinstance(change, (Correct, Deploy)):
        words = {name: _texts(change.fields[name]) for name in ("tags", "procedure") if change.fields.get(name)}
    else:
        return
    for name, word in ((name, word) for name, several in words.items() for word in several):
        if found := unseen_in(word):
            what = f"{name}: {word!r} has a character in it that cannot be seen: {found}."
            yield Fault(what=what, key=change.entry, accepted="it typed without")


def _holders(
    entry: str, holding: Mapping[str, Iterable[str]], owner: str, names: Names
) -> Iterator[Fault]:  # fmt: skip
    for role, persons in holding.items():
        if role in names.persons:
            what = f"holders: {role} is a person, not a role."
            yield Fault(what=what, key=entry, accepted=_some(names))
        elif role not in names.roles and role != owner:
            yield Fault(what=f"holders: {_no_role(role, names)}", key=entry, accepted=_some(names))
        for person in persons:
            if person not in names.persons:
                what = f"holders.{role}: {_no_person(person, names)}"
                yield Fault(what=what, key=entry, accepted=_listed(names.persons))


def _no_role(role: str, names: Names) -> str:
    return _unknown("role", role, {name: name for name in names.roles}, names)


def _no_owner(owner: str, names: Names) -> str:
    called = _by_name(names)
    if owner.casefold() in called:
        return f"{owner!r} is what a person is called, not an id. Did you mean {called[owner.casefold()]}?"
    there = {**called, **{name: name for name in (*names.persons, *names.roles)}}
    return _unknown("role or person", owner, there, names)


def _no_person(person: str, names: Names) -> str:
    if person in names.roles:
        return f"{person} is a role, not a person."
    return _unknown("person", person, {**_by_name(names), **{id: id for id in names.persons}}, names)


def _unknown(what: str, given: str, there: Mapping[str, str], names: Names) -> str:
    """That it is not there, and which of what is there was probably meant."""
    said = f"There is no {what} {given!r}."
    if said not in names.meant and len(names.meant) < HINTS:
        near = nearest(given.casefold(), there)
        names.meant[said] = f" Did you mean {there[near]}?" if near else ""
    return said + names.meant.get(said, "")


def _by_name(names: Names) -> dict[str, str]:
    """What people are called → their ids."""
    return {person.name.casefold(): id for id, person in names.persons.items()}


def _some(names: Names, *, both: bool = False) -> str:
    return _listed([*(names.persons if both else ()), *sorted(names.roles)])


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def _text(value: Any) -> str:
    return str(value).strip() if value else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, (list, tuple)) else (_text(value),)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
