"""A server is away in the middle: each request says so at once in words and with a time to come back; then all works.

| away →               | PostgreSQL       | Redis            | the S3 server               |
|----------------------|------------------|------------------|-----------------------------|
| log-in, lists        | 503, Retry-After | as ever          | as ever                     |
| save                 | 503, Retry-After | as ever          | as ever                     |
| a video's bytes      | 503, Retry-After | as ever          | 503, Retry-After            |
| the end of an upload | 503, then once   | as ever          | 503, then one video         |
| asking for a release | 503, then once   | as ever          | as ever; built when it is back |

The API and the worker are never started again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from server.client import Refused
from server.tables.releases import Release
from server.tables.videos import ProjectVideo, Video
from tests.faults.site import Production
from tests.faults.work import Ground, another

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

AWAY = {
    "postgres": {"log-in", "list", "save", "bytes", "upload", "release"},
    "redis": set[str](),
    "s3": {"bytes", "upload"},
}


@pytest.mark.parametrize("number, victim", [(0, "postgres"), (1, "redis"), (2, "s3")])
def test_a_server_is_away(site: Production, ground: Ground, number: int, victim: str) -> None:
    lead, dan = ground.lead, site.client("dan")
    pids = {name: site.programs[name].pid for name in ("api", site.worker)}
    document = dan.get(f"/tasks/{ground.tasks['dan']['id']}/document")
    [question, *_] = sorted(document["body"]["questions"])
    record = {"id": question, "verdict": "write", "text": f"While {victim} is away.", "reason": None}
    edit = {
        "id": f"away-{number}", "verb": "put", "collection": "answers", "record_id": question, "record": record,
    }  # fmt: skip
    clip = another(ground.long, ground.folder / f"away-{number}.mp4", 9000 + number).read_bytes()
    sha256 = hashlib.sha256(clip).hexdigest()
    upload = lead.post(f"/projects/{ground.stc}/uploads", {"name": f"away-{number}.mp4", "size": len(clip)})["id"]
    lead.patch(f"/uploads/{upload}?offset=0", clip)
    name = f"Away {number}"

    asked: dict[str, Callable[[], Any]] = {
        "log-in": lambda: site.client("ben"),
        "list": lambda: lead.get(f"/projects/{ground.fgqa}/tasks"),
        "save": lambda: dan.patch(
            f"/documents/{document['id']}", {"operations": [edit]}, {"If-Match": f'"{document["revision"]}"'}
        ),
        "bytes": lambda: lead.get(f"/videos/{ground.videos[0]}/frames"),
        "upload": lambda: lead.post(f"/uploads/{upload}/finish", {"sha256": sha256}),
        "release": lambda: lead.post(
            f"/projects/{ground.fgqa}/releases", {"name": name, "test_share": 0.5}, {"Idempotency-Key": name}
        ),
    }
    site.programs[victim].kill()
    refused: dict[str, Refused] = {}
    try:
        for what, ask in asked.items():
            begun = time.monotonic()
            try:
                ask()
            except Refused as refusal:
                refused[what] = refusal
            assert time.monotonic() - begun < 40, f"{what} says nothing for so long"
    finally:
        site.programs[victim].start()
    told = {what: (refusal.status, refusal.problem.get("detail")) for what, refusal in refused.items()}
    assert refused.keys() == AWAY[victim], told
    for what, refusal in refused.items():
        assert refusal.status == 503 and refusal.retry_after, (what, told)
        assert "try again" in refusal.problem["detail"], (what, told)

    answers = {what: ask() for what, ask in asked.items()}
    assert answers["save"]["revision"] == document["revision"] + 1
    ready = lead.wait(f"/videos/{answers['upload']['id']}", until=lambda v: v["state"] in ("ready", "failed"))
    assert ready["state"] == "ready", ready["reason"]
    built = lead.wait(f"/releases/{answers['release']['id']}", until=lambda r: r["state"] != "building")
    assert built["state"] == "ready", built["error"]
    with site.database.read() as session:
        assert session.scalar(select(func.count()).where(Release.name == name)) == 1
        assert session.scalar(select(func.count()).where(Video.sha256 == sha256)) == 1
        video = UUID(answers["upload"]["id"])
        assert session.scalar(select(func.count()).where(ProjectVideo.video_id == video)) == 1
    assert pids == {name: site.programs[name].pid for name in pids}
    assert all(site.programs[name].process.poll() is None for name in pids)  # type: ignore[union-attr]
    assert "Traceback" not in site.log("api"), site.log("api")[-4000:]
