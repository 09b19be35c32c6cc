"""kill -9 of one process while everything is under way on a production-like site.

| in the middle of →  | autosave | ingest | propagation | release | training |
|---------------------|----------|--------|-------------|---------|----------|
| nothing is killed   | yes      | yes    | yes         | yes     | yes      |
| the API             | yes      | yes    | yes         | yes     | yes      |
| the worker          | yes      | yes    | yes         | yes     | yes      |
| Redis               | yes      | yes    | yes         | yes     | yes      |
| PostgreSQL          | yes      | yes    | yes         | yes     | yes      |
| the S3 server       | yes      | yes    | yes         | yes     | yes      |

All five columns are under way at the same moment, which is asserted; then one process dies, is away for a while, and
comes back with its data. The worker does not come back: another one, on another machine, takes over.
"""

from __future__ import annotations

import time

import pytest

from tests.faults.site import Production
from tests.faults.work import Ground, Round, clear

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]

AWAY = 2.0
"""Seconds for which a server is gone."""


@pytest.mark.parametrize("number, victim", list(enumerate(["api", "worker", "redis", "postgres", "s3"])))
def test_nothing_is_lost_or_done_twice(site: Production, ground: Ground, number: int, victim: str) -> None:
    api = site.programs["api"].pid
    work = Round(ground, number)
    work.begin()
    begun = time.monotonic()
    if victim == "worker":
        site.programs[site.worker].kill(alone=True)
        site.replace_worker()
    else:
        program = site.programs[victim]
        program.kill(alone=victim == "api")
        time.sleep(AWAY)
        program.start()
    work.end()
    print(f"{victim}: all ended {time.monotonic() - begun:.1f} s after the fault")
    work.check()
    clear(work.refusals())
    if victim == "api":
        assert any(ledger.unreachable for ledger in work.ledgers)
    else:
        assert site.programs["api"].pid == api and site.programs["api"].process.poll() is None
        assert not any(ledger.unreachable for ledger in work.ledgers), "the API gave no answer at all"
    if victim == "postgres":
        assert work.refusals(), "nobody noticed that the database was gone"
    assert "Traceback" not in site.log("api"), site.log("api")[-6000:]
