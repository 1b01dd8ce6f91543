"""Exit codes and sentences that must not look like health, and settings that would lose the register."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.cli.boundary import Exit
from monitor.cli.main import invoke


def test_status_of_a_monitor_that_never_checked_could_not_tell(cli):
    assert cli("status").code == Exit.COULD_NOT_TELL


def test_status_after_a_check_is_well(cli):
    cli("check")
    assert cli("status").code == Exit.WELL


def test_a_check_that_could_not_deliver_could_not_tell(cli, clock, monkeypatch):
    relay = {"TRANSPORT": "smtp", "SMTP__HOST": "127.0.0.1", "SMTP__PORT": "1", "SMTP__SECURITY": "plain"}
    for name, value in relay.items():
        monkeypatch.setenv(f"MONITOR_MAIL__{name}", value)
    cli("add", "c-unit", "--kind", "contribution", "--title", "Unit", "--valid-until", "2021-04-30", "--yes")
    clock.at += timedelta(hours=1)
    found = cli("check")
    assert "relay accepts no mail" in found.out
    assert found.code == Exit.COULD_NOT_TELL


def test_a_folder_without_configuration_is_refused(tmp_path, monkeypatch, capsys):
    """A folder without a configuration is refused and left empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_CONFIG", raising=False)
    assert invoke(["check"]) == Exit.COULD_NOT_TELL
    assert "monitor init" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_is_gone_with_the_command_is_refused(cli, home, url):
    config = home / "config.toml"
    config.write_text(config.read_text() + f'\n[database]\nurl = "{url}"\n')
    for command in ("list", "validate"):
        found = cli(command)
        assert found.code == Exit.COULD_NOT_TELL
        assert "gone when the command ends" in found.out + found.err


def test_validate_gives_its_faults_a_code(cli, home):
    own = home / "rules"
    own.mkdir(exist_ok=True)
    (own / "own.toml").write_text("[rule.x]\nenabled = 3\n")
    assert cli("validate").code == Exit.COULD_NOT_TELL


def test_a_dependency_taken_away_reaches_the_parent_it_leaves(cli):
    cli("add", "m-unit", "--kind", "mandate", "--title", "Mandate", "--valid-until", "2030-06-30", "--yes")
    cli("add", "c-unit", "--kind", "contribution", "--title", "Unit", "--depends-on", "m-unit", "--yes")
    found = cli("correct", "c-unit", "depends_on=", "--yes", "--json").json
    assert [item["obligation"] for item in found["stopped"]] == ["m-unit mandate-outcome/0"]


def test_an_extension_without_a_new_end_is_sent_to_its_own_verb(cli):
    cli("add", "m-unit", "--kind", "mandate", "--title", "Mandate", "--valid-until", "2030-06-30", "--yes")
    found = cli("record", "m-unit", "--type", "event:extended", "--yes")
    assert found.code == Exit.REFUSED
    assert "monitor extend m-unit" in found.err


def test_status_with_faulty_rules(cli, home):
    """status with faulty rules prints what it can and where the faults are."""
    cli("check")
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "own.toml").write_text('[system.stale-confirmation]\nafter = "6 wks"\n')
    found = cli("status")
    assert found.code == Exit.COULD_NOT_TELL
    assert "have faults, so what is due was not judged" in found.out and "Last check: slot of" in found.out
    assert "own.toml:" in found.out and "All well" not in found.out and "Next slot" not in found.out
    (fault,) = cli("status", "--json").json["faults"]
    assert fault["file"].endswith("own.toml") and fault["line"] and fault["accepted"]


def test_an_end_after_the_last_day_is_doubted(cli):
    """A slip in the year of `end` would silence the entry without a question."""
    cli("add", "c-unit", "--kind", "contribution", "--title", "Unit", "--valid-until", "2021-06-30", "--yes")
    told = cli("end", "c-unit", "--on", "2026-06-30", "--yes")
    assert "2026-06-30 lies after the last day of c-unit, 2021-06-30." in told.out
    cli("add", "c-other", "--kind", "contribution", "--title", "Other", "--valid-until", "2021-06-30", "--yes")
    assert "lies after" not in cli("end", "c-other", "--on", "2021-06-30", "--yes").out
