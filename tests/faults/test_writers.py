"""Two browsers on one document: neither loses an edit, each edit is in the log once, and a conflict shows the other."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.client import Client, Refused
from server.tables.documents import Document, DocumentOperation
from tests.faults.site import Production
from tests.faults.work import Ground

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

EDITS = 60


class Tab(threading.Thread):
    """One of two browsers of the same person: saves on what it has seen, and puts its edit on top of the newer one."""

    def __init__(self, client: Client, task: str, name: str) -> None:
        super().__init__(daemon=True, name=name)
        self.client = client
        self.document = client.get(f"/tasks/{task}/document")
        self.acknowledged: list[str] = []
        self.seen: set[str] = set()
        self.conflicts = 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            revision = int(self.document["revision"])
            questions = sorted(self.document["body"]["questions"])
            for number in range(EDITS):
                question = questions[number % 2]
                record = {"id": question, "verdict": "write", "text": f"{self.name} {number}", "reason": None}
                operation = {
                    "id": uuid4().hex, "verb": "put", "collection": "answers", "record_id": question, "record": record,
                }  # fmt: skip
                revision = self.save(operation, revision)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error = error

    def save(self, operation: dict[str, Any], revision: int) -> int:
        while True:
            try:
                answer = self.client.patch(
                    f"/documents/{self.document['id']}",
                    {"operations": [operation]},
                    {"If-Match": f'"{revision}"'},
                )
            except Refused as refused:
                assert refused.status == 412, refused
                self.conflicts += 1
                others = refused.problem["operations_since"]
                assert others, "a conflict shows what the other did"
                self.seen |= {other["id"] for other in others}
                revision = int(refused.problem["revision"])
            else:
                self.acknowledged.append(operation["id"])
                return int(answer["revision"])


def test_two_browsers_on_one_document(site: Production, ground: Ground) -> None:
    task = ground.tasks["cho"]["id"]
    tabs = [Tab(site.client("cho"), task, name) for name in ("left", "right")]
    before = int(tabs[0].document["revision"])
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(120)
        assert tab.error is None and not tab.is_alive(), tab.error
    assert sum(tab.conflicts for tab in tabs) > 0, "they never met"
    left, right = tabs
    assert left.seen <= set(right.acknowledged) and right.seen <= set(left.acknowledged)
    with site.database.read() as session:
        document = session.get_one(Document, UUID(left.document["id"]))
        log = list(
            session.scalars(
                select(DocumentOperation)
                .where(DocumentOperation.document_id == document.id, DocumentOperation.revision > before)
                .order_by(DocumentOperation.revision)
            )
        )
    stored = [row.operation_id for row in log]
    assert len(stored) == len(set(stored)) == 2 * EDITS
    assert set(stored) == {*left.acknowledged, *right.acknowledged}
    assert [row.revision for row in log] == list(range(before + 1, before + 1 + 2 * EDITS))
    for tab in tabs:
        mine = set(tab.acknowledged)
        assert [name for name in stored if name in mine] == tab.acknowledged, "one browser's edits changed places"
    last = {row.operation["record_id"]: row.operation["record"]["text"] for row in log}
    for record, text in last.items():
        assert document.body["answers"][record]["text"] == text
