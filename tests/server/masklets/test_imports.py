"""Foreign files over the real app: what comes in, exactly; what is refused, by name; nothing twice."""

from __future__ import annotations

import errno
import io
import json
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from typer.testing import CliRunner

from annotator.formats.given import Given
from annotator.masklet import rle
from server import cli
from server.errors import NotFound
from server.masklets import foreign, import_body, imports, routes_imports
from server.masklets.foreign import ImportRefused, Wanted
from server.masklets.imports import import_masklets
from server.masklets.schemas_imports import MaskletImportOut
from server.settings import Settings
from server.tables.jobs import Job
from server.tables.masklets import Masklet, Prompt, Track
from server.tables.projects import Membership, Role
from tests.server.masklets.foreign_files import coco_file, corner, cvat, davis, disc, mots, sav, saved, zipped
from tests.server.world import CLIP_PICTURES, CLIP_SIZE, MakeWorld, World, send, write_disc_clip


@pytest.fixture
def video(world: World, clip: Path, run_jobs: Callable[..., int]) -> str:
    """The imported clip, disc.mp4."""
    found = send(world["lead"], world.project, clip)["id"]
    run_jobs()
    return str(found)


def bring(world: World, kind: str, data: bytes, who: str = "lead", headers: Any = None, **more: Any) -> Any:
    """POST the file."""
    url = world.url("/masklet-imports")
    return world[who].post(url, params={"format": kind, **more}, content=data, headers=headers)


def made(world: World, kind: str, data: bytes, **more: Any) -> dict[str, Any]:
    answer = bring(world, kind, data, dry_run=False, **more)
    assert answer.status_code == 200, answer.text
    out: dict[str, Any] = answer.json()
    return out


def rows(world: World) -> tuple[int, ...]:
    with world.parts.database.read() as session:
        kinds = (Masklet, Prompt, Track, Job)
        return tuple(session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)


def masklets(world: World, who: str = "ann") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The subject task, leased, and its masklets."""
    task = world[who].post(world.url("/tasks/next"), json={}).json()
    return task, world[who].get(f"/api/tasks/{task['id']}/masklets").json()["items"]


def frames(world: World, masklet: dict[str, Any], who: str = "ann") -> dict[int, np.ndarray | None]:
    found = world[who].get(f"/api/masklets/{masklet['id']}/masks").json()
    return {
        f["picture"]: None
        if f["counts"] is None
        else rle.decode(rle.Rle(found["height"], found["width"], f["counts"])).astype(bool)
        for f in found["frames"]
    }


def test_masks_on_every_picture_need_no_following(world: World, video: str, run_jobs: Callable[..., int]) -> None:
    data = davis(gone=range(12, 18))
    before = rows(world)
    told = bring(world, "davis", data).json()
    assert rows(world) == before, "a dry run, which is the default, changes nothing"
    [one] = told["videos"]
    assert (one["video_id"], one["name"], one["counts"], told["refused"]) == (video, "disc.mp4", "pictures", [])
    first, _ = one["subjects"]
    assert (first["subject"], first["state"], first["whole"], first["masks"], first["absent"]) == (
        "1", "new", True, 24, 6,
    )  # fmt: skip
    assert (first["picture_start"], first["picture_end"], first["masklet_id"]) == (0, 29, None)

    done = made(world, "davis", data)
    assert (done["made"], done["tracks"]) == (2, 0)
    assert run_jobs(lanes=("track",)) == 0
    task, found = masklets(world)
    assert [m["id"] for m in found] == [s["masklet_id"] for s in done["videos"][0]["subjects"]]
    thing = found[0]
    assert [(p["picture"], p["absent"]) for p in thing["prompts"]] == [
        (0, False), (11, False), (12, True), (18, False), (29, False),
    ]  # fmt: skip
    track = thing["track"]
    assert (track["state"], track["stale"], track["pictures_done"], track["version"]) == ("done", False, 30, 1)
    assert track["presence"] == [[0, 11], [18, 29]]
    shown = frames(world, thing)
    assert sorted(shown) == list(range(CLIP_PICTURES))
    for picture, mask in shown.items():
        if 12 <= picture < 18:
            assert mask is None
        else:
            assert mask is not None and np.array_equal(mask, disc(picture)), picture
    assert all(np.array_equal(mask, corner()) for mask in frames(world, found[1]).values() if mask is not None)
    same = world["ann"].post(f"/api/masklets/{thing['id']}/tracks", json={}).json()
    assert same["id"] == track["id"], "nothing is followed anew"
    revision = world["ann"].get(f"/api/tasks/{task['id']}/document").json()["revision"]
    handed_in = world["ann"].post(f"/api/tasks/{task['id']}/submit", json={"revision": revision})
    assert handed_in.status_code == 200, handed_in.text


def test_a_correction_of_imported_masks_follows_its_stretch_only(
    world: World, video: str, run_jobs: Callable[..., int]
) -> None:
    made(world, "davis", davis(gone=range(12, 18)))
    _, found = masklets(world)
    url = f"/api/masklets/{found[0]['id']}"
    counts = rle.encode(disc(22)).counts
    assert world["ann"].put(f"{url}/prompts/22", json={"picture": 22, "counts": counts}).status_code == 200
    assert world["ann"].post(f"{url}/tracks", json={}).status_code == 202
    run_jobs()
    shown = frames(world, found[0])
    for picture in (0, 5, 11, 18, 22, 29):
        mask = shown[picture]
        assert mask is not None and np.array_equal(mask, disc(picture)), picture
    assert shown[14] is None
    between = shown[20]
    assert between is not None and (between & disc(20)).sum() > 0.7 * (between | disc(20)).sum()


def test_the_grid_of_sav_becomes_prompts_on_the_right_pictures(
    world: World, video: str, run_jobs: Callable[..., int]
) -> None:
    """15 pictures a second: grid frames 0, 1, 2, 3 … are the pictures 0, 2, 5, 7 …"""
    data = sav(grid=lambda frame: None if 4 <= frame < 6 else disc(frame * 15 // 6))
    told = bring(world, "sav", data).json()
    assert told["videos"][0]["counts"] == "grid" and not told["videos"][0]["subjects"][0]["whole"]
    done = made(world, "sav", data)
    assert (done["made"], done["tracks"]) == (1, 1)
    run_jobs()
    _, [thing] = masklets(world)
    on = [0, 2, 5, 7, 15, 17, 20, 22, 25, 27]
    assert [p["picture"] for p in thing["prompts"] if not p["absent"]] == on
    assert [p["picture"] for p in thing["prompts"] if p["absent"]] == [10]
    assert thing["track"]["state"] == "done" and not thing["track"]["stale"]
    shown = frames(world, thing)
    for picture in on:
        mask = shown[picture]
        assert mask is not None and np.array_equal(mask, disc(picture)), picture
    assert [p for p, mask in shown.items() if mask is None] == [10, 11, 12, 13, 14]
    for picture in (1, 6, 21):
        mask = shown[picture]
        assert mask is not None and (mask & disc(picture)).sum() > 0.8 * (mask | disc(picture)).sum(), picture


@pytest.mark.parametrize(
    ("kind", "data", "name", "label"),
    [("coco", coco_file(), "disc.json", "disc"), ("mots", mots(), "disc.txt", "pedestrian")],
)
def test_coco_and_mots(world: World, video: str, kind: str, data: bytes, name: str, label: str) -> None:
    assert made(world, kind, data, name=name)["made"] == 1
    _, [thing] = masklets(world)
    assert thing["label"] == label and thing["track"]["presence"] == [[0, 29]]
    shown = frames(world, thing)
    assert all(mask is not None and np.array_equal(mask, disc(p)) for p, mask in shown.items())
    assert len(shown) == CLIP_PICTURES


def test_youtube_vos_gives_each_fifth_picture_and_categories(
    world: World, video: str, run_jobs: Callable[..., int]
) -> None:
    meta = {"videos": {"disc": {"objects": {"1": {"category": "ball"}, "2": {"category": "box"}}}}}
    data = davis(pictures=range(0, 30, 5), gone=(10, 15), more={"meta.json": json.dumps(meta).encode()})
    done = made(world, "youtube_vos", data)
    assert (done["made"], done["tracks"]) == (2, 2)
    run_jobs()
    _, found = masklets(world)
    assert [m["label"] for m in found] == ["ball", "box"]
    assert [(p["picture"], p["absent"]) for p in found[0]["prompts"]] == [
        (0, False), (5, False), (10, True), (20, False), (25, False),
    ]  # fmt: skip
    assert [m["track"]["state"] for m in found] == ["done", "done"]
    shown = frames(world, found[0])
    assert shown[12] is None and shown[17] is None and shown[27] is not None


@pytest.mark.parametrize(
    ("size", "boxes", "counts", "want"),
    [
        (30, [(0, True, False), (7, False, False), (20, True, False), (25, True, True)], "pictures", [0, 20, 25]),
        (12, [(0, True, False), (1, True, False), (3, True, True)], "grid", [0, 2, 7]),
    ],
)
def test_boxes_of_cvat_become_prompts_where_people_drew_them(
    world: World, video: str, size: int, boxes: list[tuple[int, bool, bool]], counts: str, want: list[int]
) -> None:
    """A task of the whole video counts its pictures, one of our own export the grid; any other is refused."""
    data = cvat(size, boxes)
    told = bring(world, "cvat", data).json()
    assert (told["videos"][0]["counts"], told["made"]) == (counts, 0)
    assert made(world, "cvat", data)["made"] == 1
    _, [thing] = masklets(world)
    assert thing["label"] == "ball"
    assert [(p["picture"], p["absent"]) for p in thing["prompts"]] == [(p, p == want[-1]) for p in want]
    assert thing["prompts"][0]["box"] == {"x1": 30, "y1": 20, "x2": 70.5, "y2": 60}
    for strange, why in (
        (cvat(29, boxes), "has 29 frames, the video 30 pictures, 12 at 6 a second"),
        (b"<annotations><track/></annotations>", "it is no CVAT file of one video"),
        (b"<gpx/>", "it is no CVAT file"),
    ):
        refused = bring(world, "cvat", strange, dry_run=False)
        assert refused.status_code == 422 and why in refused.json()["detail"], refused.text


def test_masks_of_another_size_are_scaled_and_said_so(world: World, video: str) -> None:
    double = (CLIP_SIZE[0] * 2, CLIP_SIZE[1] * 2)
    done = made(world, "davis", davis(size=double))
    assert "320 x 192 pixels are scaled to 160 x 96 by nearest neighbour" in done["videos"][0]["notes"][0]
    _, found = masklets(world)
    for picture, mask in frames(world, found[0]).items():
        assert mask is not None and np.array_equal(mask, disc(picture, double)[1::2, 1::2]), picture
    tall = bring(world, "davis", davis(size=(96, 160)))
    assert "another shape" in tall.json()["refused"][0]["message"]


def test_the_same_masks_come_once(world: World, video: str) -> None:
    data = davis()
    made(world, "davis", data)
    after = rows(world)
    again = made(world, "davis", data)
    assert [s["state"] for s in again["videos"][0]["subjects"]] == ["present", "present"]
    assert made(world, "davis", davis(more={"readme.txt": b"another zip of the same masks"}))["made"] == 0
    assert rows(world) == after
    # Also when somebody took one away, and while they work.
    task, found = masklets(world)
    assert world["ann"].delete(f"/api/masklets/{found[1]['id']}").status_code == 204
    assert [s["state"] for s in made(world, "davis", data)["videos"][0]["subjects"]] == ["present", "removed"]
    assert len(masklets(world)[1]) == 1 and task["id"]


def test_two_at_once(world: World, video: str, tmp_path: Path) -> None:
    path = saved(tmp_path, "disc.txt", mots())
    start = threading.Barrier(2)

    def one(number: int) -> MaskletImportOut:
        scratch = tmp_path / str(number)
        scratch.mkdir()
        lead = world.users["lead"].id
        asked = Wanted(project_id=world.project, user_id=lead, kind="mots", path=path, scratch=scratch)
        start.wait(30)
        return import_masklets(world.parts, asked, dry_run=False)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(one, range(2)))
    assert sorted(out.made for out in found) == [0, 1]
    assert sorted(out.videos[0].subjects[0].state for out in found) == ["new", "present"]
    assert rows(world)[0] == 1


def test_an_import_and_a_flag_at_once_do_not_wait_for_each_other(
    world: World, video: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets the video aside, or hands its task in, locks the flag and then the task: so does an import."""
    real, reached = imports._task, threading.Event()
    lead = world.users["lead"].id
    path = saved(tmp_path, "disc.txt", mots())
    asked = Wanted(project_id=world.project, user_id=lead, kind="mots", path=path, scratch=tmp_path / "unpacked")
    asked.scratch.mkdir()

    def task(*given: Any, lock: bool) -> Any:
        if lock and not reached.is_set():
            reached.set()
            time.sleep(0.5)  # the other one gets as far as it can
        return real(*given, lock=lock)

    monkeypatch.setattr(imports, "_task", task)
    with ThreadPoolExecutor(1) as other:
        brought = other.submit(import_masklets, world.parts, asked, dry_run=False)
        assert reached.wait(30)
        flagged = world["lead"].put(world.url(f"/videos/{video}/flag"), json={"reason": "blurred"})
        assert flagged.status_code == 200, flagged.text
        try:
            assert brought.result(60).made == 1
        except ImportRefused as refused:
            assert "set aside" in str(refused)


def test_a_task_that_somebody_holds_or_handed_in_is_left_alone(world: World, video: str) -> None:
    made(world, "davis", davis())
    task, _ = masklets(world)
    before = rows(world)
    held = bring(world, "mots", mots(), name="disc.txt", dry_run=False)
    assert held.status_code == 422 and held.json()["type"] == "import_refused"
    assert "Ann works on its subject task" in held.json()["detail"]
    revision = world["ann"].get(f"/api/tasks/{task['id']}/document").json()["revision"]
    assert world["ann"].post(f"/api/tasks/{task['id']}/submit", json={"revision": revision}).status_code == 200
    handed_in = bring(world, "mots", mots(), name="disc.txt").json()
    assert "handed in: reopen it first" in handed_in["refused"][0]["message"]
    assert rows(world)[0] == before[0]


def test_one_bad_row_and_nothing_comes(world: World, video: str) -> None:
    before = rows(world)
    bad = coco_file(change={"segmentation": {"size": [96, 160], "counts": "~"}})
    told = bring(world, "coco", bad, name="disc.json").json()
    assert told["refused_count"] == 1 and "disc.json: annotations[29]" in told["refused"][0]["where"]
    answer = bring(world, "coco", bad, name="disc.json", dry_run=False)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == told["refused"][0]["where"]
    for kind, data, word in (
        ("davis", zipped({"../a.png": b""}), "leads outside"),
        ("davis", b"no zip", "neither a folder nor a zip"),
        ("sav", b"[]", "not a JSON object"),
        ("sav", b"{}", "no SA-V file"),
        ("sav", sav(frames=5), "is it the right video"),
        ("sav", sav(video="cat"), "No video of this project is called cat"),
        ("mots", b"1 2 3", "no line of MOTS"),
        ("mots", b"", "is empty"),
        ("davis", davis(pictures=range(25, 35)), "frame 34, the video has 30"),
        ("coco", b'{"annotations": [], "images": []}', "no height and width"),
    ):
        refused = bring(world, kind, data, dry_run=False, name="other")
        assert refused.status_code == 422 and word in refused.text, (kind, word, refused.text)
    assert rows(world) == before


def test_which_video(world: World, video: str, tmp_path: Path, run_jobs: Callable[..., int]) -> None:
    other = send(world["lead"], world.project, write_disc_clip(tmp_path / "cat.mp4", seed=4))["id"]
    run_jobs()
    told = made(world, "sav", sav(video="sav_000001"), video_id=other)
    assert told["videos"][0]["video_id"] == other
    two = davis()
    assert bring(world, "davis", two, video_id="00000000-0000-0000-0000-000000000000").json()["refused"]
    send(world["lead"], world.project, write_disc_clip(tmp_path / "disc.mov", seed=5))
    run_jobs()
    assert "2 videos of this project are called disc" in bring(world, "davis", two).json()["refused"][0]["message"]


def test_who_may(world: World, video: str, make_world: MakeWorld) -> None:
    for who, status in (("ann", 403), ("rhea", 403), ("eve", 404)):
        assert bring(world, "davis", davis(), who).status_code == status
    assert bring(world, "tiff", davis()).status_code == 422
    questions = make_world("fgqa")
    assert "spatio-temporal" in bring(questions, "sav", sav()).json()["refused"][0]["message"]


def test_how_large(world: World, video: str, app: FastAPI, settings: Settings) -> None:
    # Larger than any JSON body may be, and said to be JSON: files are not read into memory.
    padded = sav() + b" " * settings.max_body_bytes
    large = bring(world, "sav", padded, headers={"content-type": "application/json"})
    assert large.status_code == 200 and not large.json()["refused"], large.text
    app.state.parts = replace(world.parts, settings=settings.model_copy(update={"max_upload_bytes": 1024}))
    small = bring(world, "sav", sav())
    assert small.status_code == 413 and small.json()["type"] == "upload_too_large"
    assert not list((settings.data_folder / "scratch").iterdir()), "nothing of it stays"


def test_the_command(
    world: World, video: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()
    grid = saved(tmp_path, "disc_manual.json", sav())
    asked = ["--json", "masklets", "import", str(grid), "--project", "stc project", "--by", "lead@example.org"]
    before = rows(world)
    ran = CliRunner().invoke(cli.app, [*asked, "--format", "sav"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["videos"][0]["subjects"][0]["prompts"] == 12 and rows(world) == before
    ran = CliRunner().invoke(cli.app, [*asked, "--format", "sav", "--yes"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["made"] == 1
    _, [thing] = masklets(world)
    assert thing["track"]["state"] == "done", "an embedded site's tracks are followed by the command itself"
    # A folder, as DAVIS comes; the task is held by now.
    with zipfile.ZipFile(io.BytesIO(davis())) as archive:
        archive.extractall(tmp_path / "davis")
    asked[3] = str(tmp_path / "davis")
    ran = CliRunner().invoke(cli.app, [*asked[1:], "--format", "davis"])
    assert ran.exit_code == 1 and "Ann works on its subject task" in ran.stdout
    assert CliRunner().invoke(cli.app, [*asked, "--format", "tiff"]).exit_code == 2
    asked[3] = str(tmp_path / "none")
    assert isinstance(CliRunner().invoke(cli.app, [*asked, "--format", "sav"]).exception, NotFound)


def detections(number: int) -> bytes:
    """COCO as a detector writes it: boxes that nobody joined to subjects."""
    document = json.loads(coco_file())
    box = {"category_id": 3, "bbox": [5, 5, 20, 20]}
    document["annotations"] = [{"id": n, "image_id": 100 + n % CLIP_PICTURES, **box} for n in range(number)]
    return json.dumps(document).encode()


def test_detections_that_nobody_joined_are_too_many_subjects(world: World, video: str) -> None:
    before = rows(world)
    told = bring(world, "coco", detections(1001), name="disc.json").json()
    assert told["refused_count"] == 1 and "1000 subjects" in told["refused"][0]["message"]
    assert told["videos"] == []
    few = bring(world, "coco", detections(40), name="disc.json").json()
    assert not few["refused"] and len(few["videos"][0]["subjects"]) == 40
    assert bring(world, "coco", detections(1001), name="disc.json", dry_run=False).status_code == 422
    assert rows(world) == before


def test_too_many_prompts_are_refused(world: World, video: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "MAX_PROMPTS", 11)
    told = bring(world, "sav", sav()).json()
    assert "subject 0 would have 12 prompts; at most 11" in told["refused"][0]["message"]
    monkeypatch.setattr(foreign, "MAX_PROMPTS", 12)
    assert not bring(world, "sav", sav()).json()["refused"]
    monkeypatch.setattr(foreign, "MOST_PROMPTS", 11)
    assert "would make 12 prompts" in bring(world, "sav", sav()).json()["refused"][0]["message"]


def test_rows_are_found_out_before_the_transaction(
    world: World, video: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, "disc.zip", davis())
    lead = world.users["lead"].id
    asked = Wanted(project_id=world.project, user_id=lead, kind="davis", path=path, scratch=tmp_path / "scratch")
    found = imports.look(world.parts, asked, dry_run=False)

    def never(*_: Any) -> Any:
        raise AssertionError("masks are looked at in the transaction")

    for name in ("prompts", "masks", "is_whole"):
        monkeypatch.setattr(Given, name, never)
    with world.parts.database.begin() as session:
        found.make(session)
    assert (found.made, found.tracks, rows(world)[0]) == (2, 0, 2)


@pytest.mark.parametrize("name", ["..", ".", "", "가" * 300, "가" * 290 + ".json"])
def test_names_that_no_file_can_have(world: World, video: str, name: str) -> None:
    answer = bring(world, "coco", coco_file(), name=name, video_id=video)
    assert answer.status_code == 200 and not answer.json()["refused"], answer.text


def test_a_long_name_finds_its_video(world: World, clip: Path, run_jobs: Callable[..., int]) -> None:
    name = "가" * 120
    send(world["lead"], world.project, clip, name=f"{name}.mp4")
    run_jobs()
    told = bring(world, "coco", coco_file(), name=f"{name}.json").json()
    assert not told["refused"] and told["videos"][0]["name"] == f"{name}.mp4"


def test_a_lead_no_more_when_the_file_was_read(world: World, video: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = rows(world), routes_imports.look

    def look(*given: Any, **more: Any) -> Any:
        found = real(*given, **more)
        with world.parts.database.begin() as session:
            here = Membership.project_id == world.project, Membership.user_id == world.users["lead"].id
            session.scalars(select(Membership).where(*here)).one().role = Role.ANNOTATOR
        return found

    monkeypatch.setattr(routes_imports, "look", look)
    assert bring(world, "mots", mots(), name="disc.txt", dry_run=False).status_code == 403
    assert rows(world) == before


def test_what_a_file_may_take(world: World, video: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_imports, "MAX_BYTES", 1000)
    large = bring(world, "sav", sav())
    assert (large.status_code, large.json()["type"]) == (413, "upload_too_large")
    assert "larger than 1000 bytes" in large.json()["detail"]
    monkeypatch.undo()
    monkeypatch.setattr(import_body, "SPARE_BYTES", 1 << 60)
    full = bring(world, "sav", sav())
    assert (full.status_code, full.json()["type"]) == (507, "storage_full")
    monkeypatch.undo()
    monkeypatch.setattr(routes_imports, "SECONDS", -1.0)
    assert "takes too long" in bring(world, "sav", sav()).json()["refused"][0]["message"]
    monkeypatch.undo()

    def no_space(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", no_space)
    full = bring(world, "sav", zipped({"disc.json": sav()}))
    assert (full.status_code, full.json()["type"]) == (507, "storage_full")
    assert not list((settings.data_folder / "scratch").iterdir()), "nothing of it stays"
