"""Examine the chain of hashes over history, ledger and kept versions."""

from __future__ import annotations

from collections.abc import Collection

from monitor.app import App
from monitor.core.audit.chain import ROWS, ChainReport, Examination, Head
from monitor.store import chain
from monitor.store.state import read_state


def examine_chain(app: App, expected: Collection[Head] = ()) -> ChainReport:
    """Follow the chain from its first link and compare it with all that it covers; reads, and changes nothing.

    `expected`: heads that it must have, from all-clears.
    """
    with app.store.reading() as connection:
        rows = {part: chain.rows(connection, part) for part in ROWS}
        digests, instance = chain.kept_digests(connection), read_state(connection).instance
        return Examination(chain.links(connection), rows, digests, instance, expected).report()
