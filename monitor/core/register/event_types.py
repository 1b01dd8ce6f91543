"""Types of letters and events: which ones mean something, and which are probably a slip of one that does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from monitor.core.errors import Refused, nearest
from monitor.core.model.policy import Policy
from monitor.core.register.state import DOMAIN_TYPES

PREFIXES = ("document:", "event:")
LIKE = 0.8  # a name at least so much like a known one is taken for a slip of it


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
    hint = f" Did you mean {meant}?" if meant else ""
    if not type.startswith(PREFIXES) or not type.partition(":")[2].strip():
        raise Refused(f"{type!r} is not a type of event.{hint} Accepted: document:NAME or event:NAME.")
    if meant:
        raise Refused(f"No rule knows the type {type!r}.{hint} A type of your own is added to [register] event_types.")


def meant_by(type: str, known: Collection[str]) -> str | None:
    """The known type that this one is probably a slip of; the part before the colon only decides between equal names."""
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
    return f"Closes nothing: no rule knows {type}; known types are {', '.join(known)}."
