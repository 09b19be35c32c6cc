"""Webhooks from what happens to what comes: signed, in the same transaction, at least once, for leads only."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import func, select, update

from server import outbound
from server.client import NotOurs, verify_webhook
from server.db import now
from server.jobs import enqueue
from server.outbound import AddressRefused, Guard
from server.tables.jobs import Job
from server.tables.webhooks import EventKind, Webhook, WebhookDelivery
from server.webhooks import deliver as sending
from server.webhooks import jobs as webhook_jobs
from server.webhooks.note import note
from tests.server.webhooks.conftest import EVENTS, Receiver, add, come_due, deliver, happen, listed, row
from tests.server.workflow import Site, answer, ok
from tests.server.world import World

DOCS = Path(__file__).resolve().parents[3] / "docs" / "webhooks.md"


def test_what_happens_is_told_signed_and_without_content(site: Site, receiver: Receiver, clips: list[Path]) -> None:
    """Real work: a task handed in, a release built, a run that ends. Ids and links come, texts never."""
    project = site.project("fgqa", {"ann": "annotator", "lea": "lead"}, review_share=0.0)
    hook = ok(site["lea"].post(f"/api/projects/{project}/webhooks", json={"url": receiver.url(), "events": EVENTS}))
    whole = ok(site.admin.post("/api/webhooks", json={"url": receiver.url("/site"), "events": ["release.ready"]}))
    secret = hook["secret"]
    assert secret.startswith("whsec_") and secret.startswith(hook["hint"])
    [shown] = ok(site["lea"].get(f"/api/projects/{project}/webhooks"))
    assert "secret" not in shown and secret not in str(shown)
    for number, clip in enumerate(clips):
        video = site.video(project, clip)
        asked = [{"text": f"A secret question {number}?", "q_type": "Pose"}]
        [question] = site.segment(project, video["id"], asked)["questions"]
        task = site.lease("ann", project, "fgqa_answer")["id"]
        site.submit("ann", task, [answer(question["id"], "write", "A secret answer.")])
        assert len(receiver.got) == number, "the request itself sends nothing"
        site.run_jobs()
    made = ok(site["lea"].post(f"/api/projects/{project}/releases", json={"name": "A secret name"}))["id"]
    site.run_jobs()
    run = ok(site["lea"].post("/api/runs", json={"release_id": made, "recipe": "smoke_cpu"}))["id"]
    ok(site["lea"].post(f"/api/runs/{run}/cancel"))
    site.run_jobs()
    told = [verify_webhook(secret, headers, body) for path, headers, body in receiver.got if path == "/hook"]
    assert [each["type"] for each in told] == ["task.submitted", "task.submitted", "release.ready", "run.finished"]
    assert told[1]["data"] == {
        "project_id": project, "task_id": task, "task_kind": "fgqa_answer", "link": f"http://site.test/api/tasks/{task}",
    }  # fmt: skip
    assert told[2]["data"]["link"] == f"http://site.test/api/releases/{made}"
    assert (told[3]["data"]["run_id"], told[3]["data"]["state"]) == (run, "cancelled")
    assert "ecret" not in str([body for _, _, body in receiver.got])
    [(_, headers, body)] = [got for got in receiver.got if got[0] == "/site"]
    assert verify_webhook(whole["secret"], headers, body)["type"] == "release.ready"
    assert headers["webhook-id"] != told[2]["id"], "each receiver knows its own messages"
    with pytest.raises(NotOurs, match="wrong"):
        verify_webhook(secret, headers, body)
    mine = receiver.got[0][1:]
    with pytest.raises(NotOurs, match="wrong"):
        verify_webhook(secret, mine[0], mine[1].replace(b"task", b"tusk"))
    with pytest.raises(NotOurs, match="old"):
        verify_webhook(secret, *mine, at=float(mine[0]["webhook-timestamp"]) + 301)
    with pytest.raises(NotOurs, match="no signature"):
        verify_webhook(secret, {}, body)


def test_what_is_rolled_back_is_not_told(world: World, hooked: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError), world.parts.database.begin() as session:
        note(session, EventKind.TASK_SUBMITTED, world.project, "/api/tasks/1", task_id=1)
        raise RuntimeError("the rest of it broke")
    assert listed(world, hooked) == []
    with world.parts.database.begin() as session:
        note(session, EventKind.RELEASE_READY, uuid4(), "/api/releases/1")
        assert session.scalar(select(func.count()).select_from(Job)) == 0, "nobody wants it: no row, no ring"


KILLED = """
import sys, time
from uuid import UUID
from server.parts import make_parts
from server.settings import Settings
from server.webhooks import deliver
parts = make_parts(Settings())
deliver.serve(parts, deliver.guard_of(parts.settings), UUID(sys.argv[1]), lambda: True, time.monotonic() + 60)
"""


def test_killed_while_it_sends(
    world: World,
    hooked: dict[str, Any],
    receiver: Receiver,
    run_jobs: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is lost between the commit and the receiver's word: what it may have had comes again, by the same id."""
    happen(world)
    for name, value in world.parts.settings.environment().items():
        monkeypatch.setenv(name, value)
    came, go = threading.Event(), threading.Event()

    def hold(_handler: object) -> None:
        came.set()
        go.wait(30)

    receiver.says = hold
    command = [sys.executable, "-c", KILLED, hooked["id"]]
    with subprocess.Popen(command) as child:
        assert came.wait(60)
        child.send_signal(signal.SIGKILL)
    go.set()
    receiver.says = None
    deliver(world.parts, run_jobs)
    assert len(receiver.got) == 1, "the dead one holds it for a moment still"
    come_due(world.parts)
    deliver(world.parts, run_jobs)
    first, second = (headers["webhook-id"] for _, headers, _ in receiver.got)
    [only] = listed(world, hooked)
    assert (first, second, only["state"]) == (only["id"], only["id"], "delivered")
    deliver(world.parts, run_jobs)
    assert len(receiver.got) == 2


def test_failures_are_tried_again_later_and_later_then_parked(
    world: World, hooked: dict[str, Any], receiver: Receiver, run_jobs: Callable[..., int]
) -> None:
    happen(world, 2)
    receiver.status(503, b"inner words", Retry_After="900")
    run_jobs(("light",))
    assert len(receiver.got) == 1, "after a failure it is left alone"
    assert row(world.parts, hooked).rests_until > now() + timedelta(seconds=800)  # type: ignore[operator]
    second, first = listed(world, hooked)
    assert (first["state"], first["status"], first["attempts"], second["attempts"]) == ("waiting", 503, 1, 0)
    assert "503" in first["reason"] and "inner" not in str(first), "of a private network only the status is kept"
    waits = []
    receiver.status(500)
    for _ in range(2 * len(sending.PAUSES) + 1):
        come_due(world.parts)
        deliver(world.parts, run_jobs)
        newest = max(listed(world, hooked), key=lambda each: each["attempts"])
        waits.append(newest["attempts"])
    assert [each["state"] for each in listed(world, hooked)] == ["parked", "parked"]
    assert max(waits) == len(sending.PAUSES) + 1
    receiver.says = None
    url = f"/api/webhooks/{hooked['id']}/resend"
    unknown = world["lead"].post(url, json={"delivery_ids": [first["id"], str(uuid4())]})
    assert (unknown.status_code, unknown.json()["field"]) == (404, "delivery_ids.1")
    assert world["lead"].post(url, json={"delivery_ids": [first["id"]]}).json() == {"count": 1}
    run_jobs(("light",))
    assert [each["state"] for each in listed(world, hooked)] == ["parked", "delivered"]
    assert world["lead"].post(url, json={}).json() == {"count": 1}
    run_jobs(("light",))
    assert {each["state"] for each in listed(world, hooked)} == {"delivered"}
    shown = world["lead"].get(world.url("/webhooks")).json()[0]
    assert (shown["failures"], shown["failing_since"]) == (0, None) and shown["delivered_at"]


def test_one_that_hangs_holds_up_no_other(
    world: World, receiver: Receiver, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    slow, quick = add(world, receiver.url("/slow")), add(world, receiver.url("/quick"))
    over = threading.Event()

    def trickle(handler: Any) -> None:
        if handler.path == "/quick":
            handler.send_response(200)
            handler.end_headers()
            return
        for _ in range(100):
            if over.wait(0.05):
                return
            handler.wfile.write(b"H")

    receiver.says = trickle
    happen(world, 3)
    run_jobs(("light",))
    over.set()
    assert [each["state"] for each in listed(world, quick)] == ["delivered"] * 3
    third, second, first = listed(world, slow)
    assert (first["attempts"], second["attempts"], third["attempts"]) == (1, 0, 0)
    assert first["status"] is None and "did not answer" in first["reason"]
    assert add(world, "https://no-such-host.invalid/hook")["paused"] is None, "it may be known tomorrow"


def test_one_that_fails_for_days_is_paused_and_keeps_what_waits(
    world: World, hooked: dict[str, Any], receiver: Receiver, run_jobs: Callable[..., int]
) -> None:
    happen(world)
    receiver.status(500)
    run_jobs(("light",))
    with world.parts.database.begin() as session:
        session.execute(update(Webhook).values(failing_since=now() - sending.GIVEN_UP))
    come_due(world.parts)
    deliver(world.parts, run_jobs)
    url = f"/api/webhooks/{hooked['id']}"
    assert world["lead"].get(world.url("/webhooks")).json()[0]["paused"] == "failing"
    happen(world)
    come_due(world.parts)
    deliver(world.parts, run_jobs)
    assert (len(receiver.got), len(listed(world, hooked, state="waiting"))) == (2, 2)
    assert world["lead"].post(f"{url}/resend", json={}).json()["type"] == "webhook_paused"
    receiver.says = None
    pinged = world["lead"].post(f"{url}/ping")
    assert pinged.status_code == 202
    run_jobs(("light",))
    assert orjson.loads(receiver.got[-1][2])["type"] == "ping", "it can be tried while it is paused"
    assert world["lead"].patch(url, json={"paused": False}).json()["failing_since"] is None
    run_jobs(("light",))
    assert {each["state"] for each in listed(world, hooked)} == {"delivered"}
    receiver.status(410)
    happen(world)
    run_jobs(("light",))
    assert row(world.parts, hooked).paused == "gone"


def test_a_ping_is_tried_once_and_counts_for_nothing(
    world: World, hooked: dict[str, Any], receiver: Receiver, inner: Receiver, run_jobs: Callable[..., int]
) -> None:
    """A redirect, here to a private address, is an answer and is not followed."""
    receiver.status(302, Location=inner.url("/secrets"))
    url = f"/api/webhooks/{hooked['id']}"
    assert world["lead"].post(f"{url}/ping").json()["state"] == "waiting"
    run_jobs(("light",))
    [pinged] = listed(world, hooked)
    assert (pinged["kind"], pinged["state"], pinged["status"], pinged["attempts"]) == ("ping", "parked", 302, 1)
    assert "redirects are not followed" in pinged["reason"] and inner.got == []
    assert (row(world.parts, hooked).failures, row(world.parts, hooked).rests_until) == (0, None)


def test_secrets_change_without_a_gap_and_are_not_stored(
    world: World, hooked: dict[str, Any], receiver: Receiver, run_jobs: Callable[..., int]
) -> None:
    url = f"/api/webhooks/{hooked['id']}"
    made = world["lead"].post(f"{url}/secret").json()
    assert made["secret"] != hooked["secret"] and made["secret"].startswith(made["hint"])
    stored = row(world.parts, hooked)
    for secret in (made["secret"], hooked["secret"]):
        assert secret.removeprefix("whsec_") not in str(vars(stored))
    happen(world)
    run_jobs(("light",))
    _, headers, body = receiver.got[-1]
    assert verify_webhook(made["secret"], headers, body) == verify_webhook(hooked["secret"], headers, body)
    with world.parts.database.begin() as session:
        session.execute(update(Webhook).values(old_until=now()))
    happen(world)
    run_jobs(("light",))
    _, headers, body = receiver.got[-1]
    verify_webhook(made["secret"], headers, body)
    with pytest.raises(NotOurs):
        verify_webhook(hooked["secret"], headers, body)
    with world.parts.database.begin() as session:  # as if the site had been started with another secret
        session.execute(update(Webhook).values(hint="whsec_AAAA"))
    happen(world)
    run_jobs(("light",))
    assert len(receiver.got) == 2 and "rotate" in listed(world, hooked)[0]["reason"]


def test_what_is_wrong_is_named_and_changes_nothing(world: World, receiver: Receiver, inner: Receiver) -> None:
    def refused(field: str, **body: Any) -> None:
        new = {"url": receiver.url(), "events": EVENTS, **body}
        found = world["lead"].post(world.url("/webhooks"), json=new)
        assert (found.status_code, found.json().get("field")) == (422, field), found.text

    for url in (
        inner.url(), "http://example.org/hook", "https://10.0.0.1/", "https://localhost/", "https://[::1]/", "ftp://x/",
        "https://169.254.169.254/latest", "https://0x7f000001/", "https://me:secret@example.org/", "https://", "x",
        "https://user@127.0.0.1/", "https://a b/",
    ):  # fmt: skip
        refused("url", url=url)
    refused("events", events=[])
    refused("events.1", events=["task.submitted", "task.burnt"])
    refused("events.0", events=["ping"])
    refused("colour", colour="red")
    refused("name", name="x" * 121)
    assert world["lead"].get(world.url("/webhooks")).json() == []
    hook = add(world, receiver.url(), ["task.submitted", "task.submitted"])
    url = f"/api/webhooks/{hook['id']}"
    assert hook["events"] == ["task.submitted"]
    found = world["lead"].patch(url, json={"url": inner.url(), "name": "other"})
    assert (found.status_code, found.json()["field"]) == (422, "url")
    assert row(world.parts, hook).name == "tests"
    for who, status in (("rhea", 403), ("ann", 403), ("eve", 404)):
        assert (
            world[who].post(world.url("/webhooks"), json={"url": receiver.url(), "events": EVENTS}).status_code
            == status
        )
        assert world[who].delete(url).status_code == status
        assert world[who].patch(url, json={"paused": True}).status_code == status
    assert world["lead"].post("/api/webhooks", json={"url": receiver.url(), "events": EVENTS}).status_code == 403
    for _ in range(19):
        add(world, receiver.url())
    full = world["lead"].post(world.url("/webhooks"), json={"url": receiver.url(), "events": EVENTS})
    assert full.json()["type"] == "too_many_webhooks"


def test_where_a_name_leads_is_looked_at_each_time(inner: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: public when it was saved, the loopback when something is sent. And what is kept of an answer."""
    said = iter([["93.184.215.14"], ["127.0.0.1"], ["93.184.215.14", "127.0.0.1"]])
    guard = Guard(resolve=lambda _host, _port: next(said))
    url = f"https://hooks.example.org:{inner.port}/hook"
    assert guard.allowed("hooks.example.org", inner.port) == ["93.184.215.14"]
    for _ in range(2):
        with pytest.raises(AddressRefused, match="private"):
            guard.post(url, b"{}", {}, 5)
    with pytest.raises(AddressRefused, match="https"):
        guard.post(url.replace("https", "http"), b"{}", {}, 5)
    assert inner.got == []

    class Plain(Guard):
        def receiver(self, address: str) -> Any:
            parts = outbound.check_address(address)
            return parts, parts.hostname, parts.port

    monkeypatch.setattr(outbound, "is_public", lambda _ip: True)
    inner.status(200, b"thanks " * 1000)
    answered = Plain(resolve=lambda _host, _port: ["127.0.0.1"]).post(url.replace("https", "http"), b"{}", {}, 5)
    assert (answered.status, len(answered.text), answered.text[:6]) == (200, outbound.ANSWER_BYTES, "thanks")


def test_changing_pausing_and_deleting(
    world: World, hooked: dict[str, Any], receiver: Receiver, run_jobs: Callable[..., int]
) -> None:
    url = f"/api/webhooks/{hooked['id']}"
    changed = world["lead"].patch(url, json={"events": ["release.ready"], "url": receiver.url("/new"), "name": " b "})
    assert (changed.json()["events"], changed.json()["name"]) == (["release.ready"], "b")
    happen(world)
    assert listed(world, hooked) == [], "it is told only what it wants"
    world["lead"].patch(url, json={"events": EVENTS, "paused": True})
    happen(world)
    run_jobs(("light",))
    assert receiver.got == []
    world["lead"].patch(url, json={"paused": False})
    run_jobs(("light",))
    assert [path for path, _, _ in receiver.got] == ["/new"]
    with world.parts.database.begin() as session:
        session.execute(update(WebhookDelivery).values(created_at=now() - webhook_jobs.KEPT - timedelta(days=1)))
    happen(world)
    with world.parts.database.begin() as session:
        enqueue(session, "forget_webhook_deliveries", {})
    run_jobs(("light",))
    assert len(listed(world, hooked)) == 1
    assert world["lead"].delete(url).status_code == 204
    happen(world)
    with world.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WebhookDelivery)) == 0
    assert world["lead"].get(f"{url}/deliveries").status_code == 404


def test_the_snippet_of_the_docs_works(
    world: World, hooked: dict[str, Any], receiver: Receiver, run_jobs: Callable[..., int]
) -> None:
    happen(world)
    run_jobs(("light",))
    _, headers, body = receiver.got[-1]
    found = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)
    assert names["told"](hooked["secret"], headers, body)["type"] == "task.submitted"
    with pytest.raises(ValueError):
        names["told"](hooked["secret"], headers, body + b" ")
    with pytest.raises(ValueError):
        names["told"](hooked["secret"], {**headers, "webhook-timestamp": "1"}, body)
