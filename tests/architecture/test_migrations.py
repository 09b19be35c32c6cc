"""The migrations make exactly the tables of the code, up and down, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

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
