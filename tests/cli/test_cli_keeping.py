"""Held reminders by item, backup, restore and prune, as they are typed."""

from datetime import UTC, datetime
from shutil import copyfile

import pytest

LIMITS = '\n[limits]\nreminders_per_check = 1\n[retention]\nmail = "1w"\n'
SLOT = datetime(2021, 3, 8, 8, 0, tzinfo=UTC)


@pytest.fixture
def holding(cli, home, clock):
    """Two reminders about each of two entries are held for otto."""
    (home / "config.toml").write_text((home / "config.toml").read_text() + LIMITS)
    for id in ("c-one", "c-two"):
        cli("add", id, "--kind", "contribution", "--title", id, "--valid-until", "2021-05-31", "--yes")
    clock.at = SLOT
    assert cli("check").code == 5
    return cli


def test_a_dry_run_shows_and_an_answer_is_needed(holding):
    answer = holding("outbox", "release", "--entry", "c-one", "--dry-run")
    assert answer.code == 0 and "c-one" in answer.out and "c-two" not in answer.out
    assert "2 reminders in 1 held mail would be released; 2 would stay held." in answer.out
    refused = holding("outbox", "drop", "--entry", "c-one")
    assert refused.code == 4 and "--yes" in refused.err
    assert holding("status").code == 5


def test_items_are_dropped_and_released_and_the_history_says_who(holding):
    answer = holding("outbox", "drop", "--reminder", "c-one/extension-letter/0@otto", "--yes", "--actor", "ruud")
    assert "1 reminder in 1 held mail dropped; 3 stay held." in answer.out
    assert "nothing stays held" in " ".join(holding("outbox", "release", "--yes").out.split())
    assert holding("check").code in (0, 1)
    assert ("ruud", "note") in [(row["actor"], row["verb"]) for row in holding("history", "c-one", "--json").lines]
    slip = holding("outbox", "drop", "--reminder", "c-one", "--yes")
    assert slip.code == 4 and "No mail is held" in slip.err


def test_a_restored_backup_is_held_until_it_is_resumed(holding, home, clock):
    holding("outbox", "release", "--yes")
    holding("check")
    made = holding("backup", "copy.db")
    assert made.code == 0 and "read back whole" in " ".join(made.out.split())
    assert holding("backup", "copy.db").code == 4
    assert holding("backup", "copy.db", "--force").code == 0
    holding("add", "c-new", "--kind", "contribution", "--title", "x", "--valid-until", "2021-06-01", "--yes")
    clock.at = datetime(2021, 3, 9, 8, 0, tzinfo=UTC)
    holding("check")
    for end in ("-wal", "-shm"):
        (home / f"monitor.db{end}").unlink(missing_ok=True)
    copyfile(home / "copy.db", home / "monitor.db")
    found = holding("check")
    assert found.code == 5 and "restored backup" in " ".join(found.out.split())
    assert holding("status").code == 5
    assert holding("outbox", "resume").code == 4
    assert holding("outbox", "resume", "--yes").code == 0
    assert holding("status").code in (0, 1)
    assert "Nothing is to be resumed" in holding("outbox", "resume").err, "before anything is asked"


def test_everything_is_held_by_hand(holding):
    assert holding("outbox", "hold", "--yes").code == 0
    assert "hold" in holding("status").out
    assert "1 mail is still held" in holding("outbox", "resume", "--yes").out


def test_prune_shows_asks_and_removes(holding, clock):
    clock.at = datetime(2021, 4, 6, 5, 0, tzinfo=UTC)
    shown = holding("prune", "--dry-run")
    assert shown.code == 0 and "1w" in shown.out
    assert holding("prune").code == 4
    done = holding("prune", "--yes")
    assert done.code == 0 and "Removed: the texts of" in done.out
    number = str(next(row["id"] for row in holding("outbox", "--state", "sent", "--json").lines))
    assert "kept no longer" in holding("outbox", "show", number).out
    assert holding("outbox", "show", number, "--raw").code == 4
    assert "texts of 0 settled mails" in holding("prune").out
