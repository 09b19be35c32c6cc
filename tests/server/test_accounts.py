"""Log-in, passwords, invitations, tokens and what admins do, over HTTP on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.access import COOKIE
from server.accounts import people
from server.app import create_app
from server.db import now
from server.parts import Parts
from server.settings import Settings
from server.tables.accounts import Invitation, User, UserSession
from server.tables.jobs import Job

PASSWORD = "a long enough one"


@pytest.fixture
def ann(parts: Parts) -> User:
    with parts.database.begin() as session:
        return people.add_user(session, "Ann@Example.org", "Ann", password=PASSWORD)


def log_in(client: TestClient, password: str = PASSWORD, email: str = "ann@example.org") -> int:
    return client.post("/api/session", json={"email": email, "password": password}).status_code


def test_log_in_sets_a_cookie_that_scripts_of_pages_can_not_read(client: TestClient, ann: User, parts: Parts) -> None:
    answer = client.post("/api/session", json={"email": " ANN@example.org ", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    me = client.get("/api/me").json()
    assert me["email"] == "ann@example.org" and me["projects"] == [] and not me["is_admin"]
    with parts.database.read() as session:
        stored = session.scalars(select(UserSession)).one()
    assert stored.token_hash != client.cookies[COOKIE] and len(stored.token_hash) == 64
    assert client.delete("/api/session").status_code == 204
    assert client.get("/api/me").status_code == 401


def test_a_wrong_password_and_an_unknown_name_look_alike(client: TestClient, ann: User) -> None:
    wrong = client.post("/api/session", json={"email": "ann@example.org", "password": "not this one"})
    unknown = client.post("/api/session", json={"email": "nobody@example.org", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["type"] == "wrong_login"


def test_an_expired_session_is_no_session(client: TestClient, ann: User, parts: Parts) -> None:
    assert log_in(client) == 200
    with parts.database.begin() as session:
        session.scalars(select(UserSession)).one().expires_at = now() - timedelta(seconds=1)
    assert client.get("/api/me").status_code == 401


def test_guessing_is_slowed_down(settings: Settings, parts: Parts, ann: User) -> None:
    from dataclasses import replace

    strict = replace(parts, settings=settings.model_copy(update={"login_limit": "3/minute"}))
    guesser = TestClient(create_app(parts=strict))
    assert [log_in(guesser, "wrong wrong") for _ in range(3)] == [401] * 3
    answer = guesser.post("/api/session", json={"email": "ann@example.org", "password": PASSWORD})
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
    assert answer.json()["type"] == "too_many_logins"


def test_a_new_password_ends_the_other_sessions(app: FastAPI, ann: User) -> None:
    here, there = TestClient(app), TestClient(app)
    assert log_in(here) == log_in(there) == 200
    wrong = here.post("/api/me/password", json={"current": "no", "new": "another long one"})
    assert wrong.status_code == 422 and wrong.json()["field"] == "current"
    weak = here.post("/api/me/password", json={"current": PASSWORD, "new": "short"})
    assert weak.status_code == 422 and weak.json()["type"] == "weak_password"
    assert here.post("/api/me/password", json={"current": PASSWORD, "new": "another long one"}).status_code == 204
    assert here.get("/api/me").status_code == 200
    assert there.get("/api/me").status_code == 401
    assert log_in(there) == 401
    assert log_in(there, "another long one") == 200
    assert here.delete("/api/sessions").status_code == 204
    assert there.get("/api/me").status_code == 401


def test_invitation_is_used_once(client: TestClient, admin: TestClient, parts: Parts) -> None:
    made = admin.post("/api/users", json={"email": "New@Example.org", "name": "New"})
    assert made.status_code == 201, made.text
    assert made.json()["user"]["email"] == "new@example.org"
    token = made.json()["invitation_url"].rpartition("/")[2]
    assert client.get(f"/api/invitations/{token}").json() == {
        "email": "new@example.org",
        "name": "New",
        "purpose": "invite",
    }
    assert client.post(f"/api/invitations/{token}", json={"password": "short"}).status_code == 422
    assert client.post(f"/api/invitations/{token}", json={"password": PASSWORD}).status_code == 200
    assert client.get("/api/me").json()["name"] == "New"
    assert client.post(f"/api/invitations/{token}", json={"password": PASSWORD}).status_code == 410
    assert admin.post("/api/users", json={"email": "new@example.org", "name": "Twice"}).status_code == 409


def test_a_preference_that_is_changed_leaves_the_others(client: TestClient, admin: TestClient) -> None:
    keys = {"draft.accept": ["KeyG", "Mod+Alt+KeyG"]}
    admin.patch("/api/me", json={"preferences": {"keys": keys}})
    admin.patch("/api/me", json={"preferences": {"reaction_ms": 310, "tour_done": True}})
    kept = {"keys": keys, "reaction_ms": 310, "tour_done": True, "setup_done": False}
    assert admin.get("/api/me").json()["preferences"] == kept
    for wrong in ({"keys": {"draft.accept": ["g"]}}, {"reaction_ms": 2000}, {"reaction_mss": 1}):
        assert admin.patch("/api/me", json={"preferences": wrong}).status_code == 422
    assert admin.patch("/api/me", json={"preferences": {"keys": {}}}).json()["preferences"] == {**kept, "keys": {}}


def test_an_old_invitation_is_over(client: TestClient, admin: TestClient, parts: Parts) -> None:
    made = admin.post("/api/users", json={"email": "new@example.org", "name": "New"}).json()
    with parts.database.begin() as session:
        session.scalars(select(Invitation)).one().expires_at = now() - timedelta(seconds=1)
    token = made["invitation_url"].rpartition("/")[2]
    assert client.get(f"/api/invitations/{token}").json()["type"] == "invitation_over"


def test_reset_takes_the_password_and_the_sessions(app: FastAPI, admin: TestClient, ann: User) -> None:
    browser = TestClient(app)
    assert log_in(browser) == 200
    first = admin.post(f"/api/users/{ann.id}/reset").json()["invitation_url"].rpartition("/")[2]
    second = admin.post(f"/api/users/{ann.id}/reset").json()["invitation_url"].rpartition("/")[2]
    assert browser.get("/api/me").status_code == 401
    assert log_in(browser) == 401
    assert browser.get(f"/api/invitations/{first}").status_code == 410, "a newer link replaces the older"
    assert browser.post(f"/api/invitations/{second}", json={"password": "brand new words"}).status_code == 200
    assert log_in(browser, "brand new words") == 200


def test_deactivation_ends_everything_and_returns_leases(
    app: FastAPI, admin: TestClient, ann: User, parts: Parts
) -> None:
    browser = TestClient(app)
    assert log_in(browser) == 200
    token = browser.post("/api/me/tokens", json={"name": "script", "scopes": ["read"]}).json()["token"]
    assert admin.patch(f"/api/users/{ann.id}", json={"active": False}).status_code == 200
    assert browser.get("/api/me").status_code == 401
    assert TestClient(app).get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert log_in(browser) == 401
    with parts.database.read() as session:
        job = session.scalars(select(Job)).one()
    assert job.kind == "return_leases" and job.payload == {"user_id": str(ann.id)}
    assert admin.post(f"/api/users/{ann.id}/reset").status_code == 409
    assert admin.patch(f"/api/users/{ann.id}", json={"active": True}).status_code == 200
    assert log_in(browser) == 200


def test_nobody_locks_the_last_admin_out(admin: TestClient, parts: Parts) -> None:
    me = admin.get("/api/me").json()["id"]
    assert admin.patch(f"/api/users/{me}", json={"is_admin": False}).json()["type"] == "own_account"
    assert admin.patch(f"/api/users/{me}", json={"active": False}).status_code == 403


def test_only_admins_handle_people(sign_in: Callable[[User], TestClient], ann: User) -> None:
    browser = sign_in(ann)
    assert browser.get("/api/users").status_code == 403
    assert browser.post("/api/users", json={"email": "x@example.org", "name": "X"}).status_code == 403
    assert browser.patch(f"/api/users/{ann.id}", json={"is_admin": True}).json()["type"] == "admin_only"
    assert browser.patch("/api/me", json={"is_admin": True}).status_code == 422
    assert browser.patch("/api/me", json={"locale": "ko", "theme": "dark"}).json()["locale"] == "ko"


def test_tokens_can_not_make_tokens_or_people(app: FastAPI, admin: TestClient) -> None:
    made = admin.post("/api/me/tokens", json={"name": "all", "scopes": ["write"]}).json()
    assert made["token"].startswith("vg_") and made["token"].startswith(made["prefix"])
    assert made["scopes"] == ["read", "write"]
    script = TestClient(app, headers={"Authorization": f"Bearer {made['token']}"})
    assert script.get("/api/me").status_code == 200
    for method, path, body in (
        ("POST", "/api/me/tokens", {"name": "more", "scopes": ["read"]}),
        ("POST", "/api/users", {"email": "x@example.org", "name": "X"}),
        ("POST", "/api/me/password", {"current": "a", "new": "b"}),
        ("PATCH", "/api/me", {"name": "Other"}),
        ("DELETE", "/api/sessions", None),
    ):
        assert script.request(method, path, json=body).json()["type"] == "session_only", path
    assert "token" not in admin.get("/api/me/tokens").json()["items"][0]
    assert admin.delete(f"/api/me/tokens/{made['id']}").status_code == 204
    assert script.get("/api/me").status_code == 401
    assert admin.delete(f"/api/me/tokens/{made['id']}").status_code == 404


def test_a_reading_token_does_not_write(app: FastAPI, admin: TestClient) -> None:
    token = admin.post("/api/me/tokens", json={"name": "r", "scopes": ["read"]}).json()["token"]
    script = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    refused = script.post("/api/projects", json={"name": "P", "kind": "stc"})
    assert refused.status_code == 403 and refused.json()["type"] == "scope_missing"


def test_a_token_with_an_end(app: FastAPI, admin: TestClient) -> None:
    past = (now() - timedelta(minutes=1)).isoformat()
    answer = admin.post("/api/me/tokens", json={"name": "r", "scopes": ["read"], "expires_at": past})
    assert answer.status_code == 422 and answer.json()["field"] == "expires_at"
    naive = admin.post("/api/me/tokens", json={"name": "r", "scopes": ["read"], "expires_at": "2031-01-01T00:00:00"})
    assert naive.status_code == 422


def test_bad_input_names_the_field(admin: TestClient) -> None:
    answer = admin.post("/api/users", json={"email": "no address", "name": "", "colour": "red"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {e["field"] for e in answer.json()["errors"]} == {"email", "name", "colour"}


def test_list_of_people_in_pages(admin: TestClient, new_user: Callable[..., User]) -> None:
    for number in range(5):
        new_user(f"p{number}")
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        answer = admin.get("/api/users", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [user["name"] for user in answer["items"]]
        cursor = answer["next"]
    assert seen == ["Admin", "P0", "P1", "P2", "P3", "P4"]
    for broken in ("x", "bm8", "W10", "eyJ9", "é", "WzEsMl0"):
        assert admin.get("/api/users", params={"cursor": broken}).status_code == 422, broken


def test_system_says_nothing_private(client: TestClient) -> None:
    answer = client.get("/api/system").json()
    assert answer["propagators"] == ["flow", "sam2"] and "smoke_cpu" in answer["recipes"]
    assert answer["demo_accounts"] is None
