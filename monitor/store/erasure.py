"""People who left: their names and addresses go, their ids stay, so that the ledger still says whom it told."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from monitor.store.retention import SETTLED, empty_mails, overwrite
from monitor.store.schema import checks, messages, notices, versions
from monitor.store.state import forget_reached

NOBODY = {"name": "", "address": ""}  # what stands in place of a person's own in a kept version
# Kinds of notices that name an address: by person, by person or code, and with the words of a relay to anybody.
NAMED, WAITS = ("failed-for-good", "undelivered", "undelivered-late"), ("mail-waits", "mail-held")
ANYBODY = ("nothing-delivered", "refused-alike")


def leavers(connection: Connection, known: Collection[str], before: datetime) -> list[str]:
    """Ids that are known by name or address here, but not in the configuration, nor to any check since that instant.

    Who has a mail that is not settled is left alone.
    """
    seen = dict(_in_versions(connection))
    waits = set(connection.scalars(select(messages.c.person).where(messages.c.state.not_in(SETTLED))))
    mailed = select(messages.c.person, func.max(messages.c.created_at)).where(messages.c.address != "")
    for person, last in connection.execute(mailed.group_by(messages.c.person)):
        seen[person] = max(last, seen.get(person, last))
    return sorted(id for id, last in seen.items() if last < before and id not in known and id not in waits)


def forget_person(connection: Connection, id: str) -> None:
    """Remove a person's name and address, and the texts of the mails they got; what they were told stays.

    Nothing happens when a mail to them waits again: another daemon's people may still have them.
    """
    waits = select(messages.c.id).where(messages.c.person == id, messages.c.state.not_in(SETTLED)).limit(1)
    if connection.scalar(waits) is not None:
        return
    overwrite(connection)
    mine = list(connection.scalars(select(messages.c.id).where(messages.c.person == id)))
    empty_mails(connection, mine)
    connection.execute(update(messages).where(messages.c.person == id).values(address=""))
    forget_reached(connection, id)
    named = (notices.c.kind.in_(NAMED), notices.c.key.startswith(f"{id} ", autoescape=True))
    told = {"key": f"{id} (forgotten)", "what": f"Mail to {id} was not delivered.", "do": "Nothing: they have left."}
    connection.execute(update(notices).where(*named).values(**told))
    names = or_(*(notices.c.what.contains(f" to {id}{end}", autoescape=True) for end in (" ", ":")))
    waited = (notices.c.kind.in_(WAITS), or_(names, notices.c.key.startswith(f"{id} ", autoescape=True)))
    connection.execute(update(notices).where(*waited).values(what=f"Mail to {id} was refused for a while."))
    own = (*waited, notices.c.key.startswith(f"{id} ", autoescape=True))
    connection.execute(update(notices).where(*own).values(key=f"{id} (forgotten)"))
    ended = (notices.c.kind.in_(ANYBODY), notices.c.resolved_at.is_not(None))
    connection.execute(update(notices).where(*ended).values(what="No mail was delivered for a while."))
    for row in connection.execute(select(versions).where(versions.c.kind == "people")).all():
        content = json.loads(row.content) if row.content else {}
        if _known(content, id):
            content["persons"][id] |= NOBODY
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            connection.execute(update(versions).where(versions.c.hash == row.hash).values(content=text))


def _in_versions(connection: Connection) -> Mapping[str, datetime]:
    """Person → the last instant at which a check knew them by name."""
    used = {
        row[0]: row[1]
        for row in connection.execute(select(checks.c.people, func.max(checks.c.at)).group_by(checks.c.people))
    }
    found: dict[str, datetime] = {}
    for row in connection.execute(select(versions).where(versions.c.kind == "people")):
        content, last = json.loads(row.content) if row.content else {}, used.get(row.hash, row.first_seen)
        for id in content.get("persons", {}):
            if _known(content, id):
                found[id] = max(last, found.get(id, last))
    return found


def _known(content: Mapping[str, Any], id: str) -> bool:
    person = content.get("persons", {}).get(id)
    return bool(person) and any(person[name] for name in NOBODY)
