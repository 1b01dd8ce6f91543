"""Types of events: which are known, and which are taken for a slip of a known one."""

from __future__ import annotations

import pytest
from facts import shipped_policy
from msgspec.structs import replace

from monitor.core.errors import Refused
from monitor.core.register.naming import check_type, known_types, meant_by, unknown_types

POLICY = shipped_policy()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("document:art100-leter", "document:art100-letter"),
        ("document:art-100-letter", "document:art100-letter"),
        ("document:Art100-letter", "document:art100-letter"),
        ("document:art100-letter ", "document:art100-letter"),
        ("event:art100-letter", "document:art100-letter"),
        ("documnet:art100-letter", "document:art100-letter"),
        ("art100-letter", "document:art100-letter"),
        ("document:letters", "document:letter"),
        ("event:extend", "event:extended"),
        ("event:end-confirm", "event:end-confirmed"),
        ("event:deployment-canceled", "event:deployment-cancelled"),
        ("event:date-fix", "event:date-fixed"),
        ("document:terminaton-letter", "document:termination-letter"),
        ("event:visited", None),
        ("document:evaluation", None),
        ("document:of-our-own", None),
        ("event:debate-planned", None),
    ],
)
def test_a_misspelt_type_names_the_one_meant(written, meant):
    """A misspelt type gives the known type that was meant."""
    assert meant_by(written, known_types(POLICY)) == meant
    if meant is None:
        assert check_type(written, POLICY) is None
        return
    with pytest.raises(Refused, match=f"Did you mean {meant}"):
        check_type(written, POLICY)


@pytest.mark.parametrize("type", known_types(POLICY))
def test_no_known_type_is_taken_for_another(type):
    """No known type is taken for a misspelling of another."""
    assert check_type(type, POLICY) is None


def test_a_type_of_the_configuration_is_known():
    """A type that the configuration adds is known."""
    policy = replace(POLICY, event_types=("document:art100-letters",))
    assert check_type("document:art100-letters", policy) is None
    assert list(unknown_types(["document:art100-letters", "event:x", "event:x"], policy)) == list(
        unknown_types(["event:x"], policy)
    )


@pytest.mark.parametrize("written", ["", "letter:x", "document:", "event: "])
def test_what_is_neither_a_document_nor_an_event_is_refused(written):
    """A type that is neither a document nor an event is refused."""
    with pytest.raises(Refused, match="is not a type of event"):
        check_type(written, POLICY)
