"""The people of the configuration as the core's: who holds which role, and mistakes in roles and holders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.core.errors import Fault, did_you_mean
from monitor.core.model.people import People, Person
from monitor.core.model.rules import RuleBook
from monitor.core.register.naming import misspelt_role, roles_of
from monitor.core.sentences import Sentence
from monitor.settings.config.configuration import Config, Setting


def people_of(config: Config) -> People:
    """All people, with the roles they hold in general, for a tag and for a dossier, in the order of the file."""
    register = config.register_
    roles: dict[str, tuple[str, ...]] = {}
    for id, person in config.people.items():
        for role in dict.fromkeys(person.roles):
            roles[role] = (*roles.get(role, ()), id)
    return People(
        persons={
            id: Person(id=id, name=person.name, address=person.address, language=person.language or register.language)
            for id, person in config.people.items()
        },
        roles=roles,
        by_tag=_frozen(config.holders.tag),
        by_dossier=_frozen(config.holders.dossier),
        fallback_role=register.fallback_role,
        operator_role=register.operator_role,
    )


def names_in_use(config: Config) -> frozenset[str]:
    """Every name that a rule may mail to: roles the configuration mentions, and persons."""
    special = {role for _, role, _ in _holders(config)}
    return frozenset({*config.people, *_held(config), *special, *_always(config)})


def people_faults(config: Config) -> Iterator[Fault]:
    """Roles that must be held and are not, unknown holders, and names that are a person's and a role's."""
    people, held = config.people, _held(config)
    for key, role in zip(("fallback_role", "operator_role"), _always(config), strict=True):
        if people and role not in held:
            what = Sentence(
                "No person holds the role {role}, so some mail would reach no one.{hint}",
                role=role,
                hint=did_you_mean(role, held),
            )
            yield config.locate(("register", key), what, "a role of a person in [people], as roles = [...]")
    for id in sorted(held & people.keys()):
        yield config.locate(
            ("people", id), Sentence("{id} is a role too, so it is not clear who is meant.", id=id), "different names"
        )
    named = [*_holders(config), (("desk", "readers"), "", config.desk.readers)]
    for path, _, persons in named:
        for person in persons:
            if person not in people:
                what = Sentence(
                    "There is no person {person!r}.{hint}",
                    person=person,
                    hint=did_you_mean(person, people),
                )
                yield config.locate(path, what, ", ".join(people) or "[people]")


def misspelt_roles(config: Config, rules: RuleBook) -> Iterator[Fault]:
    """Roles that are given to people, that no rule mails to, and that are nearly one that a rule does mail to."""
    asked = {role for rule in rules.rules for role in roles_of(rule)} | {*_always(config)}
    given: list[tuple[Setting, str]]
    given = [(("people", id, "roles"), role) for id, person in config.people.items() for role in person.roles]
    given += [(path, role) for path, role, _ in _holders(config)]
    for path, role in given:
        if role not in asked and (near := misspelt_role(role, asked)):
            yield config.locate(
                path,
                Sentence("No rule mails to the role {role}. Did you mean {near}?", role=role, near=near),
                "a role of a rule",
            )


def _held(config: Config) -> set[str]:
    return {role for person in config.people.values() for role in person.roles}


def _always(config: Config) -> tuple[str, str]:
    """Roles that mail goes to whatever the rules say."""
    return config.register_.fallback_role, config.register_.operator_role


def _holders(config: Config) -> Iterator[tuple[Setting, str, list[str]]]:
    """Setting, role and persons, for each role held for a tag or a dossier."""
    for name, places in (("tag", config.holders.tag), ("dossier", config.holders.dossier)):
        for id, place in places.items():
            yield from ((("holders", name, id, role), role, persons) for role, persons in place.items())


def _frozen(places: Mapping[str, Mapping[str, list[str]]]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    return {name: {role: tuple(persons) for role, persons in place.items()} for name, place in places.items()}
