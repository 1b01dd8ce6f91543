"""Alerts to the operator: the text of each kind, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.refusals import Blame

HEALS = "Such mails are tried again by themselves and leave when it is over; nothing need be typed then."
UNDELIVERED = "Mail to {person} <{address}> has not been delivered since {since:%d-%m-%Y}. The relay says: {reply}"
WAITS = (
    "The mail of {person} waits and is sent when the relay takes it. Ask the administrator of the relay or the mailbox "
    "what these words mean; let {person} know by other means what is due."
)

TEXTS: Mapping[AlertKind, tuple[str, str]] = {  # kind → what is wrong and what to do, with {facts}
    AlertKind.HELD: (
        "{what}",
        "`monitor outbox release --dry-run` shows them. `monitor outbox release` sends all, `monitor outbox drop` "
        "none; both also take --person, --rule, --entry or --reminder.",
    ),
    AlertKind.RESTORED: (
        "{what}",
        "Only mails to the operator leave. Enter again what people changed since the backup. Reminders sent since are "
        "owed again, and only you can find out which arrived: `monitor outbox drop` those, `monitor outbox release` "
        "the others, then `monitor outbox resume`.",
    ),
    AlertKind.NO_RECIPIENT: (
        "A reminder about {key} has no recipient: its roles have no holder, and neither has the fallback role.",
        "Give the fallback role to a person in the configuration; the reminder is tried again at every check.",
    ),
    AlertKind.ROLE_UNHELD: (
        "The role {key} has no holder (first needed for {entry}); the fallback role is reminded instead.",
        "Give the role {key} to a person in the configuration.",
    ),
    AlertKind.CLOCK_BACK: (
        "The slot of {key} was checked already, but it is {day}: the clock ran ahead or is wrong now.",
        "Look at this machine's clock. Everything is judged again; what was sent too early may be sent once more.",
    ),
    AlertKind.CLOCK_OFF: (
        "{key} neither checks nor sends. {off}",
        "Set the clock there, best by NTP; it goes on by itself. Meanwhile other daemons do its work, if there are "
        "any.",
    ),
    AlertKind.CUT_OFF: (
        "{key} could not reach the database from {since:%d-%m-%Y %H:%M} to {until:%d-%m-%Y %H:%M} UTC.",
        "Nothing was lost: what was owed meanwhile is made up. Look at the database's log and the network.",
    ),
    AlertKind.REFUSED: (
        "Mail to {person} <{address}> was refused permanently: {reply} The deputy or the fallback role is reminded.",
        "If the address of {person} is wrong, correct it in the configuration. It is tried again at every slot, and "
        "nothing need be typed once it takes mail; `monitor send-test {person}` tries it at once.",
    ),
    AlertKind.UNDELIVERED: (
        UNDELIVERED,
        f"If it lasts, the deputy or the fallback role is reminded as well ([mail] undelivered_limit). {WAITS}",
    ),
    AlertKind.UNDELIVERED_LATE: (UNDELIVERED, f"The deputy or the fallback role is reminded as well. {WAITS}"),
    AlertKind.NOTHING_DELIVERED: (
        "No mail has been delivered since {since:%d-%m-%Y}; it waits for {names}. The relay says: {reply}",
        "Look at the relay and at [mail.smtp]. Mails wait and are sent when it takes them.",
    ),
    AlertKind.MAIL_WAITS: ("{what}", f"{{advice}} {HEALS}"),
    AlertKind.MAIL_HELD: (
        "Mail {number} to {person} <{address}> is held and was not delivered: the connection broke at this recipient "
        "{breaks} times, while the relay could be used otherwise. Last: {reply}",
        "`monitor outbox show {number}` shows each try. Look for it in the relay's log, and at the relay's filters. "
        "`monitor outbox release --person {person}` tries all that is held for this person once more; `monitor outbox "
        "drop {number}` never sends it, and what it says counts as said.",
    ),
    AlertKind.REFUSED_ALIKE: (
        "The relay refused each of {recipients} recipients alike, so no address is to blame: {reply}",
        "Look at the relay, its list of recipients and its rules, and at [mail.smtp]: it may be the wrong one. "
        + HEALS,
    ),
    AlertKind.RELAY_DOWN: (
        "The relay takes no mail: {reply}",
        "Mails wait and are sent when it answers again. Look at the relay and at [mail.smtp]; `monitor status` counts.",
    ),
    AlertKind.SECOND_RELAY: (
        "Mail goes through the second relay. The first: {reply}",
        "Nothing waits: the second relay takes the mail. Look at the first and at [mail.smtp]; it is asked again.",
    ),
    AlertKind.LETTER_REPLACED: ("{why}", "Correct the letter; `monitor validate` shows the fault. Nothing was lost."),
    AlertKind.NOT_COMPOSED: (
        "The mail to {key} could not be written: {cause}",
        "Its reminders stay owed and are tried again at every check. Correct what it names.",
    ),
    AlertKind.NOTE_UNUSABLE: (
        "{cause}",
        "Let this account read and write {key} ([paths] state); until then a restored backup is not recognised.",
    ),
    AlertKind.NOTE_MISSING: (
        "The note {note} of how far the database has come is missing; it is written again.",
        "If this database is a restored backup, type `monitor outbox hold` before the next slot; else nothing.",
    ),
    AlertKind.NOTE_OTHER: (
        "The note {note} is of another installation's database; it is written again for {key}.",
        "If that surprises you, look at [database] url: people may be reminded again of what another database has on "
        "record.",
    ),
    AlertKind.FILES_REFUSED: (
        "{what}",
        "Mend them: `monitor validate` shows every fault. They are taken within three minutes after that, or at once "
        "on SIGHUP (`systemctl reload`).",
    ),
    AlertKind.RESTART_NEEDED: (
        "{what}",
        "Restart the service to take it; until then it works on with the one it has. All else was taken.",
    ),
    AlertKind.IMPORT_REFUSED: (
        "The dropped file {key} was refused: {wrong}",
        "All faults stand in {report}. Drop a mended file; take the refused one away.",
    ),
    AlertKind.IMPORT_WAITS: ("{what}", "{do}"),
    AlertKind.IMPORT_FOLDER: (
        "The drop folder {key} cannot be used: {cause}.",
        "{key} must be a folder that this account may read and write; done and refused in it, if they are there, "
        "folders of this account's own.",
    ),
    AlertKind.COVERAGE_CLOSED: ("No longer so: {what}", "Nothing. `monitor validate --coverage` lists what is left."),
}
ADVICE: Mapping[Blame, str] = {  # what a relay finds fault with → what to do about it
    Blame.ADDRESS: "Ask the postmaster of the recipient's system whether this address exists.",
    Blame.FULL: "The mailbox is full: let its owner make room, or its administrator raise its limit.",
    Blame.TOO_LONG: "The mail is larger than this mailbox takes: let its administrator raise the limit on one message.",
    Blame.MAILBOX: "Something is wrong with this one mailbox: ask the administrator of the recipient's mail system.",
    Blame.SENDER: (
        "The monitor's own address is not accepted: correct [mail] from or envelope_sender, or let the relay know it. "
        "`monitor doctor` looks at the relay."
    ),
    Blame.SYSTEM: "The mail system has trouble of its own, as with disk or load: ask the relay's administrator.",
    Blame.TOO_BIG: (
        "The mail is larger than the relay takes, or its storage is full: let its administrator raise the limit on one "
        "message, or make room."
    ),
    Blame.ROUTING: (
        "The relay finds no way to the recipient's system: look at its routes and at DNS, and whether the domain of "
        "the address is right in the configuration."
    ),
    Blame.NO_MAIL: (
        "That host or domain takes no mail at all: look whether the domain of the address, and [mail.smtp] host, are "
        "right."
    ),
    Blame.PROTOCOL: (
        "The relay does not accept what it is asked: look whether [mail.smtp] names the right host, port and "
        "security, and whether a filter is in between."
    ),
    Blame.CONTENT: (
        "The message as it is made is not accepted: `monitor outbox` lists it. Look at your own letters, "
        "and at the filter of the relay."
    ),
    Blame.POLICY: (
        "A rule of the relay, or of the recipient's system, forbids it: let its administrator accept mail of the "
        "monitor's address from this machine (relaying, allow lists, SPF, DKIM, spam filter)."
    ),
    Blame.UNCLEAR: "The reply names no cause: ask the relay's administrator what it means.",
}


class Alert(Struct, frozen=True, kw_only=True):
    """One thing the operator must know; kind and key name one trouble while it lasts."""

    kind: AlertKind
    key: str
    what: str
    do: str


def alert(kind: AlertKind, key: str = "relay", **facts: object) -> Alert:
    """Return the alert with the text of its kind. Raises KeyError when the text needs a fact that is not given."""
    what, do = (text.format(key=key, **facts) for text in TEXTS[kind])
    return Alert(kind=kind, key=key, what=what, do=do)
