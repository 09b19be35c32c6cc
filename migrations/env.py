"""Alembic's environment: the same migrations on SQLite (by batches) and PostgreSQL; `run` holds the locks."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.operations.ops import CreateIndexOp, DropIndexOp, MigrateOperation, MigrationScript, ModifyTableOps
from sqlalchemy import JSON, Column, Connection, text

import server.tables  # noqa: F401 - fills the metadata
from server.db import Base, Database, UtcDateTime
from server.settings import Settings


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Types of ours are written as the plain types they are, so that an old migration needs none of today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
    return False


_EXPRESSIONS = {
    index.name
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if not all(isinstance(part, Column) for part in index.expressions)
}


def _comparable_on_sqlite(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:  # noqa: ARG001
    """SQLite can not say what such an index is over; PostgreSQL compares it."""
    return not (kind == "index" and name in _EXPRESSIONS)


def _where(operation: CreateIndexOp | DropIndexOp) -> None:
    """What PostgreSQL says of a partial index is SQLite's condition, too: else the old index would come back whole."""
    where = operation.kw.get("postgresql_where")
    if where is not None and "sqlite_where" not in operation.kw:
        operation.kw["sqlite_where"] = text(str(where).replace("::text", ""))


def _indexes_apart(context_: Any, revision: Any, directives: list[MigrationScript]) -> None:  # noqa: ARG001
    """Indexes are dropped before a table is changed and made after it, outside the batch that may write the table anew:
    that one can not copy an index over an expression."""
    for script in directives:
        for way in (*script.upgrade_ops_list, *script.downgrade_ops_list):
            before: list[MigrateOperation] = []
            after: list[MigrateOperation] = []
            for change in way.ops:
                if not isinstance(change, ModifyTableOps):
                    continue
                for operation in list(change.ops):
                    if isinstance(operation, CreateIndexOp | DropIndexOp):
                        _where(operation)
                        change.ops.remove(operation)
                        (before if isinstance(operation, DropIndexOp) else after).append(operation)
            changes = [change for change in way.ops if not isinstance(change, ModifyTableOps) or change.ops]
            way.ops[:] = [*before, *changes, *after]


def run(connection: Connection) -> None:
    """Run the migrations that Alembic asks for on an open connection."""
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
        include_object=_comparable_on_sqlite if sqlite else None,
        process_revision_directives=_indexes_apart,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations run on a real database only: there is no offline mode")

given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database.of(Settings())
    try:
        with database.engine.begin() as opened:
            run(opened)
    finally:
        database.dispose()
