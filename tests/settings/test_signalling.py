"""[health]: what is accepted, what is refused with its line, and that the URL of a heartbeat is a secret."""

from __future__ import annotations

import pytest

from monitor.core.errors import Faults
from monitor.core.model.health import SignalSettings
from monitor.settings.config.load import load_config
from monitor.settings.config.signalling import signals_of


def written(tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_text(f"[health]\n{text}\n")
    return load_config(file, {})


def test_by_default_nothing_is_signalled(tmp_path):
    assert signals_of(written(tmp_path, "")) == SignalSettings()


def test_all_of_it(tmp_path):
    """Places are seen from the configuration's folder."""
    text = 'listen = "[::1]:9633"\ntextfile = "m.prom"\nheartbeat_url = "https://hc.example.org/x"\n'
    found = signals_of(written(tmp_path, text + 'heartbeat_file = "beat"\nheartbeat_minutes = 0.5'))
    assert found == SignalSettings(
        listen=("::1", 9633), textfile=str(tmp_path / "m.prom"), heartbeat_file=str(tmp_path / "beat"),
        heartbeat_url="https://hc.example.org/x", heartbeat_every=30,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('listen = "0.0.0.0:9633"', "can be reached from other machines"),
        ('listen = "192.0.2.1:9633"', "can be reached from other machines"),
        ('listen = "localhost:9633"', "is not an address with a port"),
        ('listen = "127.0.0.1"', "is not an address with a port"),
        ('listen = "127.0.0.1:0"', "has no port between"),
        ('listen = "127.0.0.1:99999"', "has no port between"),
        ('textfile = "monitor.txt"', "does not end in .prom"),
        ('heartbeat_url = "ftp://example.org/geheim"', "This is not the URL of a heartbeat"),
        ('heartbeat_url = "https:///geheim"', "This is not the URL of a heartbeat"),
        ('heartbeat_url = "https://example.org:x/geheim"', "This is not the URL of a heartbeat"),
        ('heartbeat_url = "https://example.org/geheim?create=1"', "has nothing behind its path"),
        ("heartbeat_minutes = 0", "is too small"),
    ],
)
def test_what_is_refused(tmp_path, text, what):
    """With file and line, and without the secret."""
    with pytest.raises(Faults) as found:
        written(tmp_path, text)
    (fault,) = found.value.faults
    assert what in fault.what and fault.line == 2 and "geheim" not in str(fault)
