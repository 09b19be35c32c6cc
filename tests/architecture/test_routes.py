"""Every route asks who is there, and answers strangers and other websites alike: no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.access import actor
from server.db import Database

PUBLIC = {
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("GET", "/api/invitations/{token}"),
    ("POST", "/api/invitations/{token}"),
    ("GET", "/api/system"),
    ("GET", "/api/health"),
    ("GET", "/api/ready"),
}
"""What can be reached without being signed in. Adding a line here is a decision."""

ASK_INSIDE: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", "/api/uploads/{upload_id}"): {"params": {"offset": "0"}, "content": b"x"},
    ("POST", "/api/uploads/{upload_id}/finish"): {"json": {}},
    ("POST", "/api/masklets/{masklet_id}/proposals"): {"json": {"picture": 0, "points": [{"x": 1, "y": 1}]}},
    ("POST", "/api/masklets/{masklet_id}/drawings"): {
        "json": {"picture": 0, "steps": [{"verb": "add", "stroke": [[1, 1]], "radius": 1}]}
    },
    ("POST", "/api/masklets/{masklet_id}/split"): {"json": {"picture": 1}},
    ("GET", "/api/tasks/{task_id}/preview.jpg"): {},
    ("GET", "/api/masklets/{masklet_id}/masks"): {},
    ("GET", "/api/videos/{video_id}/frames"): {},
    ("GET", "/api/videos/{video_id}/proxy.mp4"): {},
    ("GET", "/api/videos/{video_id}/thumbnails.jpg"): {},
    ("GET", "/api/videos/{video_id}/pictures/{picture}.jpg"): {},
    ("GET", "/api/projects/{project_id}/releases/preview"): {},
    ("GET", "/api/releases/{release_id}/manifest.json"): {},
    ("GET", "/api/releases/{release_id}/files/{path}"): {},
    ("GET", "/api/runs/{run_id}/files/{path}"): {},
    ("POST", "/api/masklets/{masklet_id}/merge"): {"json": {"other_id": str(uuid4())}},
    ("POST", "/api/projects/{project_id}/masklet-imports"): {"params": {"format": "sav"}, "content": b"{}"},
    ("POST", "/api/projects/{project_id}/caption-imports"): {"params": {"format": "csv"}, "content": b"a"},
    ("POST", "/api/projects/{project_id}/webhooks"): {"json": {"url": "https://x.test", "events": ["run.finished"]}},
    ("POST", "/api/webhooks"): {"json": {"url": "https://x.test", "events": ["run.finished"]}},
    ("PATCH", "/api/webhooks/{webhook_id}"): {"json": {}},
}
"""They wait, read or write bytes outside a transaction: they open short ones by themselves and call `actor` there."""


def _asks(dependant: Any) -> bool:
    return dependant.call is actor or any(_asks(d) for d in dependant.dependencies)


def _routes(routes: Any, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    for route in routes:
        if hasattr(route, "dependant"):
            for method in route.methods:
                yield method, prefix + route.path, route
        elif hasattr(route, "original_router"):
            inner = route.original_router
            added = getattr(getattr(route, "include_context", None), "prefix", "")
            yield from _routes(inner.routes, prefix + added)


def documented(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, entry in app.openapi()["paths"].items()
        for method in entry
        if method in ("get", "post", "put", "patch", "delete", "head")
    }


def test_every_route_asks_who_is_there(one_app: FastAPI) -> None:
    found = {
        (m, (p if p.startswith("/api") else "/api" + p).replace(":path}", "}")): r
        for m, p, r in _routes(one_app.routes)
    }
    api = {key: route for key, route in found.items() if key in documented(one_app)}
    assert len(api) == len(documented(one_app)) > 20, documented(one_app) - set(api)
    open_ones = {key for key, route in api.items() if not _asks(route.dependant)}
    assert open_ones == PUBLIC | set(ASK_INSIDE)


@pytest.fixture
def paths(app: FastAPI) -> list[tuple[str, str]]:
    return sorted(documented(app))


def _filled(path: str) -> str:
    while "{" in path:
        head, _, rest = path.partition("{")
        name, _, tail = rest.partition("}")
        path = head + ("1" if name in ("picture", "path", "path:path") else str(uuid4())) + tail
    return path


def test_strangers_get_401(client: TestClient, paths: list[tuple[str, str]]) -> None:
    wrong = {}
    for method, path in paths:
        if (method, path) in PUBLIC:
            continue
        status = client.request(method, _filled(path)).status_code
        if (method, path) in ASK_INSIDE:
            status = client.request(method, _filled(path), **ASK_INSIDE[method, path]).status_code
            assert status == 401, (method, path, status)
        if status not in (401, 422):  # a bad body may be refused first, before anything is looked up
            wrong[method, path] = status
    assert not wrong


def test_other_websites_change_nothing(admin: TestClient, paths: list[tuple[str, str]]) -> None:
    for method, path in paths:
        if method in ("GET", "HEAD"):
            continue
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
        ):
            answer = admin.request(method, _filled(path), headers=headers)
            assert answer.status_code == 403 and answer.json()["type"] == "cross_site", (method, path, headers)


def test_answers_carry_the_security_headers(client: TestClient) -> None:
    for path in ("/api/health", "/api/nothing", "/", "/api/me"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert "unsafe-eval'" not in headers["content-security-policy"].replace("wasm-unsafe-eval'", "")
        assert headers["x-content-type-options"] == "nosniff", path


def test_a_get_can_not_write(database_url: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    database = Database(database_url)
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), database.read() as session:
        session.execute(text("DELETE FROM users"))
    database.dispose()


def test_large_bodies_are_refused(client: TestClient) -> None:
    answer = client.post("/api/session", content=b"x" * (9 << 20), headers={"content-type": "application/json"})
    assert answer.status_code == 413 and answer.json()["type"] == "too_large"
