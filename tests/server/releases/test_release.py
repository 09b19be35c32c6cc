"""A release over HTTP: what is in it, read by others, immutable, and the same twice."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import av
import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete

from annotator.formats.forms import FORMS, export
from annotator.formats.plm import SCHEMAS
from annotator.formats.sav import read_sav
from annotator.formats.shards import read_provenance, read_table
from annotator.formats.spans import ForeignSpan, spans
from annotator.masklet.rle import decode
from annotator.video.cut import CUT_OPTIONS, cut
from annotator.video.frames import GRID_RATE
from annotator.video.probe import Limits
from annotator.video.proxy import make_proxy
from annotator.video.reader import PictureReader
from model.data.conversations import TASKS
from model.data.pictures import Pictures, View
from model.data.rejects import Rejects
from model.data.release import ReleaseError, open_release
from model.data.samples import read_samples
from server.jobs import enqueue
from server.releases.build import BUILD
from server.releases.stage import FileChanged, stage
from server.tables.releases import Release, ReleaseFile, ReleaseState
from tests.server.workflow import GRID, HEIGHT, WIDTH, answer, ok, scene

TEAM = {"sue": "annotator", "cap": "annotator", "ver": "annotator", "rev": "reviewer", "lea": "lead"}
STEPS = ("sue", "cap", "ver", "rev")


def release(site, project, **wanted):
    """A release, built."""
    made = ok(site["lea"].post(f"/api/projects/{project}/releases", json=wanted))
    site.run_jobs()
    return ok(site["lea"].get(f"/api/releases/{made['id']}"))


def fetch(client, made, folder):
    """The release as a folder, over HTTP, every byte checked."""
    url = f"/api/releases/{made['id']}"
    manifest = client.get(f"{url}/manifest.json").content
    return stage(
        manifest,
        made["manifest_sha256"],
        lambda file: iter([client.get(f"{url}/files/{file.path}").content]),
        folder,
        lambda *_: None,
    )


@pytest.fixture
def stc(site, clips):
    """An STC project with one accepted masklet in each of two videos."""
    project = site.project("stc", TEAM)
    for seed, clip in enumerate(clips, start=1):
        site.video(project, clip)
        site.masklet_done(project, STEPS, seed)
    return project


def test_a_released_clip_has_the_same_bytes_on_any_cpu(clips, tmp_path, monkeypatch):
    """Without a CPU's own instructions (`asm=0`) x264 is slow and cannot vary; so may we not."""
    table = make_proxy(clips[0], tmp_path / "proxy.mp4", limits=Limits())
    pictures = table.grid().tolist()
    with PictureReader(tmp_path / "proxy.mp4", table) as reader:
        cut(reader, pictures, GRID_RATE, tmp_path / "ours.mp4")
        monkeypatch.setitem(CUT_OPTIONS, "x264-params", CUT_OPTIONS.get("x264-params", "annexb=0") + ":asm=0")
        cut(reader, pictures, GRID_RATE, tmp_path / "plain.mp4")
    assert (tmp_path / "ours.mp4").read_bytes() == (tmp_path / "plain.mp4").read_bytes()


def test_an_stc_release_is_read_by_everybody_and_is_the_same_again(site, stc, parts, tmp_path, monkeypatch):
    made = release(site, stc, licence="CC-BY-4.0")
    assert made["state"] == "ready", made["error"]
    counts = made["counts"]
    assert {k: counts[k] for k in ("videos", "masklets", *TASKS)} == {
        "videos": 2, "masklets": 2, "fgqa": 0, "rcap": 4, "rtloc": 4, "rdcap": 2,
    }  # fmt: skip
    folder = fetch(site["lea"], made, tmp_path / "release")
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    assert [len(manifest["splits"][split]) for split in ("train", "test")] == [1, 1]
    assert manifest["loader"] == {"rows": {"train": 5, "test": 5}, "max_ranks_times_workers": 5}
    for subset in ("rcap", "rtloc", "rdcap"):
        rows = list(read_table(folder, "train", subset))
        origins = list(read_provenance(folder, "train", subset))
        assert [row["row"] for row in origins] == [f"{subset}:{row['uid']}" for row in rows]
        assert {tuple(who["step"] for who in row["people"]) for row in origins} == {
            ("subject", "caption", "verify", "review")
        }
        assert {row["licence"] for row in origins} == {"CC-BY-4.0"}
    assert not any(b"Sue" in path.read_bytes() for path in folder.rglob("*") if path.suffix in (".json", ".md"))

    # Our own reader, decoding every row as a training does.
    opened = open_release(folder, expected_sha256=made["manifest_sha256"])
    for split in ("train", "test"):
        rejects = Rejects(0)
        samples = read_samples(opened, split, TASKS, rejects)
        assert len(samples) == 5
        with Pictures(View(56), processes=0) as pictures:
            assert [pictures.trouble(sample).result() for sample in samples] == [None] * 5
        assert not rejects.counts
        for sample in samples:
            assert sample.boxes is not None
            assert list(sample.boxes) == list(range(GRID)), "a box or null for every picture of the file"

    # pyarrow and datasets, from the files alone.
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    import datasets

    for subset in ("rcap", "rtloc", "rdcap"):
        path = folder / "records" / "train" / f"{subset}-00000.parquet"
        assert pq.read_schema(path).equals(SCHEMAS[subset])
        rows = pq.read_table(path).to_pylist()
        lines = list(read_table(folder, "train", subset))
        loaded = datasets.load_dataset(
            "parquet", data_files={"train": str(path)}, split="train", cache_dir=str(tmp_path / "cache")
        )
        assert rows == lines == [dict(row) for row in loaded]
    [dense] = read_table(folder, "train", "rdcap")
    assert [(s["start_frame"], s["end_frame"]) for s in dense["dense_captions"]] == [(0, 2), (3, GRID - 1)]
    assert dense["total_frames"] == GRID

    # The clip is the grid's pictures, the masks lie where the square is, and the boxes around them.
    video = manifest["splits"]["train"][0]
    seed = next(seed for seed in (1, 2) if _is_seed(folder, video, seed))
    about, (masklet,) = read_sav(folder / f"masklets/{video}_manual.json")
    assert (about.width, about.height, len(masklet.frames)) == (WIDTH, HEIGHT, GRID)
    row = orjson.loads((folder / "conversations/train.jsonl").read_bytes().splitlines()[0])
    for place in (0, 3, GRID - 1):
        truth = scene(place * 4, seed)[1]
        mask = decode(masklet.frames[place]).astype(bool)
        assert (mask & truth).sum() / (mask | truth).sum() > 0.8
        x1, y1, x2, y2 = row["bbox_map"][str(place)]
        assert mask[int(y1) : int(y2), int(x1) : int(x2)].sum() == mask.sum()
    assert (folder / "datasets.yaml").read_text().startswith('"a_stc_project_train":\n  annotation: ')
    _in_every_form(folder, tmp_path / "forms", video, dense)
    _same_again(site, stc, parts, made)


CAPTIONS = {
    "activitynet": "train.json", "csv": "train/rdcap.csv", "cvat": "train/{video}.xml", "elan": "train/{video}.eaf",
    "label_studio": "train/videos.json", "plm": "rdcap/plm_rdcap_train.jsonl", "webvtt": "train/{video}.{number}.vtt",
}  # fmt: skip


def _in_every_form(folder, to, video, dense):
    """A release as it was built, and not one that was drawn, becomes every form, and its captions come back."""
    assert set(CAPTIONS) == {name for name, form in FORMS.items() if form.spans is not None}
    want = {
        ForeignSpan(video, str(dense["masklet_id"]), span["start_frame"], span["end_frame"], span["caption"])
        for span in dense["dense_captions"]
    }
    for name, form in FORMS.items():
        assert export(folder, name, to / name, verify=name == "plm").files > 0
        if form.spans is not None:
            assert (
                set(spans(form.spans(to / name / CAPTIONS[name].format(video=video, number=dense["masklet_id"]))))
                == want
            ), name


def _same_again(site, stc, parts, made):
    """The same work gives the same bytes, which are stored once; the same release built again is the same."""
    second = release(site, stc, name="two", licence="CC-BY-4.0")
    assert (made["number"], second["number"]) == (1, 2)
    assert made["files"] == second["files"], "every file but the manifest, which names its release"
    media = ok(site["lea"].get(f"/api/releases/{made['id']}/files?media=true"))["items"]
    assert [file["path"].split("/")[0] for file in media] == ["masklets"] * 2 + ["videos"] * 2
    assert media == ok(site["lea"].get(f"/api/releases/{second['id']}/files?media=true"))["items"]

    # The very same release, built again by another worker.
    with parts.database.begin() as session:
        row = session.get_one(Release, UUID(second["id"]))
        row.state = ReleaseState.BUILDING
        session.execute(delete(ReleaseFile).where(ReleaseFile.release_id == row.id))
        enqueue(session, BUILD, {"release_id": str(row.id)})
    site.run_jobs()
    again = ok(site["lea"].get(f"/api/releases/{second['id']}"))
    assert again["manifest_sha256"] == second["manifest_sha256"]
    assert again["files"] == second["files"]


def _is_seed(folder, video, seed):
    with av.open(str(folder / f"videos/grid/{video}.mp4")) as container:
        pictures = [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]
    assert len(pictures) == GRID
    return all(np.abs(pictures[k] - scene(k * 4, seed)[0]).mean() < 6 for k in (0, 1, GRID - 1))


def test_an_fgqa_release(site, clips, tmp_path):
    project = site.project("fgqa", {"ann": "annotator", "rev": "reviewer", "lea": "lead"}, review_share=1.0)
    asked = [
        {"text": "How does it move?", "q_type": "Movement Direction", "draft": "To the right."},
        {"text": "Who won?", "q_type": "Other"},
    ]
    for clip in clips:
        video = site.video(project, clip)
        ids = [q["id"] for q in site.segment(project, video["id"], asked, start=6, end=17)["questions"]]
        task = site.lease("ann", project, "fgqa_answer")["id"]
        site.submit("ann", task, [answer(ids[0], "accept"), answer(ids[1], "reject", "Not shown.", "irrelevant")])
        site.decide("rev", site.lease("rev", project, "fgqa_review")["id"])
    made = release(site, project)
    assert made["state"] == "ready", made["error"]
    folder = fetch(site["lea"], made, tmp_path / "release")
    (row,) = pq.read_table(folder / "records/train/fgqa-00000.parquet").to_pylist()
    assert (row["question"], row["answer"]) == ("How does it move?", "To the right.")
    metadata = row["metadata"]
    assert (metadata["source_start_time"], metadata["source_end_time"]) == (0.25, 0.75)
    assert (metadata["q_type"], metadata["is_audited"]) == ("Movement Direction", 1)
    sample = orjson.loads((folder / "conversations/train.jsonl").read_bytes())
    assert sample["conversations"] == [
        {"from": "human", "value": "How does it move?"},
        {"from": "assistant", "value": "To the right."},
    ]
    with av.open(str(folder / sample["video"])) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 24
        assert sum(1 for _ in container.decode(stream)) == 12


def test_nothing_accepted_is_a_clear_refusal(site, clips):
    project = site.project("stc", TEAM)
    site.video(project, clips[0])
    refused = site["lea"].post(f"/api/projects/{project}/releases", json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "nothing_accepted")
    assert "accepted" in refused.json()["detail"]
    assert ok(site["lea"].get(f"/api/projects/{project}/releases"))["items"] == []


def accepted_fgqa(site, clips, count=1):
    """A project with `count` videos and one accepted answer each: the quickest releasable work."""
    project = site.project("fgqa", {"ann": "annotator", "lea": "lead"}, review_share=0.0)
    for clip in clips[:count]:
        video = site.video(project, clip)
        (asked,) = site.segment(project, video["id"], [{"text": "How fast?", "q_type": "Speed/Force"}])["questions"]
        task = site.lease("ann", project, "fgqa_answer")["id"]
        site.submit("ann", task, [answer(asked["id"], "write", "Slowly.")])
    return project


def test_files_have_ranges_tags_and_types(site, clips):
    made = release(site, accepted_fgqa(site, clips))
    [file] = ok(site["lea"].get(f"/api/releases/{made['id']}/files?media=true"))["items"]
    url = f"/api/releases/{made['id']}/files/{file['path']}"
    whole = site["lea"].get(url)
    assert hashlib.sha256(whole.content).hexdigest() == file["sha256"]
    assert whole.headers["etag"] == f'"{file["sha256"]}"'
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = site["lea"].get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert site["lea"].get(url, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    head = site["lea"].head(url)
    assert (head.status_code, head.headers["content-length"]) == (200, str(file["bytes"]))
    for path in ("..%2fmanifest.json", "%2e%2e/%2e%2e/secret", "records/train/nothing.jsonl"):
        assert site["lea"].get(f"/api/releases/{made['id']}/files/{path}").status_code == 404


def test_the_same_request_twice_is_one_release(site, clips):
    project = accepted_fgqa(site, clips)
    url, headers = f"/api/projects/{project}/releases", {"Idempotency-Key": "nightly-1"}
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: ok(site["lea"].post(url, json={}, headers=headers)), range(8)))
    assert len({made["id"] for made in asked}) == 1, "also at the same moment"
    assert ok(site["lea"].post(url, json={}, headers=headers))["id"] == asked[0]["id"]
    assert ok(site["lea"].post(url, json={}))["number"] == 2


def test_only_leads_and_only_of_this_project(site, clips, new_user, sign_in):
    project = accepted_fgqa(site, clips)
    made = release(site, project)
    stranger = sign_in(new_user("stranger"))
    for path in ("", "/manifest.json", "/files/README.md"):
        assert site["ann"].get(f"/api/releases/{made['id']}{path}").status_code == 403
        assert stranger.get(f"/api/releases/{made['id']}{path}").status_code == 404
    assert site["ann"].post(f"/api/projects/{project}/releases", json={}).status_code == 403


def test_a_video_keeps_its_split_for_ever(site, clips, tmp_path):
    """Alone, a video trains; when a second one comes, that one is held out, although its lot might say otherwise."""
    project = accepted_fgqa(site, clips)
    first = fetch(site["lea"], release(site, project), tmp_path / "first")
    before = orjson.loads((first / "manifest.json").read_bytes())["splits"]
    assert before["test"] == []
    video = site.video(project, clips[1])
    (asked,) = site.segment(project, video["id"], [{"text": "How fast?", "q_type": "Speed/Force"}])["questions"]
    site.submit("ann", site.lease("ann", project, "fgqa_answer")["id"], [answer(asked["id"], "write", "Slowly.")])
    second = fetch(site["lea"], release(site, project), tmp_path / "second")
    after = orjson.loads((second / "manifest.json").read_bytes())["splits"]
    assert after["train"] == before["train"]
    assert len(after["test"]) == 1


def test_a_changed_byte_is_found_and_named(site, clips, parts, tmp_path):
    made = release(site, accepted_fgqa(site, clips))
    folder = fetch(site["lea"], made, tmp_path / "release")
    target = folder / "records/train/fgqa-00000.jsonl.zst"
    data = bytearray(target.read_bytes())
    data[5] ^= 1
    target.write_bytes(data)
    with pytest.raises(ReleaseError, match=r"records/train/fgqa-00000\.jsonl\.zst: changed"):
        open_release(folder)
    entry = next(f for f in made["files"] if f["path"] == "records/train/fgqa-00000.jsonl.zst")
    parts.storage.put(f"blobs/{entry['sha256'][:2]}/{entry['sha256']}", bytes(data))
    with pytest.raises(FileChanged, match=r"records/train/fgqa-00000\.jsonl\.zst: changed"):
        fetch(site["lea"], made, tmp_path / "other")
    assert not (tmp_path / "other").exists(), "a broken download leaves nothing behind"
