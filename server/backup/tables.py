"""Tables as files: every row of one moment, by kinds of columns that SQLite and PostgreSQL both know, and back."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    String,
    TableClause,
    Text,
    Uuid,
    column,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.types import TypeEngine

import server.tables  # noqa: F401 - fills the metadata
from server.backup.manifest import BackupChanged, ColumnEntry, ColumnKind, TableEntry
from server.db import Base, Database, Json, UtcDateTime

BATCH = 1000

Progress = Callable[[int], None]
"""Hears how many more rows or bytes were done."""

_TYPES: dict[ColumnKind, TypeEngine[Any]] = {
    "uuid": Uuid(),
    "moment": UtcDateTime(),
    "json": Json,
    "boolean": Boolean(),
    "integer": BigInteger(),
    "number": Float(),
    "text": Text(),
    "bytes": LargeBinary(),
}
_OUT: dict[ColumnKind, Callable[[Any], Any]] = {
    "uuid": str,
    "moment": lambda value: value.isoformat(),
    "bytes": lambda value: value.hex(),
}
_IN: dict[ColumnKind, Callable[[Any], Any]] = {
    "uuid": UUID,
    "moment": datetime.fromisoformat,
    "bytes": bytes.fromhex,
}


def _kind(found: Column[Any]) -> ColumnKind:
    kinds: list[tuple[type[Any], ColumnKind]] = [
        (Uuid, "uuid"),
        (UtcDateTime, "moment"),
        (JSON, "json"),
        (Boolean, "boolean"),
        (Integer, "integer"),
        (Float, "number"),
        (String, "text"),
        (LargeBinary, "bytes"),
    ]
    for type_, kind in kinds:
        if isinstance(found.type, type_):
            return kind
    raise TypeError(f"{found.table.name}.{found.name} has a type that backups do not know: {found.type!r}")


def portable() -> list[tuple[str, list[ColumnEntry]]]:
    """All tables of this version with their columns, in an order in which none points to a later one."""
    return [
        (found.name, [ColumnEntry(name=each.name, kind=_kind(each)) for each in found.columns])
        for found in Base.metadata.sorted_tables
    ]


def _clause(name: str, columns: Sequence[ColumnEntry]) -> TableClause:
    return table(name, *(column(each.name, _TYPES[each.kind]) for each in columns))


# --- out ------------------------------------------------------------------------------------------------------------


@contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """A connection that sees the database as it is at its first statement, however long it reads, and holds nobody up.

    PostgreSQL: REPEATABLE READ. SQLite: a reading transaction of its write-ahead log.
    """
    with database.read() as session:
        if not database.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session.connection()


def count(connection: Connection, name: str) -> int:
    """Rows of a table."""
    return int(connection.execute(select(func.count()).select_from(table(name))).scalar_one())


class _Hashed(io.RawIOBase):
    """Passes bytes on, counts and hashes them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._file.write(piece)
        self.hash.update(piece)
        self.size += len(piece)
        return len(piece)


class Lines:
    """A gzipped file of JSON lines that is being written. The same lines give the same bytes."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._hashed = _Hashed(self._file)
        self._gzip = gzip.GzipFile(filename="", mode="wb", compresslevel=3, fileobj=self._hashed, mtime=0)
        self.count = 0

    def add(self, value: Any) -> None:
        """One line."""
        self._gzip.write(orjson.dumps(value) + b"\n")
        self.count += 1

    def close(self) -> tuple[str, int]:
        """(SHA-256, size) of the file, which is on the disk now."""
        self._gzip.close()
        self._file.flush()
        self._file.close()
        return self._hashed.hash.hexdigest(), self._hashed.size


def read_lines(path: Path) -> Iterator[Any]:
    """The values of a file of JSON lines."""
    with gzip.open(path, "rb") as file:
        for line in file:
            yield orjson.loads(line)


def dump(
    connection: Connection, folder: Path, name: str, columns: Sequence[ColumnEntry], progress: Progress
) -> TableEntry:
    """Write a table's file."""
    source = _clause(name, columns)
    keys = [each.name for each in Base.metadata.tables[name].primary_key.columns]
    rows = connection.execution_options(yield_per=BATCH).execute(select(source).order_by(*(source.c[k] for k in keys)))
    out = [_OUT.get(each.kind) for each in columns]
    lines = Lines(folder / "tables" / f"{name}.jsonl.gz")
    for part in rows.partitions():
        for row in part:
            lines.add(
                [value if way is None or value is None else way(value) for way, value in zip(out, row, strict=True)]
            )
        progress(len(part))
    sha256, size = lines.close()
    return TableEntry(name=name, rows=lines.count, bytes=size, sha256=sha256, columns=list(columns))


# --- in -------------------------------------------------------------------------------------------------------------


def filled_table(connection: Connection) -> str | None:
    """The name of a table that holds a row, or None when the database is empty."""
    for name in inspect(connection).get_table_names():
        if name != "alembic_version" and connection.execute(select(1).select_from(table(name)).limit(1)).first():
            return name
    return None


def load(database: Database, folder: Path, tables: Sequence[TableEntry], progress: Progress) -> None:
    """Fill the empty tables, all or none, and check what points where. Raises BackupChanged."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            # The switch works outside a transaction only, and the engine begins one by itself.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        later = [] if database.is_sqlite else _loosen(connection, [entry.name for entry in tables])
        for entry in tables:
            _fill(connection, folder, entry, progress)
        for statement in later:
            connection.execute(text(statement))
        if database.is_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise BackupChanged(f"tables/{broken[0]}.jsonl.gz holds a row that points nowhere.", field=broken[0])
        connection.commit()
        connection.invalidate()  # the switch above belongs to the connection


def _loosen(connection: Connection, order: Sequence[str]) -> list[str]:
    """Drop the constraints of rows that may point to later ones, in this transaction; the statements that restore them.

    Restoring checks every row.
    """
    place = {name: index for index, name in enumerate(order)}
    found = connection.execute(
        text(
            "SELECT c.conname, t.relname, r.relname, pg_get_constraintdef(c.oid) FROM pg_constraint c "
            "JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid "
            "WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace"
        )
    ).all()
    again = []
    for constraint, name, referred, definition in found:
        if place.get(referred, 0) >= place.get(name, 0):
            connection.execute(text(f'ALTER TABLE "{name}" DROP CONSTRAINT "{constraint}"'))
            again.append(f'ALTER TABLE "{name}" ADD CONSTRAINT "{constraint}" {definition}')
    return again


def _fill(connection: Connection, folder: Path, entry: TableEntry, progress: Progress) -> None:
    statement = insert(_clause(entry.name, entry.columns))
    names = [each.name for each in entry.columns]
    ways = [_IN.get(each.kind) for each in entry.columns]
    batch: list[dict[str, Any]] = []
    done = 0

    def flush() -> None:
        nonlocal done
        if batch:
            connection.execute(statement, batch)
            done += len(batch)
            progress(len(batch))
            batch.clear()

    for row in read_lines(folder / entry.path):
        batch.append(
            {
                name: value if way is None or value is None else way(value)
                for name, way, value in zip(names, ways, row, strict=True)
            }
        )
        if len(batch) == BATCH:
            flush()
    flush()
    if done != entry.rows:
        raise BackupChanged(f"{entry.path} has {done} rows, not {entry.rows}.", field=entry.path)
