"""A small reader of mails for the tests, written from the RFCs and without Python's email package.

The product writes with the standard library; a fault of that library must not hide itself by reading back its own
mistake. Covers what the tests need: unfolding (RFC 5322 2.2.3), encoded words (RFC 2047 6.2), multipart (RFC 2046 5.1),
quoted-printable (RFC 2045 6.7). It is strict: bare CR or LF, a line over 998 octets or an octet over 127 is an error.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_.-]+)\?([bBqQ])\?([!->@-~]*)\?=")


@dataclass(frozen=True)
class RawMail:
    fields: tuple[tuple[str, str], ...]  # unfolded, not decoded
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def one(self, name: str) -> str:
        (value,) = self.all(name)
        return value

    def decoded(self, name: str) -> str:
        return decode_words(self.one(name))

    @property
    def names(self) -> list[str]:
        return [name.lower() for name, _ in self.fields]

    def parts(self) -> list[RawMail]:
        found = re.search(r'boundary="([^"]+)"', self.one("Content-Type"))
        assert found
        boundary = found[1].encode()
        pieces = (b"\r\n" + self.body).split(b"\r\n--" + boundary)
        assert pieces[-1] == b"--\r\n"
        return [read_mail(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]

    def text(self) -> str:
        assert self.one("Content-Transfer-Encoding") == "quoted-printable"
        return quoted_printable(self.body).decode("utf-8").replace("\r\n", "\n")


def read_mail(raw: bytes) -> RawMail:
    assert raw.isascii(), "an octet over 127"
    assert b"\0" not in raw
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines), "a bare CR or LF"
    assert max(map(len, lines)) <= 998, "a line too long"
    head, _, body = raw.partition(b"\r\n\r\n")
    fields: list[str] = []
    for line in head.decode("ascii").split("\r\n"):
        if line[:1] in (" ", "\t"):
            assert line.strip(), "a folded line of white space only"
            fields[-1] += line
        else:
            fields.append(line)
    split = [re.fullmatch(r"([!-9;-~]+): ?(.*)", field) for field in fields]
    assert all(split), "a field without a name"
    return RawMail(fields=tuple((found[1], found[2]) for found in split if found), body=body)


def decode_words(value: str) -> str:
    """Decode the encoded words; white space between two of them is not part of the text."""
    assert all(len(word) <= 75 for word in value.split(" ") if ENCODED_WORD.fullmatch(word))
    joined = re.sub(r"(?<=\?=)[ \t]+(?==\?[A-Za-z0-9_.-]+\?[bBqQ]\?)", "", value)
    return ENCODED_WORD.sub(_decode_word, joined)


def _decode_word(word: re.Match[str]) -> str:
    charset, encoding, data = word[1], word[2].lower(), word[3]
    octets = base64.b64decode(data, validate=True) if encoding == "b" else _q(data)
    return octets.decode(charset)  # each word alone: a character may not be split between two


def _q(data: str) -> bytes:
    assert re.fullmatch(r"(?:[^=]|=[0-9A-F]{2})*", data)
    return re.sub(rb"=([0-9A-F]{2})", lambda hex: bytes.fromhex(hex[1].decode()), data.replace("_", " ").encode())


def quoted_printable(body: bytes) -> bytes:
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert not any(line.endswith((b" ", b"\t")) for line in lines)
    joined = b"\r\n".join(lines).replace(b"=\r\n", b"")
    assert re.fullmatch(rb"(?:[^=]|=[0-9A-F]{2})*", joined, re.DOTALL)
    return re.sub(rb"=([0-9A-F]{2})", lambda hex: bytes.fromhex(hex[1].decode()), joined)
