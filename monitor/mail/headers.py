"""Header fields of a mail (RFC 5322). What a person typed cannot become a header of its own."""

from __future__ import annotations

import re
from email.charset import QP, Charset
from email.header import Header
from functools import lru_cache

from monitor.core.errors import BadValue
from monitor.core.model.people import is_plain_address
from monitor.core.sentences import Sentence

CRLF = "\r\n"
LINE_MAX = 998  # characters of a line without its end, RFC 5322 2.1.1
FOLD_AT = 76  # encoded words may not make a line longer, RFC 2047 2
QUOTED_NAME_MAX = 60  # characters of a name in quotes, so that its line need not be folded inside them
FREE_TEXT_MAX = 500  # characters of a subject or name; no reader shows more, and some relays refuse it
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # each is a line's end to some program
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")  # ASCII words with single spaces: needs no encoding
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOT_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_MESSAGE_ID = re.compile(rf"<{_DOT_ATOM}@(?:{_DOT_ATOM}|\[[!-Z^-~]+\])>")


def header_text(text: str) -> str:
    """Free text on one line: each run of control characters becomes a space, and text over 500 characters ends in …

    Everything else is kept exactly. Raises nothing: a strange title must not stop a reminder.
    """
    line = _SURROGATE.sub("\ufffd", _NOT_TEXT.sub(" ", text))
    return line if len(line) <= FREE_TEXT_MAX else line[: FREE_TEXT_MAX - 1] + "…"


def text_field(name: str, text: str) -> str:
    """An unstructured field (Subject) with free text; a reader gets exactly `header_text(text)` back."""
    line = header_text(text)
    if _is_plain(line) and len(name) + 2 + len(line) <= FOLD_AT:
        return f"{name}: {line}"  # as Header would write it, in a tenth of the time
    field = Header(line, _charset(line, _is_plain(line)), header_name=name, maxlinelen=FOLD_AT)
    return f"{name}: {field.encode(linesep=CRLF)}"


@lru_cache(maxsize=4096)  # the sender is in every mail, each person in many
def mailbox_field(name: str, display: str, address: str) -> str:
    """A field with one mailbox; the name may hold anything. Raises BadValue for what is not an address."""
    mailbox, shown = f"<{ascii_address(address)}>", header_text(display).strip()
    if not shown:
        return _checked(f"{name}: {mailbox[1:-1]}")
    atoms = bool(_ATOMS.fullmatch(shown))
    if _is_plain(shown) and (atoms or len(shown) <= QUOTED_NAME_MAX):
        phrase = shown if atoms else '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
        if len(f"{name}: {phrase} {mailbox}") <= FOLD_AT:
            return f"{name}: {phrase} {mailbox}"
        field = Header(f"{phrase} {mailbox}", "us-ascii", header_name=name, maxlinelen=FOLD_AT)
    else:
        field = Header(shown, _charset(shown, plain=False), header_name=name, maxlinelen=FOLD_AT)
        field.append(mailbox, "us-ascii")
    return _checked(f"{name}: {field.encode(linesep=CRLF)}")


def list_field(value: str) -> str:
    """List-Id in its brackets (RFC 2919), from a name with dots as monitor.example.org. Raises BadValue."""
    if not re.fullmatch(rf"{_DOT_ATOM}\.{_DOT_ATOM}", value) or "=?" in value:  # some readers decode it there too
        raise BadValue(
            "{value!r} is not a List-Id.", "a name under your domain, as in monitor.example.org", value=value
        )
    return _checked(f"List-Id: <{value}>")


def id_field(name: str, value: str) -> str:
    """A field with one message id in its angle brackets (Message-ID, References). Raises BadValue."""
    if not _MESSAGE_ID.fullmatch(value):
        raise BadValue("{value!r} is not one Message-ID.", "<something@a.domain>", value=value)
    return _checked(f"{name}: {value}")


@lru_cache(maxsize=4096)
def ascii_address(address: str) -> str:
    """The address in ASCII, as every relay takes it; a domain such as daß.example becomes xn--…. Raises BadValue.

    Internal names ("relay@post.local", "root@localhost") are addresses too.
    """
    if is_plain_address(address):
        return address
    from email_validator import EmailNotValidError, validate_email  # takes 30 ms, which most commands need not pay

    suffix = ".example"  # the library refuses special-use and one-word domains, which an internal relay may know
    try:
        checked = validate_email(address + suffix, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as cause:
        what = Sentence(
            "{address!r} is not a mail address that every relay takes: {cause}",
            address=address,
            cause=str(cause).replace(suffix, ""),
        )
        raise BadValue(what, "name@domain, with plain ASCII letters before the @") from cause
    return (checked.ascii_email or "").removesuffix(suffix)


def _is_plain(line: str) -> bool:
    """Needs no encoding; what looks like an encoded word does, because the reader would decode it."""
    longest = max((len(word) for word in line.split()), default=0)
    return bool(_PLAIN.fullmatch(line)) and "=?" not in line and longest <= FOLD_AT - len("Subject: ")


def _charset(line: str, plain: bool) -> Charset:
    charset = Charset("us-ascii" if plain else "utf-8")
    if not plain and line.isascii():
        charset.header_encoding = QP  # stays half legible
    return charset


def _checked(field: str) -> str:
    if max(map(len, field.split(CRLF))) > LINE_MAX:
        raise BadValue(
            "{field}… is too long for one line of a mail.",
            Sentence("at most {line_max} characters", line_max=LINE_MAX),
            field=field[:60],
        )
    return field
