"""Every key that tomllib gives has the line that it is on."""

import json
import re
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.toml_lines import key_lines

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
TRICKY = st.sampled_from(["#", "[x]", "a = 1", "]", "}", "'", '"', "\\", ",", "a.b", "[[y]]", "\n", '""', "''", "={"])


def basic(text: str) -> str:
    return json.dumps(text).replace("\x7f", "\\u007F") if text.isascii() else json.dumps(text, ensure_ascii=False)


@st.composite
def keys(draw, number):
    """A key that occurs nowhere else, in one of the three spellings."""
    name = draw(TEXTS | TRICKY.filter(lambda text: text != "\n")) + f"k{number}"
    spellings = [basic(name)]
    if re.fullmatch(r"[A-Za-z0-9_-]+", name):
        spellings.append(name)
    if "'" not in name:
        spellings.append(f"'{name}'")
    return draw(st.sampled_from(spellings))


@st.composite
def strings(draw):
    """Text with what could mislead a scanner, in one of TOML's four kinds of quotes."""
    text = "".join(draw(st.lists(TEXTS | TRICKY, max_size=4)))
    flat = text.replace("\n", " ")
    spellings = [
        basic(flat),
        '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""',
        '"""a""b"""',
        '"""q"""""',
    ]
    if "'" not in text:
        spellings += [f"'{flat}'", f"'''{text}'''"]
    return draw(st.sampled_from(spellings))


def values(depth=2):
    plain = (
        st.sampled_from(["1", "-2.5e3", "true", "2021-12-17", "2021-12-17 08:00:00Z", "08:00:00", "0xff", "inf"])
        | strings()
    )
    return plain if not depth else plain | arrays(depth - 1) | inline_tables(depth - 1)


@st.composite
def arrays(draw, depth):
    items = draw(st.lists(values(depth), max_size=3))
    gap = draw(st.sampled_from(["", "\n", "\n  # ] not here\n", " "]))
    ending = draw(st.sampled_from([f"{gap}]", f",{gap}]"])) if items else f"{gap}]"
    return "[" + gap + f",{gap}".join(items) + ending


@st.composite
def inline_tables(draw, depth):
    pairs = [f"{draw(keys(n))} = {draw(values(depth))}" for n in range(draw(st.integers(0, 3)))]
    return "{ " + ", ".join(pairs) + " }"


@st.composite
def pairs(draw):
    """A few lines of key = value, with dotted keys, comments and blanks between."""
    lines = []
    for number in range(draw(st.integers(0, 3))):
        dotted = [draw(keys(f"{number}-{level}")) for level in range(draw(st.integers(1, 3)))]
        key = draw(st.sampled_from([".", " . "])).join(dotted)
        tail = draw(st.sampled_from(["", "  # [no] = {table}", "\t"]))
        lines += [draw(st.sampled_from(["", "  ", "\n# note\n"])) + f"{key} = {draw(values())}{tail}"]
    return "\n".join(lines)


@st.composite
def documents(draw):
    parts = [draw(pairs())]
    for number in range(draw(st.integers(0, 4))):
        name = draw(keys(f"t{number}"))
        inner = draw(keys("inner"))
        if draw(st.booleans()):
            deeper = draw(st.sampled_from([f"[{name}]", f"[ {name} . {inner} ] # x"]))
            parts += [deeper, draw(pairs())]
        else:
            for _ in range(draw(st.integers(1, 3))):
                parts += [f"[[{name}]]", draw(pairs())]
                parts += draw(
                    st.sampled_from([[], [f"[{name}.'sub table'.x]", "y = 1"], [f"[[{name}.rows]]", "y = 1"]])
                )
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join("\n".join(parts).split("\n")) + draw(st.sampled_from(["", newline]))


def paths(value, path=()):
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


@settings(max_examples=120)
@given(documents())
def test_every_key_of_any_document_has_its_line(text):
    lines = key_lines(text)
    written = text.replace("\r\n", "\n").split("\n")
    found = list(paths(tomllib.loads(text)))
    assert set(found) == set(lines)
    for path in found:
        if isinstance(path[-1], str):
            line = written[lines[path] - 1]
            assert path[-1] in line or basic(path[-1])[1:-1] in line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("rule", "a", "due", "offset"), 5),
        (("rule", "a", "remind", 1), 8),
        (("line",), 10),
        (("line", 0, "name"), 11),
        (("line", 1), 13),
        (("line", 1, "name"), 14),
        (("line", 1, "more", "b c"), 16),
        (("after",), None),
    ],
)
def test_lines_are_those_a_person_would_count(path, line):
    text = """# first
title = \"\"\"[rule.x]
\"\"\"
[rule.a]
due = { anchor = "x", offset = "-6w" }
remind = [
  "-2w", # ["
  "0d",
]
[[line]]
name = 'one'

[[line]]
name = "two"
[line.more]
"b c" = 1
"""
    assert key_lines(text).get(path) == line
