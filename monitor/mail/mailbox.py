"""Who writes and who reads a reply."""

from __future__ import annotations

from msgspec import Struct


class Mailbox(Struct, frozen=True, kw_only=True):
    """A name and an address that belong to no person of the register: the sender, who reads a reply."""

    name: str = ""  # empty: the address stands alone
    address: str
