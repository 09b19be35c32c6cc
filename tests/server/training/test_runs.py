"""Runs over HTTP: a real tiny training in its own process, its files, its scores, and what can go wrong."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from model.recipes import RECIPES
from server.db import now
from server.training.process import Metrics, TrainerMissing, require_libraries
from tests.server.workflow import answer, ok

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""A training takes its seconds whatever the database; the routes are tested on both by the other tests."""

SHORT = {"steps": 3, "checkpoint_every": 2, "validate_every": 2, "batch_samples": 2}


@pytest.fixture
def released(site, clips) -> Iterator[str]:
    """A release with an answer for training and one held out."""
    project = site.project("fgqa", {"ann": "annotator", "lea": "lead"}, review_share=0.0)
    for number, clip in enumerate(clips):
        video = site.video(project, clip)
        asked = [
            {"text": "How fast does it move?", "q_type": "Speed/Force", "draft": "Fast."},
            {"text": "Where to?", "q_type": "Pose"},
        ]
        ids = [q["id"] for q in site.segment(project, video["id"], asked)["questions"]]
        task = site.lease("ann", project, "fgqa_answer")["id"]
        site.submit("ann", task, [answer(i, "write", f"Slowly, {number}.") for i in ids])
    made = ok(site["lea"].post(f"/api/projects/{project}/releases", json={}))
    site.run_jobs()
    assert ok(site["lea"].get(f"/api/releases/{made['id']}"))["state"] == "ready"
    return str(made["id"])


@ONE_DATABASE
@pytest.mark.timeout(900)  # the libraries alone take half a minute to load on a busy machine
def test_a_run_trains_keeps_what_it_wrote_and_is_scored(site, released):
    project = ok(site["lea"].get(f"/api/releases/{released}"))["project_id"]
    wanted = {"url": "https://93.184.215.14/", "events": ["run.finished"]}
    hook = ok(site["lea"].post(f"/api/projects/{project}/webhooks", json=wanted))["id"]
    ok(site["lea"].patch(f"/api/webhooks/{hook}", json={"paused": True}))  # so that nothing is sent
    started = ok(
        site["lea"].post("/api/runs", json={"release_id": released, "recipe": "smoke_cpu", "overrides": SHORT})
    )
    assert (started["state"], started["release"]["id"]) == ("queued", released)
    url = f"/api/runs/{started['id']}"
    assert site["lea"].post(f"{url}/evaluations", json={}).status_code == 409, "nothing to score yet"
    site.run_jobs()
    run = ok(site["lea"].get(url))
    assert (run["state"], run["error"]) == ("done", None)
    [told] = ok(site["lea"].get(f"/api/webhooks/{hook}/deliveries"))["items"]
    assert (told["data"]["run_id"], told["data"]["state"], told["state"]) == (run["id"], "done", "waiting")
    assert (run["status"]["step"], run["status"]["steps"]) == (3, 3)
    items = ok(site["lea"].get(f"{url}/metrics"))["items"]
    assert [row["step"] for row in items if "loss" in row][-1] == 3
    assert run["status"]["loss"] == [row["loss"] for row in items if row.get("loss") is not None][-1]
    assert all(row["step"] > 2 for row in ok(site["lea"].get(f"{url}/metrics?after_step=2"))["items"])
    paths = {file["path"] for file in run["files"]}
    assert {"config.json", "metrics.jsonl", "first_batch.txt", "export/config.json", "run.json"} <= paths
    assert any(path.startswith("export/") and path.endswith(".safetensors") for path in paths)
    assert b"How fast does it move?" in site["lea"].get(f"{url}/files/first_batch.txt").content
    assert site["lea"].get(f"{url}/files/nothing.txt").status_code == 404
    assert site["ann"].get(url).status_code == 403
    assert ok(site["ann"].get("/api/runs"))["items"] == []

    ok(site["lea"].post(f"{url}/evaluations", json={"split": "test"}))
    site.run_jobs()
    (scored,) = ok(site["lea"].get(f"{url}/evaluations"))["items"]
    assert (scored["state"], scored["error"]) == ("done", None)
    assert scored["report"]["release_sha256"] == ok(site["lea"].get(f"/api/releases/{released}"))["manifest_sha256"]
    assert set(scored["report"]["benchmarks"]) >= {"fgqa", "rtloc"}


def test_what_does_not_exist_is_refused_with_the_field(site, released):
    def post(**body):
        return site["lea"].post("/api/runs", json={"release_id": released, "recipe": "smoke_cpu", **body})

    unknown = post(recipe="plm_900b")
    assert (unknown.status_code, unknown.json()["field"]) == (422, "recipe")
    assert all(name in unknown.json()["detail"] for name in RECIPES)
    bad = post(overrides={"learning": 1})
    assert (bad.status_code, bad.json()["field"]) == (422, "overrides")
    assert post(release_id="00000000-0000-7000-8000-000000000000").status_code == 404
    assert post(colour="red").status_code == 422
    assert ok(site["lea"].get("/api/runs"))["items"] == []


def test_a_lead_reaches_for_no_folder_of_the_worker(site, released):
    """Pictures would be written and deleted in it, and whatever network lies there be read."""

    def post(who, overrides):
        return who.post("/api/runs", json={"release_id": released, "recipe": "plm_1b_lora", "overrides": overrides})

    folders = [{"data.cache_folder": "kept"}, {"data": {"cache_folder": "/kept"}}, {"model.checkpoint": "/weights/plm"}]
    folders.append({"dpo": {"drafts": "/kept/drafts.jsonl"}})
    for overrides in [*folders, {"model.checkpoint": "../runs/export"}, {"data.decode_processes": 65}]:
        refused = post(site["lea"], overrides)
        assert (refused.status_code, refused.json()["field"]) == (422, "overrides"), overrides
    assert ok(site["lea"].get("/api/runs"))["items"] == []
    assert post(site["lea"], {"model.checkpoint": "somebody/network"}).status_code == 202
    assert [post(site.admin, overrides).status_code for overrides in folders] == [202] * 4


def test_a_cancelled_run_says_so(site, released):
    run = ok(site["lea"].post("/api/runs", json={"release_id": released, "recipe": "smoke_cpu"}))
    assert ok(site["lea"].post(f"/api/runs/{run['id']}/cancel"))["state"] == "cancelled"
    site.run_jobs()
    assert ok(site["lea"].get(f"/api/runs/{run['id']}"))["state"] == "cancelled"


def test_runs_are_read_by_field_and_by_when_they_changed(site, released):
    lea = site["lea"]
    first, second = (ok(lea.post("/api/runs", json={"release_id": released, "recipe": "smoke_cpu"})) for _ in range(2))
    assert lea.get("/api/runs", params={"fields": "id,state", "limit": 1}).json()["items"] == [
        {"id": second["id"], "state": "queued"}
    ]
    moment = now().isoformat()
    assert ok(lea.get("/api/runs", params={"updated_since": moment}))["items"] == []
    ok(lea.post(f"/api/runs/{first['id']}/cancel"))
    changed = ok(lea.get("/api/runs", params={"updated_since": moment, "fields": "id,state,changed_at"}))["items"]
    assert [(run["id"], run["state"]) for run in changed] == [(first["id"], "cancelled")]
    assert changed[0]["changed_at"] >= first["changed_at"]
    assert ok(lea.get(f"/api/runs/{first['id']}", params={"fields": "recipe"})) == {"recipe": "smoke_cpu"}
    for url in ("/api/runs", f"/api/runs/{first['id']}"):
        refused = lea.get(url, params={"fields": "id,secret"})
        assert (refused.status_code, refused.json()["field"], "secret" in refused.json()["detail"]) == (
            422, "fields", True,
        )  # fmt: skip


def test_without_torch_the_run_says_what_to_install(site, released, monkeypatch):
    known = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "torch" else known(name, *a))
    with pytest.raises(TrainerMissing, match="make torch"):
        require_libraries()
    run = ok(site["lea"].post("/api/runs", json={"release_id": released, "recipe": "smoke_cpu"}))
    site.run_jobs()
    failed = ok(site["lea"].get(f"/api/runs/{run['id']}"))
    assert failed["state"] == "failed"
    assert "torch is not installed" in failed["error"]
    assert "vidgrain[train]" in failed["error"]


def test_a_release_with_a_changed_byte_trains_nothing_and_names_the_file(site, released, parts):
    made = ok(site["lea"].get(f"/api/releases/{released}"))
    entry = next(f for f in made["files"] if f["path"] == "conversations/train.jsonl")
    key = f"blobs/{entry['sha256'][:2]}/{entry['sha256']}"
    data = b"".join(parts.storage.read(key))
    drafts = {orjson.loads(line)["meta"].get("draft") for line in data.splitlines()}
    assert drafts == {"Fast.", None}, "a draft that a person improved is told beside the answer: a preference"
    parts.storage.put(key, data.replace(b"Slowly", b"Swiftly"))
    run = ok(site["lea"].post("/api/runs", json={"release_id": released, "recipe": "smoke_cpu"}))
    site.run_jobs()
    failed = ok(site["lea"].get(f"/api/runs/{run['id']}"))
    assert failed["state"] == "failed"
    assert "conversations/train.jsonl: changed" in failed["error"]


def test_metrics_are_followed_line_by_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path)
    assert metrics.new() == []
    path.write_bytes(orjson.dumps({"step": 1}) + b'\n{"step"')
    assert metrics.new() == [{"step": 1}], "half a line waits"
    with path.open("ab") as file:
        file.write(b': 2}\n{"step": 3}\n')
    assert metrics.new() == [{"step": 2}, {"step": 3}]
    path.write_bytes(orjson.dumps({"step": 1}) + b"\n")
    assert metrics.new() == [{"step": 1}], "a resumed run cut the file back"
    other = tmp_path / "other"
    other.write_bytes(orjson.dumps({"step": 1, "loss": 0.25}) + b"\n" + orjson.dumps({"step": 2}) + b"\n")
    other.replace(path)
    assert [row["step"] for row in metrics.new()] == [1, 2], "and has put a longer one in its place since"


def test_the_same_request_twice_is_one_run(site, released, new_user, sign_in):
    """Also at the same moment, after the run is over, and when the second asks for something else; per person."""
    body = {"release_id": released, "recipe": "smoke_cpu"}

    def post(who, key=None, **more):
        return ok(who.post("/api/runs", json={**body, **more}, headers={"Idempotency-Key": key} if key else {}))

    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: post(site["lea"], "nightly-1"), range(8)))
    [run] = {made["id"] for made in asked}
    [_] = {made["job_id"] for made in asked}
    assert [item["id"] for item in ok(site["lea"].get("/api/runs"))["items"]] == [run]
    assert post(site["lea"], "nightly-1", overrides={"steps": 2})["overrides"] == {}
    ok(site["lea"].post(f"/api/runs/{run}/cancel"))
    again = post(site["lea"], "nightly-1")
    assert (again["id"], again["state"]) == (run, "cancelled")
    others = {post(site["lea"], "nightly-2")["id"], post(site["lea"])["id"], post(site["lea"])["id"]}
    others.add(post(site.admin, "nightly-1")["id"])
    assert len(others) == 4 and run not in others
    refused = site["lea"].post("/api/runs", json=body, headers={"Idempotency-Key": "k" * 129})
    assert (refused.status_code, refused.json()["field"]) == (422, "idempotency-key")
    bad = {"release_id": released, "recipe": "plm_900b"}
    assert site["lea"].post("/api/runs", json=bad, headers={"Idempotency-Key": "bad"}).status_code == 422
    assert post(site["lea"], "bad")["recipe"] == "smoke_cpu", "a refused request uses no key up"
