"""The configuration: file, environment over it, every fault at once and where it stands."""

import json
from datetime import time
from pathlib import Path

import pytest
from other_account import told_as_nobody

from monitor.config_file import find_config
from monitor.core.errors import Faults
from monitor.settings.config.load import load_config
from monitor.settings.config.recipients import people_of
from monitor.settings.files.shipped import shipped

PEOPLE = """
[people.sanne]
name = "Sanne"
address = "sanne@example.org"
roles = ["policy-officer", "operator"]
"""


@pytest.fixture
def config_of(tmp_path):
    def load(text, **environ):
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return load_config(path, environ)

    return load


@pytest.fixture
def faults_of(config_of):
    def load(text, **environ):
        with pytest.raises(Faults) as caught:
            config_of(text, **environ)
        return caught.value.faults

    return load


def test_without_a_file_the_defaults_hold_and_nobody_is_mailed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load_config(None, {})
    assert (config.file, people_of(config).persons) == (None, {})
    assert config.rules_folders() == (shipped("rules"),)
    assert config.database_url() == f"sqlite:///{tmp_path}/monitor.db"


def test_the_file_named_comes_first(tmp_path, monkeypatch):
    """After it come the environment and the usual places."""
    monkeypatch.chdir(tmp_path)
    assert find_config(Path("a.toml"), {"MONITOR_CONFIG": "b.toml"}) == Path("a.toml")
    assert find_config(None, {"MONITOR_CONFIG": "b.toml"}) == Path("b.toml")
    assert find_config(None, {}) is None
    (tmp_path / "config.toml").write_text("# here\n")
    assert find_config(None, {}) == Path("config.toml")


def test_a_folder_that_may_not_be_entered_has_none(tmp_path, monkeypatch):
    """sudo -u monitor monitor …, typed in /root, finds the configuration below /etc."""
    closed = tmp_path / "root"
    closed.mkdir()
    monkeypatch.chdir(closed)
    closed.chmod(0o000)
    assert told_as_nobody(find_config, None, {}) == ""


def test_a_file_named_that_is_not_there_is_a_fault(tmp_path):
    for given in ((tmp_path / "none.toml", {}), (None, {"MONITOR_CONFIG": str(tmp_path / "none.toml")})):
        with pytest.raises(Faults, match="no such file"):
            load_config(*given)


def test_only_the_given_environment_is_read(config_of, monkeypatch):
    """Variables of the process itself are ignored."""
    monkeypatch.setenv("MONITOR_MAIL__SMTP__PORT", "2525")
    monkeypatch.setenv("MAIL", "{}")
    assert config_of("# empty\n").mail.smtp.port == 587


def test_the_environment_wins_over_the_file_key_by_key(config_of):
    text = '[mail.smtp]\nhost = "relay.example.org"\nport = 25\n[register]\nsend_at = "09:00"\n'
    config = config_of(
        text, MONITOR_MAIL__SMTP__PORT="2525", MONITOR_REGISTER__SEND_AT="07:30",
        MONITOR_MAIL__TITLES_IN_SUBJECT="true",
        MONITOR_MAIL__FROM="Monitor <m@example.org>", MONITOR_LIMITS__OVERDUE_LIMIT="13w", MONITOR_LOG__LEVEL="",
    )  # fmt: skip
    assert (config.mail.smtp.host, config.mail.smtp.port) == ("relay.example.org", 2525)
    assert (config.register_.send_at, config.mail.titles_in_subject) == (time(7, 30), True)
    assert (str(config.mail.sender), str(config.limits.overdue_limit)) == ("Monitor <m@example.org>", "+13w")
    assert config.log.level == "info"


def test_a_fault_of_the_environment_names_its_variable(faults_of):
    faults = faults_of(
        "[mail.smtp]\nport = 25\n", MONITOR_MAIL__SMTP__PORT="many", MONITOR_REGISTER__SEND_AT="25:00",
        MONITOR_MIAL__FROM="x", MONITOR_PEOPLE__SANNE__NAME="x", MONITOR_MAIL="{}", MONITOR_REGISTER__KINDS="{}",
    )  # fmt: skip
    said = {fault.key: fault.what for fault in faults}
    assert {fault.file for fault in faults} == {"environment"}
    assert said["MONITOR_MAIL__SMTP__PORT"] == "'many' is not a whole number."
    assert "not a time of day" in said["MONITOR_REGISTER__SEND_AT"]
    assert "Did you mean MONITOR_MAIL__FROM?" in said["MONITOR_MIAL__FROM"]
    assert all(
        "more than one value" in said[key] for key in list(said) if "PEOPLE" in key or key.endswith(("MAIL", "KINDS"))
    )


WRONG = """[mail]
form = "x"
from = "no address"
list_id = "nodots"
[mail.smtp]
port = 70000
timeout = "long"
[people.sanne]
name = " "
adress = "x"
roles = ["Policy Officer"]
[people."Not a name"]
name = "x"
address = "x@example.org"
[limits]
overdue_limit = "26"
reminders_per_check = -1
[register]
time_zone = "Europe/Amsterdm"
send_at = "8:00"
kinds = { permit = "perod" }
event_types = ["permit-letter"]
[log]
level = "loud"
[reigster]
"""


def test_all_faults_come_at_once_each_at_its_line(faults_of):
    found = [(fault.line, fault.key) for fault in faults_of(WRONG)]
    assert found == [
        (2, "mail.form"), (3, "mail.from"), (4, "mail.list_id"), (6, "mail.smtp.port"), (7, "mail.smtp.timeout"),
        (8, "people.sanne.address"), (9, "people.sanne.name"), (10, "people.sanne.adress"),
        (11, "people.sanne.roles.0"),
        (12, "people.Not a name.[key]"), (16, "limits.overdue_limit"), (17, "limits.reminders_per_check"),
        (19, "register.time_zone"), (20, "register.send_at"), (21, "register.kinds.permit"),
        (22, "register.event_types.0"), (24, "log.level"), (25, "reigster"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Europe", "../etc/passwd", "", "/etc/localtime", "Mars/Olympus", "Europe/Amsterdam\x00"]
)
def test_a_zone_that_is_none_is_refused(faults_of, name):
    [fault] = faults_of(f"[register]\ntime_zone = {json.dumps(name)}\n")
    assert "is not a time zone" in fault.what


@pytest.mark.parametrize(
    ("written", "ascii_"),
    [
        ("sanne@example.org", "sanne@example.org"), ("root@localhost", "root@localhost"),
        ("x@bücher.example", "x@xn--bcher-kva.example"), ("relay@post.local", "relay@post.local"),
    ],
)  # fmt: skip
def test_addresses_come_out_in_ascii(config_of, written, ascii_):
    """Internal ones are addresses too."""
    config = config_of(PEOPLE.replace("sanne@example.org", written))
    assert people_of(config).persons["sanne"].address == ascii_


@pytest.mark.parametrize(
    "address",
    ["sanne", "sanne@", "@example.org", "a@b@c.org", "jé@example.org", "a b@example.org", "S <s@example.org>",
     "s@example.org\\r\\nBcc: x@example.org", "s@example.org,t@example.org", ""],
)  # fmt: skip
def test_what_is_no_address_is_refused(faults_of, address):
    assert faults_of(PEOPLE.replace("sanne@example.org", address))[0].key == "people.sanne.address"


@pytest.mark.parametrize(
    "sender", ["Monitor <m@example.org>", "m@example.org", '"Zaken, Buitenlandse" <m@example.org>']
)
def test_a_sender_has_a_name_or_none(config_of, sender):
    assert config_of(f"[mail]\nfrom = {json.dumps(sender)}\n").mail.sender.address == "m@example.org"


def test_a_sender_cannot_bring_a_header_along(faults_of):
    faults_of('[mail]\nfrom = "Monitor\\r\\nBcc: x@example.org <m@example.org>"\n')


def test_people_hold_roles_in_general_by_tag_and_by_dossier(config_of):
    text = (
        PEOPLE
        + '[people.farid]\nname = "Farid"\naddress = "f@example.org"\nlanguage = "en"\nroles = ["policy-officer"]\n'
    )
    people = people_of(
        config_of(text + '[holders.tag.x]\ndirector = ["farid"]\n[holders.dossier.29521]\ndirector = ["sanne"]\n')
    )
    assert people.roles == {"policy-officer": ("sanne", "farid"), "operator": ("sanne",)}
    assert people.by_tag == {"x": {"director": ("farid",)}}
    assert people.by_dossier == {"29521": {"director": ("sanne",)}}
    assert [person.language for person in people.persons.values()] == ["nl", "en"]


def test_fallback_and_operator_roles_must_be_held(faults_of):
    """As soon as there are people."""
    faults = faults_of('[register]\nfallback_role = "secretary"\n' + PEOPLE.replace(', "operator"', ""))
    assert [(fault.key, fault.line) for fault in faults] == [
        ("register.operator_role", 1),
        ("register.fallback_role", 2),
    ]


def test_unknown_holders_and_ambiguous_names_are_faults(faults_of):
    """A person may not be named as a role is."""
    text = PEOPLE.replace('"policy-officer"', '"sanne"') + '[holders.tag.x]\ndirector = ["sane"]\n'
    keys = {fault.key: fault.what for fault in faults_of(text)}
    assert "Did you mean sanne?" in keys["holders.tag.x.director"]
    assert "people.sanne" in keys


def test_paths_are_seen_from_the_folder_of_the_file(config_of, tmp_path):
    written = '[mail.maildir]\nfolder = "post"\n[mail.smtp]\nca_file = "/etc/ca.pem"\n[paths]\ntemplates = "own"\n'
    config = config_of(written)
    assert config.database_url() == f"sqlite:///{tmp_path}/monitor.db"
    assert (config.maildir(), config.ca_file()) == (tmp_path / "post", Path("/etc/ca.pem"))
    assert config.template_folders() == (tmp_path / "own", shipped("templates"))  # named, so it must be there
    assert config.rules_folders() == (shipped("rules"),)  # not named, and not there
    (tmp_path / "rules").mkdir()
    config = config_of(written)
    assert config.rules_folders() == (tmp_path / "rules", shipped("rules"))
    assert config.rules_folders(instead=Path("other")) == (Path("other"), shipped("rules"))


def test_a_path_in_the_home_of_nobody_is_a_fault_where_it_stands(faults_of):
    [fault] = faults_of('[paths]\nstate = "~no-such-account/state"\n')
    assert (fault.line, fault.key) == (2, "paths.state") and "~no-such-account" in fault.what


def test_the_shipped_folder_named_as_ones_own_is_read_once(config_of):
    assert config_of("# none\n").rules_folders(instead=shipped("rules")) == (shipped("rules"),)


@pytest.mark.parametrize(
    ("url", "is_"),
    [("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"), ("sqlite:///:memory:", "sqlite:///:memory:"),
     ("sqlite://", "sqlite://"), ("postgresql://u@h/db", "postgresql://u@h/db")],
)  # fmt: skip
def test_other_database_urls_stay_as_they_are(config_of, url, is_):
    assert config_of(f'[database]\nurl = "{url}"\n').database_url() == is_


@pytest.mark.parametrize("text", ["", "[mail\n", 'mail = "x"\n', "people = 3\n", "[people]\nsanne = 3\n"])
def test_a_file_that_is_no_configuration_is_refused_in_words(faults_of, text):
    assert all(fault.file.endswith("config.toml") for fault in faults_of(text))
