"""How are the steps run? In the one transaction of the connection that is handed over: all of them, or none."""

from __future__ import annotations

from alembic import context

from saleswright.kernel.journal.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite alters a table by making it anew.
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
