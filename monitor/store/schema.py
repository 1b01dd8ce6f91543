"""The tables. The truth is `changes`; `entries`, `links` and `absences` are its index, rebuilt in the same transaction.

`ledger` and `messages` are promises: what was said to whom, and the mails that say it.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from monitor.store.instants import UtcDateTime

# Partial indexes are used only where the query says these very words: bound values prove nothing to the planner.
WAITING = text("state IN ('queued', 'claimed')")
UNSENT = text("state IN ('queued', 'held')")
FAILED = text("state = 'failed'")
SETTINGS = ("rules", "calendars", "people", "limits")  # what a check names by its content hash
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False)
)  # fmt: skip

changes = Table(
    "changes", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("entry", String, nullable=False, index=True),
    Column("verb", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("known_on", Date, nullable=False),
    Column("body", JSON, nullable=False),  # the Change, without loss
    Column("effects", JSON, nullable=False),  # what the answer said, for people
    sqlite_autoincrement=True,
)  # fmt: skip

entries = Table(
    "entries", metadata,
    Column("id", String, primary_key=True),
    Column("position", NUMBER, nullable=False, unique=True),
    Column("kind", String, nullable=False, index=True),
    Column("document", JSON, nullable=False),  # the Entry, without loss
    Column("wake", Date),  # first day on which a check must look again; NULL: never by itself
    Column("live", Boolean, nullable=False),  # an open obligation is in its ladder: a change of people matters at once
    Column("state", String, nullable=False),  # as of the last look
    Column("earliest_end", Date),
    Column("secured_until", Date),
)  # fmt: skip

links = Table(
    "links", metadata,
    Column("child", String, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
    Column("parent", String, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, index=True),
)  # fmt: skip

absences = Table(
    "absences", metadata,
    Column("number", NUMBER, ForeignKey("changes.number"), primary_key=True, autoincrement=False),
    Column("person", String, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False, index=True),
    Column("deputy", String),
)  # fmt: skip

messages = Table(
    "messages", metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("message_id", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),  # digest, overview, notice, all-clear, test
    Column("person", String, nullable=False),
    Column("address", String, nullable=False),
    Column("day", Date, nullable=False),  # the slot's day
    Column("sequence", Integer, nullable=False),  # several for one person and slot are numbered from 0
    Column("subject", String, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("in_doubt", Boolean, nullable=False),  # the relay may have it already: only ever sent again as it is
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("claimed_by", String),
    Column("lease_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("reply", Text, nullable=False),
    UniqueConstraint("kind", "person", "day", "sequence"),
    Index("ix_messages_person", "person"),
    Index("ix_messages_day", "day"),
    sqlite_autoincrement=True,
)  # fmt: skip

ledger = Table(
    "ledger", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("entry", String, nullable=False, index=True),
    Column("rule", String, nullable=False),
    Column("occurrence", String, nullable=False),
    Column("person", String, nullable=False),
    Column("day", Date, nullable=False),  # the slot's day
    Column("rung", String, nullable=False),
    Column("planned", Date, nullable=False),
    Column("due", Date, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("derivation", Text, nullable=False),
    Column("message", NUMBER, ForeignKey("messages.id"), nullable=False, index=True),
    Column("standing", Boolean, nullable=False),  # false: withdrawn or refused, so it was not said
    Column("brake", String, nullable=False),  # held, released, uncounted (a quiet reminder) or empty
    # What was said in a span of days: the index holds all that the brake asks.
    Index("ix_ledger_said", "day", "standing", "brake"),
    sqlite_autoincrement=True,
)  # fmt: skip

# A due day that moved since a person was last told of it. Without a message it waits for the person's next mail.
moves = Table(
    "moves", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("entry", String, nullable=False, index=True),
    Column("rule", String, nullable=False),
    Column("occurrence", String, nullable=False),
    Column("person", String, nullable=False),
    Column("before", Date, nullable=False),  # the due day last told
    Column("after", Date),  # NULL: no longer due
    Column("reason", String, nullable=False),
    Column("day", Date, nullable=False),  # the slot at which it was found, and once told the slot of the mail
    Column("message", NUMBER, ForeignKey("messages.id"), index=True),  # the mail that tells it; NULL: not told yet
    Column("standing", Boolean, nullable=False),  # false: the mail was withdrawn or refused, so it was not said
    sqlite_autoincrement=True,
)  # fmt: skip

attempts = Table(
    "attempts", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("message", NUMBER, ForeignKey("messages.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reply", Text, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip

checks = Table(
    "checks", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("day", Date, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),  # slot or hand
    Column("seconds", Float, nullable=False),
    Column("looked_at", Integer, nullable=False),
    Column("owed", Integer, nullable=False),
    Column("mails", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("rules", String, nullable=False),  # content hashes of what was in force
    Column("calendars", String, nullable=False),
    Column("people", String, nullable=False),
    Column("limits", String, nullable=False),
    Column("register", NUMBER),  # the last change that it knew; NULL: a check of a release before 0.2
    Column("circumstances", JSON(none_as_null=True)),  # what it knew of the delivery of earlier mails
    sqlite_autoincrement=True,
)  # fmt: skip

versions = Table(
    "versions", metadata,
    Column("hash", String, primary_key=True),
    Column("kind", String, nullable=False),  # rules, calendars, people, limits
    Column("content", Text, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
)  # fmt: skip

# What one transaction wrote of one part of the record, chained by hashes (store/chain.py).
chain = Table(
    "chain", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("part", String, nullable=False),  # changes, ledger, version, erased, instance
    Column("first", NUMBER), Column("last", NUMBER), Column("rows", NUMBER, nullable=False),
    Column("what", String, nullable=False),  # hash of a version, or the installation's name
    Column("digest", String, nullable=False), Column("head", String, nullable=False),
)  # fmt: skip

notices = Table(
    "notices", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),  # the same trouble is one notice while it lasts
    Column("what", Text, nullable=False),
    Column("do", Text, nullable=False),
    Column("said", JSON(none_as_null=True)),  # both as values, for any language; NULL: raised before 0.2
    Column("raised_at", UtcDateTime, nullable=False),
    Column("message", NUMBER, ForeignKey("messages.id")),  # the mail that told it; NULL: not told yet
    Column("resolved_at", UtcDateTime),
    sqlite_autoincrement=True,
)  # fmt: skip

# Every `monitor run` that works on this database. Instants by the database's own clock.
daemons = Table(
    "daemons", metadata,
    Column("who", String, primary_key=True),  # host:process:token, as in claims
    Column("place", String, nullable=False),  # machine and configuration file
    Column("version", String, nullable=False),  # of the program
    Column("schema", String, nullable=False),  # that the program was made for
    Column("settings", JSON, nullable=False),  # rules, calendars, people, limits in force there → content hash
    Column("since", UtcDateTime, nullable=False),  # these are in force there
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("trouble", Text, nullable=False),  # why it neither checks nor sends; empty: it does
)  # fmt: skip

# Who may come in at the desk. Of a token only the hash is kept.
sessions = Table(
    "sessions", metadata,
    Column("token", String, primary_key=True),
    Column("kind", String, nullable=False),  # link or session
    Column("person", String, nullable=False, index=True),
    Column("form", String, nullable=False),  # what a form of the session must bring along
    Column("created_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
)  # fmt: skip

# Sources of the public record, as they were asked. Instants by the database's own clock.
sources = Table(
    "sources", metadata,
    Column("name", String, primary_key=True),  # as the configuration names it
    Column("first_at", UtcDateTime, nullable=False),  # asked for the first time
    Column("asked_at", UtcDateTime),  # the last time
    Column("complete_at", UtcDateTime),  # the last time that the answer was whole
    Column("cursor", JSON, nullable=False),  # part of the source → how far it was read
    Column("troubles", JSON, nullable=False),  # why the last answer was not whole
    Column("claimed_by", String),  # who asks it now
    Column("lease_until", UtcDateTime),
)  # fmt: skip

# What sources said that concerns the register, until a person decides. What it proposes is derived when it is shown.
inbox = Table(
    "inbox", metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("key", String, nullable=False),  # the same thing said again is no second item
    Column("kind", String, nullable=False),
    Column("record", String, nullable=False),  # the number that the source gives it
    Column("item", JSON, nullable=False),
    Column("text_sha256", String, nullable=False, index=True),  # of the text that proposals quote
    Column("found_at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False, index=True),  # open, accepted, dismissed, overtaken
    Column("decided_by", String, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("reason", Text, nullable=False),
    UniqueConstraint("source", "key"),
    sqlite_autoincrement=True,
)  # fmt: skip
