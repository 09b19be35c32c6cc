"""Next-task calls on a million tasks: our verb on our pool against the bare statement, with as many clients.

The peer is what somebody would write first and rightly: one UPDATE of the best ready row, locked by SKIP LOCKED, by
psycopg without an ORM, in a transaction of its own. Ours also finds what the person holds, reserved and skipped, and
sees to it that the lease ends. Each call is by another person, and at the end no task may be held twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import psycopg
from sqlalchemy import func, select

from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks.lease import lease_next
from tests.bench.collection import CLIENTS, Collection, at_once, collection
from tests.bench.measure import Measure

GOAL = 0.5
TASKS = 1_000_000
CALLS = 100_000
ROUNDS = 5

BARE = """
UPDATE tasks SET state = 'leased', lease_user_id = %s, lease_expires_at = now() + interval '30 minutes'
WHERE id = (
    SELECT id FROM tasks
    WHERE state = 'ready' AND assignee_id IS NULL AND project_id = %s AND kind = 'stc_caption' AND skill = ''
    ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def run() -> Iterator[Measure]:
    """Ours and the peer's in turns, each on the same table."""
    with collection(people=CALLS, tasks=TASKS) as made:
        ours: list[float] = []
        peer: list[float] = []
        a_round = CALLS // ROUNDS
        for number in range(ROUNDS):
            people = made.people[number * a_round : (number + 1) * a_round]
            ours.append(a_round / at_once([_Ours(made, people[n::CLIENTS]) for n in range(CLIENTS)]))
            peer.append(
                a_round / 4 / at_once([_Bare(made, people[n : a_round // 4 : CLIENTS]) for n in range(CLIENTS)])
            )
        _none_twice(made)
        yield Measure("lease", GOAL, median(ours), median(peer), "calls/s")


class _Ours:
    def __init__(self, made: Collection, people: list) -> None:  # type: ignore[type-arg]
        self.made, self.people = made, people

    def __call__(self) -> None:
        for person in self.people:
            with self.made.database.begin() as session:
                assert lease_next(session, self.made.project, person, [TaskKind.STC_CAPTION]) is not None


class _Bare:
    def __init__(self, made: Collection, people: list) -> None:  # type: ignore[type-arg]
        self.made, self.people = made, people

    def __call__(self) -> None:
        with psycopg.connect(self.made.dsn) as connection:
            for person in self.people:
                with connection.transaction():
                    assert connection.execute(BARE, (person.id, self.made.project.id), prepare=True).fetchone()


def _none_twice(made: Collection) -> None:
    leased = select(func.count()).where(Task.state == TaskState.LEASED)
    with made.database.read() as session:
        held = session.scalar(leased)
        first = session.scalar(select(func.count(Task.lease_user_id.distinct())).where(Task.state == TaskState.LEASED))
    quarters = ROUNDS * (CALLS // ROUNDS // 4)
    assert held == CALLS + quarters, f"{held} tasks are held after {CALLS} + {quarters} calls"
    assert first == CALLS, f"{first} people hold them"
