"""Processes that begin at once: forked from a server, single-threaded and clean, that has everything imported."""

import multiprocessing

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    [
        "mortal",
        "monitor.settings.config.load",
        "monitor.store.migrate",
        "monitor.mail.transport.smtp",
        "alembic.command",
        "alembic.config",
    ]
)
