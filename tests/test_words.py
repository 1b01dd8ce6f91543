"""Hand-written documentation avoids the words that the style in CONTRIBUTING.md replaces by plain terms."""

import re

import pytest
from facts import ROOT

BANNED = re.compile(
    r"(?<![\w-])(nobody|somebody|whoever|(?:is|are|was|were|be|been) told|stands|anew|for good|as good as|lived|hangs on)"
    r"(?![\w-])",
    re.IGNORECASE,
)
GENERATED = {"commands.md"}
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    page for page in (ROOT / "docs").glob("*.md") if page.name not in GENERATED
)


def banned_words(text: str) -> list[str]:
    """Return the banned words and phrases of a text, in order; a line break counts as a space."""
    return BANNED.findall(" ".join(text.split()))


def test_banned_words_are_found_across_lines():
    """A phrase that a line break splits is found; a name in code or a hyphenated word is not."""
    assert banned_words("Nobody\nis told;  it\n stands.") == ["Nobody", "is told", "stands"]
    assert banned_words("`stands_aside`, long-lived, standing") == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documentation_has_no_banned_word(page):
    """A page of the documentation uses plain professional English."""
    assert banned_words(page.read_text(encoding="utf-8")) == []
