"""One import of masklets per project at a time: within a process, and over all processes of a site."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.db import now
from server.masklets import routes_imports
from server.tables.projects import Project
from tests.server.masklets.foreign_files import sav
from tests.server.masklets.test_imports import bring, video
from tests.server.world import World

__all__ = ["video"]


def test_one_import_of_a_project_at_a_time(world: World, video: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = routes_imports.look
    seen: list[Any] = []

    def look(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(routes_imports, "look", real)
        seen.append(bring(world, "sav", sav()))
        return real(*given, **more)

    monkeypatch.setattr(routes_imports, "look", look)
    assert bring(world, "sav", sav()).status_code == 200
    assert (seen[0].status_code, seen[0].json()["type"]) == (409, "import_runs")
    assert bring(world, "sav", sav()).status_code == 200


def test_one_import_of_a_project_at_a_time_over_all_processes(world: World, video: str) -> None:
    """Another process, another site of the same database, has the turn: it is told, kept, and over by itself."""
    code = f"""
import asyncio, sys
from types import SimpleNamespace
from uuid import UUID
from server.masklets import import_turn
from server.parts import make_parts
from server.settings import Settings

import_turn.RENEW_SECONDS = 0.1
parts = make_parts(Settings(data_folder={str(world.parts.settings.data_folder)!r},
                            database_url={world.parts.settings.database_url!r}, embedded_worker=False))
request = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(parts=parts)))

async def hold():
    async with import_turn.turn_of(request, UUID("{world.project}")):
        print("has it", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(hold())
"""

    def start() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True)
        assert process.stdout is not None and process.stdout.readline() == "has it\n"
        return process

    def until() -> datetime:
        with world.parts.database.read() as session:
            held = session.get_one(Project, world.project).importing_until
        assert held is not None
        return held

    first = start()
    refused = bring(world, "sav", sav())
    assert (refused.status_code, refused.json()["type"]) == (409, "import_runs")
    begun, deadline = until(), time.monotonic() + 20
    while until() == begun:
        assert time.monotonic() < deadline, "it was to be renewed"
    first.communicate("over\n", timeout=30)
    assert first.returncode == 0
    assert bring(world, "sav", sav()).status_code == 200, "given back"
    second = start()
    second.kill()
    second.communicate()
    assert bring(world, "sav", sav()).status_code == 409
    with world.parts.database.begin() as session:
        session.get_one(Project, world.project).importing_until = now() - timedelta(seconds=1)
    assert bring(world, "sav", sav()).status_code == 200, "the turn of a dead process ends"
