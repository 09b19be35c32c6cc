"""PostgreSQL's disk is full while people save. Needs root, for a small disk.

| no room for         | PostgreSQL        | people are told    | afterwards                                      |
|---------------------|-------------------|--------------------|-------------------------------------------------|
| a larger table      | refuses the write | 507                | the same save is taken as soon as there is room |
| the write-ahead log | stops at once     | 503 until it is up | PostgreSQL is started by whoever runs it        |

Each time: every acknowledged edit is there, no other, and neither API nor worker is started again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import select

from server.client import Refused
from server.settings import Settings
from server.tables.documents import Document, DocumentOperation
from tests import servers
from tests.faults.disk import filled, small_disk
from tests.faults.people import Annotator
from tests.faults.site import QUICK, Site
from tests.faults.work import Ground, draw

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

MB = 2**20
PEOPLE = ("ann", "ben", "cho", "dan")


class OnSmallDisk(Site):
    """`vidgrain serve` on a PostgreSQL whose files lie on a small disk; the jobs run in a child of the API."""

    def __init__(self, folder: Path, disk: Path, postgres: servers.Postgres) -> None:
        postgres.run("CREATE DATABASE small")
        assert postgres.program is not None
        self.disk, self.postgres = disk, postgres.program
        settings = Settings(data_folder=folder / "data", database_url=postgres.url("small"), **QUICK)
        super().__init__(folder, settings, {})
        self.start_api()
        project = self.project("fgqa", "Saves")
        video = self.import_clip(project, draw(folder / "short.mp4", 30, 11))
        lead = self.client("lead")
        self.tasks = {}
        for number, name in enumerate(PEOPLE):
            asked = [{"text": f"What happens {n}?", "q_type": "Speed/Force"} for n in range(3)]
            body = {"video_id": video["id"], "picture_start": number, "picture_end": 29, "what": "disc"}
            lead.post(f"/projects/{project}/segments", {**body, "questions": asked})
            self.tasks[name] = Ground.next_task(self.client(name), project, "fgqa_answer")

    def stored(self, document: str) -> list[str]:
        """The ids of the operations in the log, in order; its end is the document's revision."""
        with self.database.read() as session:
            rows = session.scalars(
                select(DocumentOperation)
                .where(DocumentOperation.document_id == UUID(document))
                .order_by(DocumentOperation.revision)
            ).all()
            found = session.get_one(Document, UUID(document))
        assert [row.revision for row in rows] == list(range(1, found.revision + 1))
        last = {row.operation["record_id"]: row.operation["record"]["text"] for row in rows}
        texts = {record: answer["text"] for record, answer in found.body["answers"].items()}
        assert all(texts[record] == text for record, text in last.items())
        return [row.operation_id for row in rows]


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnSmallDisk]:
    folder = tmp_path_factory.mktemp("small")
    # Not below pytest's folder, which is closed to the user that PostgreSQL runs as.
    place = Path(f"/tmp/vidgrain-disk-{uuid4().hex}")
    try:
        with small_disk(place, "400m") as disk, servers.postgres(killable=True, files=disk) as postgres:
            site = OnSmallDisk(folder, disk, postgres)
            try:
                yield site
            finally:
                site.close()
    finally:
        if place.exists():
            place.rmdir()


def test_a_table_can_not_grow(small: OnSmallDisk) -> None:
    """One person writes long answers until the disk is full: what was refused is not there at all."""
    ann, task = small.client("ann"), small.tasks["ann"]
    document = ann.get(f"/tasks/{task['id']}/document")
    question = sorted(document["body"]["questions"])[0]
    revision, acknowledged = int(document["revision"]), list[str]()
    pids = small.postgres.pid, small.programs["api"].pid

    def batch() -> list[dict[str, object]]:
        record = {"id": question, "verdict": "write", "reason": None}
        return [
            {
                "id": uuid4().hex, "verb": "put", "collection": "answers", "record_id": question,
                "record": {**record, "text": secrets.token_hex(1500)},
            }
            for _ in range(50)
        ]  # fmt: skip

    def save(operations: list[dict[str, object]]) -> None:
        nonlocal revision
        headers = {"If-Match": f'"{revision}"'}
        revision = int(ann.patch(f"/documents/{document['id']}", {"operations": operations}, headers)["revision"])
        acknowledged.extend(str(operation["id"]) for operation in operations)

    save(batch())
    with filled(small.disk, 300_000):
        for _ in range(200):
            refused = batch()
            try:
                save(refused)
            except Refused as full:
                problem = full.problem
                break
        else:
            pytest.fail("the disk never was full")
        assert (problem["status"], problem["type"]) == (507, "out_of_space"), problem
        assert "no space" in problem["detail"] and "nothing was stored" in problem["detail"]
        with pytest.raises(Refused) as again:
            save(refused)
        assert again.value.status == 507, again.value.problem
        assert ann.get(f"/tasks/{task['id']}/document")["revision"] == revision, "reading goes on"
        assert small.stored(document["id"]) == acknowledged, "half a save is stored"
    save(refused)
    save(batch())
    assert small.stored(document["id"]) == acknowledged
    assert pids == (small.postgres.pid, small.programs["api"].pid) and small.postgres.process is not None
    assert small.postgres.process.poll() is None and "PANIC" not in small.postgres.log.read_text(errors="replace")
    assert "Traceback" not in small.log("api"), small.log("api")[-4000:]


def test_the_write_ahead_log_can_not_grow(small: OnSmallDisk) -> None:
    """PostgreSQL gives up in the middle of everybody's saving; with room it is started, and all edits go on."""
    api = small.programs["api"].pid
    before = {name: small.stored(small.client(name).get(f"/tasks/{small.tasks[name]['id']}/document")["id"])
              for name in PEOPLE}  # fmt: skip
    people = [Annotator(small.client(name), small.tasks[name], name, pause=0.02) for name in PEOPLE]
    for person in people:
        person.start()
    deadline = time.monotonic() + 30
    while any(len(person.ledger.acknowledged) < 10 for person in people):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert small.postgres.process is not None
    url = small.settings.database.replace("+psycopg", "")
    with filled(small.disk, MB):
        deadline = time.monotonic() + 60
        while "PANIC" not in small.postgres.log.read_text(errors="replace"):
            assert time.monotonic() < deadline, "the write-ahead log always found room"
            try:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("SELECT pg_switch_wal()")
            except psycopg.Error:
                pass  # it is just dying
        while not all(person.ledger.refusals for person in people):
            assert time.monotonic() < deadline, ("somebody was not told", small.postgres.log.read_text()[-2000:])
            time.sleep(0.05)
    counts = [len(person.ledger.acknowledged) for person in people]
    deadline = time.monotonic() + 120
    while any(len(p.ledger.acknowledged) < n + 10 for p, n in zip(people, counts, strict=True)):
        assert time.monotonic() < deadline, [person.ledger.refusals[-1:] for person in people]
        assert all(person.is_alive() for person in people), [person.ledger.broken for person in people]
        # It may find room in time and go on by itself, or give up a good while after its PANIC; and it does not start
        # while a process of the one before still dies.
        if small.postgres.process.poll() is not None:
            with suppress(servers.ServerMissing):
                small.postgres.start()
        time.sleep(0.05)
    for person in people:
        ledger = person.finish()
        assert not ledger.broken, ledger.broken
        assert not ledger.unreachable, "the API itself was away"
        for refusal in ledger.refusals:
            assert refusal.status in (503, 507) and refusal.problem["detail"], refusal
            assert refusal.status == 507 or refusal.retry_after, refusal
        stored = small.stored(person.document["id"])
        assert stored[len(before[person.name]) :] == ledger.acknowledged == list(ledger.sent)
    assert small.programs["api"].pid == api
    assert "Traceback" not in small.log("api"), small.log("api")[-4000:]
