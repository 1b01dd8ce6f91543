"""(vi) How many mails people get: the demo's year, run with the real check and delivery."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, timedelta

from benchmarks.figures import Bench
from monitor.actions.admin.demo import set_up_demo
from monitor.actions.admin.rehearsal import PersonalMail
from monitor.store.outbox import mails_between

KINDS = ("digest", "overview", "all-clear", "notice")
MOST = 140  # in the year; 241 before housekeeping waited for the overview


def measure(bench: Bench, day: date) -> None:
    """The mails of the busiest person; a row of every person by week."""
    folder = bench.folder / "demo"
    with set_up_demo(folder, again=False) as run:
        for _ in run.replay():
            pass
        first, last = run.days[0], run.days[-1]
        with run.app.store.reading() as connection:
            found = mails_between(connection, KINDS, first, last)
    shutil.rmtree(folder)
    mails = [PersonalMail.of(mail) for mail in found]
    total = Counter(mail.person for mail in mails)
    bench.mails = table(mails, first, last)
    print(bench.mails, flush=True)
    busiest = max(total.values())
    bench.found(number="vi", what="mails to the busiest person in the demo's year", ours=busiest, unit="mails",
                ratio=busiest, limit=MOST, at_most=True)  # fmt: skip


def table(mails: list[PersonalMail], first: date, last: date) -> str:
    """Each person's mails: in all, a week, in the fullest week, and a digit for each week."""
    weeks = [first + timedelta(days=days) for days in range(-first.weekday(), (last - first).days + 1, 7)]
    each = Counter((mail.person, mail.week) for mail in mails)
    rows = ["person     mails  a week  most  mails in each week from " + f"{weeks[0]:%d-%m-%Y} on"]
    for person, count in Counter(mail.person for mail in mails).most_common():
        counts = [each[person, week] for week in weeks]
        digits = "".join(str(min(count, 9)) for count in counts)
        rows.append(f"{person:<9} {count:>6}  {count / len(weeks):>6.1f}  {max(counts):>4}  {digits}")
    return "\n".join(rows)
