"""A language file with a fault: its line, key and what is accepted, from `monitor read` and validate alike."""

import re

import pytest

from monitor.core.errors import Faults
from monitor.reading.language.language import load_languages
from monitor.settings.files.shipped import shipped

NL = (shipped("rules") / "reading" / "nl.toml").read_text(encoding="utf-8")
FIRST = NL.index("[[expression]]")
LINE = NL[:FIRST].count("\n") + 1  # of the first [[expression]]


def replaced(before, after, start=FIRST):
    at = NL.index(before, start)
    return NL[:at] + after + NL[at + len(before) :], NL[:at].count("\n") + 1


def sum_of(text):
    """The line of the first pattern of an amount."""
    return text[: text.index("pattern =", text.index("[[amount]]"))].count("\n") + 1


def cases():
    """What is wrong → the text, the line, and parts of the sentence."""
    text, line = replaced("kind = ", "kind = = ")
    yield "no TOML", text, line, "This is not TOML"
    text, line = replaced('kind = "', 'kind = "no-such-')
    yield "a kind", text, line, "expression.0.kind: Invalid enum value 'no-such-"
    text, line = replaced("kind = ", "kidn = ")
    yield "a key", text, LINE, "kidn"
    text, line = replaced("pattern = ", "# pattern = ")
    yield "a missing key", text, LINE, "missing required field pattern"
    line = LINE + NL[FIRST:].split("pattern =")[0].count("\n")
    at = NL.index("pattern =", FIRST)
    end = NL.index("\n", at)
    yield (
        "a pattern",
        f"{NL[:at]}pattern = '(x'{NL[end:]}",
        line,
        "expression.0.pattern: This pattern cannot be compiled",
    )
    yield "a placeholder", f"{NL[:at]}pattern = '{{mnth}}'{NL[end:]}", line, "There is no placeholder {mnth}"
    cue = NL.index("pattern =", NL.index("[[cue]]"))
    end = NL.index("\n", cue)
    yield "a cue", f"{NL[:cue]}pattern = '[x'{NL[end:]}", NL[:cue].count("\n") + 1, "cue.0.pattern"
    connector = NL.index("pattern =", NL.index("[[connector]]"))
    end = NL.index("\n", connector)
    yield (
        "a connector",
        f"{NL[:connector]}pattern = '*'{NL[end:]}",
        NL[:connector].count("\n") + 1,
        "connector.0.pattern",
    )
    for name, needed in (("relative", "condition"), ("open_end", "frame")):
        text = re.sub(rf"(?m)^{name} = .*\n", "", NL)
        line = text[: text.index("[grouping]")].count("\n") + 1
        yield (
            f"without {name}",
            text,
            line,
            f"grouping.{name}: The pattern is missing, and rows of [[phrase]] that say {needed}",
        )
    text = re.sub(r"(?ms)^\[scales\].*?(?=^\[)", "", NL)
    yield "without scales", text, sum_of(text), "amount.0.pattern: What multiplies a sum must be a word of [scales]"
    text = NL.replace("(?P<scale_2>{any_scale})", "(?P<scale_2>duizend|miljoen)")
    yield (
        "a scale spelled out",
        text,
        sum_of(text),
        "amount.0.pattern: What multiplies a sum must be a word of [scales]",
    )
    yield "the end", f"{NL}\n[", NL.count("\n") + 2, "This is not TOML"


CASES = {name: rest for name, *rest in cases()}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_has_its_line(tmp_path, name):
    """Every fault of a language file is located."""
    text, line, part = CASES[name]
    (tmp_path / "nl.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Faults) as found:
        load_languages([tmp_path, shipped("rules") / "reading"])
    (fault,) = found.value.faults
    assert (fault.file, fault.line) == (str(tmp_path / "nl.toml"), line), fault
    assert part in str(fault)


def test_what_is_not_utf_8_has_its_line(tmp_path):
    """A byte that is not UTF-8 is found by its line."""
    (tmp_path / "nl.toml").write_bytes(b'title = "x"\n# caf\xe9\n')
    with pytest.raises(Faults, match=r"nl\.toml:2: This is not UTF-8"):
        load_languages([tmp_path])


def test_the_shipped_tables_are_sound(tmp_path):
    """The shipped tables load, also with a byte order mark before them."""
    (tmp_path / "nl.toml").write_text("\ufeff" + NL, encoding="utf-8")
    assert set(load_languages([tmp_path, shipped("rules") / "reading"])) == {"nl", "en"}


def test_all_faulty_files_are_named_at_once(tmp_path):
    """Two faulty files are two faults; the shipped file of the same name takes the place of neither."""
    for name in ("nl", "xx"):
        (tmp_path / f"{name}.toml").write_text("title = \n", encoding="utf-8")
    with pytest.raises(Faults) as found:
        load_languages([tmp_path, shipped("rules") / "reading"])
    assert [re.sub(r".*/", "", fault.file) for fault in found.value.faults] == ["nl.toml", "xx.toml"]


def test_a_language_without_some_words_says_so(tmp_path):
    """A pattern that matches nothing is an answer, so the table loads."""
    never = re.sub(r"(?m)^(relative|open_end) = .*$", r"\1 = '(?!)'", NL)
    (tmp_path / "nl.toml").write_text(never, encoding="utf-8")
    assert set(load_languages([tmp_path])) == {"nl"}
