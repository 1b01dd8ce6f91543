"""`monitor audit --chain` as it is typed, with a head that is pasted from an all-clear."""

import pytest
from sqlalchemy import text

from monitor.store.engine import open_engine


@pytest.fixture
def tampered(filled, sqlite_url):
    """What the database answers after one actor was altered by hand."""

    def alter() -> None:
        store = open_engine(sqlite_url)
        with store.writing() as connection:
            connection.execute(text("UPDATE changes SET actor = 'eve' WHERE number = 1"))
        store.close()

    return alter


def test_a_whole_chain_says_its_head(filled):
    """The head is on a line of its own, whole at 80 columns, and is accepted back as it was pasted."""
    answer = filled("audit", "--chain")
    assert answer.code == 0 and "They cover 2 changes, 0 lines of the ledger and 0 kept versions." in answer.out
    assert "Nothing was altered, removed or inserted." in answer.out and "only --expect" in answer.out
    found = filled("audit", "--chain", "--json").json
    assert found["findings"] == [] and found["rows"] == {"changes": 2, "ledger": 0, "versions": 0}
    assert f"Head: {found['head']}\n" in answer.out and f"Installation: {found['instance']}\n" in answer.out
    count, _, hash = found["head"].partition("-")
    again = filled("audit", "--expect", f" {count}-{hash[:20]}\n  {hash[20:].upper()} ")
    assert again.code == 0 and "only --expect" not in again.out


def test_an_altered_row_is_said_in_the_users_language(filled, tampered, monkeypatch):
    tampered()
    answer = filled("audit", "--chain")
    assert answer.code == 1 and "The history, row 1, is not what was chained" in " ".join(answer.out.split())
    assert [one["kind"] for one in filled("audit", "--chain", "--json").json["findings"]] == ["altered"]
    monkeypatch.setenv("MONITOR_LANG", "nl")
    answer = filled("audit", "--chain")
    assert answer.code == 1
    assert "In de geschiedenis is regel 1 anders dan in de keten is vastgelegd" in " ".join(answer.out.split())


def test_a_head_that_the_chain_does_not_have(filled):
    filled("audit", "--chain")
    answer = filled("audit", "--expect", f"99-{'0' * 64}")
    assert answer.code == 1 and "were expected: its end was cut off" in " ".join(answer.out.split())
    answer = filled("audit", "--expect", f"1-{'0' * 64}")
    assert answer.code == 1 and "had another head at link 1" in " ".join(answer.out.split())


def test_what_is_typed_wrongly_is_refused_in_a_sentence(filled):
    answer = filled("audit", "--expect", "12-abc")
    assert answer.code == 2 and "12-abc" in answer.err and "64 characters" in answer.err
    answer = filled("audit", "--chain", "--from", "2021-03-01")
    assert answer.code == 2 and "leave out --from and --to" in answer.err
