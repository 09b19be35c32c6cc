"""The ground of the server's tests: each test gets an empty database, on SQLite and on PostgreSQL, and a real app.

VIDGRAIN_TEST_DATABASES=sqlite,postgresql (both by default) says on which databases the tests run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.access import COOKIE, hash_token
from server.accounts import passwords
from server.app import create_app, install_parts
from server.db import Base, Database, new_id, now
from server.parts import Parts, make_parts
from server.settings import Settings
from server.tables.accounts import User, UserSession
from tests import servers

DATABASES = [name.strip() for name in os.environ.get("VIDGRAIN_TEST_DATABASES", "sqlite,postgresql").split(",")]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """One PostgreSQL for each process of the tests."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """One Redis for each process of the tests."""
    with servers.redis_server() as server:
        yield server.url


def make_tables(url: str) -> None:
    """All tables."""
    database = Database(url)
    Base.metadata.create_all(database.engine)
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with empty tables, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    make_tables(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_database(postgres_server: servers.Postgres) -> Iterator[str]:
    """The address of this process's PostgreSQL database, with empty tables."""
    name = f"vidgrain_{new_id().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    url = postgres_server.url(name)
    make_tables(url)
    yield url
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


def _empty(url: str) -> None:
    database = Database(url)
    tables = ", ".join(f'"{t.name}"' for t in Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {tables} CASCADE")
    database.dispose()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with all tables. A test that uses it runs once on each kind of database."""
    if request.param == "sqlite":
        path = tmp_path / "vidgrain.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    elif request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_database")
        yield url
        _empty(url)
    else:
        raise pytest.UsageError(f"VIDGRAIN_TEST_DATABASES: there is no database {request.param}")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an embedded server without a worker: tests run jobs by `run_jobs`."""
    return Settings(
        data_folder=tmp_path / "data", database_url=database_url, embedded_worker=False, login_limit="1000/minute"
    )


@pytest.fixture
def parts(settings: Settings) -> Iterator[Parts]:
    """Database, storage and events of a test."""
    made = make_parts(settings)
    yield made
    made.close()


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The real app, made once because the routes' documentation takes a second; each test puts its own parts in."""
    settings = Settings(data_folder=tmp_path_factory.mktemp("app"), embedded_worker=False)
    return create_app(parts=make_parts(settings))


@pytest.fixture
def app(one_app: FastAPI, parts: Parts) -> FastAPI:
    """The real app with this test's parts."""
    install_parts(one_app, parts)
    return one_app


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Real argon2id with the smallest parameters: the tests hash often and keep no secret."""
    before = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._hasher = before


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """Somebody who is not signed in."""
    return TestClient(app)


@pytest.fixture
def new_user(parts: Parts) -> Callable[..., User]:
    """`new_user("ann", is_admin=False)` adds a person (without a password: quick)."""

    def make(name: str = "ann", *, is_admin: bool = False, active: bool = True) -> User:
        with parts.database.begin() as session:
            user = User(email=f"{name}@example.org", name=name.title(), is_admin=is_admin, active=active)
            session.add(user)
        return user

    return make


@pytest.fixture
def sign_in(parts: Parts, app: FastAPI) -> Callable[[User], TestClient]:
    """`sign_in(user)` gives that person's browser."""

    def make(user: User) -> TestClient:
        token = new_id().hex
        with parts.database.begin() as session:
            session.add(
                UserSession(
                    user_id=user.id,
                    token_hash=hash_token(parts.key, token),
                    expires_at=now() + timedelta(hours=1),
                    last_seen_at=now(),
                )
            )
        return TestClient(app, cookies={COOKIE: token})

    return make


@pytest.fixture
def admin(new_user: Callable[..., User], sign_in: Callable[[User], TestClient]) -> TestClient:
    """An admin's browser."""
    return sign_in(new_user("admin", is_admin=True))


@pytest.fixture
def run_jobs(parts: Parts) -> Callable[..., int]:
    """`run_jobs()` runs the jobs that are due, in this process, until none is left; gives how many ran."""
    from server.jobrun import run_claimed
    from server.jobs import claim_next
    from server.settings import LANES
    from server.worker import load_kinds

    load_kinds(parts.settings)

    def run(lanes: tuple[str, ...] = LANES, most: int = 200) -> int:
        for done in range(most):
            row = None
            for lane in lanes:
                with parts.database.begin() as session:
                    row = claim_next(session, lane, "tests")
                if row is not None:
                    run_claimed(parts, row, "tests")
                    break
            if row is None:
                return done
        raise AssertionError(f"still jobs after {most}")

    return run
