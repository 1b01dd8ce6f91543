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
        ("no JSON", "'mandate-monitor[desk]'"),
        ("[]", "'mandate-monitor[desk]'"),
        ('{"url": "https://example.org/m.whl"}', "'mandate-monitor[desk] @ https://example.org/m.whl'"),
        (
            '{"url": "https://example.org/m.git", "vcs_info": {"vcs": "git", "commit_id": "4f"}}',
            "'mandate-monitor[desk] @ git+https://example.org/m.git@4f'",
        ),
        ('{"url": "file:///nowhere/clone", "dir_info": {}}', "'mandate-monitor[desk]'"),
    ],
)
def test_the_command_names_where_the_program_came_from(monkeypatch, note, what):
    """A folder that is gone is not named."""
    monkeypatch.setattr(extras, "distribution", lambda name: Installed(note))
    assert extras.how_to_install("desk") == f"{sys.executable} -m pip install {what}"


@pytest.mark.parametrize(("editable", "option"), [("true", "-e "), ("false", "")])
def test_a_clone_is_installed_again_as_it_was(monkeypatch, tmp_path, editable, option):
    (clone := tmp_path / "my clone").mkdir()
    note = f'{{"url": "{clone.as_uri()}", "dir_info": {{"editable": {editable}}}}}'
    monkeypatch.setattr(extras, "distribution", lambda name: Installed(note))
    assert extras.how_to_install("desk") == f"{sys.executable} -m pip install {option}'{clone}[desk]'"


def test_an_environment_without_pip_is_served_by_uv(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert extras.how_to_install("desk").startswith(f"uv pip install --python {sys.executable} ")


def test_without_a_note_the_package_of_the_index_is_named(monkeypatch):
    def missing(name):
        raise extras.PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", missing)
    assert extras.how_to_install("desk").endswith("'mandate-monitor[desk]'")
