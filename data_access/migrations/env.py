"""How Alembic runs our migrations: on the connection that `data_access.schema` hands over, in one transaction."""

from __future__ import annotations

from alembic import context

from data_access.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, include_schemas=True)
with context.begin_transaction():
    context.run_migrations()
