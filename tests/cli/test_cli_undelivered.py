"""`status` and `check` while a relay takes no mail for one of two people."""

from datetime import UTC, datetime, timedelta

import pytest
from relay import TestRelay

FULL = "452 4.2.2 mailbox full"
MONDAY = datetime(2021, 3, 8, 7, 5, tzinfo=UTC)
BRAM = """
[people.bram]
name = "Bram"
address = "bram@example.org"
language = "en"
roles = ["policy-officer"]
"""


@pytest.fixture
def relay():
    with TestRelay() as relay:
        relay.answer("RCPT", FULL, to="bram@example.org")
        yield relay


@pytest.fixture
def checked(cli, home, clock, relay):
    """Checks by hand on so many days from Monday 8 March 2021 on; bram and otto are both reminded of c-one."""
    smtp = f'transport = "smtp"\n[mail.smtp]\nhost = "{relay.host}"\nport = {relay.port}\nsecurity = "plain"\n'
    config = (home / "config.toml").read_text().replace("[people.otto]", f"{smtp}[people.otto]", 1)
    (home / "config.toml").write_text(config.replace("'policy-officer', ", "", 1) + BRAM)
    cli("add", "c-one", "--kind", "contribution", "--title", "One", "--valid-until", "2021-05-31", "--yes")

    def check(days):
        for day in range(days):
            clock.at = MONDAY + timedelta(days=day)
            answer = cli("check")
        return answer

    return check


def test_a_first_day_without_delivery_is_shown_and_no_trouble(checked, cli):
    checked(1)
    [one] = cli("status", "--json").json["undelivered"]
    assert (one["person"], one["slots"], one["mails"], one["reply"]) == ("bram", 1, 1, FULL)
    assert cli("status").code == 0


def test_after_two_slots_status_says_who_since_when_and_why(checked, cli):
    answer = checked(2)
    assert "Mail to bram <bram@example.org> has not been delivered since 08-03-2021" in " ".join(answer.out.split())
    status = cli("status")
    assert status.code == 3 and "All well" not in status.out
    assert "Not delivered" in status.out and "Mon 08-03-2021" in status.out and FULL in status.out
    checked(4)
    [one] = cli("status", "--json").json["undelivered"]
    assert (one["since"], one["slots"], one["others_reminded"]) == ("2021-03-08", 4, True)


def test_another_limit_is_read_and_a_wrong_one_is_told(checked, cli, home):
    config = (home / "config.toml").read_text()
    for wrong in ('"3d"', '"0bd"', "3", '"none"'):
        (home / "config.toml").write_text(config.replace("[mail]\n", f"[mail]\nundelivered_limit = {wrong}\n", 1))
        answer = cli("status")
        assert answer.code == 3 and "mail.undelivered_limit" in answer.err, wrong
    (home / "config.toml").write_text(config.replace("[mail]\n", '[mail]\nundelivered_limit = "1bd"\n', 1))
    checked(2)
    assert cli("status", "--json").json["undelivered"][0]["others_reminded"]
