"""The open data of the Tweede Kamer (OData v4): promises, and of the dossiers followed letters, terms and debates.

Facts on the server, and what goes wrong with it: docs/watch.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from monitor.core.model.watching import (
    Answer,
    Debate,
    Document,
    LetterCame,
    Promised,
    Question,
    Record,
    Removed,
    SourceSettings,
    Trouble,
)
from monitor.watching.asking import Server
from monitor.watching.odata import Collection, Row, instant, read

LETTER = "Brief regering"  # the kind of document that is a letter of the cabinet
DONE = "Afgedaan"
OPEN = "Openstaand"
NO_YEAR = "0001-"  # how dates begin that are none
ZONE = ZoneInfo("Europe/Amsterdam")
_DOSSIER = "Kamerstukdossier($select=Nummer,Toevoeging)"

PROMISES = Collection(
    name="Toezegging",
    expand="KamerbriefNakoming($select=Id,DocumentNummer,Soort,Onderwerp,Datum,Volgnummer;"
    f"$expand={_DOSSIER}),Activiteit($select=Nummer,Datum,Onderwerp,Voortouwnaam)",
)
LETTERS = Collection(
    name="Document", expand=_DOSSIER, only=f"Soort eq '{LETTER}'", fits=lambda row: row.get("Soort") == LETTER
)
TERMS = Collection(
    name="Zaak", expand=f"{_DOSSIER},Document($select=Id,DocumentNummer,Soort,Onderwerp,Datum)",
    only="Termijn gt 1900-01-01T00:00:00Z", fits=lambda row: bool(_day(row.get("Termijn"))),
)  # fmt: skip
DEBATES = Collection(
    name="Activiteit", expand=f"Zaak($select=Id,Nummer;$expand={_DOSSIER}),VervangenDoor($select=Nummer,Datum)"
)


def source(settings: SourceSettings) -> TweedeKamer:
    """Return the source. Raises BadValue."""
    return TweedeKamer(settings)


class TweedeKamer:
    """The Kamer's server, with the collections that are asked."""

    def __init__(self, settings: SourceSettings) -> None:
        self.server = Server(settings)
        self._collections: list[tuple[Collection, Callable[[Row], Record]]] = [(PROMISES, _promise)]
        if settings.dossiers:
            self._collections += [(LETTERS, self._letter), (TERMS, _term), (DEBATES, _debate)]

    def ask(self, question: Question, stop: Callable[[], bool]) -> Answer:
        """Return what was changed since the cursor, collection by collection; one that fails delays no other."""
        records: list[Record] = []
        troubles: list[Trouble] = []
        cursor: dict[str, str] = {}
        with self.server as server:
            for wanted, made in self._collections:
                page = read(server, wanted, question, stop)
                cursor |= {wanted.name: page.cursor} if page.cursor else {}
                troubles += page.troubles
                unread = 0
                for row in page.rows:
                    try:
                        records.append(_removed(row) if row.get("Verwijderd") is True else made(row))
                    except (KeyError, TypeError, ValueError, AttributeError):
                        unread += 1
                if unread:
                    troubles.append(Trouble(kind="placeholders", part=wanted.name, count=unread))
                    cursor |= {wanted.name: question.cursor.get(wanted.name, "")}
        return Answer(records=tuple(records), cursor={n: c for n, c in cursor.items() if c}, troubles=tuple(troubles))

    def _letter(self, row: Row) -> LetterCame:
        url = f"{self.server.base}/{LETTERS.name}({row['Id']})/resource"
        return LetterCame(id=row["Id"], document=_document(row), dossiers=_dossiers(row), url=url)


def _promise(row: Row) -> Promised:
    activity = _one(row.get("Activiteit"))
    letters = (_document(one) for one in _several(row.get("KamerbriefNakoming")) if one.get("DocumentNummer"))
    return Promised(
        number=row["Nummer"],
        id=row["Id"],
        text=_text(row["Tekst"]),
        day=_day(activity.get("Datum")) or _day(row.get("Aanmaakdatum")),
        by=", ".join(filter(None, (_text(row.get("Functie")), _text(row.get("Naam"))))),
        ministry=_text(row.get("Ministerie")),
        committee=_text(activity.get("Voortouwnaam")),
        status=_text(row.get("Status")),
        settled_on=_day(row.get("DatumNakoming")),
        changed_on=_day(row["ApiGewijzigdOp"]),
        letters=tuple(sorted(letters, key=lambda one: (one.day, one.number))),
    )


def _term(row: Row) -> Promised:
    """Return a matter with a term, as something that is to be done by that day."""
    answers = [_document(one) for one in _several(row.get("Document")) if one.get("Soort") == LETTER]
    return Promised(
        number=row["Nummer"],
        id=row["Id"],
        text=f"{_text(row['Soort'])}: {_text(row['Onderwerp'])}",
        status=DONE if row.get("Afgedaan") is True else OPEN,
        changed_on=_day(row["ApiGewijzigdOp"]),
        due_on=_day(row["Termijn"]),
        letters=tuple(sorted(answers, key=lambda one: (one.day, one.number))),
        dossiers=_dossiers(row),
    )


def _debate(row: Row) -> Debate:
    matters = _several(row.get("Zaak"))
    return Debate(
        number=row["Nummer"],
        id=row["Id"],
        kind=_text(row["Soort"]),
        title=_text(row.get("Onderwerp")),
        day=_day(row.get("Datum")) or _day(row.get("Aanvangstijd")),
        status=_text(row.get("Status")),
        replaced_by=_text(_one(row.get("VervangenDoor")).get("Nummer")),
        dossiers=tuple(dict.fromkeys(dossier for matter in matters for dossier in _dossiers(matter))),
    )


def _removed(row: Row) -> Removed:
    return Removed(id=row["Id"], number=_text(row.get("Nummer")) or _text(row.get("DocumentNummer")))


def _document(row: Mapping[str, Any]) -> Document:
    dossiers, place = _dossiers(row), row.get("Volgnummer")
    numbered = bool(dossiers) and isinstance(place, int) and place > 0
    return Document(
        number=row["DocumentNummer"],
        kind=_text(row.get("Soort")),
        title=_text(row.get("Onderwerp")) or _text(row.get("Titel")),
        day=_day(row.get("Datum")),
        official=f"kst-{dossiers[0]}-{place}" if numbered else "",
    )


def _dossiers(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the dossiers of a row, with what is added to their number: 36800-X."""
    return tuple(_named(one) for one in _several(row.get("Kamerstukdossier")) if one.get("Nummer"))


def _named(dossier: Mapping[str, Any]) -> str:
    return "-".join(filter(None, (str(dossier["Nummer"]), _text(dossier.get("Toevoeging")))))


def _day(value: Any) -> str:
    """Return the day of an instant in The Hague; empty for none. Raises ValueError."""
    text = value if isinstance(value, str) else ""
    return "" if not text or text.startswith(NO_YEAR) else f"{instant(text).astimezone(ZONE):%Y-%m-%d}"


def _text(value: Any) -> str:
    """Return a text on one line; empty for none. Raises TypeError for what is no text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return " ".join(value.split())


def _several(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield what is linked: none, one or several."""
    yield from value if isinstance(value, list) else [value] if isinstance(value, Mapping) else []


def _one(value: Any) -> Mapping[str, Any]:
    return next(_several(value), {})
