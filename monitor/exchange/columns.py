"""The columns of the entries table: one list for reading, writing, the template and the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Form = Literal["text", "date", "texts", "refs", "quotes", "flag", "holders", "lead_times"]
FORMS: Mapping[Form, str] = {  # how a cell of that form is written
    "text": "a text",
    "date": "a day (2021-03-31) or an ISO 8601-2 date such as 2021-03, 2021-33 or 2021-12-31~",
    "texts": "several, joined with ;",
    "refs": "documents joined with ; each either an id or parts as dossier=27925 | nr=752 | date=2020-11-20",
    "quotes": "sentences joined with ; each with its source as TEXT | source=DOCUMENT",
    "flag": "yes or no",
    "holders": "ROLE=PERSON | PERSON, joined with ;",
    "lead_times": "RULE=OFFSET as in extension-letter=-20w, joined with ;",
}


class Column(Struct, frozen=True, kw_only=True):
    """One column of the table; its name is the field's."""

    name: str
    form: Form = "text"
    what: str  # one sentence for people
    needed: bool = False


COLUMNS: tuple[Column, ...] = (
    Column(name="id", what="The entry's short name; letters, digits, hyphens and dots. Never changes.", needed=True),
    Column(name="kind", what="What it is: mandate, contribution, request and so on.", needed=True),
    Column(name="title", what="Its name as people say it.", needed=True),
    Column(name="valid_from", form="date", what="First day in force; empty: already in force."),
    Column(name="valid_until", form="date", what="Last day in force; empty: no end is known."),
    Column(name="duration", what="How long from the first day, instead of a last day: P1Y, P6M, P30D."),
    Column(name="procedure", what="art100, none, or your own; empty: none."),
    Column(name="depends_on", form="texts", what="Ids of the entries that it depends on."),
    Column(name="part_of", what="Id of the whole whose end it shares."),
    Column(name="planned_start", form="date", what="When it is meant to begin."),
    Column(name="received_on", form="date", what="When the request came in."),
    Column(name="due_on", form="date", what='When a promise must be kept; also "before recess NAME".'),
    Column(name="ended_on", form="date", what="Its last day in force, once it has ended."),
    Column(name="not_before", form="date", what="A lower bound; raises no alarm."),
    Column(name="minimum_until", form="date", what="A minimum; raises no alarm."),
    Column(name="condition", what="What it is subject to."),
    Column(name="size", what="How large it is."),
    Column(name="owner", what="The person or role that owns it."),
    Column(name="tags", form="texts", what="Words to group entries by."),
    Column(name="refs", form="refs", what="Documents it cites (id, dossier, nr, date, kind, url)."),
    Column(name="quotes", form="quotes", what="Sentences it rests on (text, source, start, end)."),
    Column(name="sensitive", form="flag", what="yes: mails name it by its id alone."),
    Column(name="muted", what="A reason not to raise anything for it; empty: not muted."),
    Column(name="deployed_from", what="Id of the request it was made from. Never changes."),
    Column(name="holders", form="holders", what="Who holds a role for this entry alone."),
    Column(name="lead_times", form="lead_times", what="Other lead times for this entry alone."),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
