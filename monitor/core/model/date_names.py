"""What people call the dates and durations of an entry, its id and its title: no such name is a fact without effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

NAMES: Mapping[str, str] = {  # field → names as people write them, folded
    "valid_until": "einddatum|eind|einde|eindigt|eindigt op|datum einde|tot|tot en met|t m|tm|geldig tot"
    "|geldig tot en met|geldig t m|geldig tm|datum tot|tot datum|einde mandaat|mandate end|end of mandate|contract end"
    "|loopt tot en met|geldigheid|loopt af|loopt tot|looptijd tot|afloop|afloopdatum|aflopend|vervaldatum|vervalt"
    "|vervalt op|verloopt|eind datum|looptijd t m|looptijd tm|looptijd einde|verlengd tot|verlengd t m|mandaat t m"
    "|verloopt op|verloopdatum|mandaat tot|laatste dag|until|end|ends|ends on|end date|enddate|date end|expiry"
    "|expiry date|expires|expires on|expiration|expiration date|expire date|expiring|valid to|valid thru|valid through"
    "|last day|to",
    "valid_from": "ingangsdatum|ingang|begindatum|begin datum|begin|begint|startdatum|start datum|start|aanvang"
    "|aanvangsdatum|datum ingang|datum begin|datum van|vanaf|van|per|sinds|geldig vanaf|geldig van|eerste dag|from"
    "|since|begins|starts|start date|startdate|begin date|date start|effective date|effective|effective from"
    "|valid since|commencement|first day",
    "due_on": "deadline|uiterlijk|uiterlijke datum|uiterste datum|termijn|voor datum|gereed|gereed op|due|due date"
    "|due by|by|target date",
    "received_on": "ontvangen|ontvangen op|ontvangst|ontvangstdatum|datum ontvangst|binnengekomen|received"
    "|received date|date received|receipt date",
    "ended_on": "beeindigd|beeindigd op|geeindigd|geeindigd op|gestopt op|ended|ended date|terminated on|closed on",
    "duration": "looptijd|duur|tijdsduur|length|term|period",
    "renews": "verlenging|stilzwijgende verlenging|automatische verlenging|verlenging met|verlengt met|verlengingsduur"
    "|verlengingstermijn|verlengingsperiode|renewal|renewal term|renewal period|auto renewal|tacit renewal|renews by",
    "notice_period": "opzegtermijn|opzegperiode|opzegging|notice|notice period|notice term|cancellation period",
    "minimum_until": "minimumduur|minimumduur tot|minimumduur t m|minimale looptijd tot|minimum until"
    "|minimum term until",
    "planned_start": "geplande start|geplande startdatum|beoogde start|voorziene start|planned from|intended start",
}
NEEDED: Mapping[str, str] = {  # field that no entry is without → names as people write them, folded
    "id": "nr|nummer|volgnummer|kenmerk|code|contractnummer|contract nr|contractnr|contract id|dossiernummer|zaaknummer"
    "|polisnummer|vergunningnummer|certificaatnummer|registratienummer|number|reference|contract number|policy number",
    "title": "titel|naam|omschrijving|onderwerp|beschrijving|contractnaam|contract|leverancier|dienst|name|description"
    "|subject|supplier|contract name",
    "kind": "soort|type|categorie|category",
}
_NEEDED = {name: field for field, names in NEEDED.items() for name in names.split("|")}
_FIELD = {name: field for field, names in NAMES.items() for name in names.split("|")}
_LONG = sorted((name for name in _FIELD if len(name) > 6), key=len, reverse=True)


@lru_cache(maxsize=1024)
def date_field(name: str) -> str | None:
    """The date of an entry that a name means, as `einddatum` means valid_until; None for any other name."""
    plain = _plain(name)
    if plain in _FIELD:
        return _FIELD[plain]
    return next((_FIELD[known] for known in _LONG if re.search(rf"\b{known}\b", plain)), None)


def needed_field(name: str) -> str | None:
    """The id, title or kind of an entry that a name, or a word of it, means; None for any other name."""
    plain = _plain(name)
    return _NEEDED.get(plain) or next((_NEEDED[word] for word in plain.split() if word in _NEEDED), None)


def _plain(name: str) -> str:
    bare = name.casefold().translate(str.maketrans("ëéï", "eei"))
    return " ".join(re.findall(r"[a-z0-9]+", bare))
