"""Run a few lines as an account without rights: root passes every check of permissions, and tests may run as root."""

from __future__ import annotations

import multiprocessing
import os
import pwd
from collections.abc import Callable
from typing import Any

from monitor.core.errors import MonitorError


def told(work: Callable[..., object], *arguments: Any) -> str:
    """The sentence that work ends with, or "" when it did its work."""
    try:
        work(*arguments)
    except MonitorError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def told_as_nobody(work: Callable[..., object], *arguments: Any) -> str:
    """The same in a child process, as `nobody` when we are root."""
    return in_child(_as_nobody, work, *arguments)


def in_child(function: Callable[..., str], *arguments: Any) -> str:
    """What a function gives in a process of its own, which has everything imported and may give up its rights."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(function, arguments)


def _as_nobody(work: Callable[..., object], *arguments: Any) -> str:
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    return told(work, *arguments)
