"""Hostile input over HTTP: markup in every text, characters no database keeps, bombs, endless numbers, odd paths."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from annotator.masklet.rle import Rle
from server.access import COOKIE
from server.db import cursor_of, cursor_values
from server.errors import Unprocessable
from server.tables.releases import Release
from server.tables.tasks import TaskKind
from server.videos.store import plain_name
from tests.architecture.test_routes import _filled, documented
from tests.server.world import World, make_world, world

__all__ = ["make_world", "world"]

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "=cmd|'/c calc'!A0",
    "'; DROP TABLE users; --",
    "../../etc/passwd",
    "\u202egnp.exe",
    "Robert\u2028\u2029 한국어 🎬",
]
UNSTORABLE = ["a\0b", "half \ud800 of a character"]
DEEP = "[" * 300 + "]" * 300


def text_fields(world: World, admin: TestClient) -> list[tuple[TestClient, str, str, Any, list[str]]]:
    """(browser, method, path, body with TEXT in it, where the text stands in the answer) for every text people give."""
    user = world.users["cho"].id
    return [
        (world["ann"], "PATCH", "/api/me", {"name": "TEXT"}, ["name"]),
        (world["ann"], "POST", "/api/me/tokens", {"name": "TEXT", "scopes": ["read"]}, ["name"]),
        (admin, "PATCH", f"/api/users/{user}", {"name": "TEXT"}, ["name"]),
        (admin, "POST", "/api/projects", {"name": "TEXT", "kind": "stc", "description": "TEXT"}, ["name"]),
        (world["lead"], "PATCH", world.url(), {"description": "TEXT"}, ["description"]),
        (world["lead"], "PUT", world.url("/guideline"), {"text": "TEXT"}, ["text"]),
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_comes_back_as_it_was_and_as_json_only(world: World, admin: TestClient, payload: str) -> None:
    for browser, method, path, body, place in text_fields(world, admin):
        given = {key: payload if value == "TEXT" else value for key, value in body.items()}
        answer = browser.request(method, path, json=given)
        assert answer.status_code < 300, (path, answer.text)
        assert answer.json()[place[0]] == payload, path
        assert answer.headers["content-type"] == "application/json", path
        assert answer.headers["x-content-type-options"] == "nosniff"
    for path in ("/api/me", world.url(), world.url("/members"), world.url("/guideline"), "/api/projects"):
        assert world["ann"].get(path).headers["content-type"] == "application/json", path


def test_markup_in_a_refusal_stays_json(world: World) -> None:
    for payload in PAYLOADS:
        for answer in (
            world["lead"].post(world.url("/uploads"), json={payload: 1}),
            world["lead"].get("/api/projects", params={"cursor": payload}),
            world["lead"].get(f"/api/videos/{quote(payload, safe='')}"),
            world["lead"].get("/api/events", params={"topic": payload}),
            world["lead"].post("/api/runs", json={"release_id": str(world.project), "recipe": payload}),
        ):
            kind = answer.headers["content-type"]
            assert answer.status_code in (404, 422) and kind == "application/problem+json", (payload, answer.text)


@pytest.mark.parametrize("bad", UNSTORABLE, ids=["nul", "surrogate"])
def test_characters_that_no_database_keeps(world: World, admin: TestClient, bad: str) -> None:
    as_json = {"content-type": "application/json"}
    for browser, method, path, body, place in text_fields(world, admin):
        given = {key: bad if value == "TEXT" else value for key, value in body.items()}
        answer = browser.request(method, path, content=json.dumps(given), headers=as_json)
        assert answer.status_code == 422 and answer.json()["field"] in (place[0], "description"), (path, answer.text)
    email = json.dumps({"email": bad, "password": "x"})
    refused = TestClient(admin.app).post("/api/session", content=email, headers=as_json)
    assert refused.json()["field"] == "email"
    upload = world["lead"].post(world.url("/uploads"), content=json.dumps({"name": bad, "size": 1}), headers=as_json)
    assert upload.json()["field"] == "name"
    row = json.dumps({"video": bad, "picture_start": 0, "picture_end": 1, "what": bad})
    imported = world["lead"].post(world.url("/segments/import"), content=row)
    assert imported.status_code == 200 and imported.json()["errors"], imported.text


def test_odd_paths_and_numbers_crash_nothing(app: FastAPI, admin: TestClient) -> None:
    """Every route with NUL, dots, endless numbers and endless names in its path and query: an answer below 500."""
    queries = ["", "limit=99999999999999999999", "limit=0", "limit=201", "cursor=a%00b", "version=99999999999999999999"]
    queries += ["start=99999999999999999999&stop=1", "after_step=99999999999999999999", "quality=-1", "offset=1e9"]
    odd = ["a%00b", "..%2f..%2fx", "%2e%2e", "9" * 30, "x" * 3000]
    wanted: list[tuple[str, str]] = []
    for method, path in sorted(documented(app)):
        if path == "/api/sessions" or (method == "DELETE" and path == "/api/session"):
            continue
        plain = _filled(path)
        urls = [plain + "?" + query for query in queries] if method == "GET" and path != "/api/events" else [plain]
        head, brace, rest = path.rpartition("{")
        if brace:
            urls += [_filled(head) + text + rest.partition("}")[2] for text in odd]
        wanted += [(method, url) for url in urls]

    async def run() -> dict[str, str]:
        transport = httpx2.ASGITransport(app)
        own = {"cookie": f"{COOKIE}={admin.cookies[COOKIE]}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=own) as browser:
            answers = {(m, u): await browser.request(m, u) for m, u in wanted}
        return {f"{m} {u[:150]}": a.text[:200] for (m, u), a in answers.items() if a.status_code >= 500}

    assert not asyncio.run(run())


def test_moments_at_the_ends_of_the_calendar_and_escapes_in_a_rule(world: World, admin: TestClient) -> None:
    """A moment that has no UTC within the calendar is still before or after everything; an escaped NUL is a NUL."""
    releases, preview = world.url("/releases"), world.url("/releases/preview")
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        listed = admin.get(releases, params={"updated_since": moment})
        assert (listed.status_code, listed.json()) == (200, {"items": [], "next": None}), listed.text
        for name in ("submitted_from", "submitted_to"):
            found = admin.get(preview, params={"rule": json.dumps({name: moment})})
            assert (found.status_code, found.json()["documents"]) == (200, 0), found.text
        token = admin.post("/api/me/tokens", json={"name": "t", "scopes": ["read"], "expires_at": moment})
        assert token.status_code in (201, 422), token.text
    for rule in ({"domains": ["a\0b"]}, {"source_datasets": ["\0"]}):
        answer = admin.get(preview, params={"rule": json.dumps(rule)})
        assert answer.status_code == 422 and answer.json()["field"].startswith("rule."), answer.text
    made = admin.post(releases, json={"rule": {"domains": ["a\0b"]}})
    assert (made.status_code, made.json()["field"]) == (422, "rule.domains.0")
    with pytest.raises(Unprocessable):
        cursor_values(cursor_of(["2026-01-01T00:00:00"]), [Release.created_at])


def test_pages_have_limits(admin: TestClient) -> None:
    for limit in (0, 201, -1, "many"):
        answer = admin.get("/api/projects", params={"limit": limit})
        assert (answer.status_code, answer.json()["field"]) == (422, "limit")


def held_masklet(world: World) -> tuple[str, str]:
    """(task, masklet) of a leased subject task; the video has 64 × 48 pixels and 60 pictures."""
    world.add_task(world.add_video(), TaskKind.STC_SUBJECT)
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()["id"]
    masklet = world["ann"].post(f"/api/tasks/{task}/masklets", json={"label": "dog"}).json()["id"]
    return task, masklet


@pytest.mark.parametrize(
    "counts",
    ["", "0", "\x7f", "é", "o" * 199_999, "oooooooo0", "P" * 100, "1" * 199_999, Rle(48, 64, "0").counts, "O" * 7],
)
def test_masks_that_are_none_are_refused_at_once(world: World, counts: str) -> None:
    _, masklet = held_masklet(world)
    begun = time.monotonic()
    answer = world["ann"].put(f"/api/masklets/{masklet}/prompts/0", json={"picture": 0, "counts": counts})
    assert (answer.status_code, answer.json()["field"]) == (422, "counts"), answer.text
    assert time.monotonic() - begun < 5
    too_long = world["ann"].put(f"/api/masklets/{masklet}/prompts/0", json={"picture": 0, "counts": "0" * 200_001})
    assert (too_long.status_code, too_long.json()["field"]) == (422, "counts")


def test_bodies_that_are_too_large_too_deep_or_too_many(world: World) -> None:
    task, masklet = held_masklet(world)
    ann = world["ann"]
    as_json = {"content-type": "application/json"}
    edits = [{"id": f"o{n}", "verb": "remove", "collection": "notes", "record_id": "n"} for n in range(10_001)]
    many = ann.patch(f"/api/documents/{task}", json={"operations": edits}, headers={"If-Match": '"0"'})
    assert (many.status_code, many.json()["field"]) == (422, "operations")
    deep = ann.patch("/api/me", content=f'{{"name": {DEEP}}}', headers=as_json)
    assert (deep.status_code, deep.json()["type"]) == (422, "unprocessable")
    begun = time.monotonic()
    bottomless = ann.patch("/api/me", content="[" * 1_000_000, headers=as_json)
    assert bottomless.status_code in (400, 422) and time.monotonic() - begun < 5
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "9" * 5000):
        body = f'{{"picture": 0, "points": [{{"x": {number}, "y": 1}}]}}'
        answer = ann.put(f"/api/masklets/{masklet}/prompts/0", content=body, headers=as_json)
        assert answer.status_code in (400, 422), (number[:10], answer.text)
        share = world["lead"].patch(world.url(), content=f'{{"review_share": {number}}}', headers=as_json)
        assert share.status_code in (400, 422), (number[:10], share.text)
    points = [{"x": 1, "y": 1}] * 101
    answer = ann.put(f"/api/masklets/{masklet}/prompts/0", json={"picture": 0, "points": points})
    assert (answer.status_code, answer.json()["field"]) == (422, "points")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("/abs/clip.mp4", "clip.mp4"),
        ("C:\\windows\\clip.mp4", "clip.mp4"),
        ("a\0b\n.mp4", "ab.mp4"),
        ("..", ".."),
        ("///", "video"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_names_of_files_lead_nowhere(given: str, kept: str) -> None:
    assert plain_name(given) == kept
