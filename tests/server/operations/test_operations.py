"""What an operator relies on: alive, ready and why not, metrics for whoever may read them, logs by request."""

from __future__ import annotations

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError
from sqlalchemy import func, select, text

from server.app import install_parts
from server.db import Database, now
from server.logs import configure_logs
from server.operations.health import may_scrape
from server.operations.readiness import PATIENCE_SECONDS, Check, NotReady, Readiness, checks, wait_for
from server.parts import Parts, make_parts
from server.settings import Settings
from server.storage import StorageRefused, open_storage
from server.tables.jobs import Job, Worker
from server.tables.tasks import TaskKind
from tests import servers
from tests.faults.site import run_command
from tests.server.world import World, make_world, world

__all__ = ["make_world", "world"]


def standing(client: TestClient) -> dict[str, dict[str, Any]]:
    body = client.get("/api/ready").json()
    return {part["name"]: part for part in body["checks"]}


# --- readiness ------------------------------------------------------------------------------------------------------


def test_ready_names_each_part(client: TestClient) -> None:
    answer = client.get("/api/ready")
    assert answer.status_code == 200 and answer.json()["status"] == "ok"
    assert {part["name"]: part["ok"] for part in answer.json()["checks"]} == {
        "database": True, "revision": True, "storage": True,
    }  # fmt: skip


def test_an_old_schema_is_not_ready_but_alive(client: TestClient, parts: Parts) -> None:
    with parts.database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/api/ready")
    assert answer.status_code == 503 and answer.json()["type"] == "not_ready"
    assert "vidgrain migrate" in standing(client)["revision"]["reason"] and standing(client)["database"]["ok"]
    assert client.get("/api/health").status_code == 200
    with parts.database.begin() as session:
        # A newer one: this server is about to be replaced, and works on until then.
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    time.sleep(2.1)
    assert client.get("/api/ready").status_code == 200
    with parts.database.begin() as session:
        from migrations import run

        session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": run.newest()})


def test_a_part_that_is_away_is_named_and_nothing_is_told(
    one_app: FastAPI, database_url: str, tmp_path: Path, redis_url: str
) -> None:
    port = servers.free_port()
    brokered = not database_url.startswith("sqlite")
    settings = Settings(
        data_folder=tmp_path, database_url=database_url,
        redis_url=f"redis://:hidden@127.0.0.1:{port}/0" if brokered else "",
        s3_bucket="b", s3_endpoint=f"http://127.0.0.1:{port}", s3_access_key=SecretStr("access"),
        s3_secret_key=SecretStr("hidden"),
    )  # fmt: skip
    made = make_parts(settings)
    install_parts(one_app, made)
    client = TestClient(one_app)
    begun = time.monotonic()
    answer = client.get("/api/ready")
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert time.monotonic() - begun < 10
    found = standing(client)
    assert found["database"]["ok"] and not found["storage"]["ok"]
    assert ("broker" in found) is brokered
    assert not brokered or (not found["broker"]["ok"] and "VIDGRAIN_REDIS_URL" in found["broker"]["reason"])
    assert "hidden" not in answer.text and str(port) not in answer.text and "127.0.0.1" not in answer.text
    made.close()


def test_a_full_or_closed_data_folder_is_named(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    [check] = [check for check in checks(parts.settings, parts.storage) if check.name == "storage"]
    readiness = Readiness([check])
    monkeypatch.setattr("server.operations.readiness.FREE_BYTES", 1 << 62)
    [found] = readiness.standing()
    assert not found.ok and "full" in found.reason


def test_one_question_however_many_ask_and_a_hanging_part_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    free = threading.Event()

    def hang() -> None:
        asked.append("slow")
        free.wait(30)

    monkeypatch.setattr("server.operations.readiness.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("server.operations.readiness.KEPT_SECONDS", 0.0)
    readiness = Readiness([Check("slow", "VIDGRAIN_SLOW", hang), Check("quick", "VIDGRAIN_QUICK", lambda: None)])
    for _ in range(3):
        slow, quick = readiness.standing()
        assert not slow.ok and "VIDGRAIN_SLOW" in slow.reason and quick.ok
    assert asked == ["slow"]
    free.set()
    deadline = time.monotonic() + 10
    while not readiness.standing()[0].ok:
        assert time.monotonic() < deadline

    monkeypatch.setattr("server.operations.readiness.KEPT_SECONDS", 60.0)
    counted: list[int] = []
    kept = Readiness([Check("once", "VIDGRAIN_ONCE", lambda: counted.append(1))])
    askers = [threading.Thread(target=kept.standing) for _ in range(20)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert counted == [1]


def test_a_log_that_takes_no_line_keeps_no_question_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is away and standard error is closed: the answer comes at once, and the next one as well."""
    asked: list[str] = []

    def away() -> None:
        asked.append("away")
        raise ConnectionRefusedError("nobody there")

    closed = io.StringIO()
    closed.close()
    before = structlog.get_config()
    monkeypatch.setattr("sys.stderr", closed)
    monkeypatch.setattr("server.operations.readiness.KEPT_SECONDS", 0.0)
    configure_logs(json=True)
    try:
        readiness = Readiness([Check("broken", "VIDGRAIN_BROKEN", away)])
        begun = time.monotonic()
        for _ in range(3):
            [found] = readiness.standing()
            assert not found.ok and "VIDGRAIN_BROKEN" in found.reason
        assert len(asked) == 3 and time.monotonic() - begun < PATIENCE_SECONDS
    finally:
        structlog.configure(**before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_question_that_breaks_is_answered_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends() -> None:
        raise SystemExit(3)

    monkeypatch.setattr("server.operations.readiness.KEPT_SECONDS", 0.0)
    readiness = Readiness([Check("ends", "VIDGRAIN_ENDS", ends)])
    begun = time.monotonic()
    for _ in range(3):
        assert [found.ok for found in readiness.standing()] == [False]
    assert time.monotonic() - begun < PATIENCE_SECONDS


def test_a_start_waits_and_then_says_which_setting(settings: Settings, tmp_path: Path) -> None:
    port = servers.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    missing = settings.model_copy(update={"redis_url": url})
    waiting = checks(missing, open_storage(missing))
    said: list[str] = []
    with pytest.raises(NotReady, match="VIDGRAIN_REDIS_URL"):
        wait_for(waiting, 1.0, said.append)
    assert len(said) == 1 and "broker" in said[0]

    def later() -> None:
        time.sleep(0.7)
        with servers.redis_server(port):
            gone.wait(30)

    gone = threading.Event()
    thread = threading.Thread(target=later)
    thread.start()
    try:
        wait_for(waiting, 30.0, said.append)
    finally:
        gone.set()
        thread.join()


@pytest.mark.parametrize("given", [":not-the-password@", ""], ids=["wrong", "none"])
def test_a_start_with_a_password_that_redis_refuses_names_the_setting_and_leaves_nothing(
    postgres_database: str, tmp_path: Path, given: str
) -> None:
    port = servers.free_port()
    with servers.redis_server(port) as broker:
        with redis.Redis.from_url(broker.url) as client:
            client.config_set("requirepass", "the-password")
        settings = Settings(
            data_folder=tmp_path / "data",
            database_url=postgres_database,
            redis_url=f"redis://{given}127.0.0.1:{port}/0",
            start_seconds=0.5,
            secret="a-secret-of-this-test-of-40-letters-or-so",
        )
        starts = (("serve", "--port", str(servers.free_port())), ("worker",))
        for ended in [run_command(settings, *start) for start in starts]:
            assert ended.returncode != 0
            said = ended.stdout + ended.stderr
            assert "Redis refused the name or password in VIDGRAIN_REDIS_URL" in said
            assert "Traceback" not in said and "the-password" not in said
    database = Database(postgres_database)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Worker)) == 0
    database.dispose()


def test_a_refused_bucket_is_told_in_our_words(parts: Parts) -> None:
    def refuse() -> None:
        raise StorageRefused("The object store has no such bucket: check VIDGRAIN_S3_BUCKET.")

    [found] = Readiness([Check("storage", "VIDGRAIN_S3_BUCKET", refuse)]).standing()
    assert not found.ok and found.reason.endswith("check VIDGRAIN_S3_BUCKET.")


# --- metrics --------------------------------------------------------------------------------------------------------


TOKEN = "a-token-for-the-scraper-0123456789"


@pytest.fixture
def scraper(app: FastAPI, parts: Parts) -> TestClient:
    """Prometheus, with its token."""
    settings = parts.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    install_parts(app, replace(parts, settings=settings))
    return TestClient(app, headers={"authorization": f"Bearer {TOKEN}"})


def value(text: str, name: str, **labels: str) -> float:
    """The value of one sample."""
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name:
            given = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if labels.items() <= given.items():
                return float(found[3])
    return 0.0


def test_nobody_reads_metrics_without_being_named(client: TestClient, admin: TestClient) -> None:
    for who in (client, admin):
        answer = who.get("/api/metrics")
        assert answer.status_code == 404 and answer.json()["type"] == "metrics_closed"


@pytest.mark.parametrize(
    ("networks", "address", "authorization", "may"),
    [
        ("", "127.0.0.1", "", False),
        ("", "127.0.0.1", f"Bearer {TOKEN}", True),
        ("", "127.0.0.1", "Bearer wrong", False),
        ("", "127.0.0.1", "Bearer ", False),
        ("", "127.0.0.1", f"Basic {TOKEN}", False),
        ("10.0.0.0/8, 127.0.0.1", "10.9.8.7", "", True),
        ("10.0.0.0/8, 127.0.0.1", "127.0.0.1", "", True),
        ("10.0.0.0/8, 127.0.0.1", "11.0.0.1", "", False),
        ("10.0.0.0/8", "::ffff:10.1.1.1", "", True),
        ("10.0.0.0/8", "fd00::1", "", False),
        ("10.0.0.0/8", "10.1.1.1", "Bearer wrong", False),
        ("10.0.0.0/8", "testclient", "", False),
    ],
)
def test_who_may_scrape(networks: str, address: str, authorization: str, may: bool) -> None:
    settings = Settings(metrics_token=SecretStr(TOKEN), metrics_from=networks)
    assert may_scrape(settings, address, authorization) is may


def test_a_network_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="metrics_from"):
        Settings(metrics_from="10.0.0.0/99")


def test_metrics_tell_what_was_done(app: FastAPI, world: World, scraper: TestClient) -> None:
    before = scraper.get("/api/metrics").text
    task = world.add_task(world.add_video(), TaskKind.STC_SUBJECT)
    world["ann"].post(world.url("/tasks/next"), json={})
    document = world["ann"].get(f"/api/tasks/{task}/document").json()
    save = {"operations": [{"id": "o1", "verb": "put", "collection": "notes", "record_id": "n1",
                            "record": {"id": "n1", "text": "A remark."}}]}  # fmt: skip
    where = f"/api/documents/{document['id']}"
    assert world["ann"].patch(where, json=save, headers={"If-Match": '"0"'}).status_code == 200
    save["operations"][0]["id"] = "o2"
    assert world["ann"].patch(where, json=save, headers={"If-Match": '"7"'}).status_code == 412
    with world.parts.database.begin() as session:
        moment = now()
        done = Job(kind="open_tasks", lane="light", payload={}, state="done", attempts=1, finished_at=moment)
        done.created_at = done.run_after = moment.replace(microsecond=0)
        done.started_at = moment
        session.add_all(
            [done, Job(kind="ingest", lane="ingest", payload={}), Job(kind="ingest", lane="ingest", payload={})]
        )
        session.add(
            Worker(
                name="w", host="gpu-1", pid=1, lanes=["track", "train"], concurrency=1, version="1",
                started_at=moment, heartbeat_at=moment, holds=[],
                gpus=[{"name": "X", "memory_bytes": 100, "memory_used_bytes": 40, "use": 0.5}],
            )
        )  # fmt: skip
    time.sleep(0.01)
    app.state.scrape._until = 0.0
    after = scraper.get("/api/metrics").text

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("vidgrain_leases_total", kind="stc_subject") == 1
    assert grown("vidgrain_saved_operations_total", kind="stc_subject") == 1
    assert grown("vidgrain_save_conflicts_total", kind="stc_subject") == 1
    route = "/api/documents/{document_id}"
    assert grown("vidgrain_requests_total", method="PATCH", route=route, status="412") == 1
    assert grown("vidgrain_request_seconds_count", method="PATCH", route=route) == 2
    assert value(after, "vidgrain_jobs_waiting", lane="ingest") == 2
    assert 0 <= value(after, "vidgrain_jobs_oldest_wait_seconds", lane="ingest") < 60
    assert value(after, "vidgrain_jobs_ended", lane="light", kind="open_tasks", state="done") == 1
    assert 0 < value(after, "vidgrain_job_wait_seconds", lane="light", kind="open_tasks", quantile="0.95") < 1.1
    assert value(after, "vidgrain_workers", lane="track") == 1
    assert value(after, "vidgrain_gpu_use", host="gpu-1", gpu="0") == 0.5
    assert value(after, "vidgrain_gpu_memory_used_bytes", host="gpu-1") == 40
    assert value(after, "vidgrain_database_up") == 1 and value(after, "process_resident_memory_bytes") > 1e6
    # No label ever names a thing or a person.
    assert str(task) not in after and document["id"] not in after and "example.org" not in after


def test_odd_requests_make_no_new_labels(scraper: TestClient) -> None:
    for path in ("/api/nothing/123", "/some/page", "/invitation/secret-token"):
        scraper.get(path)
    scraper.request("FROBNICATE", "/api/health")
    scraper.get("/api/tasks/not-an-id")
    text = scraper.get("/api/metrics").text
    assert "FROBNICATE" not in text and "secret-token" not in text and "not-an-id" not in text and "nothing" not in text


def test_metrics_come_without_the_database(app: FastAPI, parts: Parts, tmp_path: Path, scraper: TestClient) -> None:
    app.state.scrape._database = Database(f"postgresql+psycopg://x@127.0.0.1:{servers.free_port()}/x")
    answer = scraper.get("/api/metrics")
    assert answer.status_code == 200 and value(answer.text, "vidgrain_database_up") == 0
    assert "vidgrain_requests_total" in answer.text and "vidgrain_database_up 0" in answer.text


# --- logs -----------------------------------------------------------------------------------------------------------


@contextmanager
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The log as JSON, filled when the block ends."""
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    before = structlog.get_config()
    configure_logs(json=True)
    found: list[dict[str, Any]] = []
    try:
        yield found
    finally:
        structlog.configure(**before)
        found += [json.loads(line) for line in said.getvalue().splitlines() if line.startswith("{")]


def test_a_request_and_its_jobs_share_an_id(
    world: World, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_task(world.add_video(), TaskKind.STC_SUBJECT)
    given = "from-the-proxy-42"
    with lines(monkeypatch) as found:
        answer = world["ann"].post(world.url("/tasks/next"), json={}, headers={"x-request-id": given})
        assert answer.headers["x-request-id"] == given
        with world.parts.database.begin() as session:
            for row in session.query(Job):
                row.run_after = now()
        assert run_jobs() >= 1
    mine = [line for line in found if line.get("request") == given]
    assert {line["event"] for line in mine} == {"request", "job_done"}
    [request] = [line for line in mine if line["event"] == "request"]
    assert request["route"] == "/api/projects/{project_id}/tasks/next" and request["status"] == 200
    [job] = [line for line in mine if line["event"] == "job_done"]
    assert job["kind"] == "reap_leases" and job["job"]


@pytest.mark.parametrize(
    "bad", ["short", "x" * 65, "with space in it", "new\tline-in-here", "semi;colon;here", "ÄÖÜ-ÄÖÜ-ÄÖÜ"]
)
def test_a_malformed_request_id_is_replaced(client: TestClient, bad: str) -> None:
    answer = client.get("/api/health", headers={"x-request-id": bad.encode("latin-1")})
    assert answer.headers["x-request-id"] != bad and re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_the_log_says_nothing_personal(client: TestClient, admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with lines(monkeypatch) as found:
        client.post("/api/session", json={"email": "somebody@example.org", "password": "a-secret-password"})
        client.get("/api/invitations/a-one-time-link")
        client.get("/invitation/a-one-time-link")
        client.get("/api/health?q=searched-for")
        admin.post("/api/users", json={"email": "new.person@example.org", "name": "New Person"})
    text = json.dumps(found)
    assert len(found) >= 5
    for secret in ("somebody", "a-secret-password", "one-time", "searched-for", "new.person", "New Person"):
        assert secret not in text, secret


def test_a_crash_is_answered_with_its_id_and_logged_under_it(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    del app.state.readiness
    with lines(monkeypatch) as found:
        answer = TestClient(app, raise_server_exceptions=False).get(
            "/api/ready", headers={"x-request-id": "crash-id-1"}
        )
    assert answer.status_code == 500 and answer.headers["x-request-id"] == "crash-id-1"
    assert {line["event"] for line in found if line.get("request") == "crash-id-1"} == {"crash", "request"}
    assert [line["status"] for line in found if line["event"] == "request"] == [500]
