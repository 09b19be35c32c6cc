"""Projects: who sees and changes what, guideline versions, members and their roles."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.server.world import MakeWorld, World


def test_only_admins_make_projects(admin: TestClient, world: World) -> None:
    new = {"name": " Dogs ", "kind": "stc", "review_share": 0.25}
    for who in ("lead", "ann", "eve"):
        assert world[who].post("/api/projects", json=new).status_code == 403
    made = admin.post("/api/projects", json=new)
    assert made.status_code == 201, made.text
    project = made.json()
    assert project["name"] == "Dogs"
    assert (project["my_role"], project["review_share"], project["propagator"]) == ("lead", 0.25, "flow")
    assert project["counts"] == {
        "videos": 0, "tasks_ready": 0, "tasks_leased": 0, "tasks_submitted": 0, "tasks_accepted": 0,
    }  # fmt: skip
    assert len(admin.get("/api/projects").json()["items"]) == 2
    assert world["lead"].get(f"/api/projects/{project['id']}").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": "  "}, "name"), ({"kind": "audio"}, "kind"), ({"review_share": 1.5}, "review_share"), ({"x": 1}, "x")],
)
def test_what_is_wrong_is_named(admin: TestClient, change: dict[str, Any], field: str) -> None:
    answer = admin.post("/api/projects", json={"name": "a", "kind": "stc", **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_lists_hold_my_projects_only(make_world: MakeWorld) -> None:
    one, two = make_world(), make_world("fgqa")
    video = one.add_video()
    one.add_task(video)
    seen = one["ann"].get("/api/projects").json()["items"]
    assert [p["id"] for p in seen] == [str(two.project), str(one.project)]
    assert seen[1]["counts"]["videos"] == 1
    assert seen[1]["counts"]["tasks_ready"] == 1
    assert seen[1]["my_role"] == "annotator"
    assert one["eve"].get("/api/projects").json()["items"] == []
    page = one["ann"].get("/api/projects", params={"limit": 1}).json()
    rest = one["ann"].get("/api/projects", params={"limit": 1, "cursor": page["next"]}).json()
    assert [p["id"] for p in page["items"] + rest["items"]] == [p["id"] for p in seen]


def test_patch(world: World) -> None:
    changed = world["lead"].patch(world.url(), json={"review_share": 0, "lease_minutes": 5, "description": "x"})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["review_share"], changed.json()["lease_minutes"]) == (0, 5)
    assert world["lead"].patch(world.url(), json={"kind": "fgqa"}).status_code == 422
    assert world["lead"].patch(world.url(), json={"lease_minutes": 0}).status_code == 422


def test_guideline_versions(world: World) -> None:
    assert world["ann"].get(world.url("/guideline")).json() == {"version": 0, "text": "", "created_at": None}
    for number, text in enumerate(("Look.", "Look twice."), start=1):
        assert world["lead"].put(world.url("/guideline"), json={"text": text}).json()["version"] == number
    assert world["ann"].get(world.url("/guideline")).json()["text"] == "Look twice."
    assert world["ann"].get(world.url("/guideline"), params={"version": 1}).json()["text"] == "Look."
    missing = world["ann"].get(world.url("/guideline"), params={"version": 3})
    assert (missing.status_code, missing.json()["field"]) == (404, "version")
    world.add_task(world.add_video())
    assert world["ann"].post(world.url("/tasks/next"), json={}).json()["guideline_version"] == 2


def test_members(world: World, admin: TestClient) -> None:
    people = {m["user"]["name"]: m for m in world["lead"].get(world.url("/members")).json()["items"]}
    assert people["Rhea"]["role"] == "reviewer"
    assert people["Rhea"]["user"]["email"] == "rhea@example.org"
    assert {m["user"]["email"] for m in world["ann"].get(world.url("/members")).json()["items"]} == {""}
    eve, lead, ben = (world.users[name].id for name in ("eve", "lead", "ben"))
    assert world["lead"].put(world.url(f"/members/{eve}"), json={"role": "annotator"}).json()["role"] == "annotator"
    assert world["eve"].get(world.url()).status_code == 200
    assert world["lead"].put(world.url(f"/members/{ben}"), json={"role": "reviewer"}).json()["role"] == "reviewer"
    own = world["lead"].put(world.url(f"/members/{lead}"), json={"role": "annotator"})
    assert (own.status_code, own.json()["type"]) == (409, "own_role")
    last = world["lead"].delete(world.url(f"/members/{lead}"))
    assert (last.status_code, last.json()["type"]) == (409, "last_lead")
    assert world["lead"].delete(world.url(f"/members/{eve}")).status_code == 204
    assert world["lead"].delete(world.url(f"/members/{eve}")).status_code == 404
    assert world["eve"].get(world.url()).status_code == 404
    unknown = "00000000-0000-0000-0000-000000000001"
    assert world["lead"].put(world.url(f"/members/{unknown}"), json={"role": "lead"}).status_code == 404
    assert admin.put(world.url(f"/members/{lead}"), json={"role": "annotator"}).status_code == 409, "the last lead"


def test_a_lead_adds_by_address(world: World, admin: TestClient) -> None:
    """The whole address, in any case; who is not there, closed or in already is refused beside the field."""
    url, lead = world.url("/members"), world["lead"]

    def refusal(email: str) -> tuple[int, str, str]:
        answer = lead.post(url, json={"email": email, "role": "reviewer"})
        return answer.status_code, answer.json()["type"], answer.json()["field"]

    assert refusal("eve@") == (422, "unprocessable", "email")
    assert refusal("ev@example.org") == (404, "nobody_there", "email")
    assert refusal("%@example.org") == (404, "nobody_there", "email")
    assert refusal("rhea@example.org") == (409, "already_member", "email")
    eve = f"/api/users/{world.users['eve'].id}"
    assert admin.patch(eve, json={"active": False}).status_code == 200
    assert refusal("eve@example.org") == (404, "nobody_there", "email"), "as if she had never been here"
    assert admin.patch(eve, json={"active": True}).status_code == 200
    added = lead.post(url, json={"email": " Eve@Example.org ", "role": "reviewer"})
    assert added.status_code == 201, added.text
    assert (added.json()["user"]["name"], added.json()["role"]) == ("Eve", "reviewer")
    assert refusal("eve@example.org") == (409, "already_member", "email")
    assert {m["user"]["name"]: m["role"] for m in lead.get(url).json()["items"]}["Eve"] == "reviewer"
    assert lead.get("/api/users").status_code == 403, "no list of everybody for leads"


LEADS_ONLY = [
    ("PATCH", "", {"name": "x"}),
    ("PUT", "/guideline", {"text": "x"}),
    ("PUT", "/members/{ben}", {"role": "reviewer"}),
    ("POST", "/members", {"email": "eve@example.org", "role": "annotator"}),
    ("DELETE", "/members/{cho}", None),
    ("POST", "/uploads", {"name": "a.mp4", "size": 1}),
    ("POST", "/segments/import", None),
    ("GET", "/tasks", None),
]
MEMBERS = [("GET", tail, None) for tail in ("", "/guideline", "/members", "/videos", "/queue")]


@pytest.mark.parametrize(("method", "tail", "body"), LEADS_ONLY + MEMBERS)
def test_roles(world: World, client: TestClient, method: str, tail: str, body: Any) -> None:
    url = world.url(tail.format(**{name: user.id for name, user in world.users.items()}))
    leads_only = (method, tail, body) in LEADS_ONLY
    for who, status in (("eve", 404), ("ann", 403 if leads_only else 200), ("rhea", 403 if leads_only else 200)):
        assert world[who].request(method, url, json=body).status_code == status, who
    assert client.request(method, url, json=body).status_code == 401
    assert world["lead"].request(method, url, json=body).status_code in (200, 201, 204)
