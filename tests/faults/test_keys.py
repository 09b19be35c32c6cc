"""The object store does not take the site's keys any more, in the middle of its life.

| the keys                 | people are told                     | jobs                  | afterwards         |
|--------------------------|-------------------------------------|-----------------------|--------------------|
| are others in the store  | 503 with the setting, readiness too | wait with that reason | all of it is ended |
| are temporary, and ended | the same: "renew"                   | as above              | new ones are taken |

Lists, saves and log-ins go on. Nothing is stored by half, and neither API nor worker is started again.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
from sqlalchemy import func, select

from server.client import Client, Refused
from server.storage import Storage, StorageRefused, read_bytes
from server.storage.s3 import S3Storage
from server.tables.jobs import Job, JobState
from server.tables.releases import Release
from server.tables.videos import Video
from tests import servers
from tests.faults.site import Production
from tests.faults.work import FOLLOWED, Ground, another, mask_at

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

SETTING = "VIDGRAIN_S3_ACCESS_KEY"


@contextmanager
def other_keys(site: Production) -> Iterator[None]:
    """The store on the same port and files takes other keys only, as when an operator has changed them there."""
    right = site.programs["s3"]
    port = int((site.settings.s3_endpoint or "").rpartition(":")[2])
    secret = "test-access,test-secret-key-of-the-tests"
    assert secret in right.command
    command = ["other-access,another-secret-key-of-theirs" if part == secret else part for part in right.command]
    right.stop()
    wrong = servers.Program(
        "S3 with other keys", command,
        lambda: socket.create_connection(("127.0.0.1", port), 1).close(), site.folder / "other-keys.log",
    )  # fmt: skip
    wrong.start()
    try:
        yield
    finally:
        wrong.stop()
        right.start()


def refused(client: Client, path: str, body: Any = None) -> Refused:
    """What the server says no with."""
    with pytest.raises(Refused) as caught:
        client.post(path, body) if body is not None else client.get(path)
    return caught.value


def test_the_store_takes_our_keys_no_more(site: Production, ground: Ground) -> None:
    lead, dan, ann = ground.lead, site.client("dan"), site.client("ann")
    pids = {name: site.programs[name].pid for name in ("api", site.worker)}
    clip = another(ground.long, ground.folder / "keys.mp4", 7700).read_bytes()
    sha256 = hashlib.sha256(clip).hexdigest()
    upload = lead.post(f"/projects/{ground.stc}/uploads", {"name": "keys.mp4", "size": len(clip)})["id"]
    lead.patch(f"/uploads/{upload}?offset=0", clip)
    finish = f"/uploads/{upload}/finish", {"sha256": sha256}
    masklet = ann.post(f"/tasks/{ground.subjects['id']}/masklets", {"label": "keys"})["id"]
    for picture in (0, FOLLOWED - 1):
        ann.put(f"/masklets/{masklet}/prompts/{picture}", {"picture": picture, "counts": mask_at(picture)})
    before = {stored.key for stored in site.storage.list()}

    with other_keys(site):
        for no in (refused(lead, *finish), refused(lead, f"/videos/{ground.videos[0]}/frames")):
            assert no.status == 503 and no.retry_after and no.problem["type"] == "storage_refused", no.problem
            assert SETTING in no.problem["detail"] and "test-access" not in str(no.problem)
        ready = site.client("lead").wait  # a log-in, too
        told = refused_until(lead, "/ready")
        [storage] = [part for part in told["checks"] if part["name"] == "storage"]
        assert not storage["ok"] and SETTING in storage["reason"], told
        # The release and the track are taken: their jobs wait.
        release = lead.post(f"/projects/{ground.fgqa}/releases", {"name": "Keys"}, {"Idempotency-Key": "keys"})
        track = ann.post(f"/masklets/{masklet}/tracks", {})
        waiting = [UUID(release["job"]["id"]), UUID(track["job_id"])]
        rows = waits_with_reason(site, waiting)
        assert all(row.attempts == 0 and SETTING in (row.error or row.message) for row in rows), [
            (row.kind, row.state, row.attempts, row.error, row.message) for row in rows
        ]
        document = dan.get(f"/tasks/{ground.tasks['dan']['id']}/document")
        question = sorted(document["body"]["questions"])[0]
        record = {"id": question, "verdict": "write", "text": "Saved without a store.", "reason": None}
        edit = {"id": "keys", "verb": "put", "collection": "answers", "record_id": question, "record": record}
        saved = dan.patch(
            f"/documents/{document['id']}", {"operations": [edit]}, {"If-Match": f'"{document["revision"]}"'}
        )
        assert saved["revision"] == document["revision"] + 1
        assert lead.get(f"/projects/{ground.fgqa}/tasks")["items"]
        with site.database.read() as session:
            assert session.scalar(select(func.count()).where(Video.sha256 == sha256)) == 0, "half an upload"

    assert {stored.key for stored in site.storage.list()} == before, "something half is stored"
    ready("/ready", until=lambda answer: answer["status"] == "ok")
    video = lead.post(*finish)
    assert lead.wait(f"/videos/{video['id']}", until=lambda v: v["state"] in ("ready", "failed"))["state"] == "ready"
    built = lead.wait(f"/releases/{release['id']}", until=lambda r: r["state"] != "building")
    assert built["state"] == "ready", built["error"]
    with site.database.read() as session:
        assert session.scalar(select(func.count()).where(Release.name == "Keys")) == 1
    done = waits(site, waiting, lambda row: row.state in (JobState.DONE, JobState.FAILED))
    assert [(row.state, row.attempts) for row in done] == [(JobState.DONE, 1)] * 2
    assert pids == {name: site.programs[name].pid for name in pids}
    for name in pids:
        assert "Traceback" not in site.log(name), site.log(name)[-4000:]
        assert "another-secret" not in site.log(name) and "test-secret-key" not in site.log(name)


def refused_until(client: Client, path: str) -> dict[str, Any]:
    """The problem of a GET that is refused within seconds: readiness keeps an answer for two."""
    found: dict[str, Any] = {}

    def no(_: Any) -> bool:
        return False

    try:
        client.wait(path, until=no, seconds=20)
    except Refused as refusal:
        found = refusal.problem
    return found


def waits(site: Production, ids: list[UUID], until: Any, seconds: float = 90) -> list[Job]:
    """The jobs' rows as soon as `until` is true of each."""
    deadline = time.monotonic() + seconds
    while True:
        with site.database.read() as session:
            rows = [session.get_one(Job, job_id) for job_id in ids]
        if all(until(row) for row in rows):
            return rows
        assert time.monotonic() < deadline, [(r.kind, r.state, r.attempts, r.error, r.message) for r in rows]
        time.sleep(0.02)


def waits_with_reason(site: Production, ids: list[UUID]) -> list[Job]:
    """The rows once each was tried in vain and waits."""
    return waits(site, ids, lambda row: row.state is JobState.QUEUED and row.started_at is not None)


# --- keys that run out ----------------------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an identity: what `keys.json` holds is what its agent gives out (AWS's credential_process)."""
    given = tmp_path / "keys.json"
    config = tmp_path / "config"
    program = f"{sys.executable} -c \"print(open('{given}').read())\""
    config.write_text(f"[default]\ncredential_process = {program}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # the library's memory of what this process had before
    return given


def give(given: Path, server: servers.S3, lives: float, secret: str | None = None) -> None:
    """The machine's agent has these keys, good for so many seconds."""
    until = datetime.now(UTC) + timedelta(seconds=lives)
    keys = {"AccessKeyId": server.access_key, "SecretAccessKey": secret or server.secret_key}
    given.write_text(json.dumps({"Version": 1, **keys, "Expiration": until.isoformat()}))


def test_temporary_keys_run_out_and_are_renewed(machine: Path, tmp_path: Path) -> None:
    """Without keys in the settings the machine's own are used, which are renewed while the site runs."""
    with servers.rclone() as server:
        give(machine, server, 60)
        storage: Storage = S3Storage(bucket=server.bucket, endpoint=server.endpoint, cache=tmp_path / "cache")
        storage.put("blobs/aa/first", b"first")

        def refuses(words: str) -> None:
            for call in (
                lambda: storage.put("blobs/aa/second", b"second"),
                lambda: storage.put("blobs/aa/first", tmp_path / "config"),
                lambda: read_bytes(storage, "blobs/aa/first"),
                lambda: storage.stat("blobs/aa/first"),
                lambda: list(storage.list()),
                storage.check,
            ):
                with pytest.raises(StorageRefused, match=words) as caught:
                    call()
                assert server.access_key not in caught.value.detail

        give(machine, server, -60)
        refuses(f"expired: renew {SETTING}")
        machine.write_text("the agent is broken")
        refuses(SETTING)
        machine.unlink()
        refuses(SETTING)
        give(machine, server, 60, secret="of another store")
        refuses(SETTING)
        give(machine, server, 60)
        assert read_bytes(storage, "blobs/aa/first") == b"first"
        assert [stored.key for stored in storage.list()] == ["blobs/aa/first"], "something was stored"
        storage.put("blobs/aa/second", b"second")
        storage.check()
