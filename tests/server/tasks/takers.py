"""People who take and hand in tasks as fast as they can, on threads of a process of its own; see test_crowd.py.

`python -m tests.server.tasks.takers DATABASE PROJECT CAP_LEASES CAP_DAILY USER…` prints what went wrong, a line each.
"""

from __future__ import annotations

import random
import sys
import threading
from uuid import UUID

from sqlalchemy import func, select

from server.db import Database, now
from server.jobs import kind_of
from server.tables.accounts import User
from server.tables.projects import Project
from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks.lease import lease_next, preload
from server.tasks.offer import load_of

KINDS = (TaskKind.STC_SUBJECT, TaskKind.STC_CAPTION, TaskKind.STC_VERIFY)
THREADS = 4
ROUNDS = 500


def main(url: str, project_id: str, cap_leases: int, cap_daily: int, users: list[str]) -> int:
    """Let everybody work until nobody gets anything any more."""
    kind_of("reap_leases")  # the jobs' registry is filled by one thread
    database = Database(url)
    wrong: list[str] = []
    full: set[UUID] = set()

    def take(user_id: UUID, draw: random.Random) -> None:
        kind = draw.choice(KINDS)
        with database.begin() as session:
            project, user = session.get_one(Project, UUID(project_id)), session.get_one(User, user_id)
            if draw.random() < 0.3:
                preload(session, project, user, [kind])
            lease_next(session, project, user, [kind])
            load = load_of(session, project, user)
            if load.leases > cap_leases or load.leases + load.done > cap_daily:
                wrong.append(f"{user.name} holds {load.leases} and did {load.done}")
            if load.done >= cap_daily:
                full.add(user_id)

    def hand_in(user_id: UUID) -> bool:
        with database.begin() as session:
            mine = select(Task).where(Task.lease_user_id == user_id).limit(1).with_for_update(skip_locked=True)
            task = session.scalar(mine)
            if task is not None:
                task.state, task.submitted_by, task.submitted_at = TaskState.SUBMITTED, user_id, now()
                task.lease_user_id = task.lease_expires_at = None
            return task is not None

    def work(seed: int) -> None:
        draw = random.Random(seed)
        rounds = 0
        try:
            while len(full) < len(users) and rounds < ROUNDS:
                rounds += 1
                user = UUID(draw.choice(users))
                take(user, draw)
                if draw.random() < 0.5:
                    hand_in(user)
            while any(hand_in(UUID(user)) for user in users):
                pass
        except Exception as error:  # noqa: BLE001 - told to the test, which fails on any line
            wrong.append(repr(error))

    threads = [threading.Thread(target=work, args=(draw,)) for draw in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        shared = select(Task.overlap_id, Task.submitted_by).where(
            Task.overlap_id.is_not(None), Task.submitted_by.is_not(None)
        )
        for overlap, user, count in session.execute(
            shared.add_columns(func.count()).group_by(Task.overlap_id, Task.submitted_by)
        ):
            if count > 1:
                wrong.append(f"{user} did {count} copies of {overlap}")
    database.dispose()
    for line in wrong:
        print(line)
    return len(wrong)


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])))
