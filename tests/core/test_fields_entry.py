"""Entries as people write them, and back again."""

from datetime import date

import pytest
from facts import demo_register

from monitor.core.model.fields import read_entry, read_field, unknown_field, write_entry

KNOWN = date(2021, 1, 4)


def read(**fields):
    return read_entry({"id": "c", "kind": "contribution", "title": "T", **fields}, KNOWN)


@pytest.mark.parametrize("id", demo_register().entries)
def test_a_written_entry_is_read_back(id):
    """An entry written as fields is read back as it was."""
    entry = demo_register()[id]
    again, faults = read_entry(write_entry(entry), entry.registered_on)
    assert faults == []
    assert write_entry(again) == write_entry(entry)


def test_an_unknown_key_is_a_fact_or_a_misspelt_field():
    """An unknown key is kept as a fact; one that resembles a field is a fault."""
    entry, faults = read(ship="Zr.Ms. De Ruyter")
    assert (dict(entry.facts), faults) == ({"ship": "Zr.Ms. De Ruyter"}, [])
    entry, faults = read(valid_untill="2021-03-31")
    assert entry is None and faults[0][1].what == "valid_untill is not a field; valid_until is."


@pytest.mark.parametrize("name", ["Valid_Until", "valid-until", "depend_on", "planed_start"])
def test_a_misspelt_field_is_recognised(name):
    """A misspelt field name gives the field that was meant."""
    assert unknown_field(name) in ("valid_until", "depends_on", "planned_start")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("valid_until", "2021-02-30"), ("valid_until", 2021), ("duration", "P0D"), ("duration", "a year"),
        ("id", "a b"),
        ("sensitive", "maybe"), ("lead_times", {"x": "soon"}), ("holders", ["sanne"]), ("due_on", "before christmas"),
        ("refs", {"dossier": "1", "colour": "red"}), ("title", "a\x00b"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_what_is_accepted(name, value):
    """A value that cannot be read is a fault of its field."""
    entry, faults = read(**{name: value})
    assert entry is None
    assert [field for field, _ in faults] == [name] and faults[0][1].what


def test_all_faults_of_an_entry_come_at_once():
    """All faults of an entry are reported at once."""
    entry, faults = read_entry({"kind": "contribution", "valid_from": "x", "valid_until": "y"}, KNOWN)
    assert entry is None and {field for field, _ in faults} == {"id", "title", "valid_from", "valid_until"}


@pytest.mark.parametrize(("value", "wanted"), [("m", ("m",)), (["m", "n"], ("m", "n"))])
def test_depends_on_is_one_id_or_a_list(value, wanted):
    """depends_on is written as one id or as a list."""
    assert read_field("depends_on", value) == wanted


def test_a_commitment_may_be_due_before_a_named_recess():
    """A commitment may be due before a recess that is named."""
    entry, _ = read(due_on="before recess Zomerreces 2021")
    assert (entry.due_before_recess, entry.due_on) == ("Zomerreces 2021", None)
    assert (write_entry(entry)["due_on"], dict(entry.facts)) == ("before recess Zomerreces 2021", {})
