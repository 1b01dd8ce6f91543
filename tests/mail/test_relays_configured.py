"""The second relay as it is written in the configuration, with the systemd credential for its account."""

from pathlib import Path

from relay import TestRelay

from monitor.app import transport_of
from monitor.core.delivery.retry import Outcome
from monitor.mail.transport.transport import Outgoing
from monitor.settings.config.load import load_config

MESSAGE = Outgoing(envelope_sender="m@example.org", recipient="a@example.org", raw=b"Subject: x\r\n\r\n", key="k")
CONFIG = """[mail]
transport = "smtp"
[mail.smtp]
host = "127.0.0.1"
port = {first}
security = "plain"
[mail.smtp.second]
host = "127.0.0.1"
port = {second}
security = "plain"
username = "reserve"
"""


def test_the_second_relay_has_its_own_credential(tmp_path: Path):
    """The configuration's second relay is signed in to with it."""
    for name, word in (("smtp-password", "of the first"), ("smtp-second-password", "of the second")):
        (tmp_path / name).write_text(f"{word}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    with TestRelay() as first, TestRelay(users={"reserve": "of the second"}) as second:
        file = tmp_path / "config.toml"
        file.write_text(CONFIG.format(first=first.port, second=second.port), encoding="utf-8")
        first.answer("CONNECT", "421 4.3.2 not now")
        config = load_config(file, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
        with transport_of(config) as post:
            report = post.send(MESSAGE)
        assert report.outcome is Outcome.ACCEPTED and "421 4.3.2 not now" in report.instead_of
        assert (len(first.messages), len(second.messages), second.logins) == (0, 1, [("PLAIN", "reserve")])
