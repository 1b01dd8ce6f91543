"""Ids that look the same and are not: no reader could tell which entry a letter, a dependency or a command means.

Unicode Technical Standard 39 calls what two such names share their skeleton; this is a small one, for Latin letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from monitor.core.errors import Refused
from monitor.core.sentences import Sentence

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u02d7\u2043\u2e3a\u2e3b\ufe58\ufe63\uff0d\u058a\u2796"
UNSEEN = ("Cf", "Cc", "Co", "Cn", "Zl", "Zp", "Zs")  # categories: formats, controls, spaces
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0"  # of other categories, shown as nothing
_OTHERS = "аеорсухіјѕԁһӏԛԝѵвнкмт" + "αορνικυχτεβηγ" + "ıɑɡ"  # Cyrillic, Greek, rare Latin letters, in lower case
_LATIN = "aeopcyxijsdhlqwvbhkmt" + "aopvikyxtebhy" + "iag"  # like them in lower or in upper case
_ALIKE = str.maketrans(_OTHERS, _LATIN)


def check_id(id: str, others: Iterable[str]) -> None:
    """Raises Refused for a new id with characters that people cannot see or tell apart, or that looks like another."""
    wanted = skeleton(id)
    if fault := id_fault(id, next((other for other in others if skeleton(other) == wanted and other != id), None)):
        raise Refused(fault)


def id_fault(id: str, like: str | None) -> str | None:
    """What is wrong with a new id as a sentence. `like`: an id that is there, looks like it and is another."""
    if fault := "" if id.isascii() else _fault(id):
        return Sentence("The id {id!r} {fault}", id=id, fault=fault)
    if not like or like == id:
        return None
    return Sentence(
        "The id {id!r} looks like {like!r}. {difference}", id=id, like=like, difference=difference(id, like)
    )


def skeleton(id: str) -> str:
    """What all ids have in common that look alike."""
    if id.isascii():
        return id.casefold()
    bare = "".join("-" if char in DASHES else char for char in id if not _unseen(char))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold()).translate(_ALIKE)


def _unseen(char: str) -> bool:
    return unicodedata.category(char) in UNSEEN or char in BLANK or "\ufe00" <= char <= "\ufe0f"


def _fault(id: str) -> str:
    """What is wrong with an id by itself; empty when nothing is."""
    for char in id:
        if _unseen(char):
            return Sentence("has a character in it that cannot be seen: {char}. Type it without.", char=_named(char))
        if char in DASHES:
            what = "has {char} in it, which looks like the hyphen of the keyboard. Type it with that."
            return Sentence(what, char=_named(char))
    plain = unicodedata.normalize("NFKC", id)
    if plain != id:
        return Sentence("is written with characters that look like others. Type it as {plain!r}.", plain=plain)
    scripts = {unicodedata.name(char, "").partition(" ")[0]: char for char in id if char.isalpha()}  # LATIN, GREEK …
    if len(scripts) > 1 and "LATIN" in scripts:
        odd = next(char for script, char in scripts.items() if script != "LATIN")
        return Sentence("mixes letters of two scripts: {char}. Type it in one.", char=_named(odd))
    return ""


def unseen_in(word: str) -> str:
    """A character of a word that people cannot see or tell from a space, by its name; empty: there is none."""
    return "" if word.isascii() else next((_named(char) for char in word if char != " " and _unseen(char)), "")


def difference(id: str, like: str) -> str:
    """In what two ids differ that look alike, as a sentence."""
    if id.casefold() == like.casefold():
        return Sentence("They differ in capitals alone.")
    odd = next((char for char in (*id, *like) if not char.isascii()), "")
    return Sentence("They differ in {char}.", char=_named(odd)) if odd else ""


def _named(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip()
