"""Proposal files: JSON that a person may edit (docs/reading.md)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from monitor.core.errors import Fault, Faults
from monitor.core.model.proposals import ProposalFile
from monitor.core.sentences import Sentence

LARGEST = 20 * 1024 * 1024  # bytes


def encode(proposals: ProposalFile) -> bytes:
    """Return the file's content, indented for an editor."""
    content = msgspec.json.encode(proposals, enc_hook=str)  # a Sentence is its English text there
    return msgspec.json.format(content, indent=2) + b"\n"


def decode(file: Path, content: bytes) -> ProposalFile:
    """Return the proposals. Raises Faults: no JSON, another kind of file, an unknown or wrong field."""
    if len(content) > LARGEST:
        raise Faults([Fault(file=str(file), what=Sentence("It is larger than {limit} MB.", limit=LARGEST // 1024**2))])
    try:
        found = msgspec.json.decode(content, type=ProposalFile)
    except msgspec.ValidationError as cause:
        what, _, where = str(cause).partition(" - at `$")
        said = Sentence("It cannot be read: {what}.", what=what)
        raise Faults([Fault(file=str(file), key=where.strip("`."), what=said, accepted=ACCEPTED)]) from cause
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        said = Sentence("It is not JSON: {cause}.", cause=str(cause))
        raise Faults([Fault(file=str(file), what=said, accepted=ACCEPTED)]) from cause
    except RecursionError as cause:
        raise Faults([Fault(file=str(file), what="It is nested too deeply.")]) from cause
    ids = [one.id for one in found.proposals]
    twice = next((id for id in ids if ids.count(id) > 1), None)
    if twice:
        raise Faults([Fault(file=str(file), key=twice, what="Two proposals have this id.")])
    return found


ACCEPTED = "a file that `monitor read LETTER --output FILE` wrote"
