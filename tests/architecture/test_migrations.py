"""The migrations make exactly the tables of the code, up and down, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from migrations import run
from server.db import Base, Database, new_id
from tests import servers
from tests.conftest import DATABASES


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: servers.Postgres = request.getfixturevalue("postgres_server")
    name = f"migrations_{new_id().hex}"
    server.run(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def _tables(url: str) -> set[str]:
    database = Database(url)
    try:
        return set(inspect(database.engine).get_table_names())
    finally:
        database.dispose()


def test_up_is_what_the_code_says_and_down_leaves_nothing(empty_url: str) -> None:
    assert run.current(empty_url) is None
    run.upgrade(empty_url)
    run.upgrade(empty_url)
    assert run.current(empty_url) == run.newest()
    assert _tables(empty_url) == set(Base.metadata.tables) | {"alembic_version"}
    run.check(empty_url)
    run.downgrade(empty_url, "base")
    assert _tables(empty_url) == {"alembic_version"}
    run.upgrade(empty_url)
    run.check(empty_url)


@pytest.fixture
def postgres_url(postgres_server: servers.Postgres) -> Iterator[str]:
    """The address of a PostgreSQL database without tables."""
    name = f"locks_{new_id().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_servers_that_start_together_migrate_once(postgres_url: str) -> None:
    said: list[str] = []
    failed: list[BaseException] = []

    def start() -> None:
        try:
            run.upgrade(postgres_url, say=said.append)
        except BaseException as error:  # noqa: BLE001 - the test tells it
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert run.current(postgres_url) == run.newest()
    run.check(postgres_url)


def test_a_blocked_migration_gives_up_and_the_site_goes_on(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOCK_SECONDS", 0.5)
    run.upgrade(postgres_url, "0001")
    database = Database(postgres_url)
    with database.engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM jobs").scalar()  # and the transaction stays open
        with pytest.raises(run.MigrationBlocked, match="Nothing was changed"):
            run.upgrade(postgres_url)
        assert run.current(postgres_url) == "0001"
        with database.begin() as session:  # nobody waits behind it
            assert session.execute(text("UPDATE jobs SET progress = 0")).rowcount == 0  # type: ignore[attr-defined]
        reader.rollback()
    run.upgrade(postgres_url)
    assert run.current(postgres_url) == run.newest()
    run.check(postgres_url)
    database.dispose()


def test_a_migration_waits_for_another_one(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "OTHERS_SECONDS", 0.5)
    database = Database(postgres_url)
    said: list[str] = []
    with database.engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({run._LOCK})")
        with pytest.raises(run.MigrationBlocked, match="Another migration"):
            run.upgrade(postgres_url, say=said.append)
        assert len(said) == 1
        other.rollback()
    run.upgrade(postgres_url)
    assert run.current(postgres_url) == run.newest()
    database.dispose()
