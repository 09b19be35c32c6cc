"""`vidgrain webhooks` from a shell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.server.training.test_cli import shell
from tests.server.webhooks.conftest import Receiver, happen
from tests.server.world import World

__all__ = ["shell"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_verbs(
    world: World, admin: TestClient, receiver: Receiver, shell: Callable[..., Any], run_jobs: Callable[..., int]
) -> None:
    assert admin.get("/api/webhooks").json() == []
    status, made = shell("webhooks", "add", receiver.url(), "--project", world.project, "--events", "task.submitted")
    assert (status, made["events"], made["secret"][:6]) == (0, ["task.submitted"], "whsec_")
    status, told = shell("webhooks", "add", "http://10.0.0.1/", "--project", world.project)
    assert (status, told["error"]["field"]) == (1, "url")
    status, told = shell("webhooks", "add", receiver.url(), "--events", "task.burnt")
    assert (status, told["error"]["field"]) == (1, "events.0")
    hook = made["id"]
    assert [row["id"] for row in shell("webhooks", "list")[1]] == [hook]
    assert shell("webhooks", "pause", hook)[1]["paused"] == "person"
    happen(world)
    run_jobs(("light",))
    assert receiver.got == []
    assert shell("webhooks", "resume", hook)[1]["paused"] is None
    assert shell("webhooks", "ping", hook)[1]["kind"] == "ping"
    run_jobs(("light",))
    assert len(receiver.got) == 2
    assert shell("webhooks", "resend", hook) == (0, {"count": 0})
    assert shell("webhooks", "secret", hook)[1]["secret"] != made["secret"]
    assert shell("webhooks", "delete", hook)[0] == 0
    assert shell("webhooks", "ping", hook)[1]["error"]["field"] == "id"
