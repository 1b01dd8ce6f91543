"""What one would write in an afternoon: SQLAlchemy's ORM, EmailMessage, smtplib, and a commit after every mail.

python -m benchmarks.peers.orm_script fill URL DAY ITEMS DUE      makes the table
python -m benchmarks.peers.orm_script send URL DAY PORT           mails what is due, once
"""

from __future__ import annotations

import json
import smtplib
import sys
import time
from datetime import date, timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from sqlalchemy import ForeignKey, create_engine, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    """Of both tables."""


class Person(Base):
    """Who is told."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]


class Item(Base):
    """What ends."""

    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    quote: Mapped[str]
    ends_on: Mapped[date]
    remind_on: Mapped[date] = mapped_column(index=True)
    reminded_on: Mapped[date | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship()


def engine_of(url: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """SQLite writes every commit to the disk, as the monitor has it."""
    engine = create_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def _safe(connection, record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    return engine


def fill(url: str, day: date, items: int, due: int) -> None:
    """So many items, of which `due` remind today."""
    engine = engine_of(url)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        people = [{"id": n, "name": f"Person {n}", "address": f"p{n}@bench.example"} for n in range(due)]
        session.execute(insert(Person), people)
        session.execute(insert(Item), [
            {"id": n, "title": f"Permit number {n} for works on the eastern quay", "person_id": n % due,
             "quote": "This permit is granted under conditions 1 to 12.", "reminded_on": None,
             "ends_on": day + timedelta(weeks=20),
             "remind_on": day if n < due else day + timedelta(days=400 + n % 3000)}
            for n in range(items)
        ])  # fmt: skip
        session.commit()


def send(url: str, day: date, port: int) -> None:
    """Everything that is due and was not said."""
    engine = engine_of(url)
    with Session(engine) as session, smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as relay:
        session.execute(select(Person).limit(1)).first()  # connected before the watch starts
        wall, cpu = time.perf_counter(), time.process_time()
        due = session.scalars(select(Item).where(Item.remind_on <= day, Item.reminded_on.is_(None))).all()
        for item in due:
            relay.send_message(mail(item, day))
            item.reminded_on = day
            session.commit()
        print(json.dumps({"sent": len(due), "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))


def mail(item: Item, day: date) -> EmailMessage:
    """About 6 KB, text and HTML."""
    left = (item.ends_on - day).days
    lines = "\n".join(f"{item.quote} ({part})" for part in range(20))
    message = EmailMessage()
    message["From"], message["To"] = "Monitor <monitor@bench.example>", f"{item.person.name} <{item.person.address}>"
    message["Subject"], message["Date"] = f"{left} days left: {item.title}", formatdate()
    message["Message-ID"] = make_msgid(domain="bench.example")
    message.set_content(f"{item.title} ends on {item.ends_on}.\n\n{lines}\n")
    rows = "".join(f'<tr><td style="font-size: 14px; padding: 3px">{line}</td></tr>' for line in lines.splitlines())
    top = f"<h1>{item.title}</h1><p>{item.ends_on}</p>"
    page = f'<html><body style="color: #1c2430">{top}<table>{rows}</table></body></html>'
    message.add_alternative(page, subtype="html")
    return message


if __name__ == "__main__":
    verb, url, day, *rest = sys.argv[1:]
    if verb == "fill":
        fill(url, date.fromisoformat(day), int(rest[0]), int(rest[1]))
    else:
        send(url, date.fromisoformat(day), int(rest[0]))
