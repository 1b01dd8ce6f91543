"""The way out: whether a mail could leave now, for how long the relay's certificate holds, and one real mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.actions.admin.send_test import send_test
from monitor.actions.doctor.finding import Diagnosis, fault, warning, well
from monitor.app import App, transport_of
from monitor.core.delivery.retry import Outcome
from monitor.mail.transport.relay import is_loopback
from monitor.mail.transport.transport import Certificate
from monitor.settings.config.configuration import Config

SHORT = 21  # days a certificate should still hold
HINTS = (  # in a relay's trouble → what to do about it
    (
        "cannot be reached",
        "Is the name and the port right, does it listen, and does a firewall let this machine through?",
    ),
    ("does not offer STARTTLS", 'Relays that do not: security = "tls" (465), or on this machine itself "plain" (25).'),
    ("certificates in", "Mend the file of mail.smtp.ca_file."),
    ("is not accepted", "mail.smtp.host must be a name in the certificate; ca_file trusts an authority of your own."),
    ("TLS with", 'Does the port speak what mail.smtp.security says? 587 goes with "starttls", 465 with "tls".'),
    ("sign in", "Check mail.smtp.username and the password in its file."),
    ("no AUTH", "Leave mail.smtp.username empty, if the relay lets this machine send without."),
    ("is not SMTP", 'Does the port speak what mail.smtp.security says? 587 goes with "starttls", 465 with "tls".'),
)


def mail(config: Config, now: datetime) -> Iterator[Diagnosis]:
    """As far as one can go without a mail: reached, greeted, secured, signed in."""
    if config.mail.transport == "maildir":
        do = '[mail] transport = "smtp" sends to your relay.'
        yield warning("mail", f"Mails are files below {config.maildir()}: nobody gets them by mail.", do)
        return
    smtp = config.mail.smtp
    with transport_of(config) as transport:
        report, shown = transport.probe(), transport.certificates()
    if report.outcome is not Outcome.ACCEPTED:
        yield fault("mail", report.reply, hint(report.reply))
        return
    yield well("mail", f"{report.reply}.")
    yield from (_certificate(each, now) for each in shown)
    if smtp.security == "plain" and not is_loopback(smtp.host):
        yield warning("mail", f"Mail to {smtp.host} can be read on the way.", 'security = "starttls" or "tls".')


def hint(reply: str) -> str:
    """What to do about a relay's trouble."""
    return next((do for part, do in HINTS if part in reply), "Ask whoever runs the relay, with this answer.")


def test_mail(app: App, person: str, now: datetime) -> Diagnosis:
    """One real mail to a person."""
    report = send_test(app, person, now)
    if report.outcome is not Outcome.ACCEPTED:
        return fault("test mail", f"{report.outcome}: {report.reply}", hint(report.reply))
    address = app.people.persons[person].address
    return well("test mail", f"Taken for {address}: {report.reply}. Look whether it arrived.")


def _certificate(shown: Certificate, now: datetime) -> Diagnosis:
    days = (shown.expires - now).days
    what = (
        f"The certificate is for {', '.join(shown.names)} and holds {days} more days, until {shown.expires:%d-%m-%Y}."
    )
    if days < SHORT:
        return warning("certificate", what, "Whoever runs the relay must renew it: after that day no mail leaves.")
    return well("certificate", what)
