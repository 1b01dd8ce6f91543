import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from raw_mail import read_mail

from monitor.core.errors import BadValue
from monitor.core.model.people import Mailbox
from monitor.mail.headers import FREE_TEXT_MAX, ascii_address, header_text
from monitor.mail.message import compose, message_id

try:  # a second independent reader where it is installed; raw_mail.py is always there
    from fast_mail_parser import parse_email
except ImportError:
    parse_email = None

SENTENCE = (
    "de verlenging van één missie loopt af vóór het reces; reünie coördinatie überhaupt €5 mln geïnformeerde Kamer "
    "art. 100-brief, ’s-Gravenhage (EUNAVFOR MED IRINI) – tweede kwartaal: naïef, financiële zeeën"
)
WORDS = SENTENCE.split()
HOSTILE = (
    "titel\r\nBcc: dief@elders.example",
    "titel\nBcc: dief@elders.example\n\n<script>alert(1)</script>",
    "titel\rBcc: dief@elders.example",
    "titel\x0bBcc: x\x0cCc: y\x1cTo: z\x85Bcc: w\u2028Bcc: v\u2029Bcc: u\0",
    "=?utf-8?q?x=0d=0aBcc:_dief=40elders.example?=",
    "=?utf-8?b?eA0KQmNjOiBkaWVmQGVsZGVycy5leGFtcGxl?=",
    "=?utf-8?q?half",
    "missie =?us-ascii?q?x?= en =?us-ascii?q?y?= met é",
    "x" * 10_000,
    "é" * 10_000,
    "👩‍👩‍👧‍👦🇳🇱" * 900,
    "\u202eevitagen נציגות בית הנבחרים البرلمان \u2066x",
    "<b>vet</b> & \"aanhaling\" 'enkel' <dief@elders.example>, ander@elders.example",
    "   met   spaties   ",
    "\t\t",
    "",
    "\ud800 los half teken",
    ": ; , ( ) < > @ [ ] \\ \" .",
    "\\\" , \\\\ \"\"",
    "." * 300,
    "a," * 400,
)  # fmt: skip
SENDER = Mailbox(name="Termijnbewaking", address="monitor@ministerie.example")


@dataclass(frozen=True)
class Somebody:
    name: str = "Jansen, Piet"
    address: str = "p.jansen@ministerie.example"


def mail(subject="Brief", *, name="Jansen, Piet", text="Tekst\n", html="<p>Tekst</p>\n", **more):
    known = {
        "sender": SENDER,
        "to": Somebody(name=name),
        "message_id": "<a1b2@ministerie.example>",
        "date": datetime(2021, 3, 31, 6, 0, tzinfo=UTC),
    }
    return compose(subject=subject, text=text, html=html, **(known | more))


def assert_one_of_each(raw, *, more=()):
    expected = [
        "date", "from", "to", "subject", "message-id", "auto-submitted", "x-auto-response-suppress", "mime-version",
        "content-type", *more,
    ]  # fmt: skip
    assert sorted(read_mail(raw).names) == sorted(expected)
    assert sorted(name.lower() for name in message_from_bytes(raw, policy=policy.default)) == sorted(expected)


def dutch(length, seed):
    chosen = random.Random(seed)
    text = chosen.choice(WORDS)
    while len(text) <= length:
        text += " " + chosen.choice(WORDS)
    return text[: length - 1] + ("é" if text[length - 1] == " " else text[length - 1])


@pytest.mark.parametrize("seed", range(3))
def test_dutch_subjects_of_every_length_come_back_exactly(seed):
    for length in range(1, 401):
        subject = dutch(length, seed * 1000 + length)
        raw = mail(subject)
        assert read_mail(raw).decoded("Subject") == subject
        assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
        if parse_email:
            assert parse_email(raw).subject == subject


@pytest.mark.parametrize("length", range(1, 401, 7))
def test_plain_ascii_subjects_stay_legible_in_the_raw_mail(length):
    subject = ("Letter due before recess, mandate ends soon " * 12)[:length].strip() or "x"
    assert read_mail(mail(subject)).one("Subject") == subject


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_title_is_only_a_title(title):
    raw = mail(title, name=title, text=title, html=title)
    assert_one_of_each(raw)
    received = read_mail(raw)
    assert received.decoded("Subject") == header_text(title)
    assert len(received.decoded("Subject")) <= FREE_TEXT_MAX
    assert [part.text() for part in received.parts()] == [sent_body(title)] * 2


@settings(max_examples=300)
@example(title="\r\n \r\nBcc: x", body="\r")
@example(title="a =?utf-8?q?=0d=0aBcc:_x?= b", body=".\nFrom me\n")
@given(
    title=st.one_of(
        st.text(max_size=300),
        st.text(st.sampled_from('=?utf-8qbQB_:Bc \r\n\0\u2028é👩<>",;@()\\.'), max_size=300),
        st.lists(st.sampled_from([*HOSTILE, *WORDS]), max_size=30).map(" ".join),
    ),
    body=st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n.= F\t")), max_size=400),
)
def test_whatever_is_typed_stays_where_it_was_typed(title, body):
    raw = mail(title, name=title, text=body, html=body)
    assert_one_of_each(raw)
    received = read_mail(raw)
    assert received.decoded("Subject") == header_text(title)
    assert [part.text() for part in received.parts()] == [sent_body(body)] * 2
    to = message_from_bytes(raw, policy=policy.default)["To"]
    assert [mailbox.addr_spec for mailbox in to.addresses] == [Somebody().address]


def sent_body(text):
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return lines.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    "name",
    [
        "Piet Jansen", "Jansen, Piet", 'Piet "de Lange" Jansen', "José Müller-Çelik", "Jansen (DGBZ)",
        "p@elders.example",
        "A. de Vries", "back\\slash",
        "Ministerie van Buitenlandse Zaken, Directie Veiligheidsbeleid, afdeling termijnen",
        "Ünïcödé " * 12 + "x", "=?utf-8?q?x=0d=0aBcc:_dief=40elders.example?=", "<dief@elders.example>", "אברהם לוי",
    ],
)  # fmt: skip
def test_a_name_comes_back_exactly_beside_its_one_address(name):
    raw = mail(name=name)
    (mailbox,) = message_from_bytes(raw, policy=policy.default)["To"].addresses
    assert mailbox.addr_spec == "p.jansen@ministerie.example"
    received = read_mail(raw)
    phrase = received.one("To").removesuffix("<p.jansen@ministerie.example>").rstrip()
    quoted = phrase.startswith('"')
    assert (unquote(phrase) if quoted else received.decoded("To").removesuffix(f" <{mailbox.addr_spec}>")) == name


def unquote(phrase):
    assert "=?" not in phrase, "some readers decode inside quotes"
    return re.sub(r"\\(.)", r"\1", phrase[1:-1])


def test_without_a_name_the_address_stands_alone():
    assert read_mail(mail(name=" \n ")).one("To") == "p.jansen@ministerie.example"


def test_every_field_of_an_automatic_mail_is_there():
    raw = mail(
        reply_to=Mailbox(name="Secretariaat", address="secretariaat@ministerie.example"),
        list_id="termijnen.ministerie.example",
        references="<eerste@ministerie.example>",
    )
    assert_one_of_each(raw, more=("reply-to", "list-id", "references"))
    received = read_mail(raw)
    assert received.one("Date") == "Wed, 31 Mar 2021 06:00:00 +0000"
    assert received.one("From") == "Termijnbewaking <monitor@ministerie.example>"
    assert received.one("Reply-To") == "Secretariaat <secretariaat@ministerie.example>"
    assert received.one("Message-ID") == "<a1b2@ministerie.example>"
    assert received.one("References") == "<eerste@ministerie.example>"
    assert received.one("List-Id") == "<termijnen.ministerie.example>"
    assert received.one("Auto-Submitted") == "auto-generated"
    assert "NDR" not in received.one("X-Auto-Response-Suppress").replace(" ", "").split(",")
    assert received.one("MIME-Version") == "1.0"
    assert [part.one("Content-Type") for part in received.parts()] == [
        'text/plain; charset="utf-8"', 'text/html; charset="utf-8"',
    ]  # fmt: skip


def test_the_same_arguments_give_the_same_bytes():
    assert mail("Brief é") == mail("Brief é")


def test_bodies_survive_quoting():
    """Dots, From lines, long lines and trailing spaces come back as they were."""
    body = ".\n..\n.punt\nFrom mij\n" + "lang " * 500 + "\nspatie aan het eind  \ntab\t\n\n\n=3D = €\n🇳🇱" + "y" * 3000
    raw = mail(text=body, html=body)
    assert [part.text() for part in read_mail(raw).parts()] == [body, body]
    assert [
        part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in message_from_bytes(raw).get_payload()
    ] == [body, body]
    assert b"\r\nFrom " not in raw
    assert b"\r\n." not in raw
    if parse_email:
        assert parse_email(raw).text_plain[0].replace("\r\n", "\n") == body


def test_an_international_domain_is_sent_in_its_ascii_form():
    raw = mail(to=Somebody(name="Jörg", address="joerg@bücher.example"))
    assert read_mail(raw).one("To").endswith("<joerg@xn--bcher-kva.example>")


@pytest.mark.parametrize("address", ["root@localhost", "piet@post.local", "piet@ministerie.test", "a.b+c@x.example"])
def test_internal_addresses_are_addresses(address):
    assert ascii_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "", "piet", "piet@", "@x.example", "jörg@x.example", "a@b@c.example", "piet@x.example\r\nBcc: dief@y.example",
        "piet@x.example, dief@y.example", "Piet <piet@x.example>", "piet @x.example", "piet@x..example",
        "piet@x.example.",
        '"a b"@x.example', "piet@[127.0.0.1]", "=?utf-8?q?piet?=@x.example\0", "piet@x.example\n",
        "a" * 65 + "@x.example",
    ],
)  # fmt: skip
def test_what_is_no_ascii_address_is_refused_in_one_sentence(address):
    with pytest.raises(BadValue) as refusal:
        mail(to=Somebody(address=address))
    assert "\n" not in str(refusal.value)
    assert ".example.example" not in str(refusal.value)


@pytest.mark.parametrize(
    "more",
    [
        {"message_id": "<a@b.example>\r\nBcc: x@y.example"}, {"message_id": "a@b.example"}, {"message_id": ""},
        {"message_id": "<a@b.example> <c@d.example>"}, {"references": "<a@b.example>\n\nx"},
        {"list_id": "x\r\nBcc: y"}, {"list_id": "=?utf-8?q?x=0d=0a?=.example"}, {"list_id": "lijst-é.b.example"},
        {"list_id": "<a.b.example"}, {"list_id": "a.b.example>"}, {"list_id": f"a.{'b' * 1000}"},
        {"date": datetime(2021, 3, 31, 8, 0)}, {"references": "<a@b.example> <c@d.example>"},
    ],
)  # fmt: skip
def test_a_field_for_machines_that_is_out_of_order_is_refused(more):
    with pytest.raises(BadValue):
        mail(**more)


def test_a_message_id_is_stable_and_distinct():
    """It reveals nothing of its key."""
    first = message_id("2021-03-31/piet", "ministerie.example")
    assert first == message_id("2021-03-31/piet", "ministerie.example")
    assert first != message_id("2021-04-01/piet", "ministerie.example")
    assert "piet" not in first
    assert read_mail(mail(message_id=first)).one("Message-ID") == first


@pytest.mark.parametrize("domain", ["", "x y", "x>\r\nBcc: y", "-"])
def test_a_message_id_needs_a_domain(domain):
    with pytest.raises(BadValue):
        message_id("sleutel", domain)
