"""Roles, people and types of events that a change names: each must be defined, and spelled as defined."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from monitor.core.errors import Fault, Refused, nearest
from monitor.core.model.changes import Add, Change, Correct, Deploy
from monitor.core.model.people import People, Person
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.model.rules import Rule
from monitor.core.register.lookalikes import unseen_in
from monitor.core.register.state import DOMAIN_TYPES
from monitor.core.sentences import Sentence, joined

PREFIXES = ("document:", "event:")
LIKE = 0.8  # a role or type at least so much like another one is taken for a slip of it
SHOWN = 20  # names that a fault lists
HINTS = 50  # different names for which the nearest is looked up: a whole column may hold what is no name


class Names(Struct, frozen=True, kw_only=True):
    """Every person and role that may be named."""

    persons: Mapping[str, Person]
    roles: frozenset[str]
    meant: dict[str, str] = field(default_factory=dict)  # what was not found → the nearest, of the first HINTS

    def fault(self, place: str, given: str, kind: str, entry: str) -> Fault:
        """That a "role", "person" or "role or person" is not there, and which of what is there was probably meant."""
        known = [*(self.persons if "person" in kind else ()), *(sorted(self.roles) if "role" in kind else ())]
        called = {person.name.casefold(): id for id, person in self.persons.items()} if "person" in kind else {}
        what = Sentence("There is no {kind} {given!r}.", kind=Sentence(kind), given=given)
        if kind == "role" and given in self.persons:
            what = Sentence("{given} is a person, not a role.", given=given)
        elif kind == "person" and given in self.roles:
            what = Sentence("{given} is a role, not a person.", given=given)
        elif kind == "role or person" and given.casefold() in called:
            id = called[given.casefold()]
            what = Sentence("{given!r} is what a person is called, not an id. Did you mean {id}?", given=given, id=id)
        elif what in self.meant or len(self.meant) < HINTS:
            if what not in self.meant:
                there = called | {name: name for name in known}
                near = nearest(given.casefold(), there)
                self.meant[what] = Sentence(" Did you mean {near}?", near=there[near]) if near else ""
            what = joined((what, self.meant[what]), "")
        more = Sentence(", and {count} more", count=len(known) - SHOWN) if len(known) > SHOWN else ""
        return Fault(
            what=Sentence("{place}: {fault}", place=place, fault=what),
            key=entry,
            accepted=joined((", ".join(known[:SHOWN]), more), ""),
        )


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


def misspelt_role(role: str, used: Iterable[str]) -> str | None:
    """The role in use that this one is probably a slip of; one that differs in its number (officer-2) is another."""
    near = nearest(role, [one for one in used if one != role], cutoff=LIKE)
    return near if near and [*filter(str.isdigit, near)] == [*filter(str.isdigit, role)] else None


def misnamed(change: Change, register: Register, names: Names) -> Iterator[Fault]:
    """Return faults for undefined names in a change, without people only for invisible ones; old values may stay."""
    if isinstance(change, Add):
        content = change.content
        owner, holding, roles = content.owner, content.holders, tuple(content.holders)
        words = {"tags": content.tags, "procedure": (content.procedure,)}
    elif isinstance(change, Correct | Deploy):
        fields, there = change.fields, register.entries.get(change.entry)
        given = fields.get("holders")
        given = given if isinstance(given, Mapping) else {}
        owner = str(fields.get("owner") or "").strip()
        holding = {str(role or "").strip(): _texts(persons) for role, persons in given.items() if persons}
        roles = (*(there.holders if there else ()), *given)
        words = {name: _texts(fields[name]) for name in ("tags", "procedure") if fields.get(name)}
    else:
        return
    for name, word in ((name, word) for name, several in words.items() for word in several):
        if found := unseen_in(word):  # it is another word to every rule and holder
            what = Sentence(
                "{name}: {word!r} has a character in it that cannot be seen: {found}.",
                name=name,
                word=word,
                found=found,
            )
            yield Fault(what=what, key=change.entry, accepted="it typed without")
    if names.persons:
        yield from _misnamed(change.entry, owner, roles, holding, names)


def _misnamed(
    entry: str, owner: str, roles: Collection[str], holding: Mapping[str, Iterable[str]], names: Names
) -> Iterator[Fault]:
    if owner and not any(owner in known for known in (names.persons, names.roles, roles)):
        yield names.fault("owner", owner, "role or person", entry)
    for role, persons in holding.items():
        if role not in names.roles and (role in names.persons or role != owner):
            yield names.fault("holders", role, "role", entry)
        for person in persons:
            if person not in names.persons:
                yield names.fault(f"holders.{role}", person, "person", entry)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item).strip() if item else "" for item in (value if isinstance(value, list | tuple) else [value]))


def known_types(policy: Policy) -> tuple[str, ...]:
    """Every type that a rule closes on, that a state follows from, or that the configuration adds."""
    rules = (type for rule in policy.rules.rules for type in rule.closes_on)
    return tuple(sorted({*DOMAIN_TYPES, *policy.event_types, *rules}))


def check_type(type: str, policy: Policy) -> None:
    """Raises Refused for a type that is neither a document nor an event, or nearly one that is known."""
    known = known_types(policy)
    if type in known:
        return
    meant = meant_by(type, known)
    hint = Sentence(" Did you mean {near}?", near=meant) if meant else ""
    if not type.startswith(PREFIXES) or not type.partition(":")[2].strip():
        accepted = Sentence("Accepted: document:NAME or event:NAME; `monitor record --help` lists the known ones.")
        raise Refused("{type!r} is not a type of event.{hint} {accepted}", type=type, hint=hint, accepted=accepted)
    if meant:
        raise Refused(
            "No rule knows the type {type!r}.{hint} A type of your own is added to [register] event_types.",
            type=type,
            hint=hint,
        )


def meant_by(type: str, known: Collection[str]) -> str | None:
    """The known type that was probably meant; the part before the colon only decides between equal names."""
    _, _, name = type.casefold().strip().rpartition(":")
    names: dict[str, str] = {}
    for one in sorted(known, key=lambda one: one.startswith(type.partition(":")[0]), reverse=True):
        names.setdefault(one.partition(":")[2], one)
    near = nearest(name.strip(), names, cutoff=LIKE)
    return names[near] if near else None


def unknown_types(types: Iterable[str], policy: Policy) -> Iterator[str]:
    """One sentence for each of these types that no rule and no state knows."""
    known = known_types(policy)
    return (closes_nothing(type, known) for type in dict.fromkeys(types) if type not in known)


def closes_nothing(type: str, known: Iterable[str]) -> str:
    """What a type that is not known does, and which are."""
    what = "Closes nothing: no rule knows {type}; known types are {types}."
    return Sentence(what, type=type, types=", ".join(known))
