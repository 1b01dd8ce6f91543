"""The one error boundary of the command line, and what its exit codes mean."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum

from monitor.cli.advice import typed
from monitor.cli.language import _, told
from monitor.cli.output import shown, watched
from monitor.core.errors import MonitorError, Refused, UnknownId, system_reason


class Exit(IntEnum):
    """Exit codes, documented in the README; scripts and service managers may rely on them."""

    WELL = 0  # done; for `check`: nothing is overdue
    OVERDUE = 1  # `check`: done, and something is overdue
    GAPS = 1  # `validate --strict`: no faults, and the coverage has a gap; `audit`: something was found
    USAGE = 2  # the command was typed wrongly
    COULD_NOT_TELL = 3  # a file, the configuration or the database cannot be used: nothing was judged
    REFUSED = 4  # the change does not fit, was not confirmed, or another instance runs
    HELD = 5  # `check`, `status`: mails are held, by the brake or because the connection breaks at them


def guarded(command: Callable[[], int | None]) -> int:
    """Run a command; print one sentence for an error that people can act on, and return its exit code.

    A reader that closes the pipe changes no exit code. Output that cannot be written otherwise (a full disk) makes a
    command fail that only reads; one that has changed something says so and keeps its code.
    """
    with watched() as output:
        code = _run(command)
        shown()
        if output.lost is None:
            return code
        why = _("The output could not be written: {cause}.", cause=system_reason(output.lost))
        if output.saved:
            return _fail(f"{why} {_('What was to be done is done and saved.')}", code)
        return _fail(why, code if code in (Exit.USAGE, Exit.REFUSED) else Exit.COULD_NOT_TELL)


def _run(command: Callable[[], int | None]) -> int:
    try:
        return command() or Exit.WELL
    except MonitorError as error:
        return _fail(error, Exit.REFUSED if isinstance(error, Refused | UnknownId) else Exit.COULD_NOT_TELL)
    except RecursionError:
        return _fail(_("The input is nested too deeply to be read."), Exit.COULD_NOT_TELL)
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _fail(f"{name}{told(system_reason(error))}.", Exit.COULD_NOT_TELL)


def _fail(error: object, code: int) -> int:
    print(f"monitor: {typed(told(error))}", file=sys.stderr)
    return code
