"""The weekly all-clear: once, to the operator, with what an audit of its days found, each gap by name."""

from datetime import date, timedelta

from facts import day
from living import DOWN, Recorder
from sqlalchemy import update
from test_overview_sent import Life, contribution

from monitor.core.model.policy import AuditTerms
from monitor.store.schema import attempts, ledger, messages

MONDAY = date(2021, 2, 1)


def lived(store, last="08-02-2021"):
    life = Life(store, contribution(), audit=AuditTerms())
    life.slots("01-02-2021", last)
    return life


def test_a_week_that_went_well_is_said_once_with_its_counts(store):
    life = lived(store, "12-02-2021")
    [mail] = life.mails("bas", "all-clear")
    text = life.text(mail)
    assert mail.day == date(2021, 2, 8)
    assert "De bewaking loopt en er ontbreekt niets" in text and "5 uitgevoerd" in text
    assert "Niet gecontroleerd" not in text and "Verschil" not in text
    assert "herinneringen waren nodig, dag voor dag opnieuw bepaald, en zijn verstuurd" in text


def test_a_slot_that_was_not_checked_on_its_day_is_named(store):
    life = Life(store, contribution(), audit=AuditTerms())
    life.slots("01-02-2021", "02-02-2021")
    life.slots("04-02-2021", "09-02-2021")
    text = life.text(life.mails("bas", "all-clear")[-1])
    assert "woensdag 3 februari 2021" in text and "aandachtspunten" in text


def test_a_ledger_line_without_a_mail_is_a_gap(store):
    """A reminder that counts as said, and that no mail says, is reported as a gap."""
    life = lived(store, "05-02-2021")
    with store.writing() as connection:
        number = connection.scalar(update(messages).where(messages.c.person == "lotte").values(state="failed")
                                   .returning(messages.c.id))  # fmt: skip
        said = connection.execute(ledger.select().where(ledger.c.message == number, ledger.c.standing)).all()
    life.slot(day("08-02-2021"))
    text = life.text(life.mails("bas", "all-clear")[-1])
    assert said and f"mail {number} is definitief geweigerd" in text


def test_a_mail_marked_as_sent_that_no_relay_accepted_is_a_gap(store):
    life = lived(store, "05-02-2021")
    with store.writing() as connection:
        connection.execute(attempts.delete())
    life.slot(day("08-02-2021"))
    assert "geen mailserver heeft die aangenomen" in life.text(life.mails("bas", "all-clear")[-1])


def test_what_still_waits_is_counted_and_is_no_gap(store):
    life = Life(store, contribution(), audit=AuditTerms())
    life.slots("01-02-2021", "05-02-2021")
    life.post.answer = lambda message: DOWN
    life.slot(day("08-02-2021"))
    life.post.answer = Recorder().answer
    life.now += timedelta(hours=9)
    life.tick()
    text = life.text(life.mails("bas", "all-clear")[-1])
    assert "Verschil" not in text
