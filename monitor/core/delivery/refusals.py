"""Whose trouble a 4yz or 5yz reply of a relay is: the enhanced status code (RFC 3463) decides, then the reply code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

_REPLY = re.compile(r"([45]\d\d)(?:\s+#?([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d))?")
_SENDER = (7, 8)  # X.1.7 and X.1.8 (RFC 3463): the address of the sender, which no recipient can help
_TO_ADDRESS = (550, 551, 553)  # without an enhanced code: no such mailbox, not here, not a name (RFC 5321 4.2.3)


class Blame(StrEnum):
    """What a relay finds fault with. Only ADDRESS is permanent, and only with a 5yz reply."""

    ADDRESS = "address"  # no such recipient
    FULL = "full"  # the mailbox has no room
    TOO_LONG = "too-long"  # larger than the mailbox takes
    MAILBOX = "mailbox"  # anything else about one mailbox
    SENDER = "sender"  # the address of the monitor
    SYSTEM = "system"  # the mail system of the relay or of the recipient
    TOO_BIG = "too-big"  # larger than the mail system takes
    ROUTING = "routing"  # the way to the recipient's system
    NO_MAIL = "no-mail"  # a host or domain that takes no mail at all (RFC 7504)
    PROTOCOL = "protocol"  # a command that the relay does not accept
    CONTENT = "content"  # the message as it is made
    POLICY = "policy"  # a rule of the relay or of the recipient's system
    UNCLEAR = "unclear"  # nothing that says more, or codes that contradict each other


PERSONAL = frozenset({Blame.ADDRESS, Blame.FULL, Blame.TOO_LONG, Blame.MAILBOX})  # one recipient's, not the relay's


class Status(NamedTuple):
    """The codes at the start of a reply."""

    code: int  # RFC 5321: 550
    enhanced: tuple[int, int, int] | None  # RFC 3463: (5, 1, 1)

    @property
    def name(self) -> str:
        """What one kind of refusal is called: the enhanced code, where there is one that says anything."""
        return ".".join(map(str, self.enhanced)) if self.enhanced and self.enhanced[1] else str(self.code)


_SUBJECTS: Mapping[int, Blame] = MappingProxyType({
    1: Blame.ADDRESS, 2: Blame.MAILBOX, 3: Blame.SYSTEM, 4: Blame.ROUTING, 5: Blame.PROTOCOL, 6: Blame.CONTENT,
    7: Blame.POLICY,
})  # fmt: skip
_DETAILS: Mapping[tuple[int, int], Blame] = MappingProxyType({
    (2, 1): Blame.ADDRESS, (2, 2): Blame.FULL, (2, 3): Blame.TOO_LONG, (3, 4): Blame.TOO_BIG,
    **{(1, detail): Blame.SENDER for detail in _SENDER},
})  # fmt: skip
_BARE: Mapping[int, Blame] = MappingProxyType({
    **dict.fromkeys(range(500, 505), Blame.PROTOCOL), 521: Blame.NO_MAIL, 550: Blame.POLICY, 552: Blame.TOO_BIG,
    554: Blame.POLICY, 555: Blame.PROTOCOL, 556: Blame.NO_MAIL, 450: Blame.MAILBOX, 452: Blame.SYSTEM, 451: Blame.SYSTEM,
})  # fmt: skip
_BARE_TO_RECIPIENT: Mapping[int, Blame] = MappingProxyType(
    {**_BARE, **dict.fromkeys(_TO_ADDRESS, Blame.ADDRESS), 552: Blame.FULL}
)


def status(reply: str) -> Status | None:
    """The codes at the start of "550 5.1.1 no such user"; None for what is no refusal."""
    found = _REPLY.match(reply)
    if not found:
        return None
    digits = found.group(2, 3, 4)
    return Status(int(found[1]), (int(digits[0]), int(digits[1]), int(digits[2])) if digits[0] else None)


def blame(reply: str, *, to_recipient: bool) -> Blame | None:
    """What the reply finds fault with; None for what is no refusal. `to_recipient`: it is the reply to RCPT TO.

    X.0.X says nothing of its own, so the reply code decides. Codes of two classes ("550 4.2.1", "450 5.1.1") contradict
    each other: such a reply is never held against an address.
    """
    found = status(reply)
    if found is None:
        return None
    if found.enhanced is None or found.enhanced[1] == 0:
        return (_BARE_TO_RECIPIENT if to_recipient else _BARE).get(found.code, Blame.UNCLEAR)
    kind, subject, detail = found.enhanced
    named = _DETAILS.get((subject, detail)) or _SUBJECTS.get(subject, Blame.UNCLEAR)
    return Blame.UNCLEAR if named is Blame.ADDRESS and kind != found.code // 100 else named


def is_permanent(reply: str, *, to_recipient: bool) -> bool:
    """The relay will never take mail for this recipient, as far as its reply says."""
    return reply.startswith("5") and blame(reply, to_recipient=to_recipient) is Blame.ADDRESS


def name_of(reply: str) -> str:
    """What this kind of refusal is called ("5.7.1", "554"): replies of one name are alike. Empty for no refusal."""
    found = status(reply)
    return found.name if found else ""


def deciding(code: int, enhanced: Sequence[str]) -> str:
    """The enhanced code that counts, of those on the lines of one reply; empty for none.

    The lines are to agree (RFC 2034). Where they do not, one that blames no address counts: it loses nothing.
    """
    for one in enhanced:
        if not is_permanent(f"{code} {one}", to_recipient=True):
            return one
    return next(iter(enhanced), "")
