"""The command that adds an extra, for a package of an index and for one that came from a folder."""

import sys

import pytest

from monitor import extras


class Installed:
    def __init__(self, note):
        self.note = note

    def read_text(self, name):
        assert name == "direct_url.json"
        return self.note


@pytest.mark.parametrize(
    ("note", "what"),
    [
        (None, "'mandate-monitor[desk]'"),
        ('{"url": "https://example.org/m.whl"}', "'mandate-monitor[desk]'"),
        ('{"url": "file:///srv/my%20clone", "dir_info": {"editable": true}}', "'/srv/my clone[desk]'"),
        ("no JSON", "'mandate-monitor[desk]'"),
    ],
)
def test_the_command_names_where_the_program_came_from(monkeypatch, note, what):
    monkeypatch.setattr(extras, "distribution", lambda name: Installed(note))
    assert extras.how_to_install("desk") == f"{sys.executable} -m pip install {what}"


def test_without_a_note_the_package_of_the_index_is_named(monkeypatch):
    def missing(name):
        raise extras.PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", missing)
    assert extras.how_to_install("desk").endswith("'mandate-monitor[desk]'")
