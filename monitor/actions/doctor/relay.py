"""Outgoing mail: whether the relay takes mail now, how long its certificate is valid, and one real mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.actions.admin.preview import send_test
from monitor.actions.doctor import advice
from monitor.actions.doctor.diagnosis import Diagnosis, fault, ok, warning
from monitor.app import open_app, transport_of
from monitor.core.delivery.retry import Outcome
from monitor.core.errors import did_you_mean
from monitor.core.sentences import Sentence, joined
from monitor.mail.transport.relay import is_loopback
from monitor.settings.config.configuration import Config

SHORT = 21  # days a certificate should still be valid
PORT_HINT = '[mail.smtp] port must be that of security: 587 for "starttls", 465 for "tls", 25 for "plain".'
HINTS = {  # part of a relay's reply → what to do about it; the first that is found counts
    "cannot be reached": (
        "Correct host and port in [mail.smtp], or let this machine through the firewall: `nc -vz {host} {port}` tells."
    ),
    "does not offer STARTTLS": (
        '[mail.smtp] security = "tls" (port 465), or "plain" (port 25) for a relay on this machine itself.'
    ),
    "certificates in": "Name a PEM file with the authority's certificate: [mail.smtp] ca_file.",
    "is not accepted": (
        "[mail.smtp] host must be a name in the certificate; ca_file there trusts an authority of your own."
    ),
    "TLS with": PORT_HINT,
    "sign in": "Correct [mail.smtp] username, or the password in the file that password_file names there.",
    "no AUTH": "Set [mail.smtp] username to empty, if the relay lets this machine send without.",
    "is not SMTP": PORT_HINT,
    "5.1.": "Correct the address: [people.{person}] address.",
}
RENEW = "Ask the administrator of {host} to renew it before {day:%d-%m-%Y}: after that day no mail leaves."
ASK = "Ask the administrator of {host} about this answer: the relay gave it, and no setting here changes it."


def mail(config: Config, now: datetime) -> Iterator[Diagnosis]:
    """Connect, greet, secure and sign in without sending; report the result and the certificates."""
    if config.mail.transport == "maildir":
        if config.demo.today:
            yield ok(
                "mail", Sentence("The demo's mails are files below {maildir}; none is sent.", maildir=config.maildir())
            )
            return
        do = '[mail] transport = "smtp" sends to your relay.'
        yield warning("mail", Sentence("Mails are files below {maildir}; none is sent.", maildir=config.maildir()), do)
        return
    smtp = config.mail.smtp
    with transport_of(config) as transport:
        report, certificates = transport.probe(), transport.certificates()
    if report.outcome is not Outcome.ACCEPTED:
        yield fault("mail", report.reply, _hint(report.reply, config))
        return
    yield ok("mail", joined((report.reply, "."), ""))
    for each in certificates:
        days = (each.expires - now).days
        what = Sentence(
            "The certificate is for {names} and holds {days} more days, until {expires:%d-%m-%Y}.",
            names=", ".join(each.names),
            days=days,
            expires=each.expires,
        )
        if days < SHORT:
            yield warning("certificate", what, Sentence(RENEW, host=smtp.host, day=each.expires))
        else:
            yield ok("certificate", what)
    if smtp.security == "plain" and not is_loopback(smtp.host):
        yield warning(
            "mail",
            Sentence("Mail to {host} can be read on the way.", host=smtp.host),
            '[mail.smtp] security = "starttls" or "tls".',
        )


def test_mail(config: Config, person: str, now: datetime) -> Iterator[Diagnosis]:
    """Send one real mail to a person and report the relay's answer."""
    if person not in config.people:
        what = Sentence("There is no person {person!r}.{hint}", person=person, hint=did_you_mean(person, config.people))
        yield fault(
            "test mail",
            what,
            Sentence("Name one of [people]: `monitor doctor --send {next}`.", next=next(iter(config.people))),
        )
        return
    with open_app(config) as app:
        report, address = send_test(app, person, now), app.people.persons[person].address
    if report.outcome is not Outcome.ACCEPTED:
        yield fault(
            "test mail", joined((Sentence(report.outcome), report.reply), ": "), _hint(report.reply, config, person)
        )
    else:
        yield ok(
            "test mail",
            Sentence("Taken for {address}: {reply}. Look whether it arrived.", address=address, reply=report.reply),
        )


def _hint(reply: str, config: Config, person: str = "") -> str:
    """Return what to do about a reply of the relay, or of the Maildir."""
    if config.mail.transport == "maildir":
        return advice.to_write(config.maildir().absolute())
    smtp = config.mail.smtp
    do = next((do for part, do in HINTS.items() if part in reply), ASK)
    return Sentence(do, host=smtp.host, port=smtp.port, person=person)
