"""A full disk: nothing half is stored, everybody is told in words, and with room again it goes on without a restart.

| what is full              | in the middle of | told                                  | how it is made full      |
|---------------------------|------------------|---------------------------------------|--------------------------|
| the folder of uploads     | an upload        | 507; the upload goes on later         | RLIMIT_FSIZE of the API  |
| SQLite's file             | autosave         | 503 or 507; the save is sent again    | RLIMIT_FSIZE of the API  |
| the folder of objects     | ingest           | the video's reason; it is tried again | a small tmpfs (root)     |
| the disk of the S3 server | a write          | 503 or 507; written later             | a small tmpfs (root)     |

PostgreSQL's disk: test_full_postgres.py.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.client import Refused
from server.errors import OutOfSpace, Unavailable
from server.settings import Settings
from server.storage import open_storage
from server.tables.documents import DocumentOperation
from server.tables.jobs import Job, JobState
from tests import servers
from tests.faults.disk import small_disk
from tests.faults.site import Embedded
from tests.faults.work import SIZE, Ground, draw

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

MB = 2**20


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    site = Embedded(tmp_path_factory.mktemp("full"))
    yield site
    site.close()


@contextmanager
def no_file_beyond(pid: int, size: int) -> Iterator[None]:
    """No file of this process, or of one that it starts, grows beyond `size` bytes: "File too large"."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_an_upload_stops_and_goes_on(embedded: Embedded, tmp_path: Path) -> None:
    lead = embedded.client("lead")
    project = embedded.project("stc", "Uploads")
    data = os.urandom(6 * MB)
    pid = embedded.programs["api"].pid
    upload = lead.post(f"/projects/{project}/uploads", {"name": "noise.mp4", "size": len(data)})["id"]
    lead.patch(f"/uploads/{upload}?offset=0", data[: 3 * MB])
    with no_file_beyond(pid, 4 * MB), pytest.raises(Refused) as full:
        lead.patch(f"/uploads/{upload}?offset={3 * MB}", data[3 * MB :])
    assert full.value.status == 507 and "no space" in full.value.problem["detail"], full.value
    assert lead.get(f"/uploads/{upload}")["received"] == 3 * MB
    lead.patch(f"/uploads/{upload}?offset={3 * MB}", data[3 * MB :])
    video = lead.post(f"/uploads/{upload}/finish", {"sha256": hashlib.sha256(data).hexdigest()})
    told = lead.wait(f"/videos/{video['id']}", until=lambda v: v["state"] not in ("queued", "ingesting"))
    assert told["state"] == "refused" and "noise.mp4" in told["reason"], told


def test_the_database_is_full(embedded: Embedded, tmp_path: Path) -> None:
    lead, ann = embedded.client("lead"), embedded.client("ann")
    project = embedded.project("fgqa", "Saves")
    video = embedded.import_clip(project, draw(tmp_path / "short.mp4", 30, 11))
    asked = [{"text": "What happens?", "q_type": "Speed/Force"}]
    body = {"video_id": video["id"], "picture_start": 0, "picture_end": 29, "what": "disc", "questions": asked}
    lead.post(f"/projects/{project}/segments", body)
    task = Ground.next_task(ann, project, "fgqa_answer")
    document = ann.get(f"/tasks/{task['id']}/document")
    [question] = document["body"]["questions"]
    revision, acknowledged = int(document["revision"]), []

    def save() -> None:
        nonlocal revision
        record = {"id": question, "verdict": "write", "text": "It goes round. " * 200, "reason": None}
        batch = [
            {"id": uuid4().hex, "verb": "put", "collection": "answers", "record_id": question, "record": record}
            for _ in range(50)
        ]
        headers = {"If-Match": f'"{revision}"'}
        revision = int(ann.patch(f"/documents/{document['id']}", {"operations": batch}, headers)["revision"])
        acknowledged.extend(operation["id"] for operation in batch)

    save()
    wal = embedded.settings.data_folder / "vidgrain.db-wal"
    with no_file_beyond(embedded.programs["api"].pid, wal.stat().st_size + 200_000):
        with pytest.raises(Refused) as full:
            for _ in range(100):
                save()
        assert full.value.status in (503, 507), full.value.problem
        assert full.value.problem["type"] in ("unavailable", "out_of_space")
        assert ann.get(f"/tasks/{task['id']}/document")["revision"] == revision, "reading goes on"
    save()
    with embedded.database.read() as session:
        log = select(DocumentOperation.operation_id).where(DocumentOperation.document_id == UUID(document["id"]))
        stored = list(session.scalars(log.order_by(DocumentOperation.revision)))
    assert stored == acknowledged
    assert "Traceback" not in embedded.log("api"), embedded.log("api")[-4000:]


def test_an_import_finds_no_room(embedded: Embedded, tmp_path: Path) -> None:
    """The source fits, the copy for the browser does not: the video says why, and with room a second try works."""
    lead = embedded.client("lead")
    project = embedded.project("stc", "Imports")
    clip = draw(tmp_path / "long.mp4", 600, 12)
    folder = embedded.settings.data_folder / "objects"
    with small_disk(folder, str(clip.stat().st_size + 60_000)):
        video = lead.upload(project, clip)["id"]
        told = lead.wait(f"/videos/{video}", until=lambda v: v["state"] not in ("queued", "ingesting"), seconds=120)
        assert (told["state"], told["reason_code"]) == ("failed", "disk_full"), told
        assert "space" in told["reason"], told
        with embedded.database.read() as session:
            row = session.scalars(select(Job).where(Job.dedupe_key == f"ingest:{video}")).one()
        assert row.state is JobState.FAILED and row.error
        names = [s.key.rpartition("/")[2] for s in embedded.storage.list("videos/") if told["sha256"] in s.key]
        assert names == ["source.mp4"], "half an import is left"
        subprocess.run(["mount", "-o", "remount,size=50m", str(folder)], check=True)
        assert lead.upload(project, clip)["id"] == video
        ready = lead.wait(f"/videos/{video}", until=lambda v: v["state"] in ("ready", "failed"), seconds=120)
        assert ready["state"] == "ready" and (ready["width"], ready["height"]) == SIZE, ready


def test_the_object_store_is_full(tmp_path: Path) -> None:
    """What does not fit is refused in words and leaves nothing that is taken for whole; what fits is stored."""
    with small_disk(tmp_path / "disk", "2m") as disk, servers.rclone(disk / "files") as s3:
        settings = Settings(
            data_folder=tmp_path / "data",
            s3_bucket=s3.bucket,
            s3_endpoint=s3.endpoint,
            s3_access_key=s3.access_key,
            s3_secret_key=s3.secret_key,
        )
        storage = open_storage(settings)
        storage.put("blobs/aa/first", b"x" * 500_000)
        with pytest.raises((OutOfSpace, Unavailable)):
            storage.put("blobs/bb/second", os.urandom(4 * MB))
        left = {stored.key: stored.size for stored in storage.list("blobs/")}
        assert left.get("blobs/aa/first") == 500_000
        assert left.get("blobs/bb/second", 0) < 4 * MB
        storage.delete("blobs/bb/second")
        storage.delete("blobs/aa/first")
        storage.put("blobs/bb/second", b"y" * MB)
        assert b"".join(storage.read("blobs/bb/second")) == b"y" * MB
