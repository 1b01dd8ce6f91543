"""Mail addresses as people write them, checked for form and put into ASCII so that every relay takes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from monitor.core.errors import BadValue
from monitor.core.model.people import Mailbox, is_plain_address

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

_PLAIN_MAILBOX = re.compile(r"([A-Za-z]+(?: [A-Za-z]+)*) <([^<>]+)>")
SUFFIX = ".example"  # the library refuses one-word and special-use domains, which an internal relay may well know


def address(text: Any) -> str:
    """An address in ASCII (RFC 5321; a domain in its xn-- form). Nothing is looked up. Raises BadValue."""
    if isinstance(text, str) and is_plain_address(text):
        return text
    return _ascii(_validated(text, named=False), text)


def mailbox(text: Any) -> Mailbox:
    """`Name <address>` or an address alone. Raises BadValue."""
    if isinstance(text, Mailbox):
        return text
    plain = _PLAIN_MAILBOX.fullmatch(text) if isinstance(text, str) else None
    if plain and is_plain_address(plain[2]):
        return Mailbox(name=plain[1], address=plain[2])
    found = _validated(text, named=True)
    return Mailbox(name=found.display_name or "", address=_ascii(found, text))


def _validated(text: Any, *, named: bool) -> ValidatedEmail:
    from email_validator import EmailNotValidError, validate_email  # takes 30 ms, which plain addresses need not pay

    accepted = "Name <name@example.org>" if named else "an address as name@example.org"
    if not isinstance(text, str) or not text.isprintable():
        raise BadValue("{text!r} is not a mail address.", accepted, text=text)
    bare = text.strip()
    whole = f"{bare[:-1]}{SUFFIX}>" if bare.endswith(">") and "<" in bare else f"{bare}{SUFFIX}"
    try:
        return validate_email(whole, check_deliverability=False, allow_display_name=named)
    except EmailNotValidError as error:
        said = str(error).rstrip(".").replace(SUFFIX, "")
        raise BadValue("{text!r} is not a mail address: {said}.", accepted, text=text, said=said) from error


def _ascii(found: ValidatedEmail, text: Any) -> str:
    if not found.ascii_email:
        raise BadValue("{text!r} has letters before the @ that not every relay takes.", "ASCII before the @", text=text)
    return found.ascii_email.removesuffix(SUFFIX)
