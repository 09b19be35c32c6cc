"""Saving one edit of a document: our verb on our pool against the bare statements, with as many clients and as durable.

The peer reads the document's row under a lock, writes the body that it was given, and appends to the log, by psycopg
without an ORM: the least that keeps a log. It checks nothing. Ours also checks the lease, the revision and whether the
edit is known, applies it, and checks the body against the task type's rules. Beside it, what people feel is told: the
answer times of 200 annotators who save once in five seconds over HTTP.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import httpx2
import orjson
import psycopg
from sqlalchemy import select

from annotator.records import Body, EventRecord, Operation
from server.access import Actor
from server.db import new_id
from server.documents.save import save
from server.storage import LocalStorage
from server.tables.accounts import Scope, User
from server.tables.documents import Document
from server.tables.tasks import Task, TaskKind, TaskState
from tests.bench.collection import CLIENTS, Collection, at_once, collection, serve
from tests.bench.measure import Measure

GOAL = 0.5
ROUNDS, SAVES = 5, 150
EVENTS = 18
"""Captioned events of a body, 3.5 kB."""
ANNOTATORS, EVERY, SECONDS = 200, 5.0, 30.0
CAPTION = "The person lifts the kettle with the right hand and fills the blue mug, slowly and without a pause."

BARE_LOCK = "SELECT revision FROM documents WHERE id = %s FOR UPDATE"
BARE_SAVE = "UPDATE documents SET body = %s, revision = %s WHERE id = %s"
BARE_LOG = (
    "INSERT INTO document_operations (id, created_at, document_id, revision, operation_id, user_id, operation) "
    "VALUES (%s, now(), %s, %s, %s, %s, %s)"
)


def run() -> Iterator[Measure]:
    """Verb against statements in turns; then the people over HTTP."""
    with collection(people=ANNOTATORS, tasks=ANNOTATORS) as made, TemporaryDirectory() as folder:
        documents = _documents(made)
        ours: list[float] = []
        peer: list[float] = []
        storage = LocalStorage(Path(folder))
        for _ in range(ROUNDS):
            ours.append(CLIENTS * SAVES / at_once([_Ours(made, storage, each) for each in documents[:CLIENTS]]))
            peer.append(CLIENTS * SAVES / at_once([_Bare(made, each) for each in documents[:CLIENTS]]))
        yield Measure("autosave", GOAL, median(ours), median(peer), "saves/s")
        _over_http(made, documents)


def _documents(made: Collection) -> list[Document]:
    """A begun caption document for each person, on a task that they hold."""
    body = Body(events={f"e{n}": _event(n, CAPTION) for n in range(EVENTS)}).model_dump(mode="json")
    with made.database.begin() as session:
        tasks = session.scalars(select(Task).order_by(Task.id).limit(len(made.people))).all()
        documents = []
        for task, person in zip(tasks, made.people, strict=True):
            task.state, task.lease_user_id, task.masklet_id = TaskState.LEASED, person.id, None
            documents.append(Document(id=new_id(), task_id=task.id, kind=TaskKind.STC_CAPTION, body=body, seed=body))
        session.add_all(documents)
    return documents


def _event(number: int, caption: str) -> EventRecord:
    return EventRecord(id=f"e{number}", grid_start=number * 30, grid_end=number * 30 + 29, caption=caption)


def _edit(number: int) -> Operation:
    """One more letter in one of the captions."""
    record = _event(number % EVENTS, CAPTION[: -(number % 40) or None])
    return Operation(
        id=new_id().hex, verb="put", collection="events", record_id=record.id, record=record.model_dump(mode="json")
    )


class _Ours:
    def __init__(self, made: Collection, storage: LocalStorage, document: Document, person: User) -> None:
        self.made, self.storage, self.id, self.revision = made, storage, document.id, document.revision
        self.who = Actor(person, "token", frozenset([Scope.WRITE]))

    def __call__(self) -> None:
        for number in range(SAVES):
            with self.made.database.begin() as session:
                edits = [_edit(number)]
                saved = save(session, self.storage, self.id, self.who, seen=self.revision, operations=edits)
            self.revision = saved.revision


class _Bare:
    def __init__(self, made: Collection, document: Document) -> None:
        self.made, self.id, self.body = made, document.id, orjson.dumps(document.body).decode()

    def __call__(self) -> None:
        user = self.made.people[0].id
        with psycopg.connect(self.made.dsn) as connection:
            for number in range(SAVES):
                edit = _edit(number)
                with connection.transaction():
                    found = connection.execute(BARE_LOCK, (self.id,), prepare=True).fetchone()
                    assert found is not None
                    connection.execute(BARE_SAVE, (self.body, found[0] + 1, self.id), prepare=True)
                    written = edit.model_dump_json()
                    log = (new_id(), self.id, found[0] + 1, edit.id, user, written)
                    connection.execute(BARE_LOG, log, prepare=True)


def _over_http(made: Collection, documents: list[Document]) -> None:
    """Print the answer times of everybody, each with a connection of their own, beginning at a random moment."""
    taken: list[float] = []
    with serve(made) as (address, tokens):
        over = time.monotonic() + SECONDS

        def annotate(number: int) -> None:
            document = documents[number]
            headers = {"Authorization": f"Bearer {tokens[number]}"}
            with httpx2.Client(base_url=address, headers=headers, timeout=30, verify=False) as client:
                time.sleep(random.uniform(0, EVERY))
                revision = client.get(f"/api/tasks/{document.task_id}/document").json()["revision"]
                while time.monotonic() < over:
                    began = time.perf_counter()
                    answer = client.patch(
                        f"/api/documents/{document.id}",
                        json={"operations": [_edit(number).model_dump(mode="json")]},
                        headers={"If-Match": f'"{revision}"'},
                    )
                    taken.append(time.perf_counter() - began)
                    assert answer.status_code == 200, answer.text
                    revision = answer.json()["revision"]
                    time.sleep(max(0.0, EVERY - taken[-1]))

        at_once([lambda number=number: annotate(number) for number in range(ANNOTATORS)])  # type: ignore[misc]
    cuts = quantiles(taken, n=100)
    print(
        f"      over HTTP: {ANNOTATORS} annotators, one save in {EVERY:.0f} s each, {len(taken)} saves: "
        f"median {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms",
        file=sys.stderr,
    )
    assert threading.active_count() < CLIENTS
