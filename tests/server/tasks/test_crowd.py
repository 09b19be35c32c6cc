"""Many people at once, on threads of several processes: nothing is taken twice, and no cap is ever passed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from server.db import new_id
from server.tables.tasks import Task, TaskState
from tests.server.tasks.takers import KINDS
from tests.server.world import World

ROOT = Path(__file__).resolve().parents[3]
CAP_LEASES, CAP_DAILY = 2, 9


def test_nobody_gets_too_much_and_nothing_is_done_twice(world: World) -> None:
    """Three processes of four threads; everybody asks in all of them, so two tabs of a person meet all the time."""
    caps = {"cap_leases": CAP_LEASES, "cap_daily": CAP_DAILY}
    assert world["lead"].patch(world.url(), json=caps).status_code == 200
    tasks = 90
    video = world.add_video()
    with world.parts.database.begin() as session:
        for number in range(tasks):
            kind = KINDS[number % 3]
            overlap = new_id() if number % 5 == 0 and kind != KINDS[0] else None
            for copy_number in range(2 if overlap else 1):
                session.add(
                    Task(
                        project_id=world.project,
                        kind=kind,
                        video_id=video,
                        priority=number % 4,
                        overlap_id=overlap,
                        copy_number=copy_number if kind != KINDS[0] else number,
                    )
                )
    names = ("ann", "ben", "cho", "rhea")
    people = [str(world.users[name].id) for name in names]
    url = world.parts.database.url
    command = [sys.executable, "-m", "tests.server.tasks.takers", url, str(world.project), str(CAP_LEASES)]
    running = [
        subprocess.Popen(
            [*command, str(CAP_DAILY), *people], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in running:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, out + err
    with world.parts.database.read() as session:
        rows = session.scalars(select(Task).where(Task.submitted_by.is_not(None))).all()
        held = session.scalars(select(Task).where(Task.state == TaskState.LEASED)).all()
    done = Counter(str(task.submitted_by) for task in rows)
    assert set(done) == set(people)
    assert all(count == CAP_DAILY for count in done.values()), "everybody came as far as their cap, and no further"
    assert not held
