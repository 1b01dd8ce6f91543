"""Free texts of changes: what no file and no database could keep is refused before anything is changed."""

import pytest
from facts import Story, day

from monitor.core.changes import Extend, Mute, Note, Record
from monitor.core.dates import parse_span
from monitor.core.errors import BadValue


@pytest.mark.parametrize("kind", ["record", "extend", "mute", "note"])
def test_a_text_with_a_control_character_is_refused(kind):
    story = Story()
    story.on("21-09-2020").add("c-unit", "contribution", valid_until="2021-06-30")
    odd, on, common = "27 925\0nr. 732", day("21-09-2020"), {"stamp": story.stamp, "entry": "c-unit"}
    changes = {
        "record": Record(**common, type="document:letter", on=on, reference=odd),
        "extend": Extend(**common, on=on, until=parse_span("2022-06-30"), note=odd),
        "mute": Mute(**common, reason=odd),
        "note": Note(**common, text=odd),
    }
    with pytest.raises(BadValue, match="control character"):
        story.take(changes[kind])
    assert story.register["c-unit"].events == ()
