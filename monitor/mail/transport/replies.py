"""Replies of a relay (RFC 5321 4.2), read strictly: half a reply must never decide over a message."""

from __future__ import annotations

import re
import smtplib
from typing import NamedTuple

from monitor.core.delivery.refusals import deciding
from monitor.core.sentences import Sentence

LINE_MAX, LINES_MAX = 2000, 200  # octets and lines of a reply; more is no relay
_ENHANCED = re.compile(r"#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)[:\s]*(.*)", re.DOTALL)  # RFC 2034: first on its line
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r\n]*))?\r?\n")


class RelayTrouble(Exception):
    """The relay cannot take mail now. `what` is for the ledger and the operator; it holds no secret.

    `in_doubt`: the content was being sent, so the relay may have the message. `at_mail`: a recipient had been named, so
    this message may be the cause.
    """

    def __init__(self, what: str, *, in_doubt: bool = False) -> None:
        super().__init__(what)
        self.what, self.in_doubt, self.at_mail = what, in_doubt, False


class Reply(NamedTuple):
    """A reply code and its text on one line."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()

    @property
    def kind(self) -> int:
        """First digit: 2 done, 3 go on, 4 not now, 5 never."""
        return self.code // 100


def join_lines(code: int, text: str) -> str:
    """The text of a reply on one line. The enhanced code that decides comes first, whichever lines it was on."""
    if code < 400:
        return text
    lines = text.split("\n")
    found = [_ENHANCED.match(line.strip()) for line in lines]
    first = deciding(code, [one[1] for one in found if one])
    rest = [one[2] if one and one[1] == first else line for line, one in zip(lines, found, strict=True)]
    return " ".join([first, *rest]) if first else text


class StrictSmtp(smtplib.SMTP):
    """smtplib with a strict reader: its own takes "250 o" for a whole reply when the connection ends there."""

    def getreply(self) -> tuple[int, bytes]:
        """The next reply. Raises OSError or SMTPServerDisconnected when none comes, SMTPException if it is not SMTP."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected(Sentence("not connected"))
        if self.file is None:
            self.file = self.sock.makefile("rb")
        texts: list[bytes] = []
        while len(texts) < LINES_MAX:
            line = self.file.readline(LINE_MAX)
            found = _LINE.fullmatch(line)
            if not found and not line.endswith(b"\n") and len(line) < LINE_MAX:
                raise smtplib.SMTPServerDisconnected(Sentence("closed by the relay"))
            if not found:
                seen = line[:60].decode("ascii", "replace").strip()
                raise smtplib.SMTPException(Sentence("it answers what is not SMTP: {seen}", seen=seen))
            texts.append(found[3] or b"")
            if found[2] != b"-":
                return int(found[1]), b"\n".join(texts)
        raise smtplib.SMTPException(Sentence("it answers without end"))
