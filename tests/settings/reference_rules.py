"""What each default rule must mean, as a table: facts of the domain, in the order in which rules sort."""

from collections.abc import Mapping, Sequence
from typing import Any

Step = tuple[str, tuple[str, ...], bool]  # offset, roles, unless acknowledged
CONTRIBUTION = {"kind": ("contribution",)}
ART100 = {**CONTRIBUTION, "procedure": ("art100",)}
RUNNING: Mapping[str, Any] = {"status": ("planned", "active", "expired"), "end_confirmed": False}


def rule(
    select: Mapping[str, Any], start: str, offset: str, remind: str, to: str, closes: str, *, norm: str, cc: str = "",
    escalate: Sequence[Step] = (), recess: str = "ignore", **more: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "select": select, "start": start, "offset": offset, "recess": recess, "remind": tuple(remind.split()),
        "to": tuple(to.split()), "cc": tuple(cc.split()), "closes_on": tuple(closes.split()), "norm": norm,
        "escalate": tuple(escalate), "undated_every": None, "late": "remind", **more,
    }  # fmt: skip


def step(at: str, to: str, unless: bool = False) -> Step:
    return (at, tuple(to.split()), unless)


MAY = "FREQ=YEARLY;BYMONTH=5;BYDAY=3WE"
REFERENCE = {
    "art100-extension-letter": rule(
        {**ART100, **RUNNING}, "valid_until", "-16w", "-12w -8w -4w -2w -1w 0d", "policy-officer legal-adviser",
        "document:art100-letter document:termination-letter", norm="practice", recess="before",
        cc="parliamentary-liaison defence-contact",
        escalate=(step("-1w", "head-of-unit", True), step("+1bd", "director"), step("+5bd", "director-general")),
    ),
    "art100-debate": rule(
        {**ART100, **RUNNING}, "valid_until", "-1w", "-6w -3w -1w 0d", "parliamentary-liaison", "event:debate-held",
        norm="practice", recess="before", cc="policy-officer", escalate=(step("-1w", "head-of-unit", True),),
    ),
    "extension-letter": rule(
        {**CONTRIBUTION, "procedure": ("none",), **RUNNING}, "valid_until", "-6w", "-8w -4w -2w -1w 0d",
        "policy-officer", "document:extension-letter document:termination-letter", norm="practice", recess="before",
        cc="parliamentary-liaison defence-contact",
        escalate=(step("0d", "head-of-unit", True), step("+5bd", "director")),
    ),
    "mandate-outcome": rule(
        {"kind": ("mandate",), "has_dependants": True, "status": ("active", "expired")}, "valid_until", "0d",
        "-8w -4w -2w -1w -2bd 0d", "policy-officer", "event:extended event:ended", norm="practice", cc="legal-adviser",
        escalate=(step("-2bd", "head-of-unit"), step("+1bd", "director legal-adviser")),
    ),
    "condition-report": rule(
        {**CONTRIBUTION, "has_condition": True}, "parent_outcome", "+10bd", "-5bd -2bd 0d",
        "policy-officer parliamentary-liaison", "document:condition-report document:council-report", norm="policy",
        escalate=(step("+1bd", "head-of-unit"),),
    ),
    "notification-letter": rule(
        {"kind": ("request",), "procedure": ("art100",), "status": ("received",)}, "received_on", "+2w", "-1w -2bd 0d",
        "policy-officer parliamentary-liaison", "document:notification-letter", norm="agreement",
        escalate=(step("0d", "head-of-unit", True),),
    ),
    "art100-letter": rule(
        {"kind": ("request", "decision"), "procedure": ("art100",), "status": ("notified", "open")}, "planned_start",
        "-6w", "-8w -4w -2w -1w 0d", "policy-officer legal-adviser",
        "document:art100-letter document:withdrawal-letter",
        norm="practice", recess="before", cc="parliamentary-liaison defence-contact",
        escalate=(step("0d", "head-of-unit"), step("+3bd", "director")),
    ),
    "debate-before-deployment": rule(
        {"kind": ("request", "contribution"), "procedure": ("art100",), "status": ("notified", "decided", "planned")},
        "planned_start", "-1w", "-3w -1w 0d", "parliamentary-liaison defence-contact",
        "event:debate-held event:deployment-cancelled", norm="practice", recess="before",
        escalate=(step("0d", "director"),),
    ),
    "progress-report": rule(
        {**ART100, "status": ("active",)}, MAY, "0d", "-12w -6w -3w -1w -2bd 0d", "policy-officer defence-contact",
        "document:progress-report", norm="agreement", cc="parliamentary-liaison",
        escalate=(step("-1w", "head-of-unit", True), step("+1bd", "director")),
    ),
    "annual-evaluation": rule(
        {**CONTRIBUTION, "in_force_during": "previous-calendar-year"}, MAY, "0d", "-12w -6w -3w -1w 0d",
        "defence-contact policy-officer", "document:annual-evaluation", norm="agreement",
    ),
    "final-evaluation": rule(
        {**ART100, "status": ("ended",)}, "ended_on", "+9m", "-16w -8w -4w -2w 0d", "policy-officer defence-contact",
        "document:final-evaluation", norm="agreement", recess="before", cc="evaluation-service",
        escalate=(step("0d", "head-of-unit"),),
    ),
    "post-mission-review": rule(
        {**ART100, "status": ("ended",), "size": ("large",)}, "ended_on", "+5y", "-6m -3m -1m 0d",
        "policy-officer evaluation-service", "document:post-mission-review event:review-declined", norm="agreement",
        recess="before",
    ),
    "commitment": rule(
        {"kind": ("commitment",), "status": ("open",)}, "due_on", "0d", "-4w -2w -1w -2bd 0d",
        "parliamentary-liaison policy-officer", "document:letter event:commitment-settled", norm="agreement",
        escalate=(step("+1bd", "head-of-unit"),), undated_every="+8w",
    ),
    "sub-authorisation": rule(
        {"kind": ("authorisation",), "status": ("active", "expired")}, "valid_until", "0d", "-3w -1w 0d",
        "policy-officer", "event:reaffirmed event:ended", norm="statutory",
    ),
    "imprecise-date": rule(
        {"imprecise_days_over": 7, "status": ("active", "planned", "notified")}, "imprecise_earliest", "-12w", "-2w 0d",
        "policy-officer", "event:date-fixed event:earliest-accepted", norm="policy", late="skip",
    ),
}  # fmt: skip
SYSTEM = {
    "expired-without-outcome": ("+1bd", "+1bd", "owner", "first-by-mail"),
    "deployment-unregistered": ("0d", "+5bd", "owner", "overview"),
    "calendar-horizon": ("0d", "+1m", "operator", "mail"),
    "unverified-entry": ("+180d", "+1m", "owner", "overview"),
}  # after, every, to, tell
