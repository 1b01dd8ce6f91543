"""Keys under which the actions keep a value beside the register, for each other."""

from __future__ import annotations

POLICY = "policy"  # the content hashes for which the wakes were computed
CHECKED = "checked"  # the latest day that was checked
AGAIN = "again"  # asks for another check of the same slot: what was said has become unsaid
OVERVIEWED = "overviewed"  # the latest overview day that was made
CLEARED = "all-clear"  # the latest overview day of which the operator was told
