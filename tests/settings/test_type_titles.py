"""[register.types]: types of letters of a user's own, with the words that mails have for them."""

import pytest
from facts import ROOT

from monitor.app import read_letters
from monitor.core.errors import Faults
from monitor.mail.letters.samples import samples
from monitor.settings.config.in_force import policy_of
from monitor.settings.config.load import load_config

TYPES = '[register.types]\n"document:of-our-own" = { nl = "vergunningbrief", en = "permit letter" }\n'


@pytest.fixture
def config_of(tmp_path):
    def made(text):
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        return load_config(tmp_path / "config.toml", {})

    return made


def said(config, language):
    """The reminder that names a type of a user's own, by the configured letters."""
    context = samples("reminder", language)["everything a line can say"]
    return read_letters(config).render("reminder", language, **context).text


@pytest.mark.parametrize(("language", "words"), [("nl", "vergunningbrief"), ("en", "permit letter")])
@pytest.mark.parametrize("own_letters", [False, True])
def test_a_type_of_your_own_has_a_title_in_mails(config_of, tmp_path, language, words, own_letters):
    """Both languages have it, also in letters of your own, which another process renders."""
    if own_letters:
        (tmp_path / "templates" / "reminder").mkdir(parents=True)
        lead = (ROOT / "templates" / "reminder" / "lead.txt").read_text()
        (tmp_path / "templates" / "reminder" / "lead.txt").write_text(f"Own: {lead}")
    text = said(config_of(TYPES), language)
    assert words in text and ("Own: " in text) is own_letters
    assert "--type document:of-our-own" in text, "a command has the type as it is"
    assert words not in said(config_of("[register]\n"), language)


def test_a_type_with_a_title_is_known(config_of):
    """It needs no second line in event_types."""
    assert policy_of(config_of(TYPES)).event_types == ("document:of-our-own",)
    assert policy_of(config_of(f'register.event_types = ["event:x"]\n{TYPES}')).event_types[0] == "event:x"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('"document:own" = { nl = "brief" }', "register.types.document:own.en"),
        ('"document:own" = { nl = "brief", en = "" }', "register.types.document:own.en"),
        ('"document:own" = { nl = "brief", en = "letter", de = "Brief" }', "register.types.document:own.de"),
        ('own = { nl = "brief", en = "letter" }', "register.types.own.[key]"),
    ],
)
def test_a_title_needs_both_languages(config_of, line, key):
    """A title that lacks a language, or a type of another form, is a fault with its line."""
    with pytest.raises(Faults) as caught:
        config_of(f"[register.types]\n{line}\n")
    (fault,) = caught.value.faults
    assert (fault.line, fault.key) == (2, key), fault
