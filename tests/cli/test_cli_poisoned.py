"""`monitor check` from cron, with a relay that breaks the connection at one recipient's mail, or refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from relay import DROP, TestRelay

from monitor.core.delivery.retry import MOST_BREAKS

PEOPLE = {"anna": "parliamentary-liaison", "bram": "policy-officer", "cleo": "defence-contact"}
BRAM = "bram@example.org"


@pytest.fixture
def relay(home) -> Iterator[TestRelay]:
    """The relay of the configuration."""
    with TestRelay() as relay:
        people = "".join(
            f'[people.{id}]\nname = "{id.title()}"\naddress = "{id}@example.org"\nlanguage = "en"\nroles = ["{role}"]\n'
            for id, role in PEOPLE.items()
        )
        (home / "config.toml").write_text(f"""
[mail]
transport = "smtp"
from = "Monitor <monitor@example.org>"
[mail.smtp]
host = "127.0.0.1"
port = {relay.port}
security = "plain"
[people.otto]
name = "Otto"
address = "otto@example.org"
language = "en"
roles = ["operator"]
{people}""")
        yield relay


def enter(cli, number: int) -> None:
    made = cli(
        "add", f"c-{number}", "--kind", "contribution", "--title", "T", "--valid-until", "2021-04-12",
        "--set", "valid_from=2020-04-13", "--yes",
    )  # fmt: skip
    assert made.code == 0, made.err


def texts(relay: TestRelay, person: str) -> str:
    found = (message_from_bytes(mail.raw) for mail in relay.to(f"{person}@example.org"))
    return " ".join(
        part.get_payload(decode=True).decode()
        for mail in found
        for part in mail.walk()
        if part.get_content_type() == "text/plain"
    )


def test_a_poisoned_mail_in_a_daily_check_is_held(cli, clock, relay):
    """A mail at which the connection breaks delays no other mail and is held after a few checks."""
    relay.answer("CONTENT", DROP, to=BRAM)
    codes = []
    for day in range(8):
        clock.at += timedelta(hours=-1)
        enter(cli, day)
        clock.at += timedelta(hours=2)
        codes.append(cli("check").code)
        assert f"c-{day}" in texts(relay, "cleo"), "on the very day"
        clock.at += timedelta(days=3 if clock.at.weekday() == 4 else 1, hours=-1)
    assert 3 not in codes, "the relay works"
    held = [row["id"] for row in cli("outbox", "--state", "held", "--json").lines if row["person"] == "bram"]
    assert held and codes[-1] == cli("status").code == 5
    shown = " ".join(" ".join(cli("outbox", "show", str(id)).out.split()) for id in held)
    assert shown.count("broken-off") >= MOST_BREAKS and "may have been taken" in shown
    told = " ".join(texts(relay, "otto").split())
    assert told.count("monitor outbox release --person bram") == 1, "told once"
    relay.forget_answers()
    before = len(relay.to(BRAM))
    assert cli("outbox", "release", "--person", "bram", "--yes").code == 0
    assert cli("check").code in (0, 1)
    ids = [message_from_bytes(mail.raw)["Message-ID"] for mail in relay.to(BRAM)]
    assert set(ids[before:]) >= set(ids[:before]), "the same messages under the same Message-IDs"
    assert cli("status").code != 5


def test_a_mail_refused_by_policy_waits(cli, clock, relay):
    """A mail that the relay refuses by policy waits and is sent later without a command."""
    relay.answer("RCPT", "554 5.7.1 Relay access denied", to=BRAM)
    enter(cli, 0)
    clock.at += timedelta(hours=1)
    answer = cli("check")
    assert "1 postponed" in answer.out and "refused" not in answer.out
    assert "allow lists" in " ".join(texts(relay, "otto").split())
    relay.forget_answers()
    clock.at += timedelta(days=1)
    cli("check")
    assert "c-0" in texts(relay, "bram") and "allow lists" not in " ".join(cli("status").out.split())
