"""Edited files: taken whole and still, or not at all; what is refused is told once, with its place."""

from __future__ import annotations

import os
import shutil
from datetime import date, timedelta

import pytest
from facts import DEMO
from house_on_disk import CONFIG, RULE, TICK, House, text_of
from relay import TestRelay

from monitor.actions.operator.alerts import Alert
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.query.status import look_at_status
from monitor.actions.register.change import stamp
from monitor.actions.register.saving import import_changes
from monitor.app import read_config
from monitor.core.errors import Unavailable
from monitor.exchange.register_file import read_register
from monitor.store import records

BODY = "templates/reminder/body.txt"
ENDLESS = f"one\n{''.join(f'{{% for {name} in range(99999) %}}' for name in 'abc')}{'{% endfor %}' * 3}"


@pytest.fixture
def house(sqlite_url, tmp_path, request):
    found = House(tmp_path, letters="letter" in request.node.name or "templates" in request.node.name)
    yield found
    found.close()


def notices(house, kind="files-refused"):
    with house.app.store.reading() as connection:
        return [row for row in records.open_notices(connection) if row.kind == kind]


def test_an_edit_is_used_when_unchanged_for_a_tick(house):
    """The files must be the same at two ticks."""
    house.tick()
    before = house.in_force
    house.write("rules/more.toml", RULE.format(id="more", offset="-4w"))
    house.tick()
    assert house.in_force == before and house.events("files_reloaded") == []
    house.tick()
    (line,) = house.events("files_reloaded")
    assert line["changed"] == [str(house.folder / "rules/more.toml")] and line["kinds"] == ["rules"]
    assert "more" in house.service.app.policy.rules.ids()
    assert house.tick(3) == [], "nothing is left to say"


def test_an_edit_is_not_used_before_the_quiet_time(house):
    """Ticks in quick succession do not shorten it."""
    house.tick()
    house.write("rules/more.toml", RULE.format(id="more", offset="-4w"))
    house.tick(19, seconds=0.1)
    assert house.events("files_reloaded") == []
    house.tick(3, seconds=0.1)
    assert len(house.events("files_reloaded")) == 1


@pytest.mark.parametrize("still", [1, 3])
def test_a_file_that_grows_is_neither_used_nor_refused(house, still):
    """Some stages of it are sound files of rules, and a stage may last for some ticks of a short time."""
    house.tick()
    before = house.in_force
    whole = "".join(RULE.format(id=f"more-{number}", offset="-4w") for number in range(3))
    ends = [place for place in range(len(whole)) if whole[place] == "\n"][::2]
    for end in ends:
        house.write("rules/own.toml", whole[: end + 1])
        house.tick(still, seconds=0.5)
        assert house.in_force == before
    assert house.events("reload_refused") == [] and notices(house) == []
    house.tick(2)
    assert [id for id in house.service.app.policy.rules.ids() if id.startswith("more")] == [
        "more-0",
        "more-1",
        "more-2",
    ]
    assert "own" not in house.service.app.policy.rules.ids()


def test_a_file_of_the_same_size_and_time_is_noticed(house):
    """Bytes are compared, not size and time."""
    house.tick()
    own = house.folder / "rules/own.toml"
    seen = own.stat()
    other = house.write("rules/.own.toml.new", RULE.format(id="own", offset="-7w"))
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert other.stat().st_size == seen.st_size
    other.rename(own)
    house.tick(2)
    assert len(house.events("files_reloaded")) == 1


def test_an_edit_undone_before_it_was_used_changes_nothing(house):
    """Nothing is reloaded or refused."""
    house.tick()
    before, text = house.in_force, (house.folder / "rules/own.toml").read_text()
    house.write("rules/own.toml", "half a th")
    house.tick()
    house.write("rules/own.toml", text)
    house.tick(3)
    assert house.in_force == before and house.events("reload_refused") == []


BROKEN = {  # file, what it comes to hold, and how its fault begins: line, key, words
    "a rule": ("rules/own.toml", RULE.format(id="own", offset="-6 wks"),
               (6, "rule.own.due.offset", "'-6 wks' is not an offset.")),
    "half a rule": ("rules/own.toml", RULE.format(id="own", offset="-6w")[:60], (4, "", "This is not TOML")),
    "nothing": ("rules/own.toml", "", (None, "", "The file is empty; was it only half written?")),
    "a calendar": ("rules/calendars/own.toml", 'title = "x"\n[[recess]]\nname = "a"\n', (2, "recess.0.end", "")),
    "a letter": (BODY, "one\n{{ dgiest.day }}\n", (2, "", "'dgiest' is undefined.")),
    "half a letter": (BODY, "one\n{% if digest", (2, "", "")),
    "a letter without end": (BODY, ENDLESS, (2, "", "The letter takes more than 2 seconds of processor time")),
    "a sentence of a letter": ("templates/reminder/nl.toml", '[lead]\nsome = "{m} dingen"\n', (2, "lead.some", "")),
    "a person": ("config.toml", CONFIG + '[people.otto]\nname = "Otto"\nadress = "x"\n', (None, "", "")),
    "nobody": ("config.toml", CONFIG, (None, "people", "There is no one to mail to.")),
    "no sender": ("config.toml", CONFIG.replace("from =", "form ="), (2, "mail.form", "")),
    "a relay's terms": (
        "config.toml", CONFIG + 'transport = "smtp"\n[mail.smtp]\nhost = "mail.example.org"\nsecurity = "plain"\n'
        '[people.otto]\nname = "Otto"\naddress = "otto@example.org"\nroles = ["operator"]\n',
        (None, "mail.smtp", "Plain SMTP to mail.example.org"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_files_with_faults_leave_the_last_good_ones(house, name):
    """The operator is notified once, with file and line."""
    file, text, (line, key, words) = BROKEN[name]
    house.tick()
    app, whole = house.service.app, (house.folder / file).read_text() if (house.folder / file).exists() else None
    house.write(file, text)
    house.tick(6)
    assert house.service.app is app
    said = house.events("reload_refused")
    assert said and len({str(fault) for fault in said}) == len(said), "each fault is logged once, not at every tick"
    places = [(fault["file"], fault["line"] if line else None, fault["key"] if key else "") for fault in said]
    assert (str(house.folder / file), line, key) in places
    assert any(fault["what"].startswith(words) for fault in said)
    (notice,) = notices(house)
    assert str(house.folder / file) in notice.what and "those read before stay in force" in notice.what
    assert notice.message is not None, "the operator was mailed"
    if whole is None:
        (house.folder / file).unlink()
    else:
        house.write(file, whole)
    house.tick(2)
    assert len(house.events("files_reloaded")) == 1 and notices(house) == []


def test_there_is_one_notice_while_faults_last(house):
    """Other faults reword it; after a correction the next fault raises another."""
    house.tick()
    for offset in ("-6 wks", "-7 wks", "-8 wks"):
        house.write("rules/own.toml", RULE.format(id="own", offset=offset))
        house.tick(3)
        (notice,) = notices(house)
        assert f"'{offset}' is not an offset" in notice.what
    assert len(told_of_files(house)) == 1
    house.write("rules/own.toml", RULE.format(id="own", offset="-6w"))
    house.tick(2)
    house.write("rules/own.toml", "")
    house.tick(3)
    assert len(told_of_files(house)) == 2


def told_of_files(house):
    return [mail for mail in house.mails("") if "de vorige versie blijft gelden" in text_of(mail)]


@pytest.mark.parametrize(
    ("folder", "emptied"), [("rules", False), ("rules", True), ("rules/calendars", False), ("templates", True)]
)
def test_a_folder_that_came_away_is_not_a_wish_to_do_without_it(house, folder, emptied):
    house.write(BODY, "Dag {{ digest.to.name }}")
    house.tick(3)
    before, away = house.in_force, house.folder.with_name(f"{house.folder.name}-away")
    shutil.move(house.folder / folder, away)
    if emptied:
        (house.folder / folder).mkdir()
    house.tick(3)
    assert house.in_force == before
    assert str(house.folder / folder) in [fault["file"] for fault in house.events("reload_refused")]
    shutil.rmtree(house.folder / folder, ignore_errors=True)
    shutil.move(away, house.folder / folder)
    house.tick(2)
    assert notices(house) == []


def test_a_file_deleted_among_others_is_taken(house):
    house.tick()
    (house.folder / "rules/own.toml").unlink()
    house.tick(2)
    assert "own" not in house.service.app.policy.rules.ids() and house.events("reload_refused") == []


def test_a_new_folder_and_one_named_later_are_watched(house):
    """A folder that appears is watched, and so is one that the configuration names later."""
    house.tick()
    house.edit("config.toml", CONFIG, CONFIG + '[paths]\nrules = "mine"\n')
    house.write("mine/a.toml", RULE.format(id="mine", offset="-6w"))
    house.tick(2)
    assert "mine" not in house.service.app.policy.rules.ids(), "the folder was not looked at when it was named"
    house.tick()
    assert {"mine", "own"} & set(house.service.app.policy.rules.ids()) == {"mine"}
    house.edit("mine/a.toml", "rule.mine", "rule.yours")
    house.tick(2)
    assert "yours" in house.service.app.policy.rules.ids()
    house.write("rules/own.toml", "not watched any more")
    assert house.tick(3) == []


def test_a_pipe_among_the_rules_stops_no_tick(house):
    house.tick()
    os.mkfifo(house.folder / "rules/pipe.toml")
    house.tick(3)
    assert [line["what"] for line in house.events("reload_refused")] == ["The file is empty; was it only half written?"]


def test_files_are_used_when_the_database_is_back(house, monkeypatch):
    """A reload that cannot write its notices is repeated at the next tick."""

    def away(*_: object) -> None:
        raise Unavailable("The database is away.")

    house.tick()
    house.write("rules/more.toml", RULE.format(id="more", offset="-4w"))
    with monkeypatch.context() as patch:
        patch.setattr(house.reloading, "_notify", away)
        house.tick(3)
    assert "more" not in house.service.app.policy.rules.ids()
    house.tick()
    assert "more" in house.service.app.policy.rules.ids()


def test_a_letter_counts_from_the_next_mail_on(house):
    """Half of an edited letter is never used."""
    house.tick()
    for count, text in enumerate(("{{ notice.items | length }} one", "{{ notice.items | length }} two {% if", "three")):
        house.write("templates/notice/body.txt", text)
        house.tick(2)
        with house.app.store.writing() as connection:
            raise_alerts(connection, [Alert(kind="clock", key=str(count), problem="w", advice="d")], house.now)
        house.tick(2)
    texts = {text_of(mail) for mail in house.mails("")}
    assert {"1 one", "three"} <= texts and not any("two" in text for text in texts)


def test_another_relay_is_used_from_then_on(house):
    house.tick()
    with TestRelay() as relay:
        smtp = f'transport = "smtp"\n[mail.smtp]\nhost = "127.0.0.1"\nport = {relay.port}\nsecurity = "plain"\n'
        house.edit("config.toml", CONFIG, CONFIG + smtp)
        house.tick(2)
        with house.app.store.writing() as connection:
            raise_alerts(connection, [Alert(kind="clock", key="x", problem="w", advice="d")], house.now)
        house.tick(2)
        assert any(command.startswith("DATA") for command in relay.commands)


def test_a_password_that_others_can_read_is_refused(house):
    """It is used when its mode is corrected."""
    house.tick()
    secret = house.write("secret", "Geheim-4711\n")
    secret.chmod(0o644)
    house.folder.chmod(0o755)
    smtp = 'transport = "smtp"\n[mail.smtp]\nusername = "monitor"\npassword_file = "secret"\n'
    house.edit("config.toml", CONFIG, CONFIG + smtp)
    house.tick(3)
    (fault,) = house.events("reload_refused")
    assert fault["file"] == str(secret) and "chmod" in fault["what"] and "Geheim" not in str(house.log)
    secret.chmod(0o600)
    house.tick(3)
    assert len(house.events("files_reloaded")) == 1


def test_another_database_waits_for_a_restart(house):
    """Everything else is used at once."""
    house.tick()
    house.edit(
        "config.toml", CONFIG, CONFIG + '[database]\nurl = "sqlite:///other.db"\n[limits]\nreminders_per_check = 7\n'
    )
    house.tick(3)
    assert house.service.app.store is house.app.store
    assert house.service.app.policy.limits.reminders_per_check == 7
    assert [line["what"] for line in house.events("restart_needed")] == [
        "[database] names another database, or another password, than the one in use."
    ]
    (notice,) = notices(house, "restart-needed")
    assert "Restart the service" in notice.do and not (house.folder / "other.db").exists()
    house.edit("config.toml", "other.db", "monitor.db")
    house.tick(2)
    assert notices(house, "restart-needed") == []


def test_a_service_that_begins_with_a_broken_letter_works(sqlite_url, tmp_path):
    """The operator is notified of the letter."""
    (tmp_path / "templates/reminder").mkdir(parents=True)
    (tmp_path / BODY).write_text("{{ dgiest }}")
    house = House(tmp_path, letters=True)
    house.tick()
    (fault,) = house.events("reload_refused")
    (notice,) = notices(house)
    assert fault["file"].endswith("body.txt") and notice.what.startswith(
        "The service began with files that have faults."
    )
    house.write(BODY, "mended")
    house.tick(3)
    assert notices(house) == []
    house.close()


def test_a_letter_without_end_from_the_start_holds_no_reminder(sqlite_url, tmp_path):
    """The shipped letter goes, and the operator reads where the other one goes on."""
    (tmp_path / "templates/reminder").mkdir(parents=True)
    (tmp_path / BODY).write_text(ENDLESS)
    plain = f'{CONFIG}[register]\noverview_day = "none"\n'
    house = House(tmp_path, letters=True, start=date(2020, 9, 21), config=plain)
    import_changes(house.app, read_register(DEMO / "register.json", stamp(house.app, "demo", house.now)).changes)
    house.slot(date(2020, 9, 21))
    assert any("te laat (sinds 02-07-2020)" in mail["Subject"] for mail in house.mails(""))
    (notice,) = notices(house, "letter-replaced")
    assert f"{tmp_path / BODY}:2: The letter takes more than 2 seconds" in notice.what and notice.message is not None
    house.close()


def test_a_reload_on_request_is_immediate(house):
    """It judges again also when nothing has changed."""
    house.tick()
    house.write("rules/own.toml", RULE.format(id="own", offset="-6 wks"))
    for count in (1, 2):
        house.service.reload_asked.set()
        house.tick()
        assert len(house.events("reload_refused")) == count
    house.write("rules/own.toml", RULE.format(id="own", offset="-7w"))
    for count in (1, 2):
        house.service.reload_asked.set()
        house.tick()
        assert len(house.events("files_reloaded")) == count
    assert len(notices(house)) == 0


def test_a_reload_on_request_waits_for_a_file_being_written(house):
    """A half-written file is not used on request either."""
    house.tick()
    before = house.in_force
    house.write("rules/own.toml", RULE.format(id="own", offset="-7w"))
    house.service.stopping.wait = lambda seconds: house.write(  # type: ignore[method-assign]
        "rules/own.toml", RULE.format(id="own", offset="-8w")
    )
    house.service.reload_asked.set()
    house.tick()
    assert house.in_force == before and house.events("files_reloaded") == [] and len(house.events("files_changed")) == 1
    house.tick(seconds=TICK)
    (own,) = (rule for rule in house.service.app.policy.rules.rules if rule.id == "own")
    assert str(own.due.offset) == "-8w"


def test_status_says_what_is_in_force_and_wrong_on_disk(house):
    """It compares the settings of the service with the files."""
    house.tick()
    found = look_at_status(read_config(house.config), house.now)
    (one,) = found.daemons
    assert (one.who, one.since, one.alive, one.here, one.not_on_disk) == (house.app.who, house.now, True, True, ())
    house.write("rules/own.toml", RULE.format(id="own", offset="-7w"))
    (one,) = look_at_status(read_config(house.config), house.now).daemons
    assert one.not_on_disk == ("rules",)
    house.now += timedelta(minutes=1)
    house.tick(2)
    (one,) = look_at_status(read_config(house.config), house.now).daemons
    assert (one.not_on_disk, one.since - one.started_at) == ((), timedelta(minutes=1))
    house.write("rules/own.toml", RULE.format(id="own", offset="-7 wks"))
    house.now += timedelta(minutes=1)
    house.tick(2)
    broken = look_at_status(read_config(house.config), house.now)
    (one,) = broken.daemons
    assert one.alive and one.not_on_disk is None and one.since < one.seen_at == house.now
    assert [(fault.line, fault.key) for fault in broken.faults] == [(6, "rule.own.due.offset")]
    assert not broken.running_well and broken.day is None and [row.kind for row in broken.notices] == ["files-refused"]
    house.service.leave()
    assert not look_at_status(read_config(house.config), house.now).daemons


def test_the_days_go_on_while_files_are_broken(house):
    house.slot(date(2021, 5, 20))
    house.write("rules/own.toml", RULE.format(id="own", offset="-7 wks"))
    house.slot(date(2021, 5, 21))
    assert [line["day"] for line in house.events("slot_checked")] == ["2021-05-20", "2021-05-21"]
