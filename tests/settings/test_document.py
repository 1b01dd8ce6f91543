"""A file that cannot be read is one sentence with its place."""

import os

import pytest

from monitor.core.errors import Faults
from monitor.settings.files.document import parse_toml, read_toml


def fault_of(path):
    with pytest.raises(Faults) as caught:
        read_toml(path)
    [fault] = caught.value.faults
    assert fault.file == str(path)
    return fault


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    assert "no such file" in fault_of(tmp_path / "none.toml").what


def test_a_directory_is_not_a_file(tmp_path):
    assert "directory" in fault_of(tmp_path).what


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission_is_a_fault(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("a = 1")
    path.chmod(0)
    assert "cannot be read" in fault_of(path).what


@pytest.mark.parametrize("raw", [b"", b"  \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_was_perhaps_half_written(tmp_path, raw):
    path = tmp_path / "x.toml"
    path.write_bytes(raw)
    assert "empty" in fault_of(path).what


def test_another_encoding_is_found_with_its_line(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes("a = 1\nb = 'é'\n".encode("latin-1"))
    fault = fault_of(path)
    assert (fault.line, "0xe9" in fault.what, "UTF-8" in fault.accepted) == (2, True, True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_is_refused(tmp_path, encoding):
    path = tmp_path / "x.toml"
    path.write_bytes("a = 'é'\n".encode(encoding))
    fault_of(path)


def test_a_byte_order_mark_does_no_harm():
    assert parse_toml(b"\xef\xbb\xbfa = 1\n", "x").data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = \n", 2),
        ("a = 1\na = 2\n", 2),
        ("a = 1\n[rule", 2),
        ('a = """never\nclosed\n', 3),
        ("a = [1,\n", 2),
        ("\x00", 1),
    ],
)
def test_what_is_not_toml_is_a_fault_with_its_line(tmp_path, text, line):
    path = tmp_path / "x.toml"
    path.write_text(text)
    fault = fault_of(path)
    assert fault.what.startswith("This is not TOML")
    assert fault.line == line


def test_brackets_without_end_are_a_fault_and_no_crash(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("a = " + "[" * 100_000)
    assert "nested" in fault_of(path).what


def test_every_half_of_a_file_is_read_or_refused_in_words(tmp_path):
    whole = b'[rule.a]\ntitle.nl = "\xc3\xa9\xc3\xa9n" # \xe2\x80\x94\nremind = [\n "-2w",\n]\n'
    for size in range(len(whole)):
        try:
            parse_toml(whole[:size], "x.toml")
        except Faults as found:
            assert str(found).startswith("x.toml")


def test_a_key_without_a_line_of_its_own_has_that_of_its_table():
    document = parse_toml(b"\n[a.b]\nc = 1\n", "x")
    assert [document.line_of(path) for path in [("a", "b", "missing"), ("a", "b", "c"), ("z",)]] == [2, 3, None]
