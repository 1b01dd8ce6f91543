"""init: a folder made ready from options or from answers; all of it or nothing, readable by its owner alone."""

import os
import pwd
import stat
import tomllib
from pathlib import Path

import pytest
from terminal import Terminal

from monitor.cli.boundary import Exit
from monitor.cli.main import invoke
from monitor.settings.config.configuration import Config
from monitor.settings.config.load import load_config
from monitor.settings.files.shipped import shipped

PEOPLE = ("--person", "sanne", "Sanne de Vries <sanne@example.org>", "policy-officer,operator")


@pytest.fixture
def typed(tmp_path, capsys, monkeypatch):
    """Type a command in an empty folder; gives the exit code and all that was said, on one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_CONFIG", raising=False)

    def type_(*words):
        code = invoke(list(words))
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    return type_


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_init_writes_options_into_the_example(typed, tmp_path):
    """Options of init are in a configuration that loads, with every comment of the example."""
    code, said = typed(
        "init", "there", *PEOPLE, "--person", "otto", '"Otto, O." <otto@example.org>', "director", "--time-zone",
        "Europe/Berlin", "--send-at", "07:30", "--language", "en", "--from", "Deadlines <d@example.org>", "--smtp-host",
        "mail.example.org", "--smtp-security", "tls",
    )  # fmt: skip
    assert code == Exit.WELL, said
    file = tmp_path / "there" / "config.toml"
    config = load_config(file, {})
    assert (config.register_.time_zone, f"{config.register_.send_at:%H:%M}") == ("Europe/Berlin", "07:30")
    assert config.mail.transport == "smtp"
    assert (config.mail.smtp.host, config.mail.smtp.port, config.mail.smtp.security) == ("mail.example.org", 465, "tls")
    assert config.people["otto"].name == "Otto, O." and config.people["sanne"].roles == [
        "policy-officer",
        "operator",
    ]
    comments = [line for line in shipped("config.example.toml").read_text().splitlines() if line.startswith("#")]
    assert [line for line in file.read_text().splitlines() if line.startswith("#")] == comments
    assert "Still missing" not in said and "doctor" in said
    assert typed("--config", str(file), "validate")[0] == Exit.WELL


def test_init_without_options_writes_defaults(typed, tmp_path):
    """Without options and terminal all settings have their defaults, and only people are missing."""
    code, said = typed("init", "there")
    assert code == Exit.WELL
    assert load_config(tmp_path / "there" / "config.toml", {}).model_dump() == Config().model_dump()
    assert "Still missing" in said and "no one to mail to" in said


def test_what_is_made_is_nobody_elses_to_read(typed, tmp_path):
    typed("init", "there", *PEOPLE)
    assert mode(tmp_path / "there") == 0o750
    assert mode(tmp_path / "there" / "config.toml") == mode(tmp_path / "there" / "monitor.db") == 0o600


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (("--time-zone", "Europe/Amstrdam"), "Did you mean Europe/Amsterdam?"),
        (("--send-at", "8"), "as 08:00"),
        (("--language", "fr"), "nl or en"),
        (("--from", "nobody"), "must have an @-sign"),
        (("--smtp-port", "70000"), "65535"),
        (("--smtp-host", "mail\x07.example.org"), "cannot be shown"),
        (("--database", "mysql://x"), "postgresql://USER@HOST/NAME"),
        (("--database", "/nowhere/at/all.db"), "/nowhere/at does not exist"),
        (("--person", "Sanne", "s@example.org", "operator"), "lower-case letters"),
        (("--owner", "nobody-of-that-name"), "no account"),
    ],
)
def test_a_flag_is_checked_as_the_configuration_file_would_be(typed, tmp_path, flags, part):
    code, said = typed("init", "there", *flags)
    assert (code, part in said) == (Exit.USAGE, True), said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "flags",
    [
        ("--person", "sanne", "s@example.org", "director"),  # there is no operator
        (*PEOPLE, "--register", "nowhere.json"),
        (
            *PEOPLE,
            "--smtp-host",
            "m",
            "--smtp-username",
            "x",
            "--smtp-password-file",
            "p",
            "--register",
            "nowhere.json",
        ),
    ],
)
def test_after_a_fault_nothing_is_left(typed, tmp_path, flags):
    code, said = typed("init", "a/b/there", *flags)
    assert code == Exit.COULD_NOT_TELL and "config.toml" not in said, said
    assert list(tmp_path.iterdir()) == []


def test_a_fault_leaves_a_folder_that_was_there_as_it_was(typed, tmp_path):
    (tmp_path / "there" / "rules").mkdir(parents=True)
    (tmp_path / "there" / "rules" / "mine.toml").write_text("[rule.x]\nenabled = 3\n")
    assert typed("init", "there", *PEOPLE)[0] == Exit.COULD_NOT_TELL
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["rules"]


def test_nothing_is_overwritten(typed, tmp_path):
    (tmp_path / "config.toml").write_text("# mine\n")
    code, said = typed("init", ".", *PEOPLE)
    assert code == Exit.REFUSED and "left as it is" in said
    assert (tmp_path / "config.toml").read_text() == "# mine\n"


def test_init_keeps_an_existing_database(typed, tmp_path):
    """An existing database keeps its entries, also after a fault."""
    typed("init", "one", *PEOPLE)
    typed(
        "--config",
        "one/config.toml",
        "add",
        "m",
        "--kind",
        "mandate",
        "--title",
        "T",
        "--valid-until",
        "2030-01-01",
        "-y",
    )
    database = str(tmp_path / "one" / "monitor.db")
    code, said = typed("init", "two", *PEOPLE, "--database", database)
    assert code == Exit.WELL and "entries that were in it" in said
    assert (
        typed("init", "three", "--person", "x", "x@example.org", "y", "--database", database)[0] == Exit.COULD_NOT_TELL
    )
    assert "m " in typed("--config", "one/config.toml", "list")[1]


def test_init_prepares_postgresql(typed, tmp_path, postgres):
    """An empty PostgreSQL database gets the schema; its password is written to a file of its own."""
    url = postgres.create()
    try:
        head, at, host = url.rpartition("@")
        with_password = f"{head}:s%3Acret{at}{host}" if ":" not in head.partition("//")[2] else url
        code, said = typed("init", "there", *PEOPLE, "--database", with_password)
        assert code == Exit.WELL, said
        config = load_config(tmp_path / "there" / "config.toml", {})
        secret = tmp_path / "there" / "secrets" / "database-password"
        assert (
            mode(secret) == 0o600 and secret.read_text().strip() not in (tmp_path / "there" / "config.toml").read_text()
        )
        assert config.database_url() == with_password
        assert typed("--config", "there/config.toml", "list") == (Exit.WELL, "No entries.")
    finally:
        postgres.drop(url)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_makes_all_of_it_the_services_own(typed, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "other.txt").write_text("")
    owner = pwd.getpwnam("nobody")
    assert typed("init", "there", *PEOPLE, "--owner", "nobody")[0] == Exit.WELL
    made = [tmp_path / "there", *(tmp_path / "there").rglob("*")]
    assert {path.stat().st_uid for path in made} == {owner.pw_uid} and len(made) > 4
    assert mode(tmp_path / "there" / "config.toml") == 0o600
    code, said = typed("init", "mine", *PEOPLE, "--owner", "nobody:root")
    assert code == Exit.WELL and "its own owner was left" in said
    assert {path.stat().st_uid for path in (tmp_path / "mine", tmp_path / "mine" / "other.txt")} == {0}
    assert mode(tmp_path / "mine" / "config.toml") == 0o640
    assert (tmp_path / "mine" / "config.toml").stat().st_gid == 0


def test_init_asks_at_a_terminal(tmp_path):
    """init asks at a terminal, checks each answer and never shows the password."""
    with Terminal("init", cwd=tmp_path) as terminal:
        terminal.answer("Folder", "there")
        if os.geteuid() == 0:
            terminal.answer("Account that runs", "nobdy")
            assert_asked_again(terminal, "Account that runs", "root")
        terminal.answer("What is watched", "mandate")
        assert_asked_again(terminal, "What is watched", "mandates")
        for question in ("Database", "Time zone"):
            terminal.answer(question)
        terminal.answer("Reminders are sent", "7:30")
        assert_asked_again(terminal, "Reminders are sent", "07:30")
        terminal.answer("Language", "en")
        terminal.answer("maildir (", "smtp")
        terminal.answer("Sender", "Monitor <monitor@example.org>")
        terminal.answer("The relay", "mail.example.org")
        terminal.answer("starttls,", "tls")
        terminal.answer("Port [465]")
        terminal.answer("Account at", "mon")
        terminal.answer("Its password", "geheim-é")
        terminal.answer("first person", "sanne")
        terminal.answer("Name", "Sanne")
        terminal.answer("Address", "sanne@example.org")
        terminal.answer("Roles, with")
        terminal.answer("Is Sanne the operator", "n")
        terminal.answer("The operator", "sanne")
        assert_asked_again(terminal, "The operator", "otto")
        terminal.answer("Name", "Otto")
        terminal.answer("Address", "otto@example.org")
        terminal.answer("Roles, with", "legal-advisr")
        assert_asked_again(terminal, "Roles, with", "")
        terminal.answer("Another person?")
        terminal.answer("Write ")
        assert terminal.end() == 0, terminal.shown
    config = load_config(tmp_path / "there" / "config.toml", {})
    assert "geheim" not in terminal.shown + (tmp_path / "there" / "config.toml").read_text()
    assert config.password().get_secret_value() == "geheim-é"
    assert mode(tmp_path / "there" / "secrets" / "smtp-password") == 0o600
    assert config.people["otto"].roles == ["operator"] and "director-general" in config.people["sanne"].roles
    assert (config.mail.smtp.port, config.register_.language) == (465, "en")
    assert (config.register_.packs, config.register_.calendar) == (["mandates"], "nl-tweede-kamer")


def assert_asked_again(terminal, question, line):
    terminal.see("Error: ")
    terminal.answer(question, line)


def test_ctrl_c_leaves_nothing(tmp_path):
    with Terminal("init", "there", "--owner", pwd.getpwuid(os.geteuid()).pw_name, cwd=tmp_path) as terminal:
        terminal.interrupt("What is watched")
        assert terminal.end() == Exit.REFUSED
    assert "nothing was changed" in terminal.shown
    assert list(tmp_path.iterdir()) == []


def test_the_example_takes_every_setting_the_questions_give():
    from monitor.cli.questions import FLAGS
    from monitor.settings.config.answers import config_text

    example = Path(shipped("config.example.toml")).read_text()
    data = tomllib.loads(config_text(example, dict.fromkeys(FLAGS.values(), "given"), {}))
    for path in FLAGS.values():
        table = data
        for part in path:
            table = table[part]
        assert table == "given", path


def test_init_for_contracts_knows_no_parliament(tmp_path, monkeypatch):
    """Only contracts: no rule of mandates, a calendar without recess, and the roles of that pack alone."""
    monkeypatch.chdir(tmp_path)
    person = ("--person", "sanne", "Sanne <sanne@example.org>", "operator,contract-manager")
    assert invoke(["init", "there", "--packs", "contracts, insurances", *person, "--yes"]) == 0
    config = load_config(tmp_path / "there" / "config.toml", {})
    assert (config.register_.packs, config.register_.calendar) == (["contracts", "insurances"], "nl-business-days")
    assert invoke(["init", "other", "--packs", "contrats", *person, "--yes"]) == Exit.USAGE
    assert not (tmp_path / "other").exists()
