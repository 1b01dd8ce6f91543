"""What was read is used again as long as nothing has changed, and not once longer."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from harbour import CALENDAR, RULE

import monitor.remembered
from monitor.app import build
from monitor.core.errors import Faults


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def same_size_and_time(home: Path) -> None:
    file = home / "rules" / "permits.toml"
    stood = file.stat()
    replace(file, '"-12w"', '"-13w"')
    os.utime(file, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    assert file.stat().st_size == stood.st_size


def another_folder_behind_the_link(home: Path) -> None:
    (home / "rules").rename(home / "rules-1")
    (home / "rules").symlink_to(home / "rules-1")


def one_rule_more(home: Path) -> None:
    (home / "rules" / "more.toml").write_text(RULE.replace("permit-renewal", "another"))


EDITS = {
    "a setting": lambda home: replace(home / "config.toml", "Otto", "Olga"),
    "a comment in the configuration": lambda home: replace(home / "config.toml", "[mail]", "# all mail\n[mail]"),
    "a rule, in a file of the same size and time": same_size_and_time,
    "a new file of rules": one_rule_more,
    "a file of rules gone": lambda home: (home / "rules" / "permits.toml").unlink(),
    "a calendar": lambda home: replace(home / "rules" / "calendars" / "harbour.toml", "24", "23"),
    "a calendar gone": lambda home: (home / "rules" / "calendars" / "harbour.toml").unlink(),
    "a new calendar": lambda home: (home / "rules" / "calendars" / "dock.toml").write_text(CALENDAR),
    "no rules any more": lambda home: (home / "rules").rename(home / "away"),
    "a link in place of the folder": another_folder_behind_the_link,
    "letters of our own": lambda home: (home / "templates").mkdir(),
}


def test_files_that_have_not_changed_are_not_read_again(config, remembered):
    assert [remembered(config) for _ in range(3)] == [False, True, True]


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_counts_at_once(home, config, remembered, name):
    assert not remembered(config)
    EDITS[name](home)
    assert [remembered(config), remembered(config)] == [False, True]


FAULTS = {
    "a word too many": lambda home: replace(home / "config.toml", "[mail]", "[mail]\nfrm = 1"),
    "half a file": lambda home: (home / "rules" / "permits.toml").write_text(RULE[:80]),
    "a file that cannot be read": lambda home: (home / "rules" / "more.toml").mkdir(),
    "no such calendar": lambda home: replace(home / "config.toml", "[register]", '[register]\ncalendar = "moon"'),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_has_faults_says_so_each_time(home, config, remembered, cache_home, name):
    assert not remembered(config)
    FAULTS[name](home)
    said = []
    for _ in range(2):
        with pytest.raises(Faults) as caught:
            remembered(config)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert len(list(cache_home.glob("*/*"))) == 1  # of the time when all was well


def test_every_variable_that_gives_a_setting_counts(config, remembered, monkeypatch):
    assert not remembered(config)
    for language in ("nl", "en"):
        monkeypatch.setenv("MONITOR_REGISTER__LANGUAGE", language)
        assert [remembered(config), remembered(config)] == [False, True]
    monkeypatch.setenv("MONITOR_REGISTER__LANGUAGES", "nl")
    with pytest.raises(Faults):
        remembered(config)
    monkeypatch.delenv("MONITOR_REGISTER__LANGUAGES")
    monkeypatch.delenv("MONITOR_REGISTER__LANGUAGE")
    monkeypatch.setenv("LANG", "nl_NL")  # which gives none
    assert remembered(config)


def test_another_home_is_another_folder(home, config, remembered, monkeypatch, tmp_path):
    replace(config, "[mail]", '[paths]\nstate = "~/state"\n[mail]')
    for name in ("one", "two"):
        monkeypatch.setenv("HOME", str(tmp_path / name))
        assert [remembered(config), remembered(config)] == [False, True]


def test_a_path_as_written_is_seen_from_where_one_stands(home, config, remembered, monkeypatch, tmp_path, sqlite_url):
    replace(config, sqlite_url, "sqlite:///monitor.db")
    shutil.copytree(home, tmp_path / "other" / "etc")  # the same to the last byte, and yet another register
    relative = Path("etc/config.toml")
    assert [remembered(relative), remembered(relative)] == [False, True]
    monkeypatch.chdir("other")
    assert [remembered(relative), remembered(relative)] == [False, True]
    assert (tmp_path / "other" / "etc" / "monitor.db").exists()
    assert not remembered(config)
    monkeypatch.chdir(home)
    assert remembered(config)  # named whole, it is the same from everywhere


def test_a_configuration_that_comes_nearer_is_found(home, config, remembered, monkeypatch, tmp_path):
    monkeypatch.setattr("monitor.settings.config.config_path.PLACES", (Path("config.toml"), config))
    assert [remembered(None), remembered(None)] == [False, True]
    (tmp_path / "config.toml").write_text(config.read_text().replace("Otto", "Olga"))
    assert [remembered(None), remembered(None)] == [False, True]
    (tmp_path / "config.toml").unlink()
    assert remembered(None)
    monkeypatch.setenv("MONITOR_CONFIG", str(home / "none.toml"))
    with pytest.raises(Faults):
        remembered(None)


def test_the_environment_alone_is_a_configuration_too(tmp_path, sqlite_url, remembered, monkeypatch):
    monkeypatch.setattr("monitor.settings.config.config_path.PLACES", ())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MONITOR_DATABASE__URL", sqlite_url)
    assert [remembered(None), remembered(None)] == [False, True]
    monkeypatch.delenv("MONITOR_DATABASE__URL")
    with pytest.raises(Faults, match="no configuration"):
        remembered(None)


def test_another_program_reads_for_itself(config, remembered, monkeypatch, tmp_path):
    assert not remembered(config)
    for name in ("__version__", "SOURCES", "LIBRARIES"):
        with monkeypatch.context() as patch:
            patch.setattr(monitor.remembered, name, {"__version__": "9", "SOURCES": ("",), "LIBRARIES": ()}[name])
            assert not remembered(config), name
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "3.99")
        assert not remembered(config)
    assert remembered(config)


def test_an_edited_or_new_source_file_is_another_program(tmp_path, monkeypatch):
    for folder in monitor.remembered.SOURCES:
        (tmp_path / folder).mkdir(exist_ok=True)
    monkeypatch.setattr(monitor.remembered, "PACKAGE", tmp_path)
    seen = []
    for edit in ("x = 1", "x = 10", "x = 11"):
        (tmp_path / "core" / "policy.py").write_text(edit)
        os.utime(tmp_path / "core" / "policy.py", (len(seen), len(seen)))
        seen.append(tuple(monitor.remembered._sources()))
    (tmp_path / "core" / "new.py").touch()
    seen.append(tuple(monitor.remembered._sources()))
    assert len(set(seen)) == 4


def test_a_time_zone_that_is_no_more_is_asked_for_anew(config, remembered, monkeypatch):
    assert not remembered(config)
    monkeypatch.setattr(monitor.remembered, "_is_zone", lambda name: name != "Europe/Amsterdam")
    assert not remembered(config)


def test_what_is_read_later_is_read_in_the_look_that_confirmed_it(config, remembered):
    assert not remembered(config)
    text = config.read_bytes()
    with build(config) as app:
        config.write_text("edited")
        assert app.letters.disk.read(config) == text
