"""A real server process with its real worker: upload, import, click, track, masks over HTTP and server-sent events."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.client import Client, Refused
from server.db import Database, new_id
from server.settings import Settings
from server.tables.accounts import User
from server.tables.projects import Membership, Project, ProjectKind, Role
from tests.server.world import disc_centre, write_disc_clip

SIZE = (1280, 720)
PICTURES = 45

SERVE = """
import sys, uvicorn
from server.app import create_app
uvicorn.run(create_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=2)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def address(tmp_path: Path, sqlite_template: Path) -> Iterator[str]:
    """A server in a process of its own, embedded as `vidgrain serve` runs it."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "vidgrain.db").write_bytes(sqlite_template.read_bytes())
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VIDGRAIN_")}
    environment = inherited | {"VIDGRAIN_DATA_FOLDER": str(data), "OMP_NUM_THREADS": "1"}
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env=environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def make_people(data: Path) -> tuple[str, str]:
    """A project with one lead; its id and an access token of theirs."""
    from server.access import TOKEN_PREFIX, hash_token
    from server.tables.accounts import AccessToken, Scope

    settings = Settings(data_folder=data)
    database = Database(settings.database)
    token = TOKEN_PREFIX + new_id().hex
    with database.begin() as session:
        user = User(email="lead@example.org", name="Lead", is_admin=False, active=True)
        project = Project(name="p", kind=ProjectKind.STC)
        session.add_all([user, project])
        session.flush()
        session.add(Membership(project_id=project.id, user_id=user.id, role=Role.LEAD))
        hashed = hash_token(settings.key(), token)
        scopes = [Scope.READ.value, Scope.WRITE.value]
        session.add(AccessToken(user_id=user.id, name="t", prefix=token[:8], token_hash=hashed, scopes=scopes))
    database.dispose()
    return str(project.id), token


def propose(lead: Client, url: str, body: dict[str, Any]) -> str:
    """The best candidate. On a machine that is busy with other things, an answer may be late: then ask again."""
    for _ in range(4):
        try:
            found: str = lead.post(f"{url}/proposals", body)["candidates"][0]["counts"]
        except Refused as refusal:
            if refusal.status != 504:
                raise
        else:
            return found
    raise AssertionError("the clicks lane never answered in time")


class Listener(threading.Thread):
    """Collects the events of a topic."""

    def __init__(self, address: str, token: str, topic: str) -> None:
        super().__init__(daemon=True)
        self.events: list[tuple[str, Any]] = []
        self._url, self._token = f"{address}/api/events?topic={topic}", token
        self.listening = threading.Event()

    def run(self) -> None:
        import urllib.request

        request = urllib.request.Request(self._url, headers={"Authorization": f"Bearer {self._token}"})
        name = ""
        with urllib.request.urlopen(request, timeout=60) as stream:
            for raw in stream:
                line = raw.decode().strip()
                self.listening.set()
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    self.events.append((name, json.loads(line[5:])))


def test_click_to_masks_through_the_worker(address: str, tmp_path: Path) -> None:
    project, token = make_people(tmp_path / "data")
    lead = Client(address, token)
    for _ in range(600):
        try:
            lead.get("/health")
            break
        except OSError:
            time.sleep(0.1)
    clip = write_disc_clip(tmp_path / "disc.mp4", PICTURES, SIZE)
    video = lead.upload(project, clip)
    ready = lead.wait(f"/videos/{video['id']}", until=lambda v: v["state"] != "queued" and v["progress"] is None)
    assert ready["state"] == "ready", ready
    tasks = lead.wait(f"/projects/{project}/tasks", until=lambda answer: bool(answer["items"]))
    assert tasks["items"][0]["kind"] == "stc_subject"
    task = lead.post(f"/projects/{project}/tasks/next", {})
    masklet = lead.post(f"/tasks/{task['id']}/masklets", {"label": "disc"})
    url = f"/masklets/{masklet['id']}"

    took = []
    best = ""
    for picture in (2, 3, 4):
        x, y = disc_centre(picture, SIZE)
        begun = time.monotonic()
        best = propose(lead, url, {"picture": picture, "points": [{"x": x, "y": y}]})
        took.append(time.monotonic() - begun)
    print("click to candidates, seconds:", [round(t, 2) for t in took])
    # The first click imports the propagator and opens the video; the next ones find both there.
    if os.getloadavg()[0] < (os.cpu_count() or 1):
        assert min(took[1:]) < 1

    listener = Listener(address, token, f"masklet:{masklet['id']}")
    listener.start()
    assert listener.listening.wait(20)
    x, y = disc_centre(4, SIZE)
    lead.put(f"{url}/prompts/4", {"picture": 4, "points": [{"x": x, "y": y}], "counts": best})
    track = lead.post(f"{url}/tracks", {})
    job = lead.wait(f"/jobs/{track['job_id']}", until=lambda j: j["state"] not in ("queued", "running"))
    assert job["state"] == "done", job
    masks = lead.get(f"{url}/masks", start=0, stop=256, track=track["id"])
    assert [f["picture"] for f in masks["frames"]] == list(range(PICTURES))
    assert masks["frames"][4]["counts"] == best
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not any(
        name == "track" and data["state"] == "done" for name, data in listener.events
    ):
        time.sleep(0.05)
    streamed = {f["picture"] for name, data in listener.events if name == "masks" for f in data["frames"]}
    assert streamed == set(range(PICTURES))
    batches = [len(data["frames"]) for name, data in listener.events if name == "masks"]
    assert max(batches) <= 32
    assert any(name == "track" and data["state"] == "done" for name, data in listener.events)
