"""doctor: one sentence for each part of an installation, and what to do; one fault hides no other."""

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from authority import Authority
from database_text import contents
from patience import LIMIT
from relay import TestRelay

from monitor.actions.doctor import installation, register
from monitor.actions.doctor.examine import examine
from monitor.cli.boundary import Exit
from monitor.settings.files.shipped import shipped
from monitor.store.engine import open_engine

FAR = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def doctor(cli):
    """Look; gives (exit code, {check: [(level, found, do)]})."""

    def look(*flags):
        answer = cli("doctor", "--json", *flags)
        found = {}
        for each in answer.json["checks"]:
            found.setdefault(each["check"], []).append((each["level"], each["found"], each["do"]))
        levels = [level for rows in found.values() for level, _, _ in rows]
        assert answer.code == (Exit.COULD_NOT_TELL if "fault" in levels else Exit.WELL)
        assert (answer.json["faults"], answer.json["warnings"]) == (levels.count("fault"), levels.count("warning"))
        assert all(bool(do) == (level != "ok") for rows in found.values() for level, _, do in rows)
        return found

    return look


def only(found, check):
    (row,) = found[check]
    return row


def configure(home, text):
    config = home / "config.toml"
    config.write_text(config.read_text() + text)
    return config


def by_smtp(home, relay, more=""):
    path = home / "config.toml"
    terms = f'host = "127.0.0.1"\nport = {relay.port}\nsecurity = "{relay.security}"\ntimeout = 40\n{more}'
    path.write_text(path.read_text().replace("[mail]", '[mail]\ntransport = "smtp"') + f"\n[mail.smtp]\n{terms}\n")


def test_a_sound_folder_has_no_fault_and_is_left_as_it_was(filled, doctor, home):
    before = contents(home), sorted(path.name for path in home.iterdir())
    found = doctor()
    assert {level for rows in found.values() for level, _, _ in rows} <= {"ok", "warning"}
    assert only(found, "database")[0] == only(found, "disk")[0] == only(found, "clock")[0] == "ok"
    assert (contents(home), sorted(path.name for path in home.iterdir())) == before


def test_doctor_prints_level_finding_and_advice(cli, home):
    """A person reads the level before each finding and what to do below it."""
    answer = cli("doctor")
    assert answer.code == Exit.WELL
    assert "warning  mail: Mails are files below" in answer.out and "\n         → [mail] transport" in answer.out
    assert answer.out.rstrip().endswith("warnings.") and "No faults, " in answer.out


def test_doctor_lists_all_configuration_faults(doctor, home):
    """Every fault of the configuration is listed; other checks are reported as not made."""
    configure(home, '\n[register]\nlanguage = "fr"\ntime_zone = "x"\n')
    found = doctor()
    assert [row[0] for row in found["configuration"]] == ["fault", "fault"]
    assert only(found, "all else")[0] == "warning"


def test_without_any_configuration_it_says_how_to_make_one(tmp_path, cli, home, monkeypatch):
    (home / "config.toml").unlink()
    answer = cli("doctor")
    assert answer.code == Exit.COULD_NOT_TELL and "monitor init" in answer.out
    assert "Not looked at" in answer.out


def test_one_broken_part_hides_no_other(doctor, home):
    (home / "rules").mkdir()
    (home / "rules" / "mine.toml").write_text("[rule.x]\nenabled = 3\n")
    (home / "monitor.db").write_bytes(b"no database" * 100)
    configure(home, '\n[import]\nfolder = "nowhere"\n')
    found = doctor()
    assert {check for check, rows in found.items() if rows[0][0] == "fault"} == {
        "settings, rules, letters", "database", "drop folder",
    }  # fmt: skip
    assert "mine.toml" in found["settings, rules, letters"][0][1] and "mkdir" in found["drop folder"][0][2]
    assert only(found, "mail")[0] == "warning" and only(found, "service")[0] == "warning"


def test_a_database_that_is_not_there_is_not_made(doctor, home):
    (home / "monitor.db").unlink()
    level, _, do = only(doctor(), "database")
    assert (level, "monitor migrate" in do) == ("fault", True)
    assert not (home / "monitor.db").exists()


def test_an_older_and_a_newer_schema(doctor, home):
    for revision, word in (("0001", "monitor migrate"), ("9999", "newer monitor")):
        with closing(sqlite3.connect(home / "monitor.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        level, found, do = only(doctor(), "database")
        assert level == "fault" and revision in found and word in do


def test_a_damaged_database_is_told_apart_from_a_sound_one(filled, doctor, home):
    with closing(sqlite3.connect(home / "monitor.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ledger'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with (home / "monitor.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"x" * 200)
    rows = doctor()["database"]
    assert rows[0][0] == "fault" and "damaged" in rows[0][1] and "backup" in f"{rows[0]}", rows


def test_doctor_finds_damage_that_commands_miss(filled, doctor, home):
    """A value that breaks a constraint is found, although other commands work."""
    with closing(sqlite3.connect(home / "monitor.db")) as connection, connection:
        connection.execute("UPDATE entries SET secured_until = NULL")
        connection.execute("PRAGMA writable_schema = ON")
        change = "replace(sql, 'secured_until DATE', 'secured_until DATE NOT NULL')"
        connection.execute(f"UPDATE sqlite_master SET sql = {change} WHERE name = 'entries'")
    level, found, do = doctor()["database"][0]
    assert (level, "NULL value in entries.secured_until" in found, "docs/operations.md" in do) == ("fault", True, True)


def test_a_damaged_note_is_one_sentence_everywhere(filled, doctor, home):
    """A note that cannot be read is no traceback: each command and doctor name it, with the command that removes it."""
    with closing(sqlite3.connect(home / "monitor.db")) as connection, connection:
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('checked', 'never')")
    for command in (("check",), ("status",), ("note", "c-mali", "x", "--yes")):
        found = filled(*command)
        assert found.code == Exit.COULD_NOT_TELL and "'checked'" in found.err and "'never'" in found.err
    level, said, do = only(doctor(), "database")
    assert level == "fault" and "'never' cannot be read" in said and "DELETE FROM meta" in do


def test_another_process_that_locks_the_database_is_named(doctor, home, monkeypatch):
    monkeypatch.setattr(installation, "PATIENCE", 0.1)
    with closing(sqlite3.connect(home / "monitor.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        level, found, _ = only(doctor(), "database")
    assert level == "fault" and "locked" in found


def test_files_that_others_can_read_or_change(doctor, home):
    home.chmod(0o755)
    (home / "monitor.db").chmod(0o644)
    (home / "config.toml").chmod(0o646)
    (home / "secret").write_text("geheim\n")
    (home / "secret").chmod(0o644)
    configure(home, '\n[mail.smtp]\nusername = "m"\npassword_file = "secret"\n')
    found = doctor()
    assert only(found, "configuration")[0] == "fault" and "chmod o-w" in only(found, "configuration")[2]
    assert only(found, "secrets")[0] == "fault" and "chmod o=" in only(found, "secrets")[1]
    assert ("warning", f"`chmod o= {home}/monitor.db`") in [(level, do) for level, _, do in found["database"]]
    (home / "secret").chmod(0o600)
    assert only(doctor(), "secrets")[0] == "ok"


def test_little_room_is_a_warning_and_none_a_fault(doctor, monkeypatch):
    for free, level in ((10_000_000, "fault"), (100_000_000, "warning"), (10_000_000_000, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda folder, free=free: SimpleNamespace(free=free))
        assert only(doctor(), "disk")[0] == level


def test_clocks_that_are_apart_on_postgresql(home, postgres_url):
    config = configure(home, f'\n[database]\nurl = "{postgres_url}"\n')
    for ahead, level in ((timedelta(), "ok"), (timedelta(minutes=2), "fault"), (timedelta(minutes=-2), "fault")):
        found = {each.check: each for each in examine(config, clock=lambda ahead=ahead: datetime.now(UTC) + ahead)}
        assert found["database"].level == "ok", found
        assert found["clock"].level == level, found["clock"]
    apart = int(found["clock"].found.rpartition(" s apart")[0].rpartition(" ")[2])
    assert 119 <= apart < 120 + LIMIT, "the database's clock is read a little later than ours"


def test_an_account_that_may_only_read_on_postgresql_is_told(home, postgres_url):
    store = open_engine(postgres_url)
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "ALTER DATABASE " + postgres_url.rpartition("/")[2] + " SET default_transaction_read_only = on"
        )
    store.close()
    found = {
        each.check: each for each in examine(configure(home, f'\n[database]\nurl = "{postgres_url}"\n'), clock=utc)
    }
    assert found["database"].level == "fault" and "read-only" in found["database"].found


def utc():
    return datetime.now(UTC)


def test_the_service_is_seen_by_its_lock_and_its_last_check(filled, doctor, home, clock):
    assert only(doctor(), "service")[0] == "warning"
    with (home / "monitor.db.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert only(doctor(), "service") == ("ok", "It runs, as process 4711.", "")
    filled("check")
    assert only(doctor(), "last check")[0] == "ok"
    (home / "rules").mkdir()
    (home / "rules" / "mine.toml").write_text("[rule.progress-report]\nenabled = false\n")
    assert any("Changed since the last check" in found and "rules" in found for _, found, _ in doctor()["service"])
    clock.at += timedelta(days=1)
    level, found, do = only(doctor(), "last check")
    assert level == "fault" and "missed" in found and "journalctl" in do


def test_calendars_that_end_before_the_plans_do(filled, doctor, clock):
    assert only(doctor(), "calendars")[0] == "ok"
    clock.at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    filled("add", "c-far", "--kind", "contribution", "--title", "F", "--valid-until", "2028-12-31", "--set",
           "procedure=art100", "-y")  # fmt: skip
    level, found, do = only(doctor(), "calendars")
    assert level == "warning" and "provisional" in found and "nl-tweede-kamer.toml" in do
    assert register.RECESS_KNOWN.amount == 12


GAP = """
[[recess]]
name = "zomerreces 2028"
start = 2028-07-07
end = 2028-09-04
source = "typed ahead"
certainty = "A"
"""


def test_doctor_reports_a_gap_between_recesses(filled, doctor, home, clock):
    """One recess typed in for a later year makes nothing before it known."""
    own = home / "rules" / "calendars" / "nl-tweede-kamer.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text((shipped("rules") / "calendars" / own.name).read_text(encoding="utf-8") + GAP, encoding="utf-8")
    clock.at = datetime(2026, 8, 3, 9, tzinfo=UTC)
    filled("add", "c-far", "--kind", "contribution", "--title", "F", "--valid-until", "2027-12-31", "--set",
           "procedure=art100", "-y")  # fmt: skip
    level, found, do = only(doctor(), "calendars")
    assert level == "warning" and "no recess between 06-09-2027 and 07-07-2028" in found
    assert "recesses in between" in do


@pytest.mark.parametrize(("days", "level"), [(10, "warning"), (40, "ok")])
def test_doctor_examines_the_relay(doctor, home, clock, tmp_path, days, level):
    """doctor connects to the relay, secures the connection, signs in and checks the certificate."""
    authority = Authority(tmp_path)
    tls = authority.server_context(days=days)
    clock.at = datetime.now(UTC)  # after it was made, however long that took: a part of its first day has passed
    (home / "secret").write_text("geheim\n")
    (home / "secret").chmod(0o600)
    with TestRelay(security="starttls", tls=tls, users={"m": "geheim"}) as relay:
        by_smtp(home, relay, f'ca_file = "{authority.file}"\nusername = "m"\npassword_file = "secret"')
        found = doctor()
        assert only(found, "mail")[0] == "ok" and "signed in as m" in only(found, "mail")[1]
        assert only(found, "certificate")[0] == level and f"{days - 1} more days" in only(found, "certificate")[1]
        assert "localhost, 127.0.0.1" in only(found, "certificate")[1]
        assert relay.messages == []
        (home / "secret").write_text("falsch\n")
        refused, said, do = only(doctor(), "mail")
        assert refused == "fault" and "535" in said and "password" in do and "falsch" not in said


def test_each_trouble_of_a_relay_has_its_own_advice(doctor, home, tmp_path):
    authority = Authority(tmp_path)
    expired = authority.server_context(expired=True)
    with TestRelay(security="tls", tls=expired) as relay:
        by_smtp(home, relay, f'ca_file = "{authority.file}"')
        level, said, do = only(doctor(), "mail")
        assert level == "fault" and "has expired" in said and "ca_file" in do
    level, said, do = only(doctor(), "mail")
    assert level == "fault" and "cannot be reached" in said and "firewall" in do


def test_send_brings_one_real_mail(doctor, home):
    with TestRelay() as relay:
        by_smtp(home, relay)
        assert only(doctor("--send", "otto"), "test mail")[0] == "ok"
        assert [message.recipients for message in relay.messages] == [("otto@example.org",)]
        relay.answer("RCPT", "550 5.1.1 no such user")
        level, said, _ = only(doctor("--send", "otto"), "test mail")
        assert level == "fault" and "550" in said
        assert "Did you mean otto?" in only(doctor("--send", "oto"), "test mail")[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account")
def test_doctor_as_root_names_the_service_account(doctor, home):
    """Run by root on another account's database, doctor says how to run as that account."""
    os.chown(home / "monitor.db", 65534, 65534)
    level, _, do = only(doctor(), "account")
    assert level == "warning" and "sudo -u nobody" in do
