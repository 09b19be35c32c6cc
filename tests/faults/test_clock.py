"""A worker on a machine whose clock is an hour wrong: it takes nobody's work away and holds nothing back.

The wrong clock is what every library of its processes sees: a small shared object answers the C library's questions
for the time. It needs a C compiler; without one the test is skipped.

| its clock  | jobs that others run | leases            | a new job           |
|------------|----------------------|-------------------|---------------------|
| +1 hour    | stay theirs          | stay, not expired | runs at once        |
| −1 hour    | stay theirs          | stay              | runs at once        |
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from server import jobs
from server.tables.jobs import Job, JobState
from server.tables.tasks import Task, TaskState
from tests.faults.site import Production
from tests.faults.work import TRAINING, Ground

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


@pytest.mark.parametrize("hours", [1, -1])
def test_a_worker_with_a_wrong_clock(
    site: Production, ground: Ground, wrong_clock: Path, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"LD_PRELOAD": str(wrong_clock), "CLOCK_WRONG_BY": str(hours * 3600)}
    asked = [sys.executable, "-c", "import time; print(time.time())"]
    told = subprocess.run(asked, env=os.environ | wrong, capture_output=True, text=True, check=True)
    assert abs(float(told.stdout) - time.time() - hours * 3600) < 60, "the clock is not wrong at all"

    body = {"release_id": ground.release["id"], "recipe": "smoke_cpu", "overrides": TRAINING}
    run = ground.lead.post("/runs", body)
    ground.lead.wait(f"/jobs/{run['job_id']}", until=lambda job: job["state"] == "running")
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    other = site.start_worker()
    monkeypatch.undo()
    try:
        deadline = time.monotonic() + 60
        while "celery@" not in site.log(other) and site.log(other).count("[queues]") < 2:
            assert time.monotonic() < deadline, site.log(other)[-2000:]
            time.sleep(0.2)
        made = []
        for _ in range(4):  # whichever worker takes it, sweeps run meanwhile
            with site.database.begin() as session:
                made.append(jobs.enqueue(session, "reap_leases", {}).id)
            time.sleep(3)
        done = ground.lead.wait(f"/runs/{run['id']}", until=lambda r: r["state"] not in ("queued", "running"))
        assert done["state"] == "done", done
        with site.database.read() as session:
            rows = [session.get_one(Job, job_id) for job_id in made]
            training = session.get_one(Job, UUID(run["job_id"]))
            tasks = [session.get_one(Task, UUID(task["id"])) for task in ground.tasks.values()]
        assert (training.state, training.attempts) == (JobState.DONE, 1), "it was taken from its worker"
        assert all(row.state is JobState.DONE for row in rows), [row.state for row in rows]
        assert all(task.state is TaskState.LEASED for task in tasks), "a lease was taken from its holder"
        for row in rows:
            assert row.finished_at is not None
            assert abs((row.finished_at - datetime.now(UTC)).total_seconds()) < 300, "a wrong time was stored"
    finally:
        site.programs[other].kill()
