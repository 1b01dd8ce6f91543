"""Text that users wrote, made harmless for a letter. Registers are read from files, so titles can be hostile."""

from __future__ import annotations

import re
import shlex
import textwrap
import unicodedata

TITLE_LENGTH = 300  # characters of a title shown in a letter; a longer one is a mistake or an attack
SUBJECT_LENGTH = 120  # characters; mail clients show about 60, phones 40
TEXT_WIDTH = 76  # columns of the plain text part; RFC 5322 asks for at most 78

_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF))  # soft hyphen, zero-width space, word joiner, BOM
_CONTROL_PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 11, 12, 13)} | {0x7F: 0x2421}
_OVERRIDES = frozenset((*range(0x202A, 0x202F), 0x2066, 0x2067, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)))
_BREAKS = dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029), "\n")
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_ONE_BLANK = re.compile(r"\S+(?: \S+)*")
_COMMAND, _GLUE = re.compile(r"`monitor [^`\n]{1,200}`"), "\x00"
_GAPS = re.compile("\n{3,}")
_JOINERS = frozenset(("Mn", "Me", "Cf"))
# Nearly every text holds nothing else: ASCII, Latin letters, dashes, quotes, arrows, currencies. Nothing to clean.
_PLAIN = re.compile("[\t\n -~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u22ff]*")


def clean(text: str) -> str:
    """The text with every control character made visible and direction overrides replaced; line ends become \\n."""
    if (text.isascii() and text.isprintable()) or _PLAIN.fullmatch(text):  # the first question is much the quicker
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_BREAKS)
    text = text.translate(_INVISIBLE).translate(_CONTROL_PICTURES)
    text = "".join("\ufffd" if _harmful(character) else character for character in text)
    return text if _closed(text) else text.replace(_FIRST_STRONG_ISOLATE, "\ufffd").replace(_POP_ISOLATE, "\ufffd")


def one_line(text: str, length: int | None = None) -> str:
    """The text cleaned, on one line, and cut at `length` characters with an ellipsis."""
    folded = _SPACES.sub(" ", clean(text)).strip()
    if length is None or len(folded) <= length:
        return folded
    kept = folded[: length - 1].rstrip()
    while kept and unicodedata.category(kept[-1]) in _JOINERS:  # no half emoji or bare accent
        kept = kept[:-1]
    return f"{kept}…"


def shorten(text: str) -> str:
    """A title as a letter shows it: one line of at most TITLE_LENGTH characters."""
    return one_line(text, TITLE_LENGTH)


def needs_isolation(text: str) -> bool:
    """Whether the text holds right-to-left writing, which would reorder the words around it."""
    if text.isascii() or _PLAIN.fullmatch(text):
        return False
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def isolated(text: str) -> str:
    """Plain text between Unicode isolates, where it holds right-to-left writing."""
    if not needs_isolation(text) or (text.startswith(_FIRST_STRONG_ISOLATE) and text.endswith(_POP_ISOLATE)):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def wrap(text: str, indent: str = "", hanging: str | None = None) -> str:
    """Fill to TEXT_WIDTH columns; long words and `commands in backquotes` stay whole, so that they can be copied.

    `hanging` indents all lines but the first.
    """
    if "`" in text:
        kept = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text)
        if kept != text:
            return wrap(kept, indent, hanging).replace(_GLUE, " ")
    after = indent if hanging is None else hanging
    if _ONE_BLANK.fullmatch(text):
        return _filled(text, indent, after)
    return textwrap.fill(
        text, width=TEXT_WIDTH, initial_indent=indent, subsequent_indent=after, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _filled(text: str, indent: str, after: str) -> str:
    """What textwrap makes of words with one blank between them, in a tenth of its time."""
    lines, line, margin = [], indent + text, len(indent)
    while len(line) > TEXT_WIDTH:
        end = line.rfind(" ", margin, TEXT_WIDTH + 1)
        if end < 0:  # a long word stays whole
            end = line.find(" ", margin)
        if end < 0:
            break
        lines.append(line[:end])
        line, margin = after + line[end + 1 :], len(after)
    return "\n".join([*lines, line])


def tidy(text: str) -> str:
    """No trailing blanks, never two empty lines together, one line end at the end."""
    lines = "\n".join(map(str.rstrip, text.splitlines()))
    return (_GAPS.sub("\n\n", lines) if "\n\n\n" in lines else lines).strip("\n") + "\n"


def shell_word(text: str) -> str:
    """One word for a command line to copy, quoted where the shell would read more into it."""
    return shlex.quote(one_line(text))


def capital(text: str) -> str:
    """The text with its first letter in upper case; safe HTML stays safe HTML."""
    return text[:1].upper() + text[1:]


def _closed(text: str) -> bool:
    """Whether every isolate that is opened is closed, in order; then it does no harm."""
    depth = 0
    for character in text:
        depth += (character == _FIRST_STRONG_ISOLATE) - (character == _POP_ISOLATE)
        if depth < 0:
            return False
    return depth == 0


def _harmful(character: str) -> bool:
    if character.isascii():
        return False
    code = ord(character)
    nowhere = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noncharacters; unassigned ones may be new emoji
    return nowhere or code in _OVERRIDES or unicodedata.category(character) in ("Cc", "Cs")
