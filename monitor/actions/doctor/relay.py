"""Outgoing mail: whether the relay takes mail now, how long its certificate is valid, and one real mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.actions.admin.preview import send_test
from monitor.actions.doctor.diagnosis import Diagnosis, fault, ok, warning
from monitor.app import open_app, transport_of
from monitor.core.delivery.retry import Outcome
from monitor.mail.transport.relay import is_loopback
from monitor.settings.config.configuration import Config

SHORT = 21  # days a certificate should still be valid
PORT_HINT = 'Does the port speak what mail.smtp.security says? 587 goes with "starttls", 465 with "tls".'
HINTS = {  # part of a relay's reply → what to do about it; the first that is found counts
    "cannot be reached": (
        "Is the name and the port right, does it listen, and does a firewall let this machine through?"
    ),
    "does not offer STARTTLS": 'Relays that do not: security = "tls" (465), or on this machine itself "plain" (25).',
    "certificates in": "Correct the file of mail.smtp.ca_file.",
    "is not accepted": ("mail.smtp.host must be a name in the certificate; ca_file trusts an authority of your own."),
    "TLS with": PORT_HINT,
    "sign in": "Check mail.smtp.username and the password in its file.",
    "no AUTH": "Leave mail.smtp.username empty, if the relay lets this machine send without.",
    "is not SMTP": PORT_HINT,
}


def mail(config: Config, now: datetime) -> Iterator[Diagnosis]:
    """Connect, greet, secure and sign in without sending; report the result and the certificates."""
    if config.mail.transport == "maildir":
        if config.demo.today:
            yield ok("mail", f"The demo's mails are files below {config.maildir()}; none is sent.")
            return
        do = '[mail] transport = "smtp" sends to your relay.'
        yield warning("mail", f"Mails are files below {config.maildir()}; none is sent.", do)
        return
    smtp = config.mail.smtp
    with transport_of(config) as transport:
        report, certificates = transport.probe(), transport.certificates()
    if report.outcome is not Outcome.ACCEPTED:
        yield fault("mail", report.reply, hint(report.reply))
        return
    yield ok("mail", f"{report.reply}.")
    for each in certificates:
        days = (each.expires - now).days
        what = (
            f"The certificate is for {', '.join(each.names)} and holds {days} more days, until {each.expires:%d-%m-%Y}."
        )
        if days < SHORT:
            do = "The relay's administrator must renew it: after that day no mail leaves."
            yield warning("certificate", what, do)
        else:
            yield ok("certificate", what)
    if smtp.security == "plain" and not is_loopback(smtp.host):
        yield warning("mail", f"Mail to {smtp.host} can be read on the way.", 'security = "starttls" or "tls".')


def test_mail(config: Config, person: str, now: datetime) -> Iterator[Diagnosis]:
    """Send one real mail to a person and report the relay's answer."""
    with open_app(config) as app:
        report, address = send_test(app, person, now), app.people.persons[person].address
    if report.outcome is not Outcome.ACCEPTED:
        yield fault("test mail", f"{report.outcome}: {report.reply}", hint(report.reply))
    else:
        yield ok("test mail", f"Taken for {address}: {report.reply}. Look whether it arrived.")


def hint(reply: str) -> str:
    """Return what to do about a relay's reply."""
    return next((do for part, do in HINTS.items() if part in reply), "Ask the relay's administrator, with this answer.")
