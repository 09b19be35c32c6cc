"""The database: engine, Base with naming convention, one unit of work per request, keyset pages.

The same code runs on SQLite (WAL) and PostgreSQL. Verbs flush and never commit: `Database.begin` commits.
"""

from __future__ import annotations

import asyncio
import base64
import enum
import json
import math
import os
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Generic, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    Row,
    Select,
    Uuid,
    create_engine,
    event,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapped,
    Session,
    make_transient_to_detached,
    mapped_column,
    sessionmaker,
)
from sqlalchemy.orm.attributes import instance_dict, manager_of_class, set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.types import TypeDecorator, TypeEngine
from starlette.concurrency import run_in_threadpool

from server.clock import clock, follow
from server.errors import Unprocessable
from server.settings import Settings

SQLITE_BUSY_MS = 15_000
SQLITE_READERS = 8
TRUSTED_SECONDS = 1.0
"""So long a connection that worked is taken to work still; a PostgreSQL that was killed is not back sooner."""
PAGE_LIMIT = 200
MAX_INT = 2**31 - 1
"""The largest number that a column of integers holds."""

Json: TypeEngine[Any] = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON column: JSONB on PostgreSQL."""

E = TypeVar("E", bound=enum.Enum)
T = TypeVar("T")
R = TypeVar("R", bound="Base")
P = ParamSpec("P")


# A day within the calendar's ends, so that no time zone, ours or the database's, leads out of it.
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Takes only aware datetimes and gives UTC, also where the database knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = min(max(value, _FIRST), _LAST).astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[E], *, checked: bool = True) -> Enum:
    """A column for an enum: a short text with a check, so that both databases migrate alike. Stores the values.

    One that a later migration adds is not `checked`: on SQLite its way down would leave the check without its column.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=checked,
        length=32,
        values_callable=lambda members: [str(m.value) for m in members],
        name=kind.__name__.lower(),
    )


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        datetime: UtcDateTime,
        UUID: Uuid(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
        list[int]: Json,
        list[dict[str, Any]]: Json,
    }


def now() -> datetime:
    """The present moment, in UTC: by PostgreSQL's clock where one is used, which all machines of a site share."""
    return clock.now()


_last_id_time = 0
_id_lock = threading.Lock()


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562, method 3): 60 bits of time, then random bits.

    The time has 1/4096 ms and never repeats within a process, so rows of one transaction sort as they were added.
    """
    global _last_id_time  # noqa: PLW0603 - one clock a process is what makes keys grow
    with _id_lock:
        moment = _last_id_time = max(time.time_ns() * 4096 // 1_000_000, _last_id_time + 1)
    value = (moment >> 12 & (2**48 - 1)) << 80 | 0x7 << 76 | (moment & 0xFFF) << 64
    return UUID(int=value | 0x2 << 62 | int.from_bytes(os.urandom(8), "big") >> 2)


Id = Annotated[UUID, mapped_column(Uuid(), primary_key=True, default=new_id)]
"""The type of a primary key: `id: Mapped[Id]`."""


class Stamped:
    """Adds `created_at` to a table."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


# --- after commit ---------------------------------------------------------------------------------------------------

_HOOKS = "vidgrain.after_commit"


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Run `call` once the transaction of `session` is durable; never when it is rolled back."""
    session.info.setdefault(_HOOKS, []).append(call)


def one_at_a_time(session: Session, name: str) -> None:
    """Wait until no other transaction that named the same is open. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(zlib.crc32(name.encode()))))


def adopt(session: Session, table: type[R], row: Row[Any]) -> R:
    """The object of a whole row that a statement on `session.connection()` gave, as if the session had loaded it.

    An ORM statement gives the same, but works out anew each time what its statement is: for a large one that is half of
    the processor's time it takes.
    """
    known: R | None = session.identity_map.get(identity_key(table, row.id))
    if known is not None:
        for key, value in row._mapping.items():
            set_committed_value(known, key, value)
        return known
    # One by one, through the attributes of a new object, each value would cost more than reading it.
    found: R = manager_of_class(table).new_instance()
    instance_dict(found).update(row._mapping)
    make_transient_to_detached(found)
    session.add(found)
    return found


# --- database -------------------------------------------------------------------------------------------------------


def _dumps(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a number of more than 64 bits
        return json.dumps(value)


_JSON: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads}


def _sqlite_engine(url: str, *, writing: bool) -> Engine:
    file = make_url(url).database
    if not file or file == ":memory:":
        raise ValueError("the database must be a file: an SQLite database in memory is not shared between connections")
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    # One pooled writing connection: writers queue fairly in this process instead of fighting for the file's lock.
    size = 1 if writing else SQLITE_READERS
    engine = create_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=30, connect_args={"timeout": SQLITE_BUSY_MS / 1000}, **_JSON
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # an acknowledged operation survives a power cut
        cursor.execute("PRAGMA foreign_keys=ON")
        if not writing:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql_engine(url: str, pool: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=30,
        # A network that is cut is noticed within seconds, also in the middle of a statement.
        connect_args={"connect_timeout": 5, "keepalives_idle": 20, "tcp_user_timeout": 20_000},
        **_JSON,
    )

    # A connection that has just worked is not asked whether it does: in busy hours that saves each request a round
    # trip. (pool_pre_ping would ask every time.)
    @event.listens_for(engine, "checkin")
    def _left(_: Any, record: Any) -> None:
        record.info["left"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("left", math.inf) < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool tries another one

    return engine


class Database:
    """The engines and how to open a unit of work."""

    def __init__(self, url: str, *, pool: int = 10) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.engine = _sqlite_engine(url, writing=True)
            reader = _sqlite_engine(url, writing=False)
        else:
            self.engine = _postgresql_engine(url, pool)
            follow(self.engine)
            reader = self.engine.execution_options(postgresql_readonly=True)
        self._reader = reader
        self._room = SQLITE_READERS - 2 if self.is_sqlite else 2 * pool - max(1, pool // 2)
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, asyncio.Semaphore]] = WeakKeyDictionary()
        self.info: dict[str, Any] = {}
        """Given to every session: `ring` and `publish`, called after commit by `jobs.enqueue` and `events.announce`."""
        self._writing = sessionmaker(self.engine, expire_on_commit=False, info=self.info)
        self._reading = sessionmaker(reader, expire_on_commit=False)

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """The database that the settings name."""
        return cls(settings.database, pool=settings.database_pool)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One unit of work: commits at the end, rolls back on an error, then runs what `after_commit` was given.

        Never open a second one inside: on SQLite the one writing connection would wait for itself.
        """
        with self._writing() as session, session.begin():
            self._set_clock(session)
            yield session
            hooks = session.info.pop(_HOOKS, [])
            session.flush()
        for hook in hooks:
            hook()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that can not write, on its own connection: does not wait for writers."""
        with self._reading() as session, session.begin():
            self._set_clock(session)
            yield session

    def _set_clock(self, session: Session) -> None:
        # A session connects only when it has something to ask, and the first thing may be a comparison with `now()`.
        if not self.is_sqlite and clock.is_own:
            session.connection()

    def turn(self, *, writing: bool) -> asyncio.Semaphore:
        """What a request waits for, without a thread, before it takes its connection; some are left to others.

        The steps of a request run in threads of a pool, one after the other. If requests waited for a connection in
        these threads, those that have one would find no thread to go on with, and all would wait for ever.
        """
        kinds = self._turns.setdefault(asyncio.get_running_loop(), {})
        alone = writing and self.is_sqlite
        if alone not in kinds:
            kinds[alone] = asyncio.Semaphore(1 if alone else self._room)
        return kinds[alone]

    def dispose(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self.engine.dispose()


def _database(request: Request) -> Database:
    database: Database = request.app.state.parts.database
    return database


def _is_pure(request: Request) -> bool:
    return request.method in ("GET", "HEAD") and not hasattr(request.scope["endpoint"], _MAKES)


async def _turn(request: Request) -> AsyncIterator[None]:
    async with _database(request).turn(writing=not _is_pure(request)):
        yield


def _session(request: Request, _: Annotated[None, Depends(_turn, scope="function")]) -> Iterator[Session]:
    # GET is pure: it gets a transaction in which the database refuses to write.
    database = _database(request)
    with database.read() if _is_pure(request) else database.begin() as session:
        yield session


_MAKES = "makes_on_read"


def makes_on_read(endpoint: Callable[P, T]) -> Callable[P, T]:
    """Mark the rare GET that makes on first read what it answers: its `Db` may write.

    Not a second session beside `Db`: a request that holds one connection and waits for another one is a dead end for
    all as soon as enough of them come at once.
    """
    setattr(endpoint, _MAKES, True)
    return endpoint


Db = Annotated[Session, Depends(_session, scope="function")]
"""The request's unit of work, committed before the answer leaves. In a GET it can only read."""


async def in_turn(request: Request, work: Callable[[Session], T], *, writing: bool = True) -> T:
    """What `work` makes of a short transaction that may write unless it is said not to, in the request's `turn`.

    For routes that open transactions themselves, so that none is open while they compute or wait.
    """
    database = _database(request)

    def whole() -> T:
        with database.begin() if writing else database.read() as session:
            return work(session)

    async with database.turn(writing=writing):
        return await run_in_threadpool(whole)


# --- keyset pages ---------------------------------------------------------------------------------------------------


class Page(BaseModel, Generic[T]):
    """One page of a list. `next` is the cursor of the next page, null on the last one."""

    items: list[T]
    next: str | None


def cursor_of(values: Sequence[Any]) -> str:
    """The cursor after a row with these keys."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def _fits(value: str | float) -> bool:
    """Whether a column can hold it: PostgreSQL refuses NUL, and integers have 32 bits."""
    return "\0" not in value if isinstance(value, str) else not isinstance(value, int) or abs(value) <= MAX_INT


def cursor_values(cursor: str, columns: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    """The keys in a cursor. Raises Unprocessable for one that no list of these columns gave."""
    try:
        raw = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(raw, list) or len(raw) != len(columns):
            raise ValueError("wrong shape")
        values: list[Any] = []
        for value, column in zip(raw, columns, strict=True):
            kind = column.type.python_type
            if kind is datetime:
                moment = datetime.fromisoformat(value)
                if moment.tzinfo is None:
                    raise ValueError("a moment without a time zone")
                values.append(moment)
            elif kind is UUID:
                values.append(UUID(value))
            elif kind in (int, str, float, bool) and isinstance(value, kind) and _fits(value):
                values.append(value)
            else:
                raise ValueError("wrong type")
    except (ValueError, TypeError, AttributeError) as error:
        raise Unprocessable("The cursor is not one that this list gave.", field="cursor") from error
    return values


def page(
    session: Session,
    statement: Select[T],
    keys: Sequence[InstrumentedAttribute[Any]],
    *,
    cursor: str | None,
    limit: int = 50,
    newest_first: bool = False,
) -> tuple[list[T], str | None]:
    """One page of `statement` ordered by `keys` (not null, unique together), and the cursor of the next one or None.

    Depth costs nothing: a page starts by a comparison of keys, never by an offset.
    """
    if cursor:
        values = cursor_values(cursor, keys)
        here: ColumnElement[Any] = tuple_(*keys)
        there = tuple_(*(literal(v, c.type) for v, c in zip(values, keys, strict=True)))
        statement = statement.where(here < there if newest_first else here > there)
    limit = max(1, min(limit, PAGE_LIMIT))
    order = [k.desc() if newest_first else k.asc() for k in keys]
    rows = list(session.scalars(statement.order_by(*order).limit(limit + 1)))
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    last = rows[-1]
    return rows, cursor_of([getattr(last, k.key) for k in keys])
