"""Mails that a relay refuses for now, or breaks off at: the operator is notified once with advice, until none of them waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection

from monitor.actions.operator.notices import Alert, raise_all
from monitor.app import App
from monitor.core.delivery.refusals import PERSONAL, Blame, blame, name_of
from monitor.core.delivery.retry import Outcome, Report, after_break
from monitor.store import records, refused
from monitor.store.claims import Claimed

KIND, HELD, ALIKE, FAILED = "mail-waits", "mail-held", "refused-alike", "failed-for-good"
ENDING = (KIND, HELD, FAILED)
HEALS = "Such mails are tried again by themselves and leave when it is over; nothing need be typed then."
ADVICE: Mapping[Blame, str] = MappingProxyType({
    Blame.ADDRESS: "Ask the postmaster of the recipient's system whether this address exists.",
    Blame.FULL: "The mailbox is full: let its owner make room, or its administrator raise its limit.",
    Blame.TOO_LONG: "The mail is larger than this mailbox takes: let its administrator raise the limit on one message.",
    Blame.MAILBOX: "Something is wrong with this one mailbox: ask the administrator of the recipient's mail system.",
    Blame.SENDER: (
        "The monitor's own address is not accepted: correct [mail] from or envelope_sender, or let the relay know it. "
        "`monitor doctor` looks at the relay."
    ),
    Blame.SYSTEM: "The mail system has trouble of its own, as with its disk or its load: ask the relay's administrator.",
    Blame.TOO_BIG: (
        "The mail is larger than the relay takes, or its storage is full: let its administrator raise the limit on one "
        "message, or make room."
    ),
    Blame.ROUTING: (
        "The relay finds no way to the recipient's system: look at its routes and at DNS, and whether the domain of the "
        "address is right in the configuration."
    ),
    Blame.NO_MAIL: (
        "That host or domain takes no mail at all: look whether the domain of the address, and [mail.smtp] host, are right."
    ),
    Blame.PROTOCOL: (
        "The relay does not accept what it is asked: look whether [mail.smtp] names the right host, port and security, and "
        "whether a filter stands between."
    ),
    Blame.CONTENT: (
        "The message as it is made is not accepted: `monitor outbox show NUMBER` shows it. Look at your own letters, and at "
        "the filter of the relay."
    ),
    Blame.POLICY: (
        "A rule of the relay, or of the recipient's system, forbids it: let its administrator accept mail of the monitor's "
        "address from this machine (relaying, allow lists, SPF, DKIM, spam filter)."
    ),
    Blame.UNCLEAR: "The reply names no cause: ask the relay's administrator what it means.",
})  # fmt: skip


def raise_refused(connection: Connection, tried: Sequence[tuple[Claimed, Report]], now: datetime) -> None:
    """Raise an alert for 5yz replies that are not permanent, each kind once; not for 4yz."""
    raise_all(connection, [_trouble(mail, said) for mail, said in tried if _told(said)], now)


def settle_broken(connection: Connection, mail: Claimed, said: Report, now: datetime) -> None:
    """The connection broke at this mail, which waits: it waits longer each time, and is then held. The tries at the
    recipient count, whichever mail it was: one composed again at a slot does not start from zero.
    """
    breaks = refused.breaks(connection, mail.person, mail.address)
    if until := after_break(breaks, now):
        refused.delay(connection, mail.id, until)
        return
    if refused.hold(connection, mail.id):
        raise_all(connection, [_held(mail, said, breaks)], now)


def refused_alike(reply: str, recipients: int) -> Alert:
    """Every recipient of a run was refused alike."""
    what = f"The relay refused each of {recipients} recipients alike, so no address is to blame: {reply}"
    do = (
        f"Look at the relay, its list of recipients and its rules, and at [mail.smtp]: it may be the wrong one. {HEALS}"
    )
    return Alert(kind=ALIKE, key=name_of(reply), what=what, do=do)


def settle_refused(app: App, now: datetime) -> None:
    """End the troubles of which no mail waits any more, and of addresses that the configuration has no more. A look at the
    notices, where there are none.
    """
    with app.store.reading() as connection:
        if not any(row.kind in ENDING for row in records.standing_notices(connection)):
            return
    with app.store.posting() as connection:
        waiting = refused.waiting(connection)
        still = {(KIND, _key(one.person, one.address, one.reply)) for one in waiting}
        broken = (one for one in waiting if one.held or one.outcome == Outcome.BROKEN_OFF)
        still |= {(HELD, f"{one.person} {one.address}") for one in broken}
        still |= {(FAILED, f"{person.id} {person.address}") for person in app.people.persons.values()}
        for row in records.standing_notices(connection):
            if row.kind in ENDING and (row.kind, row.key) not in still:
                records.resolve_notices(connection, row.kind, now, only=row.key)


def _told(said: Report) -> bool:
    return said.outcome is Outcome.POSTPONED and said.blame is not None and said.reply.startswith("5")


def _trouble(mail: Claimed, said: Report) -> Alert:
    do = f"{ADVICE[said.blame or Blame.UNCLEAR]} {HEALS}"
    what = f"The relay refuses mail for now, first to {mail.person}: {said.reply}"
    if _is_personal(said.reply):
        what = f"Mail to {mail.person} <{mail.address}> waits, for it was refused: {said.reply}"
    return Alert(kind=KIND, key=_key(mail.person, mail.address, said.reply), what=what, do=do)


def _held(mail: Claimed, said: Report, breaks: int) -> Alert:
    what = (
        f"Mail {mail.id} to {mail.person} <{mail.address}> is held and was not delivered: the connection broke at this "
        f"recipient {breaks} times, while the relay could be used otherwise. Last: {said.reply}"
    )
    do = (
        f"`monitor outbox show {mail.id}` shows each try. Look for it in the relay's log, and at the relay's filters. "
        f"`monitor outbox release --person {mail.person}` tries all that is held for this person once more; `monitor outbox "
        f"drop {mail.id}` never sends it, and what it says counts as said."
    )
    return Alert(kind=HELD, key=f"{mail.person} {mail.address}", what=what, do=do)


def _key(person: str, address: str, reply: str) -> str:
    """One trouble for each mailbox with a code of its own, one for each code of the relay."""
    name = name_of(reply)
    return f"{person} {address} {name}" if _is_personal(reply) else name


def _is_personal(reply: str) -> bool:
    """From the words alone, which are all that is known of a mail that was tried earlier."""
    return blame(reply, to_recipient=False) in PERSONAL
