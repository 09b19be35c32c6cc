"""Small simulated annotators: each keeps a ledger of what the server has acknowledged, and of how it was refused."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from server.client import Client, Refused

PATIENCE = 120.0
"""Seconds that an annotator goes on sending the same edit."""


@dataclass
class Refusal:
    """An answer that was not good."""

    what: str
    status: int
    problem: dict[str, Any]
    retry_after: float | None


@dataclass
class Ledger:
    """What one person knows."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Every operation, by its id."""
    acknowledged: list[str] = field(default_factory=list)
    """Ids of operations in the order in which the server said that it has them."""
    refusals: list[Refusal] = field(default_factory=list)
    unreachable: int = 0
    """How often nobody answered at all."""
    broken: list[str] = field(default_factory=list)
    """What should never have happened."""


class Annotator(threading.Thread):
    """Saves an edit of an answer again and again, as a browser does: the same batch until it is acknowledged."""

    def __init__(self, client: Client, task: dict[str, Any], name: str, *, pause: float = 0.2) -> None:
        super().__init__(daemon=True, name=name)
        self.client, self.task, self.pause = client, task, pause
        self.ledger = Ledger()
        self.document: dict[str, Any] = client.get(f"/tasks/{task['id']}/document")
        self._questions = sorted(self.document["body"]["questions"])
        self._revision = int(self.document["revision"])
        self._over = threading.Event()

    def run(self) -> None:
        number = 0
        try:
            while not self._over.is_set():
                batch = [self._edit(number + k) for k in range(1 + number % 3)]
                number += len(batch)
                self._save(batch)
                time.sleep(self.pause)
        except Exception as error:  # noqa: BLE001 - a thread's error is told by the test
            self.ledger.broken.append(f"{self.name}: {type(error).__name__}: {error}")

    def finish(self) -> Ledger:
        """Stop after the batch in hand."""
        self._over.set()
        self.join(PATIENCE + 10)
        assert not self.is_alive(), f"{self.name} still waits for an answer"
        return self.ledger

    def _edit(self, number: int) -> dict[str, Any]:
        question = self._questions[number % len(self._questions)]
        record = {"id": question, "verdict": "write", "text": f"{self.name} wrote {number}.", "reason": None}
        operation = {
            "id": uuid4().hex, "verb": "put", "collection": "answers", "record_id": question, "record": record,
        }  # fmt: skip
        self.ledger.sent[operation["id"]] = operation
        return operation

    def _save(self, batch: list[dict[str, Any]]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.client.patch(
                    f"/documents/{self.document['id']}",
                    {"operations": batch},
                    {"If-Match": f'"{self._revision}"'},
                )
            except Refused as refused:
                if refused.status == 412:
                    self._revision = int(refused.problem["revision"])
                    continue
                self.ledger.refusals.append(Refusal("autosave", refused.status, refused.problem, refused.retry_after))
                if refused.status < 500:
                    raise
            except (OSError, ValueError):  # nobody there, or an answer that broke off
                self.ledger.unreachable += 1
            else:
                self._revision = int(answer["revision"])
                self.ledger.acknowledged += [operation["id"] for operation in batch]
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"an edit was not taken for {PATIENCE:.0f} s: {self.ledger.refusals[-1:]}")
            time.sleep(0.1)


class Reader(threading.Thread):
    """Looks at pages all the time, and notes how they fail."""

    def __init__(self, client: Client, paths: list[str]) -> None:
        super().__init__(daemon=True, name="reader")
        self.client, self.paths = client, paths
        self.ledger = Ledger()
        self.good = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.3):
            for path in self.paths:
                try:
                    self.client.get(path)
                except Refused as refused:
                    self.ledger.refusals.append(Refusal(path, refused.status, refused.problem, refused.retry_after))
                except (OSError, ValueError):
                    self.ledger.unreachable += 1
                else:
                    self.good += 1

    def finish(self) -> Ledger:
        """Stop looking."""
        self._over.set()
        self.join(70)
        return self.ledger
