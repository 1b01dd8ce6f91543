"""A view of the register: as known on a day, and with what had happened by a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from msgspec import Struct

from monitor.actions.operator.undelivered import reachable
from monitor.app import App
from monitor.core.changes.history import happened_by, recall
from monitor.core.errors import Refused, Unavailable, UnknownId
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot
from monitor.core.planning.due_day import show
from monitor.core.planning.plan import Ledger
from monitor.core.sentences import Sentence
from monitor.store import history, ledger
from monitor.store.engine import Transaction
from monitor.store.register import ids_like, load_register, require_entry


class RegisterView(Struct, frozen=True, kw_only=True):
    """The register as a query judges it, and with what."""

    register: Register
    policy: Policy
    people: People
    day: date  # judged as of the slot of this day
    recorded: Ledger  # the ledger as it was then
    known: date | None = None  # as the slot of this day knew it; None: as known now
    basis: str = ""  # which rules and people it is judged with, where they might differ from today's


def view_register(
    app: App, connection: Transaction, now: datetime, on: date | None, known: date | None, ids: Collection[str] | None
) -> RegisterView:
    """Return the register, or with `ids` the slice in which these entries can be judged.

    `on`: what happened later is left out, and it is judged as of that day. `known`: as it was known at the slot of that
    day, with the rules, calendars and people in force then where a check kept them. Raises UnknownId, Refused.
    """
    at = on or known or last_slot(app.policy, now)
    policy, basis = app.policy, ""
    if known is None:
        for id in ids or ():
            require_entry(connection, id)
        people = reachable(app, connection, at if on is None else None)
        register = load_register(connection, ids)
    else:
        policy, people, basis = _in_force(app, connection, known)
        last = known_number(connection, known)
        register = recall(history.kept_changes(connection, last), policy) if last else Register()
        for id in [id for id in ids or () if id not in register.entries]:
            if (later := load_register(connection, [id]).entries.get(id)) is None:
                raise UnknownId("entry", id, [*register.entries, *ids_like(connection, id)])
            raise Refused(
                "{id} was not known on {known}: it was registered on {registered_on}.",
                id=id,
                known=show(known),
                registered_on=show(later.registered_on),
            )
    register = register if on is None else happened_by(register, on)
    until = min(on or date.max, known or date.max)  # the slot of that day included
    found = ledger.recorded(connection, list(register.entries))
    recorded = {key: [line for line in lines if line.day <= until] for key, lines in found.items()}
    return RegisterView(
        register=register, policy=policy, people=people, day=at, recorded=recorded, known=known, basis=basis
    )


def known_number(connection: Transaction, known: date | None) -> int | None:
    """Return the number of the last change known on that day; None: all of them. 0 where nothing was known yet."""
    last = history.known_by(connection, known) if known else None
    return last[0] if last else None if known is None else 0


def _in_force(app: App, connection: Transaction, known: date) -> tuple[Policy, People, str]:
    """Rules, calendars and people of that day, and a sentence that says so; those of today where none were kept."""
    from monitor.settings.config.in_force import judged_with  # pydantic takes its time to import, and today needs none

    kept = history.in_force_by(connection, known)
    today = Sentence("judged with the rules, calendars and people of today")
    if kept is None:
        return (
            app.policy,
            app.people,
            Sentence("no check kept what was in force on {known}: {today}", known=show(known), today=today),
        )
    if dict(kept.hashes) == app.hashes:
        return app.policy, app.people, Sentence("the rules, calendars and people in force then are those of today")
    try:
        policy, people = judged_with(kept.contents)
    except Unavailable:
        return (
            app.policy,
            app.people,
            Sentence("what was in force on {known} cannot be read any more: {today}", known=show(known), today=today),
        )
    versions = ", ".join(f"{kind} {hash[:8]}" for kind, hash in kept.hashes.items())
    return (
        policy,
        people,
        Sentence(
            "judged with what was in force at the check of {day}: {versions}", day=show(kept.day), versions=versions
        ),
    )
