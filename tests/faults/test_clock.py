"""A machine whose clock is an hour wrong: its sweeps and reapers take nobody's work away, its moments are right.

The wrong clock is what every library of the process sees: a small shared object answers the C library's questions for
the time. It needs a C compiler; without one the test is skipped.

| its clock       | jobs that others run | leases            | what it writes down      |
|-----------------|----------------------|-------------------|--------------------------|
| an hour ahead   | stay theirs          | stay, not expired | the database's time      |
| an hour behind  | stay theirs          | stay              | the database's time      |
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from server import jobs
from server.db import Database, now
from server.jobs import claims
from server.settings import Settings
from server.tables.jobs import Job, JobState
from tests.faults.site import ROOT, environment

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

WRONG = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long wrong(void) { const char *by = getenv("CLOCK_WRONG_BY"); return by ? atol(by) : 0; }
int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(which, now);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) now->tv_sec += wrong();
    return answer;
}
time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *now, void *zone) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
"""

SWEEP = """
import time
from server.db import now
from server.parts import make_parts
from server.jobs.doorbell import SilentDoorbell
from server.events import MemoryEvents
from server.settings import Settings
from server.tasks import lease
from server.jobs.worker import load_kinds, sweep_once

settings = Settings()
parts = make_parts(settings, events=MemoryEvents(), doorbell=SilentDoorbell())
load_kinds(settings)
sweep_once(parts)
with parts.database.begin() as session:
    reaped = lease.reap(session)
print(time.time(), now().isoformat(), reaped)
"""


@pytest.fixture(scope="module")
def wrong_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared object."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("a wrong clock needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "wrong.c").write_text(WRONG)
    command = [compiler, "-shared", "-fPIC", "-o", str(folder / "wrong.so"), str(folder / "wrong.c"), "-ldl"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"the wrong clock cannot be compiled: {made.stderr[-300:]}")
    return folder / "wrong.so"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("hours", [1, -1])
def test_a_machine_with_a_wrong_clock(database_url: str, tmp_path: Path, wrong_clock: Path, hours: int) -> None:
    settings = Settings(data_folder=tmp_path, database_url=database_url, secret="x" * 10 + uuid4().hex)
    database = Database(database_url)
    with database.begin() as session:
        job_id = jobs.enqueue(session, "reap_leases", {}).id
    with database.begin() as session:
        assert claims.claim(session, job_id, "me") is not None

    wrong = {"LD_PRELOAD": str(wrong_clock), "CLOCK_WRONG_BY": str(hours * 3600)}
    told = subprocess.run(
        [sys.executable, "-c", SWEEP], env=environment(settings) | wrong, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-3000:] + os.linesep
    its_time, its_moment, reaped = told.stdout.split()[-3:]
    assert abs(float(its_time) - time.time() - hours * 3600) < 60, "the clock is not wrong at all"
    assert abs((datetime.fromisoformat(its_moment) - now()).total_seconds()) < 60
    assert reaped == "0"
    with database.read() as session:
        row = session.get_one(Job, job_id)
    assert (row.state, row.owner, row.attempts) == (JobState.RUNNING, "me", 1), "it was taken from its worker"
    database.dispose()
