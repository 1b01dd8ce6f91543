"""Rules, calendars, people and limits as past checks had them: read again, and found out when they were altered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256

from monitor.core.audit.evidence import PastCheck
from monitor.core.audit.findings import Finding, FindingKind
from monitor.core.errors import Unavailable
from monitor.core.model.people import People
from monitor.core.model.phrases import Fact, Named, Phrase, phrase
from monitor.core.model.policy import Policy
from monitor.store.audit import KeptVersion
from monitor.store.retention import ERASED

SHORT = 12  # digits of a hash that a sentence shows


class KeptSettings:
    """What checks judged with, by content hash."""

    def __init__(self, versions: Mapping[str, KeptVersion]) -> None:
        self._versions = versions
        self._read: dict[tuple[str, ...], tuple[Policy, People] | None] = {}
        self._unreadable: set[str] = set()

    def of(self, check: PastCheck) -> tuple[Policy, People] | None:
        """Return what that check judged with; None where it is gone, was altered or cannot be read."""
        place = tuple(check.hashes.values())
        if place not in self._read:
            self._read[place] = self._judged_with(check)
        return self._read[place]

    def findings(self, checks: Sequence[PastCheck]) -> Iterator[Finding]:
        """Report what is gone, altered, unreadable, or named by a check before it was kept."""
        days: dict[tuple[str, str], list[date]] = {}
        for check in checks:
            for place in check.hashes.items():
                days.setdefault(place, []).append(check.day)
        made = {check.at: check.number for check in checks}
        for (kind, hash), slots in days.items():
            name = Named(table="settings", name=kind)
            facts: dict[str, Fact] = {"kind": name, "hash": hash[:SHORT], "day": min(slots), "last": max(slots)}
            version = self._versions.get(hash)
            if version is None:
                yield _finding(FindingKind.GONE, min(slots), hash, phrase("audit.gone", **facts))
            elif _altered(version):
                yield _finding(FindingKind.ALTERED, min(slots), hash, phrase("audit.altered", **facts))
            elif hash in self._unreadable:
                yield _finding(FindingKind.UNREADABLE, min(slots), hash, phrase("audit.unreadable", **facts))
        for check in checks:
            for kind, hash in check.hashes.items():
                version = self._versions.get(hash)
                if version and _before(check, version, made):
                    name, seen = Named(table="settings", name=kind), version.first_seen
                    said = phrase("audit.backdated", kind=name, hash=hash[:SHORT], day=check.day, seen=seen)
                    yield _finding(FindingKind.BACKDATED, check.day, hash, said)

    def _judged_with(self, check: PastCheck) -> tuple[Policy, People] | None:
        from monitor.settings.config.in_force import judged_with  # pydantic takes its time to import

        found = {kind: self._versions.get(hash) for kind, hash in check.hashes.items()}
        contents = {kind: one.content for kind, one in found.items() if one and not _altered(one)}
        if len(contents) < len(found):
            return None
        try:
            return judged_with(contents)
        except Unavailable:
            self._unreadable |= set(check.hashes.values())
            return None


def _before(check: PastCheck, version: KeptVersion, made: Mapping[datetime, int]) -> bool:
    """Whether a check was made before the one that kept the version; by number where the clock was set back."""
    keeper = made.get(version.first_seen)
    return check.at < version.first_seen if keeper is None else check.number < keeper


def _altered(version: KeptVersion) -> bool:
    """Whether the content is not that of its hash. Where a person was erased it cannot be, and is not compared."""
    if sha256(version.content.encode("utf-8")).hexdigest() == version.hash:
        return False
    return not (version.kind == "people" and _erased(version.content))


def _erased(content: str) -> bool:
    try:
        persons = json.loads(content).get("persons", {}).values()
        return any(person.items() >= ERASED.items() for person in persons)
    except (ValueError, AttributeError):
        return False


def _finding(kind: FindingKind, day: date, hash: str, what: Phrase) -> Finding:
    return Finding(kind=kind, day=day, what=what, about=hash[:SHORT])
