"""Why a file is no letter that can be read: a sentence that still lacks the name of the file."""

from __future__ import annotations

from typing import Any


class Unreadable(Exception):
    """A file that cannot be read; the sentence has a place for its name."""

    def __init__(self, what: str, accepted: str = "", /, **facts: Any) -> None:
        self.what, self.accepted, self.facts = what, accepted, facts
        super().__init__(what)
