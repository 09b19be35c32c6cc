"""kill -9 on the embedded site (`vidgrain serve` alone, on SQLite and a folder) while everything is under way.

| in the middle of →     | autosave | ingest | propagation | release | training |
|------------------------|----------|--------|-------------|---------|----------|
| the server             | yes      | yes    | yes         | yes     | yes      |
| its worker, the child  | yes      | yes    | yes         | yes     | yes      |
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.faults.site import Embedded
from tests.faults.work import Ground, Round, clear

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    site = Embedded(tmp_path_factory.mktemp("embedded"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def embedded_ground(embedded: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(embedded, tmp_path_factory.mktemp("embedded-clips"))


@pytest.mark.parametrize("number, victim", [(0, "server"), (1, "worker")])
def test_nothing_is_lost_or_done_twice(embedded: Embedded, embedded_ground: Ground, number: int, victim: str) -> None:
    work = Round(embedded_ground, number)
    work.begin()
    begun = time.monotonic()
    if victim == "worker":
        os.kill(embedded.worker_pid(), signal.SIGKILL)
    else:
        server = embedded.programs["api"]
        server.kill(alone=True)
        time.sleep(1)
        server.start()
    work.end()
    print(f"{victim}: all ended {time.monotonic() - begun:.1f} s after the fault")
    work.check()
    clear(work.refusals())
    assert any(ledger.unreachable for ledger in work.ledgers) == (victim == "server")
    assert "Traceback" not in embedded.log("api"), embedded.log("api")[-6000:]
