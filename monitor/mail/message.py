"""A finished mail as bytes (RFC 5322, RFC 2045): seven-bit, CRLF, the same bytes for the same arguments."""

from __future__ import annotations

import hashlib
import re
from base64 import encodebytes
from binascii import b2a_qp
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from monitor.core.errors import BadValue
from monitor.core.model.people import Mailbox, Person
from monitor.mail.headers import CRLF, ascii_address, id_field, list_field, mailbox_field, text_field

QUOTED_LINE_MAX = 76  # RFC 2045 6.7
WORTH_KEEPING = 500  # characters of a line that is kept as quoted; a longer one is hardly the same in two mails
_RISKY = re.compile("^(From |\\.)(.*)$", re.MULTILINE)
SUPPRESS = "OOF, AutoReply, DR, RN, NRN"  # not "All": that would also suppress the report that a mail failed


def compose(
    *, subject: str, text: str, html: str, sender: Mailbox, to: Mailbox | Person, message_id: str, date: datetime,
    reply_to: Mailbox | None = None, list_id: str | None = None, references: str | None = None,
    table: str = "", table_file: str = "",
) -> bytes:  # fmt: skip
    """One mail with a text and an HTML form of the same content, and a CSV table if there is one.

    `subject` and the names are free text: nothing in them fails or becomes a header. `date` is aware. `message_id` and
    `references` are one id each, in angle brackets. Raises BadValue for an address, id or date that cannot be written.
    """
    if date.utcoffset() is None:
        raise BadValue("The date of a mail needs its time zone.", "an aware datetime")
    boundary = "=_" + _digest(message_id)  # "=_" cannot occur in quoted-printable
    fields = [
        f"Date: {format_datetime(date)}",
        mailbox_field("From", sender.name, sender.address),
        *([mailbox_field("Reply-To", reply_to.name, reply_to.address)] if reply_to else []),
        mailbox_field("To", to.name, to.address),
        text_field("Subject", subject),
        id_field("Message-ID", message_id),
        *([id_field("References", references)] if references else []),
        *([list_field(list_id)] if list_id else []),
        "Auto-Submitted: auto-generated",
        f"X-Auto-Response-Suppress: {SUPPRESS}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    ]
    made = (f"--{boundary}{CRLF}{_part(*part)}{CRLF}" for part in (("plain", text), ("html", html)))
    body = f"{CRLF}{CRLF}{''.join(made)}--{boundary}--{CRLF}"
    if table:
        outer = "=_" + _digest(message_id, "table")
        inner, fields[-1] = fields[-1], f'Content-Type: multipart/mixed; boundary="{outer}"'
        attached = _attachment(table, table_file)
        body = f"{CRLF}{CRLF}--{outer}{CRLF}{inner}{body}--{outer}{CRLF}{attached}--{outer}--{CRLF}"
    return f"{CRLF.join(fields)}{body}".encode("ascii")


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a message, the same for the same key; says nothing of what the key holds. Raises BadValue."""
    host = ascii_address(f"monitor@{domain}").partition("@")[2]
    return f"<{_digest(key)}@{host}>"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _attachment(table: str, file: str) -> str:
    """A CSV file with the mark by which Excel knows UTF-8 (RFC 4180, RFC 2183)."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", file)
    content = "\ufeff" + re.sub(r"\r\n?|\n", CRLF, table.strip() + "\n")
    fields = (
        f'Content-Type: text/csv; charset="utf-8"; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
    )
    encoded = encodebytes(content.encode("utf-8", "replace")).decode("ascii").replace("\n", CRLF)
    return f"{CRLF.join(fields)}{CRLF}{CRLF}{encoded}"


def _part(subtype: str, content: str) -> str:
    """A text part in quoted-printable: legible in the raw mail, and safe from relays that rewrite what is not 7 bit."""
    head = f'Content-Type: text/{subtype}; charset="utf-8"{CRLF}Content-Transfer-Encoding: quoted-printable'
    return f"{head}{CRLF}{CRLF}{_quoted_printable(content)}"


def _quoted_printable(content: str) -> str:
    """Line by line: most lines of a letter are the same in every mail."""
    if "\r" in content:
        content = re.sub(r"\r\n?", "\n", content)
    *lines, last = content.replace("\0", "\ufffd").split("\n")
    quoted = [_quoted_again(line) if len(line) < WORTH_KEEPING else _quoted(line) for line in lines]
    return CRLF.join([*quoted, _quoted(last, end="")])


def _quoted(line: str, *, end: str = "\n") -> str:
    """One line, in several where it is too long. Blanks before its end are written out."""
    quoted = b2a_qp(f"{line}{end}".encode("utf-8", "replace"), istext=True).decode("ascii").removesuffix("\n")
    if "." in quoted or "From " in quoted:
        quoted = _RISKY.sub(_guarded, quoted)
    return quoted.replace("\n", CRLF)


_quoted_again = lru_cache(maxsize=1024)(_quoted)


def _guarded(line: re.Match[str]) -> str:
    """A line that begins with "From " or a dot is changed by some mailboxes and by relays that forget to unstuff."""
    start = "=46rom=20" if line[1] == "From " else "=2E"
    return start + ("=\n" if len(start) + len(line[2]) > QUOTED_LINE_MAX else "") + line[2]
