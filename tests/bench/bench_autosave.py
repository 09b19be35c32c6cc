"""Saving one edit of a document: our verb on our pool against the bare statements, with as many clients and as durable.

The peer reads the document's row under a lock, writes the body that it was given, and appends to the log, by psycopg
without an ORM: the least that keeps a log. It checks nothing. Ours also checks the lease, the revision and whether the
edit is known, applies it, and says what the task type's rules make of it.

The ratio is of the median times of a save while 200 annotators save once in five seconds each. Beside it are told: how
many saves each side does when eight clients save without a pause (then ours waits for Python, the peer for the disk),
and the answer times of the same annotators over HTTP.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2
import orjson
from sqlalchemy import select

from annotator.records import Body, EventRecord, Operation
from server.access import Actor
from server.db import new_id
from server.documents.save import save
from server.storage import LocalStorage
from server.tables.accounts import Scope, User
from server.tables.documents import Document
from server.tables.tasks import Task, TaskKind, TaskState
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
    serve,
    told,
)
from tests.bench.measure import Measure

GOAL = 0.5
ROUNDS, SAVES = 3, 100
EVENTS = 18
"""Captioned events of a body, 3.5 kB."""
CAPTION = "The person lifts the kettle with the right hand and fills the blue mug, slowly and without a pause."

BARE_LOCK = "SELECT revision FROM documents WHERE id = %s FOR UPDATE"
BARE_SAVE = "UPDATE documents SET body = %s, revision = %s WHERE id = %s"
BARE_LOG = (
    "INSERT INTO document_operations (id, created_at, document_id, revision, operation_id, user_id, operation) "
    "VALUES (%s, now(), %s, %s, %s, %s, %s)"
)


def run() -> Iterator[Measure]:
    """Annotators on each side in turns; then without a pause, and over HTTP."""
    with collection(people=ANNOTATORS, tasks=ANNOTATORS) as made, TemporaryDirectory() as folder:
        documents = _documents(made)
        storage = LocalStorage(Path(folder))
        connections = Connections(made.dsn, POOL)
        ours = [_Ours(made, storage, *each) for each in zip(documents, made.people, strict=True)]
        peer = [_Bare(connections, *each) for each in zip(documents, made.people, strict=True)]
        times: dict[str, list[float]] = {"ours": [], "peer": []}
        busy: dict[str, list[float]] = {"ours": [], "peer": []}
        for _ in range(ROUNDS):
            for side, savers in (("peer", peer), ("ours", ours)):
                for saver in savers:
                    saver.look()
                times[side] += paced(savers, every=EVERY, seconds=SECONDS)
                busy[side].append(CLIENTS * SAVES / at_once([saver.many for saver in savers[:CLIENTS]]))
        connections.close()
        for side, taken in times.items():
            print(f"      {side}: {told(taken)}; without a pause {median(busy[side]):.0f} saves/s", file=sys.stderr)
        yield Measure("autosave", GOAL, 1 / median(times["ours"]), 1 / median(times["peer"]), "saves/s")
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


class _Saver(ABC):
    """One annotator with a document; a call saves one edit."""

    def __init__(self, document: Document, person: User) -> None:
        self.id, self.body, self.person, self.number, self.revision = document.id, document.body, person, 0, 0

    @abstractmethod
    def look(self) -> None:
        """See how far the document has come."""

    @abstractmethod
    def save(self, edit: Operation) -> None:
        """Save one edit, durably."""

    def __call__(self) -> None:
        self.number += 1
        self.save(_edit(self.number))

    def many(self) -> None:
        """Save SAVES edits without a pause."""
        for _ in range(SAVES):
            self()


class _Ours(_Saver):
    def __init__(self, made: Collection, storage: LocalStorage, document: Document, person: User) -> None:
        super().__init__(document, person)
        self.made, self.storage = made, storage
        self.who = Actor(person, "token", frozenset([Scope.WRITE]))

    def look(self) -> None:
        with self.made.database.read() as session:
            self.revision = session.get_one(Document, self.id).revision

    def save(self, edit: Operation) -> None:
        with self.made.database.begin() as session:
            saved = save(session, self.storage, self.id, self.who, seen=self.revision, operations=[edit])
        self.revision = saved.revision


class _Bare(_Saver):
    def __init__(self, connections: Connections, document: Document, person: User) -> None:
        super().__init__(document, person)
        self.connections, self.written = connections, orjson.dumps(document.body).decode()

    def look(self) -> None:
        pass

    def save(self, edit: Operation) -> None:
        with self.connections.transaction() as connection:
            found = connection.execute(BARE_LOCK, (self.id,), prepare=True).fetchone()
            assert found is not None
            connection.execute(BARE_SAVE, (self.written, found[0] + 1, self.id), prepare=True)
            log = (new_id(), self.id, found[0] + 1, edit.id, self.person.id, edit.model_dump_json())
            connection.execute(BARE_LOG, log, prepare=True)


def _over_http(made: Collection, documents: list[Document]) -> None:
    """Print the answer times of everybody, each with a connection of their own, beginning at a random moment."""
    with serve(made) as (address, tokens), ExitStack() as stack:

        def annotator(number: int) -> Callable[[], None]:
            headers = {"Authorization": f"Bearer {tokens[number]}"}
            client = httpx2.Client(base_url=address, headers=headers, timeout=30, verify=False)
            stack.enter_context(client)
            task, document = documents[number].task_id, documents[number].id
            revision = client.get(f"/api/tasks/{task}/document").json()["revision"]

            def save_once() -> None:
                nonlocal revision
                answer = client.patch(
                    f"/api/documents/{document}",
                    json={"operations": [_edit(number).model_dump(mode="json")]},
                    headers={"If-Match": f'"{revision}"'},
                )
                assert answer.status_code == 200, answer.text
                revision = answer.json()["revision"]

            return save_once

        taken = paced([annotator(number) for number in range(ANNOTATORS)], every=EVERY, seconds=SECONDS)
    print(f"      over HTTP: {told(taken)}", file=sys.stderr)
