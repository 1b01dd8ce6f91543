"""Who writes and who reads a reply."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """A name and an address that belong to no person of the register: the sender, who reads a reply."""

    name: str = ""  # empty: the address stands alone
    address: str
