"""From the people of the configuration to the core's: who holds which role, and what cannot be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from monitor.core.errors import Fault, nearest
from monitor.core.model.people import People, Person
from monitor.core.model.rules import RuleBook
from monitor.core.register.naming import misspelt_role, roles_of
from monitor.settings.config.schema import HoldersSection, PersonTable, RegisterSection

Locate = Callable[[tuple[str, ...], str, str], Fault]


def people_of(people: Mapping[str, PersonTable], holders: HoldersSection, register: RegisterSection) -> People:
    """Everybody, with the roles they hold in general, for a tag and for a dossier, in the order of the file."""
    roles: dict[str, tuple[str, ...]] = {}
    for id, person in people.items():
        for role in dict.fromkeys(person.roles):
            roles[role] = (*roles.get(role, ()), id)
    return People(
        persons={
            id: Person(id=id, name=person.name, address=person.address, language=person.language or register.language)
            for id, person in people.items()
        },
        roles=roles,
        by_tag=_frozen(holders.tag),
        by_dossier=_frozen(holders.dossier),
        fallback_role=register.fallback_role,
        operator_role=register.operator_role,
    )


def names_in_use(
    people: Mapping[str, PersonTable], holders: HoldersSection, register: RegisterSection
) -> frozenset[str]:
    """Every name that a rule may mail to: roles the configuration mentions, and persons."""
    special = {role for place in _places(holders).values() for role in place}
    held = {role for person in people.values() for role in person.roles}
    return frozenset({*people, *held, *special, register.fallback_role, register.operator_role})


def people_faults(
    people: Mapping[str, PersonTable], holders: HoldersSection, register: RegisterSection, locate: Locate
) -> Iterator[Fault]:
    """Roles that must be held and are not, holders nobody knows, and names that are a person's and a role's."""
    held = {role for person in people.values() for role in person.roles}
    for key in ("fallback_role", "operator_role") if people else ():
        role = getattr(register, key)
        if role not in held:
            near = nearest(role, held)
            hint = f" Did you mean {near}?" if near else ""
            what = f"Nobody holds the role {role}, so some mail would reach nobody.{hint}"
            yield locate(("register", key), what, "a role of somebody in [people], as roles = [...]")
    for id in sorted(held & people.keys()):
        yield locate(("people", id), f"{id} is a role too, so nobody can tell who is meant.", "different names")
    for path, place in _places(holders).items():
        for role, persons in place.items():
            for person in persons:
                if person not in people:
                    near = nearest(person, people)
                    hint = f" Did you mean {near}?" if near else ""
                    yield locate(
                        (*path, role), f"There is no person {person!r}.{hint}", ", ".join(people) or "[people]"
                    )


def misspelt_roles(
    people: Mapping[str, PersonTable], holders: HoldersSection, register: RegisterSection, rules: RuleBook, locate: Locate
) -> Iterator[Fault]:  # fmt: skip
    """Roles that are given to people, that no rule mails to, and that are nearly one that a rule does mail to."""
    asked = {role for rule in rules.rules for role in roles_of(rule)} | {register.fallback_role, register.operator_role}
    given: list[tuple[tuple[str, ...], str]] = [
        (("people", id, "roles"), role) for id, person in people.items() for role in person.roles
    ]
    given += [((*path, role), role) for path, place in _places(holders).items() for role in place]
    for path, role in given:
        if role not in asked and (near := misspelt_role(role, asked)):
            yield locate(path, f"No rule mails to the role {role}. Did you mean {near}?", "a role of a rule")


def _places(holders: HoldersSection) -> Mapping[tuple[str, ...], Mapping[str, list[str]]]:
    found: dict[tuple[str, ...], Mapping[str, list[str]]] = {}
    for name, places in (("tag", holders.tag), ("dossier", holders.dossier)):
        found |= {("holders", name, id): place for id, place in places.items()}
    return found


def _frozen(places: Mapping[str, Mapping[str, list[str]]]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    return {name: {role: tuple(persons) for role, persons in place.items()} for name, place in places.items()}
