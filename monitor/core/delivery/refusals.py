"""What a 4yz or 5yz reply of a relay blames: the enhanced status code (RFC 3463) decides, then the reply code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

_REPLY = re.compile(r"([45]\d\d)(?:\s+#?([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d))?")


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
_SUBJECTS = dict(enumerate(("address", "mailbox", "system", "routing", "protocol", "content", "policy"), 1))  # X.1.X …
_DETAILS = {
    (1, 7): Blame.SENDER,  # X.1.7 and X.1.8 are about the sender's address, which no recipient can help
    (1, 8): Blame.SENDER,
    (2, 1): Blame.ADDRESS,
    (2, 2): Blame.FULL,
    (2, 3): Blame.TOO_LONG,
    (3, 4): Blame.TOO_BIG,
}
_BARE = {  # reply codes (RFC 5321 4.2.3) without an enhanced code
    **dict.fromkeys((500, 501, 502, 503, 504, 555), Blame.PROTOCOL),
    **dict.fromkeys((550, 554), Blame.POLICY),
    **dict.fromkeys((451, 452), Blame.SYSTEM),
    **dict.fromkeys((521, 556), Blame.NO_MAIL),
    450: Blame.MAILBOX,
    552: Blame.TOO_BIG,
}
_BARE_TO_RECIPIENT = {**_BARE, **dict.fromkeys((550, 551, 553), Blame.ADDRESS), 552: Blame.FULL}


def blame(reply: str, *, to_recipient: bool) -> Blame | None:
    """What the reply finds fault with; None for what is no refusal. `to_recipient`: it is the reply to RCPT TO.

    X.0.X says nothing of its own, so the reply code decides. Codes of two classes ("550 4.2.1", "450 5.1.1") contradict
    each other: such a reply is never held against an address.
    """
    found = _REPLY.match(reply)
    if not found:
        return None
    subject = int(found[3] or 0)
    if not subject:
        return (_BARE_TO_RECIPIENT if to_recipient else _BARE).get(int(found[1]), Blame.UNCLEAR)
    named = _DETAILS.get((subject, int(found[4]))) or Blame(_SUBJECTS.get(subject, "unclear"))
    return Blame.UNCLEAR if named is Blame.ADDRESS and found[2] != found[1][0] else named


def is_permanent(reply: str, *, to_recipient: bool) -> bool:
    """The relay will never take mail for this recipient, as far as its reply says."""
    return reply.startswith("5") and blame(reply, to_recipient=to_recipient) is Blame.ADDRESS


def name_of(reply: str) -> str:
    """What this kind of refusal is called ("5.7.1", "554"): replies of one name are alike. Empty for no refusal."""
    found = _REPLY.match(reply)
    if not found:
        return ""
    return ".".join(str(int(part)) for part in found.groups()[1:]) if int(found[3] or 0) else found[1]


def deciding(code: int, enhanced: Sequence[str]) -> str:
    """The enhanced code that counts, of those on the lines of one reply; empty for none.

    The lines are to agree (RFC 2034). Where they do not, one that blames no address counts: it loses nothing.
    """
    blameless = (one for one in enhanced if not is_permanent(f"{code} {one}", to_recipient=True))
    return next(blameless, next(iter(enhanced), ""))
