"""Videos from addresses: each becomes a job, comes whole or not at all, and the person sees what became of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from server import jobs
from server.jobs import claims
from server.jobs.sweep import give_back_silent
from server.settings import Settings
from server.tables.jobs import Job
from server.tables.videos import ProjectVideo, Video
from tests import servers
from tests.server.test_outbound import Web, answer, web
from tests.server.videos.conftest import BUCKET
from tests.server.world import MakeWorld, World, write_disc_clip

__all__ = ["web"]


@pytest.fixture
def settings(settings: Settings, web: Web, request: pytest.FixtureRequest) -> Settings:
    """The loopback may be fetched from, and one bucket."""
    more: dict[str, Any] = {"import_private_hosts": f"127.0.0.1:{web.port}", "job_backoff_seconds": 0.001}
    if "store" in request.fixturenames:
        store: servers.S3 = request.getfixturevalue("store")
        more |= {"import_buckets": f"{BUCKET}, other-bucket", "import_s3_endpoint": store.endpoint}
        more |= {"import_s3_access_key": store.access_key, "import_s3_secret_key": store.secret_key}
    return Settings(**{**settings.model_dump(), **more})


def ask(world: World, *addresses: str, status: int = 202, **more: Any) -> Any:
    answered = world["lead"].post(world.url("/fetches"), json={"addresses": addresses, **more})
    assert answered.status_code == status, answered.text
    return answered.json()


def listed(world: World) -> dict[str, Any]:
    items = world["lead"].get(world.url("/fetches"), params={"limit": 200}).json()["items"]
    return {item["address"]: item for item in items}


def run_to_the_end(world: World, run_jobs: Callable[..., int], rounds: int = 10) -> None:
    """Run what is due, and what waits for another attempt."""
    for _ in range(rounds):
        run_jobs()
        with world.parts.database.begin() as session:
            session.execute(update(Job).values(run_after=Job.created_at))


def test_a_list_of_urls(world: World, web: Web, clip: Path, tmp_path: Path, run_jobs: Callable[..., int]) -> None:
    """Good, bad and missing ones: each has its state and its reason, and the same file twice is one video."""
    data = clip.read_bytes()
    good = web.file("/a%20clip.mp4?signature=x", data)
    same = web.redirect("/moved", "/a%20clip.mp4?signature=x")
    other = web.file("/b.mp4", write_disc_clip(tmp_path / "b.mp4", seed=5).read_bytes())
    inner = web.redirect("/inner", "http://169.254.169.254/latest/meta-data")
    gone, short = web.url("/gone.mp4"), web.file("/short.mp4", data[:100], Content_Length=str(len(data)))
    rows = ask(world, good, same, other, inner, gone, short, source_dataset="web clips")
    assert [row["state"] for row in rows] == ["queued"] * 6 and rows[0]["name"] == "a clip.mp4"
    run_to_the_end(world, run_jobs)
    found = listed(world)
    assert {a: found[a]["state"] for a in found} == {
        good: "done", same: "done", other: "done", inner: "failed", gone: "failed", short: "failed",
    }  # fmt: skip
    assert found[good]["video_id"] == found[same]["video_id"] != found[other]["video_id"]
    assert "private network" in found[inner]["reason"]
    assert "404" in found[gone]["reason"]
    assert f"100 of {len(data)}" in found[short]["reason"]
    videos = world["lead"].get(world.url("/videos")).json()["items"]
    assert {(v["name"], v["state"]) for v in videos} == {("a clip.mp4", "ready"), ("b.mp4", "ready")}
    with world.parts.database.read() as session:
        assert set(session.scalars(select(ProjectVideo.source_dataset))) == {"web clips"}
        assert session.scalar(select(func.count()).select_from(Video)) == 2
    stored = {o.key.split("/")[2] for o in world.parts.storage.list("videos/")}
    assert stored == {v["sha256"] for v in videos}, "something was kept of what failed"
    assert [path for path, _ in web.asked].count("/short.mp4") == 8, "what may pass is tried again"
    assert [path for path, _ in web.asked].count("/gone.mp4") == 1, "what can not pass is not"


def test_naming_it_again_is_the_same_fetch(world: World, web: Web, clip: Path, run_jobs: Callable[..., int]) -> None:
    url = web.file("/a.mp4", clip.read_bytes())
    first = ask(world, url, url)
    again = ask(world, f"  {url} ")
    assert [row["id"] for row in first] == [row["id"] for row in again]
    run_jobs()
    done = ask(world, url)[0]
    assert (done["state"], done["id"]) == ("done", first[0]["id"])
    assert len(web.asked) == 1
    world["lead"].delete(world.url(f"/videos/{done['video_id']}"))
    assert ask(world, url)[0]["state"] == "queued", "its video was taken out: it is fetched once more"
    run_jobs()
    assert len(world["lead"].get(world.url("/videos")).json()["items"]) == 1


@pytest.mark.parametrize(
    "bad",
    ["file:///etc/passwd", "gopher://127.0.0.1/_x", "http://u:p@example.org/a.mp4", "s3://secrets/a.mp4", "s3://"],
)
def test_a_bad_address_is_named_and_nothing_is_added(world: World, bad: str) -> None:
    problem = ask(world, "https://example.org/a.mp4", bad, status=422)
    assert (problem["type"], problem["field"]) == ("addresses_refused", "addresses.1")
    assert [error["field"] for error in problem["errors"]] == ["addresses.1"]
    assert listed(world) == {}
    with world.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_limits_of_one_list(world: World) -> None:
    ask(world, status=422)
    ask(world, *["https://example.org/a.mp4"] * 1001, status=422)


def test_a_file_that_is_too_large_is_not_kept(
    world: World, web: Web, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.videos import sources

    real = sources.download
    small = Settings(**{**world.parts.settings.model_dump(), "max_upload_bytes": 1024})
    monkeypatch.setattr(sources, "download", lambda _, *rest, **named: real(small, *rest, **named))
    url = web.file("/big.mp4", b"x" * 1025)
    ask(world, url)
    run_jobs()
    assert "1025 bytes; at most 1024" in listed(world)[url]["reason"]
    assert list(world.parts.storage.list()) == []


def test_cancel_and_retry(world: World, web: Web, clip: Path, run_jobs: Callable[..., int]) -> None:
    """One that waits, and one in the middle of its bytes."""
    waiting = ask(world, web.file("/w.mp4", clip.read_bytes()))[0]
    assert world["lead"].delete(f"/api/fetches/{waiting['id']}").status_code == 409
    assert world["lead"].post(f"/api/jobs/{waiting['job_id']}/cancel").status_code == 200
    assert listed(world)[waiting["address"]]["state"] == "cancelled"

    def in_the_middle(handler: Any) -> None:
        with world.parts.database.begin() as session:
            session.execute(update(Job).where(Job.id == UUID(going["job_id"])).values(cancel_requested=True))
        answer(handler, 200, clip.read_bytes())

    going = ask(world, web.url("/g.mp4"))[0]
    web.pages["/g.mp4"] = in_the_middle
    run_jobs()
    assert listed(world)[going["address"]]["state"] == "cancelled"
    assert list(world.parts.storage.list()) == []
    web.file("/g.mp4", clip.read_bytes())
    assert world["lead"].post(f"/api/fetches/{going['id']}/retry").json()["state"] == "queued"
    run_jobs()
    assert listed(world)[going["address"]]["state"] == "done"
    assert world["lead"].delete(f"/api/fetches/{going['id']}").status_code == 204
    assert set(listed(world)) == {waiting["address"]}
    assert len(world["lead"].get(world.url("/videos")).json()["items"]) == 1


def test_between_two_attempts_the_person_sees_why(world: World, web: Web, run_jobs: Callable[..., int]) -> None:
    web.pages["/busy.mp4"] = lambda handler: answer(handler, 503, b"")
    url = web.url("/busy.mp4")
    ask(world, url)
    with world.parts.database.begin() as session:
        row = claims.claim_next(session, "ingest", "tests")
        assert row is not None
        session.flush()
    from server.jobs.run import run_claimed

    run_claimed(world.parts, row, "tests")
    found = listed(world)[url]
    assert found["state"] == "queued" and "503" in found["reason"]


def test_a_worker_that_dies_in_the_middle(world: World, web: Web, clip: Path, run_jobs: Callable[..., int]) -> None:
    """Its job is claimed anew; one file, one video, one link."""
    url = web.file("/a.mp4", clip.read_bytes())
    ask(world, url)
    with world.parts.database.begin() as session:
        row = claims.claim_next(session, "ingest", "dead")
        assert row is not None
    with world.parts.database.begin() as session:
        assert give_back_silent(session, -1.0) == 1
        session.execute(update(Job).values(run_after=Job.created_at))
    run_jobs()
    assert listed(world)[url]["state"] == "done"
    assert len(world["lead"].get(world.url("/videos")).json()["items"]) == 1


def test_who_may(world: World, web: Web) -> None:
    row = ask(world, web.url("/a.mp4"))[0]
    for who, status in (("ann", 403), ("rhea", 403), ("eve", 404)):
        body = {"addresses": ["https://example.org/a.mp4"]}
        assert world[who].post(world.url("/fetches"), json=body).status_code == status
        assert world[who].get(world.url("/fetches")).status_code == status
        assert world[who].post(f"/api/fetches/{row['id']}/retry").status_code == status
        assert world[who].delete(f"/api/fetches/{row['id']}").status_code == status


def test_a_prefix_of_a_bucket(
    make_world: MakeWorld, store: servers.S3, clip: Path, tmp_path: Path, run_jobs: Callable[..., int]
) -> None:
    world = make_world()
    client = servers._client(store)
    other = write_disc_clip(tmp_path / "o.mp4", seed=9).read_bytes()
    for key, data in {
        "day one/a clip é.mp4": clip.read_bytes(), "day one/below/same.MKV": clip.read_bytes(), "day one/c.mov": other,
        "day one/notes.txt": b"no video", "day one more/d.mp4": other, "day one/bad.mp4": b"not a video",
    }.items():  # fmt: skip
        client.put_object(Bucket=BUCKET, Key=key, Body=data)
    folder = f"s3://{BUCKET}/day one"
    assert ask(world, folder)[0]["kind"] == "folder"
    run_to_the_end(world, run_jobs, 2)
    found = listed(world)
    assert {a: (f["state"], f["kind"]) for a, f in found.items()} == {
        folder: ("done", "folder"),
        **{f"{folder}/{name}": ("done", "file") for name in
           ("a clip é.mp4", "below/same.MKV", "c.mov", "bad.mp4")},
    }  # fmt: skip
    assert found[folder]["found"] == 4
    videos = {v["name"]: v["state"] for v in world["lead"].get(world.url("/videos")).json()["items"]}
    assert videos == {"a clip é.mp4": "ready", "c.mov": "ready", "bad.mp4": "refused"}
    client.put_object(
        Bucket=BUCKET, Key="day one/new.mp4", Body=write_disc_clip(tmp_path / "n.mp4", seed=4).read_bytes()
    )
    ask(world, folder)
    run_to_the_end(world, run_jobs, 2)
    assert listed(world)[folder]["found"] == 5
    assert len(world["lead"].get(world.url("/videos")).json()["items"]) == 4


def test_buckets_that_say_no(world: World, store: servers.S3, run_jobs: Callable[..., int]) -> None:
    missing, empty, nowhere = f"s3://{BUCKET}/no.mp4", f"s3://{BUCKET}/nothing here", "s3://other-bucket/a"
    ask(world, missing, empty, nowhere)
    run_to_the_end(world, run_jobs)
    found = listed(world)
    assert found[missing]["reason"] == f"{missing} is not there."
    assert found[empty]["reason"] == f"No video lies below {empty}."
    assert found[nowhere]["state"] == "failed"


def test_wrong_credentials_for_a_bucket_name_their_setting(
    make_world: MakeWorld, store: servers.S3, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.videos import sources

    world = make_world()
    real = sources.find_videos
    wrong = Settings(**{**world.parts.settings.model_dump(), "import_s3_secret_key": "another"})
    monkeypatch.setattr(sources, "find_videos", lambda _, *rest: real(wrong, *rest))
    folder = f"s3://{BUCKET}/x"
    ask(world, folder)
    run_to_the_end(world, run_jobs)
    assert "VIDGRAIN_IMPORT_S3_ACCESS_KEY" in listed(world)[folder]["reason"]
    assert store.access_key not in listed(world)[folder]["reason"]


def test_jobs_of_fetches_have_room_to_try(world: World) -> None:
    assert jobs.kind_of("fetch_video").max_attempts == 8
