"""Files of a small harbour: a configuration, a rule and a calendar of its own."""

from __future__ import annotations

CALENDAR = 'title = "Harbour"\n[[closed]]\nday = 2026-12-24\nname = "eve"\nsource = "office"\ncertainty = "A"\n'
RULE = """
[rule.permit-renewal]
title.en = "Apply for renewal"
norm = "statutory"
why.en = "The authority decides within eight weeks."
select = { kind = ["permit"] }
due = { anchor = "valid_until", offset = "-12w" }
remind = ["-8w", "0d"]
to = ["operator"]
escalate = [{ at = "+1bd", to = ["operator"] }]
closes_on = ["document:renewal-application"]
"""
CONFIG = """
[register]
language = "en"
event_types = ["document:renewal-application"]
[register.kinds]
permit = "period"
[mail]
from = "Monitor <monitor@example.org>"
[people.otto]
name = "Otto"
address = "otto@example.org"
roles = ["operator", "policy-officer"]
[holders.tag.quay]
policy-officer = ["otto"]
"""
