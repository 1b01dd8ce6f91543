"""Who receives: people, the roles they hold, and their deputies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct, field

from monitor.core.model.register import Absence, Entry

# A plainly correct address: letters, digits and single marks. Others need the library that knows the RFCs.
_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9_]+(?:[.+-][A-Za-z0-9_]+)*@[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*", re.ASCII
)


def is_plain_address(text: str) -> bool:
    """Whether this is an address beyond doubt, already as every relay takes it."""
    local, _, domain = text.partition("@")
    short = len(local) <= 64 and len(domain) <= 200 and all(len(label) <= 63 for label in domain.split("."))
    return short and _PLAIN_ADDRESS.fullmatch(text) is not None


class Person(Struct, frozen=True, kw_only=True):
    """One recipient."""

    id: str
    name: str
    address: str  # RFC 5321 mailbox, ASCII
    language: str = "nl"  # "nl" or "en"


class Mailbox(Struct, frozen=True, kw_only=True):
    """A name and an address that belong to no person of the register, such as the sender."""

    name: str = ""  # empty: the address alone
    address: str  # RFC 5321 mailbox, ASCII

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


class Late(Struct, frozen=True, kw_only=True):
    """What a person has not received for too long."""

    since: date  # slot of the oldest reminder or mail that waits
    entries: frozenset[str] | None = None  # only reminders of these; None: no mail arrives at all


class People(Struct, frozen=True, kw_only=True):
    """The people that the configuration knows."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # role → persons' ids
    by_tag: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)  # tag → role → persons
    by_dossier: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)  # dossier → role → persons
    fallback_role: str = "operator"  # receives for roles without a holder
    operator_role: str = "operator"  # receives the operator's notices
    unreachable: frozenset[str] = frozenset()  # whose address refused a mail permanently; others receive instead
    undelivered: Mapping[str, Late] = field(default_factory=dict)  # persons whose mail has waited too long


class Recipient(Struct, frozen=True, kw_only=True):
    """A person who is reminded, in which roles, and why it is this person."""

    person: str  # person's id
    roles: tuple[str, ...]  # in the order of the rule
    stands_in_for: str | None = None  # the person who is absent, or does not get this
    undelivered_since: date | None = None  # that person's own mail has waited since then
    unheld: tuple[str, ...] = ()  # roles without a holder that fell to this person


def holders(people: People, entry: Entry, role: str) -> tuple[str, ...]:
    """Persons holding a role for an entry: by its own choice, else by its tags, its dossiers, or in general."""
    found = next((place[role] for place in _places(people, entry) if place.get(role)), ())
    return tuple(person for person in found if person in people.persons)


def fallback(people: People, entry: Entry) -> tuple[str, ...]:
    """Who receives for a role without a holder: a choice that names no known person is passed over."""
    roles = (people.fallback_role, people.operator_role)
    choices = (place.get(role, ()) for role in roles for place in _places(people, entry))
    known = (tuple(person for person in choice if person in people.persons) for choice in choices)
    return next((persons for persons in known if persons), ())


def _places(people: People, entry: Entry) -> list[Mapping[str, tuple[str, ...]]]:
    """Where holders are named, the nearest first."""
    places: list[Mapping[str, tuple[str, ...]]] = [entry.holders]
    places += [people.by_tag[tag] for tag in entry.tags if tag in people.by_tag]
    places += [people.by_dossier[ref.dossier] for ref in entry.refs if ref.dossier in people.by_dossier]
    return [*places, people.roles]


def recipients(
    people: People, absences: Iterable[Absence], entry: Entry, roles: Iterable[str], day: date
) -> tuple[Recipient, ...]:
    """Recipients on that day, once each, in the order of the roles. No role is left out silently.

    Where mail to a person has waited too long, the deputy or the fallback role is reminded as well.
    """
    found: dict[str, Recipient] = {}
    absences = tuple(absences)

    def receiver_for(person: str, late: Iterable[str] = ()) -> str:
        """The person or a deputy, else one for the fallback role; where all are away, the person all the same."""
        if there := present(person, people, absences, day, late):  # nearly always
            return there
        others = (present(one, people, absences, day, late) for one in fallback(people, entry))
        return next((there for there in others if there), person)

    late = tuple(person for person in people.undelivered if is_late(person, people, entry))
    for role in roles:
        held = (role,) if role in people.persons else holders(people, entry, role)
        for person in held or fallback(people, entry):
            receiver = receiver_for(person)
            _join(found, receiver, role, instead_of=person, held=bool(held))
            if receiver in late:
                other, since = receiver_for(receiver, late), people.undelivered[receiver].since
                if other != receiver:
                    _join(found, other, role, instead_of=receiver, held=bool(held), since=since)
    return tuple(found.values())


def is_late(person: str, people: People, entry: Entry) -> bool:
    """Reminders of the entry to this person have waited too long."""
    late = people.undelivered.get(person)
    return late is not None and (late.entries is None or entry.id in late.entries)


def _join(
    found: dict[str, Recipient], person: str, role: str, *, instead_of: str, held: bool, since: date | None = None
) -> None:
    """One more role in which a person receives."""
    known = found.get(person, Recipient(person=person, roles=()))
    found[person] = Recipient(
        person=person,
        roles=tuple(dict.fromkeys((*known.roles, role))),
        stands_in_for=known.stands_in_for or (instead_of if instead_of != person else None),
        undelivered_since=known.undelivered_since if known.stands_in_for else since,
        unheld=known.unheld if held else tuple(dict.fromkeys((*known.unheld, role))),
    )


def present(
    person: str, people: People, absences: Iterable[Absence], day: date, late: Iterable[str] = ()
) -> str | None:
    """The person, or the first of the chain of deputies who is there that day; None when it ends or comes round.

    `late`: people who do not receive their mail.
    """
    seen: set[str] = set()
    deputies: dict[str, str | None] = dict.fromkeys((*people.unreachable, *late))
    # What was entered last counts: a later absence with another deputy corrects the earlier one.
    deputies |= {absence.person: absence.deputy for absence in absences if absence.first <= day <= absence.last}
    while person in deputies:
        seen.add(person)
        deputy = deputies[person]
        if deputy is None or deputy in seen or deputy not in people.persons:
            return None
        person = deputy
    return person
