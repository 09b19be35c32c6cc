"""Next-task calls on a million tasks: our verb on our pool against the bare lease statement, with as many clients.

The peer sends the very statement that chooses and leases a task (skills, exclusions, copies, reservations), by psycopg
without an ORM, in a transaction of its own. Ours also locks the person, so that two tabs never take two tasks, counts
their caps, and sees to it that the lease ends. Told beside it: the shortest statement that takes the best ready row
and asks for nothing else. Each call is by another person.

The ratio is of the median times of a call while 200 people ask once in five seconds each. Then a hundred thousand more
calls are made by eight clients without a pause; at the end no task may be held twice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import event, func, select

from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks.lease import lease_next
from tests.bench.collection import (
    ANNOTATORS,
    CLIENTS,
    EVERY,
    POOL,
    SECONDS,
    Collection,
    Connections,
    at_once,
    collection,
    paced,
    told,
)
from tests.bench.measure import Measure

GOAL = 0.5
TASKS = 1_000_000
CALLS = 100_000
ROUNDS = 3

SHORTEST = """
UPDATE tasks SET state = 'leased', lease_user_id = %s, lease_expires_at = now() + interval '30 minutes'
WHERE id = (
    SELECT id FROM tasks
    WHERE state = 'ready' AND assignee_id IS NULL AND project_id = %s AND kind = 'stc_caption' AND skill = ''
    ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def run() -> Iterator[Measure]:
    """People on each side in turns, each on the same table; then ours without a pause."""
    paced_calls = int(ROUNDS * ANNOTATORS * (SECONDS / EVERY + 2))
    with collection(people=CALLS + 3 * paced_calls, tasks=TASKS) as made:
        waiting = iter(made.people)
        connections = Connections(made.dsn, POOL)

        def ours() -> None:
            with made.database.begin() as session:
                assert lease_next(session, made.project, next(waiting), [TaskKind.STC_CAPTION]) is not None

        statement, given = _sent_by(made, ours)

        def peer() -> None:
            with connections.transaction() as connection:
                values = {**given, "me": next(waiting).id}
                assert connection.execute(statement, values, prepare=True).fetchone()

        def shortest() -> None:
            with connections.transaction() as connection:
                assert connection.execute(SHORTEST, (next(waiting).id, made.project.id), prepare=True).fetchone()

        times: dict[str, list[float]] = {"ours": [], "peer": [], "shortest": []}
        for _ in range(ROUNDS):
            for side, call in (("peer", peer), ("ours", ours), ("shortest", shortest)):
                times[side] += paced([call] * ANNOTATORS, every=EVERY, seconds=SECONDS)
        connections.close()
        for side, taken in times.items():
            print(f"      {side}: {told(taken)}", file=sys.stderr)

        def many() -> None:
            for _ in range(CALLS // CLIENTS):
                began = perf_counter()
                ours()
                busy.append(perf_counter() - began)

        busy: list[float] = []
        seconds = at_once([many] * CLIENTS)
        print(f"      without a pause: {told(busy)}, {len(busy) / seconds:.0f} calls/s", file=sys.stderr)
        _none_twice(made, calls=1 + sum(map(len, times.values())) + len(busy))
        yield Measure("lease", GOAL, 1 / median(times["ours"]), 1 / median(times["peer"]), "calls/s")


def _sent_by(made: Collection, call: Callable[[], None]) -> tuple[str, dict[str, Any]]:
    """The statement, with its values, by which a call changes a task."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def keep(*given: Any) -> None:
        sent.append((given[2], given[3]))

    event.listen(made.database.engine, "before_cursor_execute", keep)
    call()
    event.remove(made.database.engine, "before_cursor_execute", keep)
    return next(each for each in sent if each[0].startswith("UPDATE tasks"))


def _none_twice(made: Collection, calls: int) -> None:
    leased = Task.state == TaskState.LEASED
    with made.database.read() as session:
        held = session.scalar(select(func.count()).where(leased))
        people = session.scalar(select(func.count(Task.lease_user_id.distinct())).where(leased))
    assert held == people == calls, f"{people} people hold {held} tasks after {calls} calls"
