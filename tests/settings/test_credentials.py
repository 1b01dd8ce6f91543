"""Secrets come from files and show nowhere."""

import json

import pytest

from monitor.core.errors import Faults
from monitor.settings.config.in_force import in_force, policy_of, sending_faults
from monitor.settings.config.load import load_config
from monitor.settings.config.recipients import people_of

SECRET = "s3cret-pass/word@:%"


@pytest.fixture
def smtp(tmp_path):
    """A configuration for a relay with the password in a file that only the owner reads."""
    (tmp_path / "password").write_text(SECRET + "\n", encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "config.toml").write_text(
        '[database]\nurl = "postgresql://keeper@db.example.org:5433/register?sslmode=require"\n'
        'password_file = "password"\n'
        '[mail]\ntransport = "smtp"\nfrom = "m@example.org"\n'
        '[mail.smtp]\nusername = "monitor"\npassword_file = "password"\n'
        '[people.a]\nname = "A"\naddress = "a@example.org"\nroles = ["operator"]\n',
        encoding="utf-8",
    )
    return tmp_path


def load(folder, **environ):
    return load_config(folder / "config.toml", environ)


def fault_of(folder, **environ):
    with pytest.raises(Faults) as caught:
        load(folder, **environ).password()
    [fault] = caught.value.faults
    assert SECRET not in str(fault)
    return fault


def test_a_password_is_the_files_text_without_the_line_end(smtp):
    assert load(smtp).password().get_secret_value() == SECRET
    assert list(sending_faults(load(smtp))) == []


def test_the_databases_password_goes_into_its_url_escaped(smtp):
    url = load(smtp).database_url()
    assert url == "postgresql://keeper:s3cret-pass%2Fword%40%3A%25@db.example.org:5433/register?sslmode=require"


def test_a_secret_shows_in_no_form_of_the_configuration(smtp):
    config = load(smtp, MONITOR_DATABASE__URL=f"postgresql://keeper:{SECRET}@h/db")
    shown = [repr(config), str(config), json.dumps(config.model_dump(mode="json")), config.model_dump_json()]
    shown += [repr(config.password()), repr(in_force(policy_of(config), people_of(config)))]
    assert not [text for text in shown if SECRET in text]


def test_a_secret_shows_in_no_fault(smtp):
    path = smtp / "config.toml"
    path.write_text(path.read_text() + f'[mail.smtpp]\npassword = "{SECRET}"\n')
    with pytest.raises(Faults) as caught:
        load(smtp, MONITOR_MAIL__SMTP__PASSWORD=SECRET, MONITOR_LOG__LEVEL="loud")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "MONITOR_MAIL__SMTP__PASSWORD_FILE" in str(caught.value)


def test_a_password_does_not_stand_in_the_file(smtp):
    path = smtp / "config.toml"
    path.write_text(path.read_text().replace("password_file", "password", 2).replace("password", "password_file", 1))
    with pytest.raises(Faults, match="Did you mean password_file"):
        load(smtp)


def test_a_systemd_credential_is_found_without_a_setting(smtp):
    path = smtp / "config.toml"
    path.write_text(path.read_text().replace('password_file = "password"\n', ""))
    credentials = smtp / "credentials"
    credentials.mkdir(mode=0o700)
    (credentials / "smtp-password").write_text("from systemd")
    (credentials / "database-password").write_text("of the database")
    config = load(smtp, CREDENTIALS_DIRECTORY=str(credentials))
    assert config.password().get_secret_value() == "from systemd"
    assert "keeper:of%20the%20database@" in config.database_url()
    assert [fault.key for fault in sending_faults(load(smtp))] == ["mail.smtp.username"]


def test_a_secret_that_all_can_read_is_refused(smtp):
    """Unless its folder is closed."""
    smtp.chmod(0o755)
    (smtp / "password").chmod(0o644)
    assert "Every account of this machine can read it" in fault_of(smtp).what
    smtp.chmod(0o700)
    assert load(smtp).password().get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b" \n", "empty"),
        (b"a\nb\n", "more than one line"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_without_a_usable_secret_is_a_fault_with_its_name(smtp, content, words):
    path = smtp / "password"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    fault = fault_of(smtp)
    assert (fault.file, fault.key) == (str(path), "mail.smtp.password_file")
    assert words in fault.what


def test_a_directory_for_a_secret_is_a_fault(smtp):
    (smtp / "password").unlink()
    (smtp / "password").mkdir()
    assert "directory" in fault_of(smtp).what


def test_what_is_missing_before_mail_can_leave_is_told_together(tmp_path):
    (tmp_path / "config.toml").write_text(
        '[mail]\ntransport = "smtp"\n[mail.smtp]\nusername = "m"\nca_file = "ca.pem"\n'
    )
    keys = [fault.key for fault in sending_faults(load(tmp_path))]
    assert keys == ["people", "mail.from", "mail.smtp.username", "mail.smtp.ca_file"]


def test_who_only_looks_needs_no_password(smtp):
    (smtp / "password").unlink()
    assert load(smtp).mail.smtp.username == "monitor"
