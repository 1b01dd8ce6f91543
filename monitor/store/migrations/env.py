"""Alembic's entry: runs on the connection it is handed (monitor/store/migrate.py)."""

from alembic import context

from monitor.store.partial_indexes import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
