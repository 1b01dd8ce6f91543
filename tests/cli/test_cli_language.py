"""The command line speaks Dutch or English, as the catalogue has it; names, JSON and exit codes stay."""

import json
import re
import string
import subprocess
import sys
from pathlib import Path

import catalogue
import click
import pytest

from monitor.cli import language
from monitor.cli.language import chosen, config_named
from monitor.cli.main import COMMANDS
from monitor.core.errors import BadValue, Fault, Faults, UnknownId
from monitor.core.sentences import Sentence, counted, joined

AGAIN = "run python tests/cli/catalogue.py --list, and translate what is empty"


@pytest.fixture
def dutch(monkeypatch):
    monkeypatch.setenv("MONITOR_LANG", "nl")


def test_every_text_of_the_product_has_a_translation():
    """No text is missing, empty, fuzzy or left over."""
    known = {message.id if isinstance(message.id, str) else tuple(message.id): message for message in catalogue.known()}
    known.pop("")
    assert known.keys() == catalogue.texts(), AGAIN
    for id, message in known.items():
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said) and not message.fuzzy, f"{AGAIN}: {id!r}"


def test_the_compiled_catalogue_is_that_of_the_source():
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.known()), AGAIN
    assert catalogue.PO.read_bytes() == catalogue.written(catalogue.known()), AGAIN


def placeholders(text):
    """The facts in a text, with how each is shown."""
    named = {
        (field, conversion or "", form or "")
        for _, field, form, conversion in string.Formatter().parse(text)
        if field is not None
    }
    return named | set(re.findall(r"%\(\w+\)s", text))


def test_a_translation_has_the_facts_of_its_original():
    for message in catalogue.known():
        ids = (message.id,) if isinstance(message.id, str) else message.id
        said = (message.string,) if isinstance(message.string, str) else message.string
        if not message.id or "FIELD=" in ids[0] or '["one"' in ids[0]:
            continue
        try:
            expected = set().union(*map(placeholders, ids))
        except ValueError:  # a text with a brace of its own, which takes no facts
            continue
        assert set().union(*map(placeholders, said)) == expected, ids


@pytest.mark.parametrize(
    ("variables", "config", "expected"),
    [
        ({}, None, "en"), ({"LANG": "nl_NL.UTF-8"}, None, "nl"), ({"LANG": "de_DE.UTF-8"}, None, "en"),
        ({"LC_ALL": "C", "LANG": "nl_NL"}, None, "en"), ({"LC_MESSAGES": "nl_BE", "LANG": "en_US"}, None, "nl"),
        ({"LANG": "en_US"}, "nl", "nl"), ({"LANG": "nl_NL"}, "en", "en"), ({"MONITOR_LANG": "en"}, "nl", "en"),
        ({"MONITOR_LANG": "NL"}, "en", "nl"), ({"MONITOR_LANG": "xx"}, "nl", "en"), ({"MONITOR_LANG": ""}, "nl", "nl"),
        ({"MONITOR_REGISTER__LANGUAGE": "nl"}, "en", "nl"), ({"LANG": "nl_NL"}, "a = [", "nl"),
    ],
)  # fmt: skip
def test_the_language_is_chosen(variables, config, expected, tmp_path, monkeypatch):
    """MONITOR_LANG, then the register's language, then the locale; a configuration with a fault is passed over."""
    monkeypatch.chdir(tmp_path)
    if config:
        text = f'[register]\nlanguage = "{config}"\n' if len(config) == 2 else config
        Path("config.toml").write_text(text)
    assert chosen(None, variables) == expected


def test_the_configuration_is_found_on_the_command_line():
    assert config_named(["--config", "a.toml", "list"]) == Path("a.toml") == config_named(["--config=a.toml"])
    assert config_named(["list", "--config", "a.toml"]) is config_named([]) is config_named(["--version"]) is None


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), ("outbox", "release")], ids=" ".join)
def test_help_is_in_dutch(cli, dutch, command):
    """Headings, sentences and options; what stands in capitals stays."""
    shown = cli(*command, "--help").out
    assert shown.startswith("Gebruik: monitor") and "Toon deze hulp en stop." in shown
    for english in (" the ", " and ", " which ", "Options:", "Usage:", "default:"):
        assert english not in shown


def test_clicks_own_errors_are_in_dutch(cli, dutch):
    assert cli("show").err == "monitor: Ontbrekend argument 'ENTRY'. `monitor show --help` legt het uit.\n"
    assert "Er is geen optie '--nee'." in cli("list", "--nee").err
    assert cli("lst").err == "monitor: Er is geen opdracht 'lst'. Bedoelde u list? `monitor --help` legt het uit.\n"


def test_a_day_is_echoed_and_refused_in_dutch(cli, dutch):
    assert cli("list", "--on", "28 feb 2022").err == "--on: 28 feb 2022 is maandag 28 februari 2022.\n"
    refused = cli("list", "--on", "03/04/2021").err
    assert "'03/04/2021' kan donderdag 4 maart 2021 of zaterdag 3 april 2021 zijn." in refused
    assert "Toegestaan: 2021-03-04 of 2021-04-03." in refused


def test_cited_days_and_checks_by_hand_are_in_dutch(cli, dutch, tmp_path):
    """The register keeps "2019-11-29", and who made a check as one word; a person reads neither."""
    refs = [{"dossier": "29 521", "nr": "398", "date": "2019-11-29", "kind": "brief"}]
    entry = {"id": "m-x", "kind": "mandate", "title": "X", "valid_until": "2030-06-30", "refs": refs}
    (tmp_path / "r.json").write_text(json.dumps({"entries": [entry]}), encoding="utf-8")
    assert cli("import", str(tmp_path / "r.json"), "--yes").code == 0
    assert "verwijst naar brief 29 521, nr. 398 (29-11-2019)\n" in cli("show", "m-x").out
    cli("check")
    assert ", met de hand gedaan op " in " ".join(cli("status").out.split())


def test_json_and_exit_codes_are_the_same(filled, monkeypatch):
    found = {}
    for code in ("en", "nl"):
        monkeypatch.setenv("MONITOR_LANG", code)
        answers = [filled(*words) for words in (("list", "--json"), ("show", "c-mali", "--json"), ("show", "x"))]
        found[code] = [(answer.code, answer.out) for answer in answers]
    assert found["en"] == found["nl"]


def test_an_error_keeps_its_facts(dutch):
    """English everywhere but at the face."""
    fault = Fault(file="a.csv", line=3, what=Sentence("This is empty."), accepted="a text")
    errors = Faults([fault, Fault(what="Own words.")]), UnknownId("entry", "c-mail", ["c-mali"]), BadValue("x", "y")
    assert str(errors[0]) == "a.csv:3: This is empty. Accepted: a text.\nOwn words."
    with language.one_command():
        language.speak(None)
        assert language.told(errors[0]) == "a.csv:3: Dit is leeg. Toegestaan: een tekst.\nOwn words."
        assert language.told(errors[1]) == "Er is geen registratie 'c-mail'. Bedoelde u c-mali?"
        assert language.told(joined([Sentence("Friday"), "x"], ", ")) == "vrijdag, x"
    assert str(errors[1]) == "There is no entry 'c-mail'. Did you mean c-mali?"
    assert str(counted("{count} mail", "{count} mails", 2)) == "2 mails"


def test_nothing_of_a_language_stays_behind(cli, dutch, monkeypatch):
    cli("--help")
    monkeypatch.setenv("MONITOR_LANG", "en")
    assert cli("--help").out.startswith("Usage:")
    assert click.Context(click.Command("x", help="Files")).get_help().startswith("Usage:")


def test_the_wheel_carries_the_catalogue(tmp_path):
    """The file that gettext reads is in the package as installed."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlib.resources import files\n"
         "print((files('monitor') / 'locale/nl/LC_MESSAGES/monitor.mo').stat().st_size)"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert int(done.stdout) == catalogue.MO.stat().st_size
