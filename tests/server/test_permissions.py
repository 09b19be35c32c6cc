"""Who may do what: every route of the app for every kind of person, against one table.

The routes come from the app, so a new one fails here until somebody has decided who may use it. Every request is rolled
back, so that each finds the same world.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from server.access import COOKIE
from server.db import Database
from server.parts import Parts
from server.storage.named import blob_key
from server.tables.jobs import Job
from server.tables.masklets import Masklet, Prompt, Track
from server.tables.projects import PropagatorName
from server.tables.releases import Release
from server.tables.tasks import TaskKind
from server.tables.training import Run, RunFile
from server.tables.videos import Fetch, Upload, Video
from server.tables.webhooks import Webhook
from tests.architecture.test_routes import _routes
from tests.server.permission_table import ALLOWED, ALONE, HOLDER, MONITOR, PEOPLE, TABLE
from tests.server.world import World, make_world, world

__all__ = ["make_world", "world"]

SAFE = ("GET", "HEAD")
PASSWORD = "a long enough one"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/session"): {"email": "who@example.org", "password": PASSWORD},
    ("POST", "/api/invitations/{token}"): {"password": PASSWORD},
    ("PATCH", "/api/me"): {"name": "Other"},
    ("POST", "/api/me/password"): {"current": "not this", "new": PASSWORD},
    ("POST", "/api/me/tokens"): {"name": "t", "scopes": ["read"]},
    ("POST", "/api/users"): {"email": "new@example.org", "name": "New"},
    ("PATCH", "/api/users/{user_id}"): {"name": "Other"},
    ("POST", "/api/projects"): {"name": "New", "kind": "stc"},
    ("PATCH", "/api/projects/{project_id}"): {"name": "Other"},
    ("PUT", "/api/projects/{project_id}/guideline"): {"text": "Other"},
    ("POST", "/api/projects/{project_id}/members"): {"email": "eve@example.org", "role": "annotator"},
    ("PUT", "/api/projects/{project_id}/members/{user_id}"): {"role": "reviewer"},
    ("POST", "/api/projects/{project_id}/tasks/next"): {},
    ("POST", "/api/projects/{project_id}/tasks/preload"): {},
    ("POST", "/api/projects/{project_id}/tasks/bulk"): {"task_ids": ["{task_id}"], "verb": "priority", "priority": 1},
    ("PUT", "/api/projects/{project_id}/videos/{video_id}/flag"): {"reason": "Too dark."},
    ("POST", "/api/projects/{project_id}/uploads"): {"name": "b.mp4", "size": 10},
    ("POST", "/api/uploads/{upload_id}/finish"): {},
    ("POST", "/api/projects/{project_id}/fetches"): {"addresses": ["https://example.org/a.mp4"]},
    ("POST", "/api/projects/{project_id}/segments"): {
        "video_id": "{video_id}", "picture_start": 0, "picture_end": 5,
        "questions": [{"text": "What moves?", "q_type": "Other"}],
    },
    ("POST", "/api/tasks/{task_id}/heartbeat"): {"active_seconds_delta": 1},
    ("POST", "/api/tasks/{task_id}/skip"): {"reason": "unclear"},
    ("POST", "/api/tasks/{task_id}/submit"): {"revision": 0},
    ("POST", "/api/tasks/{task_id}/decision"): {"revision": 0, "verdict": "accept"},
    ("POST", "/api/tasks/{task_id}/masklets"): {"label": "dog"},
    ("PATCH", "/api/masklets/{masklet_id}"): {"label": "cat"},
    ("PUT", "/api/masklets/{masklet_id}/prompts/{picture}"): {"picture": 1, "points": [{"x": 1, "y": 1}]},
    # A picture that is not there: refused right after the question who is asking, instead of waiting for a worker.
    ("POST", "/api/masklets/{masklet_id}/proposals"): {"picture": 1000000, "points": [{"x": 1, "y": 1}]},
    ("POST", "/api/masklets/{masklet_id}/drawings"): {"picture": 1000000, "steps": []},
    ("POST", "/api/masklets/{masklet_id}/tracks"): {},
    ("PUT", "/api/masklets/{masklet_id}/locks"): {"spans": []},
    ("POST", "/api/masklets/{masklet_id}/split"): {"picture": 5, "label": "other"},
    # With itself: refused right after the question who is asking.
    ("POST", "/api/masklets/{masklet_id}/merge"): {"other_id": "{masklet_id}"},
    ("POST", "/api/projects/{project_id}/releases"): {},
    ("PATCH", "/api/releases/{release_id}"): {},
    ("POST", "/api/releases/{release_id}/delete"): {"reason": "Consent was withdrawn."},
    # A literal address: nothing is looked up.
    ("POST", "/api/projects/{project_id}/webhooks"): {"url": "https://93.184.215.14/", "events": ["run.finished"]},
    ("POST", "/api/webhooks"): {"url": "https://93.184.215.14/", "events": ["run.finished"]},
    ("PATCH", "/api/webhooks/{webhook_id}"): {"paused": True},
    ("POST", "/api/webhooks/{webhook_id}/resend"): {},
    ("POST", "/api/runs"): {"release_id": "{release_id}", "recipe": "smoke_cpu"},
    ("POST", "/api/runs/{run_id}/evaluations"): {},
    ("PATCH", "/api/documents/{document_id}"): {
        "operations": [{
            "id": "o1", "verb": "put", "collection": "notes", "record_id": "n1",
            "record": {"id": "n1", "text": "A remark."},
        }],
    },
}  # fmt: skip
EXTRA: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/api/releases/{release_id}/diff"): {"params": {"with": "{release_id}"}},
    ("PATCH", "/api/uploads/{upload_id}"): {"params": {"offset": 0}, "content": b"x"},
    ("POST", "/api/projects/{project_id}/segments/import"): {"content": b"{}\n"},
    ("POST", "/api/projects/{project_id}/masklet-imports"): {"params": {"format": "sav"}, "content": b"{}"},
    ("POST", "/api/projects/{project_id}/caption-imports"): {"params": {"format": "csv"}, "content": b"a"},
    ("GET", "/api/events"): {"params": {"topic": "project:{project_id}"}},
    ("PATCH", "/api/documents/{document_id}"): {"headers": {"If-Match": '"0"'}},
}
UNCHANGED = {"If-None-Match": "*"}
"""Files answer 304 to it: who may see one is asked before, and no video has to be made for this."""


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and path under /api."""
    found = set()
    for method, path, _ in _routes(app.routes):
        whole = (path if path.startswith("/api") else "/api" + path).replace(":path}", "}")
        if whole not in ("/api/{path}", "/api/openapi.json"):
            found.add((method, whole))
    return found


def test_every_route_has_a_decision(one_app: FastAPI) -> None:
    assert routes_of(one_app) == set(TABLE)
    unknown = (set(BODIES) | set(EXTRA)) - set(TABLE)
    assert not unknown


@pytest.fixture
def ids(world: World, admin: TestClient) -> dict[str, str]:
    """One of everything, in a project of which eve is no member; ann holds the task."""
    video = world.add_video()
    blob = hashlib.sha256(b"{}").hexdigest()
    with world.parts.database.begin() as session:
        lead, ann = world.users["lead"], world.users["ann"]
        clip = session.get_one(Video, video)
        clip.proxy_key, clip.frames_key, clip.thumbnails_key = (f"videos/{name}" for name in ("p", "f", "t"))
    task = world.add_task(video, TaskKind.STC_SUBJECT)
    held = world["ann"].post(world.url("/tasks/next"), json={})
    assert held.status_code == 200 and held.json()["id"] == str(task)
    document = world["ann"].get(f"/api/tasks/{task}/document").json()["id"]
    with world.parts.database.begin() as session:
        masklet = Masklet(project_id=world.project, video_id=video, task_id=task, number=1, created_by=ann.id)
        job = Job(kind="open_tasks", lane="light", payload={}, project_id=world.project)
        upload = Upload(project_id=world.project, created_by=lead.id, name="a.mp4", size=10)
        release = Release(project_id=world.project, number=1, name="r", rule={}, created_by=lead.id)
        fetch = Fetch(
            project_id=world.project, created_by=lead.id, kind="file", address="https://example.org/b.mp4",
            address_sha256="0" * 64, name="b.mp4", state="failed",
        )  # fmt: skip
        hook = Webhook(
            project_id=world.project, name="", url="https://93.184.215.14/", events=["run.finished"], salt="0" * 64,
            hint="whsec_", created_by=lead.id,
        )  # fmt: skip
        session.add_all([masklet, job, upload, release, fetch, hook])
        session.flush()
        track = Track(
            masklet_id=masklet.id, version=1, propagator=PropagatorName.FLOW, prompts_hash="0" * 64, prompts={},
            file_key="tracks/x", state="done",
        )  # fmt: skip
        run = Run(release_id=release.id, recipe="smoke_cpu", code_version="0", created_by=lead.id)
        prompt = {"picture": 1, "points": [{"x": 1, "y": 1}]}
        session.add_all([track, run, Prompt(masklet_id=masklet.id, picture=1, record=prompt, created_by=ann.id)])
        session.flush()
        masklet.current_track_id = track.id
        session.add(RunFile(run_id=run.id, path="report.json", sha256=blob, bytes=2))
    world.parts.storage.put(blob_key(blob), b"{}")
    token = admin.post("/api/me/tokens", json={"name": "mine", "scopes": ["read"]}).json()["id"]
    rows = {
        "project": world.project, "video": video, "task": task, "document": document, "masklet": masklet.id,
        "job": job.id, "upload": upload.id, "fetch": fetch.id, "release": release.id, "track": track.id, "run": run.id,
        "webhook": hook.id,
        "user": world.users["cho"].id, "token": token,
    }  # fmt: skip
    found = {f"{name}_id": str(value) for name, value in rows.items()}
    return {**found, "picture": "1", "path": "report.json", "version": "1", "token": "no-such-link"}


@pytest.fixture
def people(world: World, admin: TestClient, app: FastAPI) -> dict[str, dict[str, str]]:
    """The headers that each kind of person sends."""
    names = {"outsider": "eve", "annotator": "ben", "holder": "ann", "reviewer": "rhea", "lead": "lead"}
    found = {kind: {"cookie": f"{COOKIE}={world[name].cookies[COOKIE]}"} for kind, name in names.items()}
    found["nobody"] = {}
    found["admin"] = {"cookie": f"{COOKIE}={admin.cookies[COOKIE]}"}
    for kind, scope in (("reader", "read"), ("writer", "write")):
        token = admin.post("/api/me/tokens", json={"name": kind, "scopes": [scope]}).json()["token"]
        found[kind] = {"authorization": f"Bearer {token}"}
    assert set(found) == set(PEOPLE)
    return found


@pytest.fixture
def undone(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on no unit of work is kept."""

    @contextmanager
    def begin(self: Database) -> Iterator[Session]:
        with self._writing() as session:
            yield session
            session.flush()
            session.expunge_all()
            session.rollback()

    monkeypatch.setattr(Database, "begin", begin)


def filled(value: Any, ids: dict[str, str]) -> Any:
    """The value with the ids put in place of `{names}`."""
    if isinstance(value, str):
        for name, one in ids.items():
            value = value.replace("{" + name + "}", one)
        return value
    if isinstance(value, dict):
        return {key: filled(inner, ids) for key, inner in value.items()}
    return [filled(inner, ids) for inner in value] if isinstance(value, list) else value


def is_right(kind: str, route: tuple[str, str], rule: str, answer: httpx2.Response) -> bool:
    """Whether the answer fits the table."""
    method, _ = route
    problem = "" if answer.status_code < 400 or method == "HEAD" else answer.json()["type"]
    if answer.status_code >= 500:
        return False
    if rule == MONITOR:
        return answer.status_code == 404
    if kind == "nobody" and kind not in ALLOWED[rule]:
        return answer.status_code == 401
    if kind == "reader" and method not in SAFE and rule != "open":
        return answer.status_code == 403
    if problem in ("object_missing", "no_track_yet"):  # asked and permitted; no file or track was made for this test
        return kind in ALLOWED[rule]
    if kind in ALLOWED[rule]:
        if problem == "wrong_login":
            return True
        return answer.status_code not in (401, 403, 404) and problem != "lease_lost"
    if kind == "outsider" and rule not in ALONE:
        return answer.status_code == 404
    if rule == HOLDER and answer.status_code == 409:
        return problem in ("lease_lost", "nothing_to_decide")
    return answer.status_code in (403, 404)


def ask_all(
    app: FastAPI, people: dict[str, dict[str, str]], ids: dict[str, str], routes: list[tuple[str, str]]
) -> dict[tuple[str, str, str], httpx2.Response]:
    """The answers by (person, method, path), all in one loop."""

    async def run() -> dict[tuple[str, str, str], httpx2.Response]:
        found = {}
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", timeout=60) as client:
            for method, path in routes:
                more = dict(EXTRA.get((method, path), {}))
                if (method, path) in BODIES:
                    more["json"] = BODIES[method, path]
                given = filled({k: v for k, v in more.items() if k != "content"}, ids)
                if "content" in more:
                    given["content"] = more["content"]
                headers = {**(UNCHANGED if method in SAFE else {}), **given.pop("headers", {})}
                url = filled(path.replace("tokens/{token_id}", "tokens/" + ids["token_id"]), ids)
                for kind, own in people.items():
                    found[kind, method, path] = await client.request(method, url, headers={**headers, **own}, **given)
        return found

    return asyncio.run(run())


def test_everybody_on_every_route(
    app: FastAPI,
    parts: Parts,
    ids: dict[str, str],
    people: dict[str, dict[str, str]],
    undone: None,
) -> None:
    parts.events.close()  # a stream that is allowed ends at once
    answers = ask_all(app, people, ids, sorted(TABLE))
    wrong = {
        f"{kind}: {method} {path} ({TABLE[method, path]})": f"{answer.status_code} {answer.text[:200]}"
        for (kind, method, path), answer in answers.items()
        if not is_right(kind, (method, path), TABLE[method, path], answer)
    }
    assert not wrong, "\n" + "\n".join(f"{where} -> {what}" for where, what in wrong.items())


def test_what_does_not_exist_looks_like_what_is_foreign(
    app: FastAPI,
    ids: dict[str, str],
    people: dict[str, dict[str, str]],
    undone: None,
) -> None:
    nowhere = {name: str(uuid4()) if name.endswith("_id") else value for name, value in ids.items()}
    routes = [(m, p) for m, p in sorted(TABLE) if TABLE[m, p] not in ALONE and "_id}" in p]
    eve = {"outsider": people["outsider"]}
    foreign, missing = ask_all(app, eve, ids, routes), ask_all(app, eve, nowhere, routes)
    for key, answer in foreign.items():
        assert (answer.status_code, answer.content) == (missing[key].status_code, missing[key].content), key


def test_nobody_raises_themselves(world: World, admin: TestClient) -> None:
    for name, status in (("ann", 403), ("rhea", 403), ("lead", 409), ("eve", 404)):
        own = world.url(f"/members/{world.users[name].id}")
        assert world[name].put(own, json={"role": "lead"}).status_code == status, name
        assert world[name].patch(f"/api/users/{world.users[name].id}", json={"is_admin": True}).status_code == 403
        assert world[name].patch("/api/me", json={"is_admin": True}).status_code == 422
    token = world["lead"].post("/api/me/tokens", json={"name": "w", "scopes": ["write"]}).json()["token"]
    script = {"Authorization": f"Bearer {token}"}
    own = world.url(f"/members/{world.users['lead'].id}")
    bare = TestClient(world["lead"].app, headers=script)
    assert bare.put(own, json={"role": "reviewer"}).json()["type"] == "own_role"
    me = UUID(admin.get("/api/me").json()["id"])
    assert admin.patch(f"/api/users/{me}", json={"is_admin": False}).status_code == 403
