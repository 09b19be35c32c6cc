"""Captions of other tools over the real app: what comes in as a draft, what is refused by name, nothing half, nothing
twice, nothing over what people did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from server import cli
from server.documents import captions, routes_captions
from server.settings import Settings
from server.tables.documents import Document, DocumentOperation
from server.tables.masklets import Masklet, MaskletState
from server.tables.projects import Membership, Role
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo
from tests.server.workflow import event, operation
from tests.server.world import MakeWorld, World, make_world, world

__all__ = ["make_world", "world"]

HEAD = "video,masklet_id,start_frame,end_frame,caption\n"
ROWS = "disc.mp4,1,0,3,It runs.\ndisc.mp4,1,4,11,“멈춰” <b>&amp;</b> it stops.\ndisc.mp4,box,2,5,It lies there.\n"
WANTED = {
    1: [(0, 3, "It runs."), (4, 11, "“멈춰” <b>&amp;</b> it stops.")],
    2: [(2, 5, "It lies there.")],
}


@pytest.fixture
def tasks(world: World) -> dict[int, UUID]:
    """The caption tasks of disc.mp4 (12 grid frames) by the number of their masklet: 1 is a dog, 2 a box."""
    return staged(world, "disc.mp4", ("dog", "box"))


def staged(world: World, name: str, labels: tuple[str, ...]) -> dict[int, UUID]:
    video = world.add_video(name)
    subject = world.add_task(video, TaskKind.STC_SUBJECT, state=TaskState.SUBMITTED)
    found = {}
    for number, label in enumerate(labels, start=1):
        with world.parts.database.begin() as session:
            masklet = Masklet(
                project_id=world.project, video_id=video, task_id=subject, number=number, label=label,
                state=MaskletState.SUBMITTED, created_by=world.users["lead"].id,
            )  # fmt: skip
            session.add(masklet)
        found[number] = world.add_task(video, masklet_id=masklet.id)
    return found


def bring(world: World, data: str | bytes, kind: str = "csv", who: str = "lead", **more: Any) -> Any:
    content = data.encode() if isinstance(data, str) else data
    params = {"format": kind, "name": f"captions.{kind}", **more}
    return world[who].post(world.url("/caption-imports"), params=params, content=content)


def made(world: World, data: str | bytes, kind: str = "csv", **more: Any) -> dict[str, Any]:
    answer = bring(world, data, kind, dry_run=False, **more)
    assert answer.status_code == 200, answer.text
    out: dict[str, Any] = answer.json()
    return out


def count(world: World) -> tuple[int, ...]:
    kinds = (Document, DocumentOperation)
    with world.parts.database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)


def drafts(world: World, tasks: dict[int, UUID]) -> dict[int, list[tuple[int, int, str]]]:
    """What stands in the drafts, as a reviewer reads them."""
    found = {}
    for number, task in tasks.items():
        answer = world["rhea"].get(f"/api/tasks/{task}/document")
        events = answer.json()["body"]["events"].values() if answer.status_code == 200 else []
        found[number] = sorted((e["grid_start"], e["grid_end"], e["caption"]) for e in events)
    return {number: told for number, told in found.items() if told}


def test_a_file_becomes_drafts_that_the_log_knows_the_author_of(world: World, tasks: dict[int, UUID]) -> None:
    told = bring(world, HEAD + ROWS + "disc.mp4,1,12,12,Out of frame.\n").json()
    assert count(world) == (0, 0), "a dry run, which is the default, changes nothing"
    assert (told["rows"], told["out_of_frame"], told["made"], told["refused"]) == (4, 1, 0, [])
    assert [(m["number"], m["label"], m["captions"], m["state"], m["task_id"]) for m in told["masklets"]] == [
        (1, "dog", 2, "new", str(tasks[1])), (2, "box", 1, "new", str(tasks[2])),
    ]  # fmt: skip
    assert made(world, HEAD + ROWS)["made"] == 3
    assert drafts(world, tasks) == WANTED
    # Whoever takes the task finds them, goes on from there, and the log says who brought them.
    task = world["ann"].post(world.url("/tasks/next"), json={"kinds": ["stc_caption"]}).json()["id"]
    document = world["ann"].get(f"/api/tasks/{task}/document").json()
    assert (document["revision"], document["read_only"]) == (len(document["body"]["events"]), False)
    url, first = f"/api/documents/{document['id']}", min(document["body"]["events"])
    edits = [operation("events", {"id": first}, "remove"), event("mine", 0, 1, "It sits.")]
    saved = world["ann"].patch(url, json={"operations": edits}, headers={"If-Match": f'"{document["revision"]}"'})
    assert saved.status_code == 200, saved.text
    log = world["rhea"].get(f"{url}/operations").json()["items"]
    assert [entry["user_name"] for entry in log] == ["Lead"] * document["revision"] + ["Ann"] * 2


EAF = """<ANNOTATION_DOCUMENT><HEADER><MEDIA_DESCRIPTOR MEDIA_URL="file:///x/disc.mp4"/></HEADER><TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="667"/></TIME_ORDER>
<TIER TIER_ID="dog"><ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1="a" TIME_SLOT_REF2="b"><ANNOTATION_VALUE>It runs.
</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"""
CVAT = """<annotations><meta><task><source>disc.mp4</source></task></meta><track id="7" label="dog">{}</track>
</annotations>""".format(
    "".join(
        f'<box frame="{n}" outside="0"><attribute name="masklet_id">1</attribute>'
        '<attribute name="caption">It runs.</attribute></box>'
        for n in range(4)
    )
)
LABEL_STUDIO = json.dumps([{"data": {"video": "/data/upload/1/disc.mp4"}, "annotations": [{"result": [
    {"id": "m", "type": "videorectangle", "meta": {"text": ["dog"]}, "value": {}},
    {"id": "e", "type": "timelinelabels", "parentID": "m", "value": {"ranges": [{"start": 1, "end": 4}]}},
    {"id": "e", "type": "textarea", "value": {"text": ["It runs."]}},
]}]}])  # fmt: skip
ACTIVITYNET = json.dumps({"disc": {"timestamps": [[0, 0.667]], "sentences": ["It runs."], "masklet_ids": [1]}})

PLM = {"uid": 0, "video": "disc.mp4", "masklet_id": 1, "total_frames": 9, "caption": "It runs.", "start_frame": 0,
       "end_frame": 3}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        ("activitynet", "train.json", ACTIVITYNET),
        ("csv", "a.csv", HEAD + "disc.mp4,dog,0,3,It runs.\n"),
        ("cvat", "a.xml", CVAT),
        ("elan", "a.eaf", EAF),
        ("label_studio", "a.json", LABEL_STUDIO),
        ("plm", "plm_rcap_train.jsonl", json.dumps(PLM)),
        ("webvtt", "disc.1.vtt", "WEBVTT\n\n00:00.000 --> 00:00.667\nIt runs.\n"),
    ],
)
def test_every_form_leads_to_the_same_draft(
    world: World, tasks: dict[int, UUID], kind: str, name: str, data: str
) -> None:
    assert made(world, data, kind, name=name)["made"] == 1
    assert drafts(world, tasks) == {1: [(0, 3, "It runs.")]}
    again = made(world, data, kind, name=name)
    assert (again["made"], [m["state"] for m in again["masklets"]], count(world)) == (0, ["present"], (1, 1))


def test_a_subject_that_is_not_named_is_the_only_one_and_a_video_may_be_said(world: World) -> None:
    one = staged(world, "one.mp4", ("dog",))
    cue = "WEBVTT\n\n00:00.000 --> 00:00.500\nIt runs.\n"
    assert "no video of this project is called talk" in refusals(bring(world, cue, "webvtt", name="talk.vtt"))[0]
    video = str(world.task(one[1]).video_id)
    assert made(world, cue, "webvtt", name="talk.vtt", video_id=video)["made"] == 1
    assert drafts(world, one) == {1: [(0, 2, "It runs.")]}
    staged(world, "two.mp4", ("dog", "box"))
    found = refusals(bring(world, cue, "webvtt", name="two.vtt"))
    assert "does not say whose it is, and two.mp4 has 2 masklets" in found[0]
    two = HEAD + "one.mp4,1,0,1,It runs.\ntwo.mp4,1,0,1,It runs.\n"
    assert "tells of 2 videos" in refusals(bring(world, two, video_id=video))[0]
    assert "no such video" in refusals(bring(world, cue, "webvtt", video_id=str(world.project)))[0]


def refusals(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [f"{refused['where']}: {refused['message']}" for refused in answer.json()["refused"]]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("disc.mp4,1,12,12,Too late.", "line 5: ends at grid frame 12, the video at 11"),
        ("disc.mp4,dog,3,3,By another name.", "line 5: frames 3 to 3 overlap 0 to 3 of the same subject"),
        ("disc.mp4,cat,0,1,Nobody.", "line 5: no masklet is number cat or called so in disc.mp4 (there: 1 dog, 2 box)"),
        ("disk.mp4,1,0,1,Nowhere.", "line 5: no video of this project is called disk"),
        ("disc.mp4,2,0,1,<|eot_id|>", "line 5: caption: “<|eot_id|>” is a control token"),
        ("disc.mp4,2,0,1," + "x" * 1001, "line 5: caption: 1001 characters"),
        ("disc.mp4,2,0", "line 5: has another number of cells"),
        ('disc.mp4,2,0,1,"it\nends', "is not CSV"),
    ],
)
def test_one_bad_row_and_nothing_is_made(world: World, tasks: dict[int, UUID], row: str, why: str) -> None:
    data = HEAD + ROWS + row + "\n"
    assert any(why in told for told in refusals(bring(world, data)))
    answer = bring(world, data, dry_run=False)
    assert (answer.status_code, answer.json()["type"]) == (422, "import_refused")
    assert any(why in f"{error['field']}: {error['message']}" for error in answer.json()["errors"])
    assert count(world) == (0, 0)


def test_what_is_no_such_file_is_refused_as_a_whole(world: World, tasks: dict[int, UUID]) -> None:
    for kind, data, why in (
        ("csv", b"\xff\xfe", "is not UTF-8"), ("csv", HEAD.encode(), "holds no captions"),
        ("csv", b"", "must name the columns"),
        ("elan", b'<!DOCTYPE a [<!ENTITY x "y">]><a/>', "document type"), ("cvat", b"PK\x03\x04", "is not XML"),
        ("label_studio", b"{}", "is not a JSON array"), ("activitynet", b"[" * 5000, "is not JSON"),
        ("webvtt", b"1\n", "does not begin with WEBVTT"),
    ):  # fmt: skip
        found = refusals(bring(world, data, kind))
        assert len(found) == 1 and why in found[0], (kind, found)
    assert bring(world, b"", "docx").status_code == 422


def test_what_people_began_is_never_written_over(world: World, tasks: dict[int, UUID]) -> None:
    held = world["ann"].post(world.url("/tasks/next"), json={"kinds": ["stc_caption"]}).json()["id"]
    number = next(n for n, task in tasks.items() if str(task) == held)
    one = f"disc.mp4,{number},0,3,It runs.\n"
    assert "Ann works on its captions" in refusals(bring(world, HEAD + one))[0]
    document = world["ann"].get(f"/api/tasks/{held}/document").json()
    edits = {"operations": [event("e1", 0, 1, "It sits.")]}
    world["ann"].patch(f"/api/documents/{document['id']}", json=edits, headers={"If-Match": '"0"'})
    assert world["ann"].post(f"/api/tasks/{held}/release").status_code < 300
    assert "a draft with 1 other captions is there already" in refusals(bring(world, HEAD + one))[0]
    before = count(world)
    answer = bring(world, HEAD + ROWS, dry_run=False)
    assert answer.status_code == 422 and count(world) == before, "the other masklet's are not taken either"
    assert drafts(world, tasks) == {number: [(0, 1, "It sits.")]}
    other = 3 - number
    for state, why in (
        (TaskState.SUBMITTED, "reopen the task first"), (TaskState.ACCEPTED, "reopen the task first"),
        (TaskState.BLOCKED, "its caption task is blocked"), (TaskState.CLOSED, "its caption task is closed"),
    ):  # fmt: skip
        with world.parts.database.begin() as session:
            session.get_one(Task, tasks[other]).state = state
        assert why in refusals(bring(world, HEAD + f"disc.mp4,{other},0,3,It runs.\n"))[0]


def test_a_video_set_aside_and_a_masklet_without_a_task(world: World, tasks: dict[int, UUID]) -> None:
    staged(world, "new.mp4", ("dog",))
    with world.parts.database.begin() as session:
        here = ProjectVideo.project_id == world.project, ProjectVideo.name == "disc.mp4"
        session.scalars(select(ProjectVideo).where(*here)).one().flag_reason = "Too dark."
        new = session.scalars(select(ProjectVideo.video_id).where(ProjectVideo.name == "new.mp4")).one()
        session.scalars(select(Task).where(Task.video_id == new, Task.masklet_id.is_not(None))).one().masklet_id = None
    found = refusals(bring(world, HEAD + ROWS + "new.mp4,1,0,3,It runs.\n"))
    assert len(found) == 3 and all("set aside" in told for told in found[:2]) and "no caption task yet" in found[2]


def test_somebody_is_faster_and_a_lead_is_one_no_more(
    world: World, tasks: dict[int, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = captions.look

    def leased(*given: Any, **more: Any) -> Any:
        found = real(*given, **more)
        assert world["ann"].post(world.url("/tasks/next"), json={"kinds": ["stc_caption"]}).status_code == 200
        return found

    monkeypatch.setattr(routes_captions, "look", leased)
    answer = bring(world, HEAD + ROWS, dry_run=False)
    assert answer.status_code == 422 and "Ann works on its captions" in answer.json()["detail"]

    def demoted(*given: Any, **more: Any) -> Any:
        found = real(*given, **more)
        with world.parts.database.begin() as session:
            here = Membership.project_id == world.project, Membership.user_id == world.users["lead"].id
            session.scalars(select(Membership).where(*here)).one().role = Role.ANNOTATOR
        return found

    monkeypatch.setattr(routes_captions, "look", demoted)
    free = next(m for m in bring(world, HEAD + ROWS).json()["masklets"] if m["state"] == "new")["number"]
    with world.parts.database.begin() as session:
        here = Membership.project_id == world.project, Membership.user_id == world.users["lead"].id
        session.scalars(select(Membership).where(*here)).one().role = Role.LEAD
    assert bring(world, HEAD + f"disc.mp4,{free},0,3,It runs.\n", dry_run=False).status_code == 403
    assert drafts(world, tasks) == {}


def test_a_page_that_was_opened_before_takes_the_captions_in(world: World, tasks: dict[int, UUID]) -> None:
    """The next task is promised to Ann, whose page has its empty document already."""
    promised = world["ann"].post(world.url("/tasks/preload"), json={"kinds": ["stc_caption"]}).json()["id"]
    document = world["ann"].get(f"/api/tasks/{promised}/document").json()
    assert document["revision"] == 0
    number = next(n for n, task in tasks.items() if str(task) == promised)
    made(world, HEAD + f"disc.mp4,{number},0,3,It runs.\n")
    task = world["ann"].post(world.url("/tasks/next"), json={"kinds": ["stc_caption"]}).json()["id"]
    assert task == promised
    edits = {"operations": [event("e1", 4, 5, "It sits.")]}
    stale = world["ann"].patch(f"/api/documents/{document['id']}", json=edits, headers={"If-Match": '"0"'})
    assert (stale.status_code, len(stale.json()["operations_since"])) == (412, 1)


def test_what_a_file_may_take(world: World, tasks: dict[int, UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_captions, "MAX_BYTES", 50)
    large = bring(world, HEAD + ROWS)
    assert (large.status_code, large.json()["type"]) == (413, "upload_too_large")
    monkeypatch.undo()
    monkeypatch.setattr(captions, "MOST_CAPTIONS", 2)
    assert "is beyond 2 captions in one import" in refusals(bring(world, HEAD + ROWS))[0]
    assert not list((world.parts.settings.data_folder / "scratch").iterdir()), "nothing of it stays"


def test_captions_of_another_project_stay_there(world: World, tasks: dict[int, UUID], make_world: MakeWorld) -> None:
    other = make_world()
    assert "no video of this project" in refusals(bring(other, HEAD + ROWS))[0]
    video = str(world.task(tasks[1]).video_id)
    assert "no such video" in refusals(bring(other, HEAD + ROWS, video_id=video))[0]
    assert "spatio-temporal" in refusals(bring(make_world("fgqa"), HEAD + ROWS))[0]
    assert [bring(world, HEAD + ROWS, who=name).status_code for name in ("ann", "rhea", "eve")] == [403, 403, 404]


def test_the_command_says_and_takes_the_same(
    world: World, tasks: dict[int, UUID], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()
    path = tmp_path / "captions.csv"
    path.write_text(HEAD + ROWS, "utf-8")
    asked = ["captions", "import", str(path), "--project", "stc project", "--by", "lead@example.org", "--format"]
    ran = CliRunner().invoke(cli.app, [*asked, "csv"])
    assert ran.exit_code == 0 and "3 captions would become drafts; --yes takes them." in ran.stdout, ran.output
    assert count(world) == (0, 0)
    ran = CliRunner().invoke(cli.app, ["--json", *asked, "csv", "--yes"])
    assert ran.exit_code == 0 and json.loads(ran.stdout)["made"] == 3, ran.output
    assert drafts(world, tasks) == WANTED
    path.write_text(HEAD + "disc.mp4,1,0,3,It sits.\n", "utf-8")
    ran = CliRunner().invoke(cli.app, [*asked, "csv", "--yes"])
    assert ran.exit_code != 0 and drafts(world, tasks) == WANTED
    assert CliRunner().invoke(cli.app, [*asked, "docx"]).exit_code == 2
