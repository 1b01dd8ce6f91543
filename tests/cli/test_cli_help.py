"""What a newcomer reads: bare `monitor`, --help, the options of `add`, the types of `record`, what validate says."""

import click
import pytest

from monitor.cli.boundary import Exit
from monitor.cli.help import FIRST, SUBJECTS
from monitor.cli.main import COMMANDS
from monitor.core.model.fields import MEANINGS, READERS

OWN_RULE = """[rule.permit-letter]
title.nl = "Brief over de vergunning"
title.en = "Letter about the permit"
norm = "policy"
why.nl = "Een vergunning loopt af."
why.en = "A permit ends."
select = { kind = ["mandate"] }
due = { anchor = "valid_until", offset = "-8w" }
remind = ["-2w", "0d"]
to = ["policy-officer"]
closes_on = ["document:permit-letter"]
"""


def test_bare_monitor_prints_a_short_help(cli):
    """`monitor` alone names five commands to begin with and every command, on one screen of 80 by 30."""
    found = cli()
    assert (found.code, found.err) == (Exit.USAGE, "")
    assert len(found.out.splitlines()) <= 30 and max(map(len, found.out.splitlines())) <= 80
    assert len(FIRST) == 5 and all(f"  monitor {name} " in found.out for name in FIRST)
    assert all(name in found.out for name in COMMANDS) and "monitor COMMAND --help" in found.out


def test_help_groups_every_command_once(cli):
    """--help has each command under one heading, with a sentence that is not cut."""
    names = [name for group in SUBJECTS.values() for name in group.split()]
    assert sorted(names) == sorted(COMMANDS)
    found = cli("--help").out
    assert "..." not in found.partition("Set up:")[2] and "Answer a reminder:" in found


def test_add_takes_what_people_know_of_an_entry(cli):
    """The common fields have options; --set takes the others."""
    cli("add", "m-un", "--kind", "mandate", "--title", "UN", "--valid-until", "2022-06-30", "--yes")
    found = cli(
        "add", "c-irak", "--kind", "contribution", "--title", "Irak", "--valid-from", "2021-04-01", "--duration", "P1Y",
        "--procedure", "art100", "--owner", "policy-officer", "--condition", "subject to extension", "--depends-on",
        "m-un", "--tag", "irak", "--tag", "navo", "--sensitive", "--size", "20", "--set", "issuer=the cabinet", "--yes",
    )  # fmt: skip
    assert found.code == Exit.WELL, found.err
    shown = cli("show", "c-irak", "--json").json
    assert (shown["procedure"], shown["owner"], shown["condition"]) == (
        "art100", "policy-officer", "subject to extension",
    )  # fmt: skip
    assert (shown["depends_on"], shown["tags"], shown["sensitive"]) == (["m-un"], ["irak", "navo"], True)
    assert (shown["size"], shown["issuer"], shown["duration"]) == ("20", "the cabinet", "P1Y")


@pytest.mark.parametrize(
    ("due", "kept"),
    [
        ("2021-09-01", "2021-09-01"),
        ("1 sep 2021", "2021-09-01"),
        ("2021-09", "2021-09"),
        ("before recess zomerreces 2021", "before recess zomerreces 2021"),
    ],
)
def test_add_takes_a_due_day_or_a_recess(cli, due, kept):
    """A promise is due on a day, in a month, or before a recess."""
    given = ("add", "t-1", "--kind", "commitment", "--title", "T", "--due-on", due, "--yes")
    assert cli(*given).code == Exit.WELL
    assert cli("show", "t-1", "--json").json["due_on"] == kept


def test_deploy_takes_the_fields_of_what_it_makes(cli):
    """deploy takes the options of add for the contribution."""
    cli("add", "q-1", "--kind", "request", "--title", "Q", "--received-on", "2021-01-04", "--yes")
    cli("record", "q-1", "--type", "document:art100-letter", "--on", "2021-02-01", "--yes")
    made = cli("deploy", "q-1", "c-1", "--valid-until", "2022-03-31", "--owner", "policy-officer", "--yes")
    assert made.code == Exit.WELL, made.err
    shown = cli("show", "c-1", "--json").json
    assert (shown["valid_until"], shown["owner"]) == ("2022-03-31", "policy-officer")


def test_a_wrong_value_of_an_option_names_the_option(cli):
    """A date that cannot be read is refused with the option's name and what is accepted."""
    found = cli("add", "x", "--kind", "mandate", "--title", "X", "--due-on", "soon", "--yes")
    assert found.code == Exit.USAGE and "'--due-on'" in found.err


@pytest.mark.parametrize("command", ["add", "correct", "deploy"])
def test_help_lists_the_fields(cli, command):
    """--help of a command that takes FIELD=VALUE ends with every field."""
    found = " ".join(cli(command, "--help").out.split())
    assert all(name in found for name in READERS if name != "id") and "holders.ROLE=PERSON" in found


def test_every_field_has_a_sentence():
    """The sentences of the options are those of the table's columns: one for each field that is read."""
    assert list(MEANINGS) and MEANINGS.keys() == READERS.keys()


def test_record_lists_the_types_and_what_they_close(cli, home):
    """--help of record lists the types of the shipped rules and those of the user's own."""
    found = " ".join(cli("record", "--help").out.split())
    assert "document:art100-letter art100-extension-letter, art100-letter" in found
    (home / "rules").mkdir()
    (home / "rules" / "own.toml").write_text(OWN_RULE)
    config = home / "config.toml"
    config.write_text(
        config.read_text() + '[register]\nevent_types = ["document:permit-letter", "event:permit-note"]\n'
    )
    found = " ".join(cli("record", "--help").out.split())
    assert "document:permit-letter permit-letter" in found and "event:permit-note " in found


def test_record_help_survives_a_faulty_configuration(cli, home):
    """With faults in the configuration the types are those of the shipped rules, and the help says so."""
    (home / "config.toml").write_text("[mail]\nfrm = 1\n")
    found = cli("record", "--help")
    assert found.code == Exit.WELL and "document:art100-letter" in found.out
    assert "The configuration has faults" in found.out


def test_validate_prints_one_sentence_when_all_is_well(cli):
    """The files that rules and letters came from are listed only with -v."""
    found = cli("validate", "--no-coverage")
    assert found.out.startswith("No faults: ") and len(found.out.splitlines()) == 1
    assert "10-extension-letters.toml" in cli("validate", "--no-coverage", "-v").out


def test_every_command_says_what_it_is_for():
    """Each command has a help text whose first sentence ends within a line of 115 characters."""
    from monitor.cli.main import cli as group

    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert 10 < len(command.get_short_help_str(limit=1000)) <= 120, name


def test_validate_reads_the_language_tables(cli, home):
    """validate and doctor print a fault of a language table with its line; a service does not need them."""
    (home / "rules" / "reading").mkdir(parents=True)
    (home / "rules" / "reading" / "fy.toml").write_text('title = "Frysk"\nrecognise = 3\n')
    found = cli("validate", "--no-coverage")
    assert found.code == Exit.COULD_NOT_TELL and "rules/reading/fy.toml:2: recognise: Expected array" in found.out
    assert "Correct line 2 of rules/reading/fy.toml" in " ".join(cli("doctor").out.split())
    assert cli("check").code == Exit.WELL


def test_a_set_that_names_no_field_lists_them(cli):
    """What is no FIELD=VALUE is answered with the fields there are."""
    found = cli("add", "x", "--kind", "mandate", "--title", "X", "--set", "?", "--yes")
    assert found.code == Exit.USAGE and all(name in found.err for name in MEANINGS)
