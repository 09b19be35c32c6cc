"""What a rule selects, what the checks refuse, how releases follow each other, and a build that is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from uuid import UUID

import orjson
import pytest
from sqlalchemy import delete, select, update

from annotator.formats.shards import read_provenance, read_table
from server.db import new_id, now
from server.jobs import enqueue
from server.releases import likeness, preview, shards
from server.releases.build import BUILD
from server.releases.errors import PreviewsWait
from server.releases.rule import Rule
from server.releases.select import chosen, videos_of
from server.releases.split import assign
from server.tables.documents import Submission
from server.tables.jobs import Job, JobState
from server.tables.projects import Project
from server.tables.releases import (
    Release,
    ReleaseFile,
    ReleaseItem,
    ReleasePart,
    ReleaseState,
    Split,
    SplitAssignment,
    VideoPrint,
)
from server.tables.tasks import Task
from server.tables.videos import ProjectVideo, Video
from tests.server.releases.test_release import fetch, release
from tests.server.workflow import answer, ok

ASKED = [
    {"text": "How does it move?", "q_type": "Movement Direction", "draft": "To the right."},
    {"text": "How fast is it?", "q_type": "Speed/Force"},
    {"text": "무엇이 움직이는가?", "q_type": "Object Recognition"},
]
ANSWERS = ("", "Slowly.", "노란 사각형이다.")


def answered(site, project, clip, who="ann"):
    """A video with one segment whose three questions are answered: a draft accepted, one in English, one in Korean."""
    video = site.video(project, clip)
    questions = site.segment(project, video["id"], ASKED)["questions"]
    task = site.lease(who, project, "fgqa_answer")["id"]
    said = [answer(questions[0]["id"], "accept")]
    said += [answer(q["id"], "write", text) for q, text in zip(questions[1:], ANSWERS[1:], strict=True)]
    site.submit(who, task, said)
    return video["id"]


@pytest.fixture
def project(site, clips):
    """Two videos with three answers each, accepted by policy."""
    made = site.project("fgqa", {"ann": "annotator", "ben": "annotator", "lea": "lead"}, review_share=0.0)
    answered(site, made, clips[0])
    answered(site, made, clips[1], "ben")
    return made


def seen(site, project, **rule):
    """What the rule would give."""
    text = orjson.dumps(rule).decode()
    return ok(site["lea"].get(f"/api/projects/{project}/releases/preview", params={"rule": text}))


def test_a_rule_selects_and_the_release_says_it(site, project, tmp_path):
    assert (seen(site, project)["answers"], seen(site, project)["exact"]) == (6, True)
    assert seen(site, project)["q_types"] == {"Movement Direction": 2, "Object Recognition": 2, "Speed/Force": 2}
    assert seen(site, project)["splits"] == {"new": 2}
    for rule, count in (
        ({"q_types": ["Speed/Force"]}, 2), ({"human_only": True}, 4), ({"languages": ["ko"]}, 2),
        ({"languages": ["en"], "human_only": True}, 2), ({"annotators": [site.ids["ben"]]}, 3),
        ({"without_annotators": [site.ids["ben"]]}, 3), ({"judged": "reviewer"}, 0), ({"judged": "policy"}, 6),
        ({"domains": ["tests"]}, 6), ({"domains": ["kitchens"]}, 0), ({"submitted_to": "2020-01-01T00:00:00Z"}, 0),
        ({"submitted_from": "2020-01-01T00:00:00Z"}, 6), ({"guideline_from": 1}, 0), ({"source_datasets": ["x"]}, 0),
        ({"status": "submitted"}, 6),
    ):  # fmt: skip
        assert seen(site, project, **rule)["answers"] == count, rule
    rule = {
        "q_types": ["Speed/Force", "Object Recognition"],
        "languages": ["en"],
        "without_annotators": [site.ids["lea"]],
    }
    made = release(site, project, rule=rule, licence="CC0-1.0")
    assert made["state"] == "ready", made["error"]
    assert (made["counts"]["fgqa"], made["rule"]["q_types"]) == (2, rule["q_types"])
    folder = fetch(site["lea"], made, tmp_path / "release")
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    assert manifest["rule"]["rule"]["languages"] == ["en"]
    [nobody] = manifest["rule"]["rule"]["without_annotators"]
    assert nobody.startswith("p-"), "people have pseudonyms in a rule as well"
    assert site.ids["lea"] not in (folder / "manifest.json").read_text()
    assert manifest["statistics"]["question type"] == {"Speed/Force": 2}
    for split in ("train", "test"):
        [row] = read_table(folder, split, "fgqa")
        assert row["answer"] == "Slowly."
        [segment] = read_table(folder, split, "segments")
        [about] = read_table(folder, split, "videos")
        assert (folder / segment["clip"]).is_file()
        assert (about["video"], about["licence"]) == (row["metadata"]["source_video_id"], "CC0-1.0")
        assert [origin["row"] for origin in read_provenance(folder, split, "fgqa")] == [f"fgqa:{row['qa_id']}"]
    assert "Speed/Force" in (folder / "plots/question_type.svg").read_text()


def test_bad_rules_and_requests_are_refused_by_name(site, project):
    url = f"/api/projects/{project}/releases"

    def refused(status, field, **body):
        found = site["lea"].post(url, json=body)
        assert (found.status_code, found.json().get("field")) == (status, field), found.text

    refused(409, "rule", rule={"q_types": ["Pose"]})
    refused(422, "rule.q_types.0", rule={"q_types": ["Posture"]})
    refused(422, "rule.colour", rule={"colour": "red"})
    refused(422, "rule", rule={"submitted_from": "2026-01-02T00:00:00Z", "submitted_to": "2026-01-01T00:00:00Z"})
    refused(409, "since", since="00000000-0000-7000-8000-000000000000")
    assert site["lea"].get(f"{url}/preview?rule=%7B%22x%22%3A1%7D").json()["field"] == "rule.x"
    assert site["lea"].get(f"{url}/preview?rule=%7B").status_code == 422
    assert ok(site["lea"].get(url))["items"] == []
    headers = {"Idempotency-Key": "one"}
    first = ok(site["lea"].post(url, json={}, headers=headers))
    other = site["lea"].post(url, json={"test_share": 0.5}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "other_request")
    building = site["lea"].get(f"/api/releases/{first['id']}/files/README.md")
    assert (building.status_code, building.json()["type"]) == (409, "release_not_ready")
    early = site["lea"].get(f"{url}/preview", params={"since": first["id"]})
    assert (early.status_code, early.json()["field"]) == (409, "since"), "as building upon it"
    for video in ok(site["lea"].get(f"/api/projects/{project}/videos"))["items"]:
        ok(site["lea"].put(f"/api/projects/{project}/videos/{video['id']}/flag", json={"reason": "Consent."}))
    site.run_jobs()
    withdrawn = ok(site["lea"].get(f"/api/releases/{first['id']}"))
    assert (withdrawn["state"], withdrawn["error"]) == ("failed", "Not released: nothing meets the rule any more.")
    assert (withdrawn["files"], withdrawn["manifest_sha256"]) == ([], None)


def test_a_preview_that_takes_long_is_an_estimate(site, project, monkeypatch):
    monkeypatch.setattr(preview, "BATCH", 1)
    monkeypatch.setattr(preview, "SECONDS", -1.0)
    told = seen(site, project)
    assert (told["exact"], told["documents"], told["answers"], told["videos"]) == (False, 2, 6, 2)
    assert release(site, project, rule={"languages": ["ko"]})["state"] == "ready", "what is left to the build is built"


def test_few_previews_at_once():
    running, most, go = 0, 0, asyncio.Event()

    async def slow():
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await go.wait()
        running -= 1

    async def crowd():
        asked = preview.AT_ONCE + preview.WAITING
        waiting = [asyncio.create_task(preview.look_in_turn(slow)) for _ in range(asked)]
        await asyncio.sleep(0.05)
        with pytest.raises(PreviewsWait) as late:
            await preview.look_in_turn(slow)
        assert late.value.status == 503 and late.value.headers
        go.set()
        await asyncio.gather(*waiting)

    asyncio.run(crowd())
    assert (running, most) == (0, preview.AT_ONCE)


def break_one(site, parts, project):
    """Put a control token into an accepted answer, as an old version without that rule would have let pass."""
    with parts.database.begin() as session:
        row = session.scalars(select(Submission).order_by(Submission.id)).first()
        body = orjson.loads(orjson.dumps(row.body))
        next(a for a in body["answers"].values() if a["text"] == "Slowly.")["text"] = "Slowly <|eot_id|>."
        session.execute(update(Submission).where(Submission.id == row.id).values(body=body))
        return str(row.document_id)


def test_faulty_work_refuses_a_release_or_is_left_out_and_told(site, project, parts, tmp_path):
    document = break_one(site, parts, project)
    before = seen(site, project)
    assert before["faulty"] == 1
    assert [(p["document_id"], p["code"]) for p in before["problems"]] == [(document, "control_token")]
    made = release(site, project)
    assert made["state"] == "failed"
    assert f"document {document}: answers." in made["error"]
    problems = ok(site["lea"].get(f"/api/releases/{made['id']}/problems"))["items"]
    assert [(p["document_id"], p["code"]) for p in problems] == [(document, "control_token")]
    assert ok(site["lea"].get(f"/api/tasks/{problems[0]['task_id']}"))
    left = release(site, project, rule={"leave_out_faulty": True})
    assert (left["state"], left["counts"]["fgqa"], left["problems"]) == ("ready", 3, 1)
    folder = fetch(site["lea"], left, tmp_path / "release")
    [told] = [orjson.loads(line) for line in (folder / "left_out.jsonl").read_bytes().splitlines()]
    assert (told["document"], told["code"]) == (document, "control_token")
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    assert manifest["documents_left_out"] == 1
    videos = {row["video"] for split in ("train", "test") for row in read_table(folder, split, "videos")}
    assert (len(videos), videos) == (1, set(manifest["splits"]["train"] + manifest["splits"]["test"])), "no other one"


def test_releases_follow_each_other(site, project, clips, tmp_path):
    """Since, diff, tombstones, and what is said about a release."""
    lea = site["lea"]
    first = release(site, project)
    url = f"/api/projects/{project}/releases"
    nothing = lea.post(url, json={"since": first["id"]})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "nothing_selected")
    video = next(iter(ok(lea.get(f"/api/projects/{project}/videos"))["items"]))["id"]
    asked = site.segment(project, video, [{"text": "What colour?", "q_type": "Object Attributes"}], 2, 9)
    task = site.lease("ann", project, "fgqa_answer")["id"]
    site.submit("ann", task, [answer(asked["questions"][0]["id"], "write", "Yellow.")])
    more = release(site, project, since=first["id"])
    assert (more["counts"]["fgqa"], more["since_id"]) == (1, first["id"])
    whole = release(site, project)
    diff = ok(lea.get(f"/api/releases/{whole['id']}/diff", params={"with": first["id"]}))
    assert {k: diff[k] for k in ("added", "removed", "changed", "same")} == {
        "added": 1, "removed": 0, "changed": 0, "same": 2,
    }  # fmt: skip
    assert [entry["how"] for entry in diff["items"]] == ["added"]
    back = ok(lea.get(f"/api/releases/{first['id']}/diff", params={"with": whole["id"]}))
    assert (back["added"], back["removed"]) == (0, 1)

    ok(lea.put(f"/api/projects/{project}/videos/{video}/flag", json={"reason": "Consent was withdrawn."}))
    site.run_jobs()
    [gone] = ok(lea.get(f"/api/releases/{first['id']}/withdrawn"))["items"]
    without = release(site, project)
    manifest = ok(lea.get(f"/api/releases/{without['id']}/manifest.json"))
    assert manifest["withdrawn"] == [gone]
    assert gone["video"] not in manifest["splits"]["train"] + manifest["splits"]["test"]
    assert ok(lea.get(f"/api/releases/{without['id']}/withdrawn")) == {"items": [], "next": None}

    one = f"/api/releases/{first['id']}"
    assert ok(lea.patch(one, json={"kept_why": "Cited in a paper."}))["kept_why"] == "Cited in a paper."
    kept = lea.post(f"{one}/delete", json={"reason": "Consent."})
    assert (kept.status_code, kept.json()["type"]) == (409, "release_kept")
    assert ok(lea.patch(one, json={"kept_why": None, "deprecated_why": "Use 3."}))["deprecated_why"] == "Use 3."
    assert lea.post(f"{one}/delete", json={"reason": " "}).status_code == 422
    moment = now().isoformat()
    assert ok(lea.post(f"{one}/delete", json={"reason": "Consent."}))["deleted_why"] == "Consent."
    assert lea.get(f"{one}/files/README.md").status_code == 410
    assert ok(lea.get(f"{one}/manifest.json"))["release_id"] == first["id"], "what it was can still be told"
    assert lea.patch(one, json={"kept_why": "x"}).status_code == 410
    changed = ok(lea.get(url, params={"updated_since": moment, "fields": "number,deleted_why"}))
    assert changed["items"] == [{"number": 1, "deleted_why": "Consent."}]
    assert lea.get(url, params={"fields": "secret"}).json()["field"] == "fields"


def test_what_a_release_left_of_its_documents_is_not_new(site, project):
    """Documents are pinned whole: after a release of their Korean rows, the English ones would be in no release."""
    korean = release(site, project, rule={"languages": ["ko"]})
    url = f"/api/projects/{project}/releases"
    narrower = site["lea"].post(url, json={"since": korean["id"]})
    assert (narrower.status_code, narrower.json()["type"]) == (409, "release_not_ready")
    assert (narrower.json()["field"], "languages" in narrower.json()["detail"]) == ("since", True)
    same = site["lea"].post(url, json={"since": korean["id"], "rule": {"languages": ["ko"]}})
    assert same.json()["type"] == "nothing_selected"
    whole = release(site, project)
    assert site["lea"].post(url, json={"since": whole["id"], "rule": {"languages": ["ko"]}}).json()["type"] == (
        "nothing_selected"
    )


def test_two_releases_are_told_apart_by_pieces_of_work(site, project, parts):
    """Also where one is compared with itself, and where the same work was handed in anew."""
    first, second = release(site, project), release(site, project)

    def diff(one, other):
        found = ok(site["lea"].get(f"/api/releases/{one['id']}/diff", params={"with": other["id"]}))
        return [found[how] for how in ("added", "removed", "changed", "same")], sorted(e["how"] for e in found["items"])

    assert diff(first, first) == ([0, 0, 0, 2], [])
    with parts.database.begin() as session:
        [one, two] = session.scalars(
            select(ReleaseItem).where(ReleaseItem.release_id == UUID(second["id"])).order_by(ReleaseItem.position)
        )
        one.submission_id = new_id()
        session.delete(two)
    assert diff(first, second) == ([1, 0, 1, 0], ["added", "changed"])
    assert diff(second, first) == ([0, 1, 1, 0], ["changed", "removed"])
    url = f"/api/releases/{second['id']}/diff"
    page = ok(site["lea"].get(url, params={"with": first["id"], "limit": 1}))
    rest = ok(site["lea"].get(url, params={"with": first["id"], "limit": 1, "cursor": page["next"]}))
    assert (page["removed"], rest["removed"], rest["next"]) == (1, 1, None)
    assert {page["items"][0]["how"], rest["items"][0]["how"]} == {"changed", "removed"}
    assert site["lea"].get(url, params={"with": first["id"], "cursor": "x"}).json()["field"] == "cursor"


def test_a_video_that_nobody_looked_at_yet_gets_no_side(site, project, parts):
    """Its work was accepted after the build had looked at all: a side is for ever, so it waits for the next release."""
    with parts.database.begin() as session:
        items = chosen(session.get_one(Project, UUID(project)), Rule())
        first, second = videos_of(session, items)
        session.add(VideoPrint(video_id=first, version=likeness.VERSION, hashes=""))
        session.add(VideoPrint(video_id=second, version=likeness.VERSION - 1, hashes=""))
        session.flush()
        assert assign(session, items, 0.5).total() == 1
        assert list(session.scalars(select(SplitAssignment.video_id))) == [first]
    made = release(site, project)
    assert (made["state"], made["counts"]["videos"]) == ("ready", 2), made["error"]


def test_nobody_is_on_both_sides_where_that_is_asked_for(site, project, parts):
    """Videos of one author stay together; a video that has its side draws its author's others after it."""

    def sides(*, by_annotator, held=None, authors=("ann", "ben")):
        with parts.database.begin() as session:
            videos = list(session.scalars(select(Video.id).order_by(Video.id)))
            for video, author in zip(videos, authors, strict=True):
                session.execute(update(Task).where(Task.video_id == video).values(submitted_by=UUID(site.ids[author])))
                session.add(VideoPrint(video_id=video, version=likeness.VERSION, hashes=""))
            if held is not None:
                session.add(SplitAssignment(video_id=videos[0], split=held))
            session.flush()
            items = chosen(session.get_one(Project, UUID(project)), Rule())
            found = assign(session, items, 0.5, by_annotator=by_annotator)
            session.rollback()
        return dict(found)

    apart = {"train": 1, "test": 1}
    assert sides(by_annotator=True) == apart, "two people can be kept apart"
    assert sides(by_annotator=False, authors=("ann", "ann")) == apart
    assert sides(by_annotator=True, authors=("ann", "ann")) == {"train": 2}
    assert sides(by_annotator=True, authors=("ann", "ann"), held=Split.TEST) == {"test": 2}
    assert sides(by_annotator=True, held=Split.TEST) == apart
    plain = release(site, project)
    assert "annotators_across_splits" not in ok(site["lea"].get(f"/api/releases/{plain['id']}/manifest.json"))
    made = release(site, project, split_by_annotator=True)
    assert made["state"] == "ready", made["error"]
    assert ok(site["lea"].get(f"/api/releases/{made['id']}/manifest.json"))["annotators_across_splits"] == []
    card = site["lea"].get(f"/api/releases/{made['id']}/files/README.md").text
    assert "Nobody captioned or answered on both sides." in card
    assert "annotators_across_splits" not in ok(
        site["lea"].get(f"/api/releases/{release(site, project)['id']}/manifest.json")
    )
    with parts.database.begin() as session:  # as if one person's work had got both sides before anybody asked
        session.execute(update(Submission).values(submitted_by=UUID(site.ids["ann"])))
    both = release(site, project, split_by_annotator=True)
    manifest = ok(site["lea"].get(f"/api/releases/{both['id']}/manifest.json"))
    [person] = manifest["annotators_across_splits"]
    assert (person[:2], both["counts"]["annotators_across_splits"]) == ("p-", 1)
    assert "but 1 of them had work on both sides" in site["lea"].get(f"/api/releases/{both['id']}/files/README.md").text


def test_a_deleted_release_stays_deleted(site, project, parts):
    """Its job is not tried again, nobody keeps it any more, and no command gives its files."""
    break_one(site, parts, project)
    lea = site["lea"]
    failed = release(site, project)
    assert failed["state"] == "failed"
    ok(lea.post(f"/api/releases/{failed['id']}/delete", json={"reason": "A mistake."}))
    again = lea.post(f"/api/jobs/{failed['job']['id']}/retry")
    assert (again.status_code, again.json()["type"]) == (409, "job_not_retryable")
    built = release(site, project, rule={"leave_out_faulty": True})
    before = ok(lea.get(f"/api/releases/{built['id']}/manifest.json"))
    ok(lea.post(f"/api/releases/{built['id']}/delete", json={"reason": "Consent."}))
    answer_ = lea.get(f"/api/releases/{built['id']}/manifest.json")
    told = ok(answer_)
    assert (before["files"] != [], told["files"], told["media"]) == (True, [], [])
    assert told["deleted"]["why"] == "Consent."
    assert {name: told[name] for name in before if name not in ("files", "media")} == {
        name: value for name, value in before.items() if name not in ("files", "media")
    }
    assert answer_.headers["cache-control"] == "no-store"
    assert lea.head(f"/api/releases/{built['id']}/manifest.json").status_code == 200


KILLED = """
import os, signal, sys
from server.releases import shards
from server.releases.shards import Builder
from server.settings import Settings
from server.jobs.workoff import command_parts, work_off
from uuid import UUID
shards.SHARD_ROWS = 1
step = Builder._close
def close(self, shard):
    if len(self.state.shards) == int(sys.argv[2]) and self.state.position:
        os.kill(os.getpid(), signal.SIGKILL)
    return step(self, shard)
Builder._close = close
work_off(command_parts(Settings()), UUID(sys.argv[1]), lambda *_: None)
"""


def test_a_build_that_is_killed_goes_on_at_its_shard(site, project, parts, settings, monkeypatch, run_jobs):
    """Killed with -9 between two shards; whoever takes it over makes the others only, and the bytes are the same."""
    monkeypatch.setattr(shards, "SHARD_ROWS", 1)
    made = ok(site["lea"].post(f"/api/projects/{project}/releases", json={}))
    environment = {
        **os.environ, "VIDGRAIN_DATA_FOLDER": str(settings.data_folder), "VIDGRAIN_DATABASE_URL": settings.database,
        "VIDGRAIN_EMBEDDED_WORKER": "0",
    }  # fmt: skip
    command = [sys.executable, "-c", KILLED, made["job"]["id"], "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    with parts.database.begin() as session:
        job = session.get_one(Job, UUID(made["job"]["id"]))
        assert job.cursor["state"]["shards"] == {"train": 1}
        written = set(session.scalars(select(ReleaseFile.path)))
        job.state, job.owner, job.run_after = JobState.QUEUED, None, now()
    assert any(path.startswith("records/train/") for path in written)
    assert not any(path.startswith("records/test/") for path in written)
    begun = []
    step = shards.Builder._close
    monkeypatch.setattr(shards.Builder, "_close", lambda self, shard: (begun.append(shard.split), step(self, shard))[1])
    run_jobs()
    after = ok(site["lea"].get(f"/api/releases/{made['id']}"))
    assert after["state"] == "ready", after["error"]
    assert begun == ["test"], "the shard that was stored is not made again"
    with parts.database.begin() as session:
        row = session.get_one(Release, UUID(made["id"]))
        row.state = ReleaseState.BUILDING
        assert session.scalars(select(ReleasePart)).all() == []
        session.execute(delete(ReleaseFile).where(ReleaseFile.release_id == row.id))
        enqueue(session, BUILD, {"release_id": made["id"]})
    run_jobs()
    again = ok(site["lea"].get(f"/api/releases/{made['id']}"))
    assert (again["manifest_sha256"], again["files"]) == (after["manifest_sha256"], after["files"])


def test_a_copy_of_a_held_out_video_is_held_out(site, project, clips, parts, tmp_path, monkeypatch):
    """A video that looks like one of an earlier release gets its side, whatever its own lot says, also where the
    earlier ones were looked at by an older version and are in no rule of the new release."""
    import av

    release(site, project)
    with parts.database.read() as session:
        sides = {row.video_id: row.split for row in session.scalars(select(SplitAssignment))}
    copies = []
    for place, clip in enumerate(clips):
        copy = tmp_path / f"copy-{place}.mp4"
        with av.open(str(clip)) as container, av.open(str(copy), "w") as output:
            stream = output.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "26"})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for frame in container.decode(video=0):
                output.mux(stream.encode(frame.reformat(width=96, height=64)))
            output.mux(stream.encode(None))
        copies.append(UUID(answered(site, project, copy)))
    monkeypatch.setattr(likeness, "VERSION", likeness.VERSION + 1)
    with parts.database.begin() as session:
        session.execute(update(VideoPrint).values(hashes=""))
        session.execute(update(ProjectVideo).where(ProjectVideo.video_id.in_(sides)).values(flag_reason="aside"))
    made = release(site, project)
    assert made["state"] == "ready", made["error"]
    with parts.database.begin() as session:
        assert set(session.scalars(select(VideoPrint.version))) == {likeness.VERSION}
        session.execute(update(ProjectVideo).values(flag_reason=None))
        rows = {row.video_id: row for row in session.scalars(select(SplitAssignment))}
    assert len(rows) == 4
    for copy in copies:
        assert rows[copy].like_id in sides
        assert rows[copy].split is sides[rows[copy].like_id]
    assert "alike_across_splits" not in made["counts"]
    held = next(copy for copy in copies if rows[copy].split is Split.TEST)
    with parts.database.begin() as session:  # as if a video had come that looks like videos of both sides
        session.execute(update(SplitAssignment).where(SplitAssignment.video_id == held).values(split=Split.TRAIN))
        names = {row.id: f"v{row.sha256[:16]}" for row in session.scalars(select(Video))}
    leaking = release(site, project)
    [pair] = ok(site["lea"].get(f"/api/releases/{leaking['id']}/manifest.json"))["alike_across_splits"]
    assert (pair["test"], pair["train"]) == (names[rows[held].like_id], names[held])
    assert 0.5 <= pair["share"] <= 1
    assert leaking["counts"]["alike_across_splits"] == 1
