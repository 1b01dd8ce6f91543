"""What a person enters beside dates: texts that could not be kept and lead times of no rule are refused at once."""

import pytest
from facts import Story, day

from monitor.core.calendar.dates import parse_span
from monitor.core.errors import BadValue, UnknownId
from monitor.core.model.changes import Extend, Mute, Note, Record


@pytest.mark.parametrize("kind", ["record", "extend", "mute", "note"])
def test_a_text_with_a_control_character_is_refused(kind):
    """A text with a control character in it is refused."""
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


def test_a_lead_time_of_an_unknown_rule_is_refused():
    """A lead time of an unknown rule is refused, and the nearest rule is named."""
    story = Story()
    story.on("21-09-2020").add(
        "c-unit", "contribution", valid_until="2021-06-30", lead_times={"extension-letter": "-9w"}
    )
    assert story.due("c-unit", "extension-letter") == day("22-04-2021")  # nine weeks, then out of the May recess
    with pytest.raises(UnknownId, match="Did you mean extension-letter"):
        story.correct("c-unit", lead_times={"extention-letter": "-9w"})
