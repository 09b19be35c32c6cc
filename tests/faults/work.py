"""Everything at once: people save while a video is imported, a subject followed, a release built, a network trained.

`Ground` is what a site needs before; a `Round` begins one of each, and afterwards looks whether all of it is right.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import av
import cv2
import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from annotator.masklet.rle import encode
from server.client import Client, Refused
from server.storage.named import blob_key
from server.tables.documents import Document, DocumentOperation
from server.tables.jobs import Job, JobState
from server.tables.masklets import Masklet, Track
from server.tables.releases import Release, ReleaseFile
from server.tables.training import Run, RunFile
from server.tables.videos import ProjectVideo, Video
from tests.faults.people import Annotator, Ledger, Reader, Refusal
from tests.faults.site import Site

SIZE = (320, 192)
INGESTED, FOLLOWED = 900, 100
"""Pictures of the clips: long enough that both jobs are in the middle when the others are."""
STEPS = 24
TRAINING = {"steps": STEPS, "checkpoint_every": 4, "validate_every": STEPS, "batch_samples": 2}
ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def draw(path: Path, pictures: int, seed: int) -> Path:
    """A disc that goes round over a textured ground; another seed makes another file."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    ground = cv2.resize(rng.integers(60, 160, (height // 8, width // 8, 3)).astype(np.uint8), SIZE)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=15, options={"preset": "ultrafast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in range(pictures):
            image = ground.copy()
            cv2.circle(image, centre(picture), height // 6, (200, 45, 35), -1)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode(None))
    return path


def another(clip: Path, path: Path, number: int) -> Path:
    """The same pictures in another file: a box that players skip stands at its end."""
    note = f"number {number}".encode()
    path.write_bytes(clip.read_bytes() + (8 + len(note)).to_bytes(4, "big") + b"free" + note)
    return path


def centre(picture: int) -> tuple[int, int]:
    """Where the disc is."""
    turn = picture / 60
    return int(SIZE[0] * (0.5 + 0.25 * np.cos(turn))), int(SIZE[1] * (0.5 + 0.2 * np.sin(turn)))


def mask_at(picture: int) -> str:
    """The disc's true mask."""
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    cv2.circle(mask, centre(picture), SIZE[1] // 6, 1, -1)
    return encode(mask.astype(bool)).counts


class Ground:
    """A project with answered questions and a release of them, one with a subject to follow, and people at work."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.lead = site.client("lead")
        self.fgqa, self.stc = site.project("fgqa", "Questions"), site.project("stc", "Subjects")
        short = [site.import_clip(self.fgqa, draw(folder / f"short-{n}.mp4", 30, n)) for n in range(2)]
        self.videos = [video["id"] for video in short]
        ann = site.client("ann")
        for video in self.videos:
            self.ask(video, 0)
            task = self.next_task(ann, self.fgqa, "fgqa_answer")
            submit_answers(ann, task)
        # Each of these is one person's, all the time.
        self.tasks: dict[str, dict[str, Any]] = {}
        for number, name in enumerate(("ben", "cho", "dan"), start=1):
            self.ask(self.videos[0], number)
            self.tasks[name] = self.next_task(site.client(name), self.fgqa, "fgqa_answer")
        made = self.lead.post(f"/projects/{self.fgqa}/releases", {"name": "Ground", "test_share": 0.5})
        self.release = self.lead.wait(f"/releases/{made['id']}", until=lambda r: r["state"] != "building")
        assert self.release["state"] == "ready", self.release
        self.long = draw(folder / "long.mp4", INGESTED, 1000)
        followed = site.import_clip(self.stc, draw(folder / "followed.mp4", FOLLOWED, 99))
        self.followed = followed["id"]
        self.subjects = self.next_task(ann, self.stc, "stc_subject")

    def ask(self, video: str, start: int) -> None:
        """A segment with questions."""
        asked = [{"text": f"What happens {n}?", "q_type": "Speed/Force"} for n in range(4)]
        body = {"video_id": video, "picture_start": start, "picture_end": 29, "what": "disc", "questions": asked}
        self.lead.post(f"/projects/{self.fgqa}/segments", body)

    @staticmethod
    def next_task(client: Client, project: str, kind: str, seconds: float = 60) -> dict[str, Any]:
        """The person's next task, which a job opens a moment later."""
        deadline = time.monotonic() + seconds
        while True:
            task: dict[str, Any] | None = client.post(f"/projects/{project}/tasks/next", {"kinds": [kind]})
            if task is not None:
                return task
            assert time.monotonic() < deadline, f"no {kind} within {seconds:.0f} s"
            time.sleep(0.1)


def submit_answers(client: Client, task: dict[str, Any]) -> None:
    """Write an answer to each question and hand in."""
    document = client.get(f"/tasks/{task['id']}/document")
    operations = [
        {
            "id": uuid4().hex, "verb": "put", "collection": "answers", "record_id": question,
            "record": {"id": question, "verdict": "write", "text": "It goes round.", "reason": None},
        }
        for question in document["body"]["questions"]
    ]  # fmt: skip
    headers = {"If-Match": f'"{document["revision"]}"'}
    saved = client.patch(f"/documents/{document['id']}", {"operations": operations}, headers)
    client.post(f"/tasks/{task['id']}/submit", {"revision": saved["revision"]})


class Round:
    """One of each, begun at the same time; what ends before the others are in the middle is begun once more."""

    def __init__(self, ground: Ground, number: int) -> None:
        self.ground, self.site, self.number = ground, ground.site, number
        site = ground.site
        self.people = [Annotator(site.client(name), task, name) for name, task in ground.tasks.items()]
        self.reader = Reader(
            site.client("lead"),
            [f"/projects/{ground.fgqa}", f"/videos/{ground.videos[0]}/frames", "/me"],
        )
        self.runs: dict[str, UUID] = {}
        self.jobs: dict[str, UUID] = {}
        """The newest job of each kind."""
        self.videos: dict[str, UUID] = {}
        self.releases: dict[str, UUID] = {}
        self.tracks: dict[str, tuple[str, UUID]] = {}
        """All that was begun: jobs by video and release; track and job by masklet."""
        self.ledgers: list[Ledger] = []

    def begin(self) -> None:
        """Start everything; returns when all of it is in the middle."""
        for thread in (*self.people, self.reader):
            thread.start()
        self.train()
        self.build()
        self.upload()
        self.follow()
        self.in_the_middle()

    def train(self) -> None:
        """Start one more training; returns when it has made a step, or is over."""
        body = {"release_id": self.ground.release["id"], "recipe": "smoke_cpu", "overrides": TRAINING}
        made = self.ground.lead.post("/runs", body)
        self.runs[made["id"]] = self.jobs["train"] = UUID(made["job_id"])

        def learns(run: Any) -> bool:
            return run["status"]["step"] >= 1 or run["state"] == "failed"

        self.ground.lead.wait(f"/runs/{made['id']}", until=learns, seconds=300, every=0.1)

    def build(self) -> None:
        """Ask for one more release."""
        name = f"Round {self.number}.{len(self.releases)}"
        made = self.ground.lead.post(
            f"/projects/{self.ground.fgqa}/releases", {"name": name, "test_share": 0.5}, {"Idempotency-Key": name}
        )
        self.releases[made["id"]] = self.jobs["release"] = UUID(made["job"]["id"])

    def upload(self) -> None:
        """Upload one more video."""
        number = 100 * self.number + len(self.videos)
        clip = another(self.ground.long, self.ground.folder / f"ingested-{number}.mp4", number)
        video = self.ground.lead.upload(self.ground.stc, clip)["id"]
        with self.site.database.read() as session:
            job = session.get_one(Video, UUID(video)).job_id
        assert job is not None
        self.videos[video] = self.jobs["ingest"] = job

    def follow(self) -> None:
        """Choose the disc as one more subject and have it followed."""
        ann = self.site.client("ann")
        task = self.ground.subjects["id"]
        masklet = ann.post(f"/tasks/{task}/masklets", {"label": f"disc {self.number}.{len(self.tracks)}"})["id"]
        for picture in (0, FOLLOWED - 1):
            prompt = {"picture": picture, "counts": mask_at(picture)}
            ann.put(f"/masklets/{masklet}/prompts/{picture}", prompt)
        track = ann.post(f"/masklets/{masklet}/tracks", {})
        self.jobs["track"] = UUID(track["job_id"])
        self.tracks[masklet] = (track["id"], self.jobs["track"])

    def in_the_middle(self, seconds: float = 240) -> None:
        """Wait until every job runs and has told something, and everybody has saved something."""
        deadline = time.monotonic() + seconds
        renew = {"train": self.train, "release": self.build, "ingest": self.upload, "track": self.follow}
        while True:
            rows = self.rows()
            for name, row in rows.items():
                if row.state in ENDED:
                    renew[name]()
            begun = all(row.state is JobState.RUNNING and row.message for row in rows.values())
            if begun and all(person.ledger.acknowledged for person in self.people):
                return
            states = {n: (r.state.value, r.message) for n, r in rows.items()}
            assert time.monotonic() < deadline, f"not all in the middle: {states}"
            time.sleep(0.02)

    def rows(self) -> dict[str, Job]:
        """The newest jobs' rows as they are now."""
        with self.site.database.read() as session:
            return {name: session.get_one(Job, job_id) for name, job_id in self.jobs.items()}

    def all_jobs(self) -> list[UUID]:
        """Every job that was begun."""
        tracks = [job for _, job in self.tracks.values()]
        return [*self.runs.values(), *self.videos.values(), *self.releases.values(), *tracks]

    def end(self, seconds: float = 120) -> None:
        """Wait until every job has ended and everybody has saved once more after the fault; then nobody works."""
        before = [len(person.ledger.acknowledged) for person in self.people]
        deadline = time.monotonic() + seconds
        while True:
            try:
                rows = self.rows()
            except OperationalError:
                rows = {}
            if rows and all(row.state in ENDED for row in rows.values()):
                break  # whatever was begun before these has ended long ago, or `check` says so
            states = {n: (r.state.value, r.attempts, r.message, r.error) for n, r in rows.items()}
            assert time.monotonic() < deadline, f"not ended after {seconds:.0f} s: {states}"
            time.sleep(0.1)
        for person, count in zip(self.people, before, strict=True):
            while len(person.ledger.acknowledged) <= count and not person.ledger.broken:
                assert time.monotonic() < deadline, f"{person.name} saved nothing more"
                time.sleep(0.1)
        self.ledgers = [person.finish() for person in self.people]
        self.reading = self.reader.finish()

    # --- what must be true afterwards ---------------------------------------------------------------------------

    def check(self) -> None:
        """Nothing acknowledged is lost, every job is done, nothing was done twice."""
        for ledger in (*self.ledgers, self.reading):
            assert not ledger.broken, ledger.broken
        for person in self.people:
            self.check_document(person)
        with self.site.database.read() as session:
            rows = [session.get_one(Job, job_id) for job_id in self.all_jobs()]
        wrong = [(row.kind, row.state.value, row.attempts, row.error) for row in rows if row.state is not JobState.DONE]
        assert not wrong, wrong
        for video in self.videos:
            self.check_video(video)
        for masklet, (track, _) in self.tracks.items():
            self.check_track(masklet, track)
        for release in self.releases:
            self.check_release(release)
        for run in self.runs:
            self.check_run(run)

    def check_document(self, person: Annotator) -> None:
        """The log holds every acknowledged operation once, in order, and its end is the document."""
        with self.site.database.read() as session:
            document = session.get_one(Document, UUID(person.document["id"]))
            log = list(
                session.scalars(
                    select(DocumentOperation)
                    .where(DocumentOperation.document_id == document.id)
                    .order_by(DocumentOperation.revision)
                )
            )
        stored = [row.operation_id for row in log]
        assert len(stored) == len(set(stored)), "an operation stands in the log twice"
        lost = [name for name in person.ledger.acknowledged if name not in set(stored)]
        assert not lost, f"{person.name}: {len(lost)} acknowledged operations are lost"
        assert [row.revision for row in log][-1] == document.revision
        assert len({row.revision for row in log}) == len(log)
        mine = [name for name in stored if name in person.ledger.sent]
        assert mine == [name for name in person.ledger.sent if name in set(mine)], "operations changed places"
        last: dict[str, Any] = {}
        for row in log:
            last[row.operation["record_id"]] = row.operation["record"]
        assert {k: v["text"] for k, v in document.body["answers"].items()} == {k: v["text"] for k, v in last.items()}

    def check_video(self, video_id: str) -> None:
        """One video of all its pictures, with its files, its link, and one first task."""
        with self.site.database.read() as session:
            video = session.get_one(Video, UUID(video_id))
            assert (video.state.value, video.pictures) == ("ready", INGESTED), video.reason
            links = session.scalars(select(ProjectVideo.id).where(ProjectVideo.video_id == video.id)).all()
            jobs = session.scalars(select(Job.id).where(Job.dedupe_key == f"ingest:{video.id}")).all()
            assert (len(links), len(jobs)) == (1, 1)
            keys = (video.source_key, video.proxy_key, video.frames_key, video.thumbnails_key)
        for key in keys:
            assert key is not None and self.site.storage.stat(key).size > 0

        def opened(answer: Any) -> bool:
            count = Counter(task["video_id"] for task in answer["items"])[video_id]
            assert count <= 1, "a first task was opened twice"
            return count == 1

        self.ground.lead.wait(f"/projects/{self.ground.stc}/tasks?limit=200", until=opened, seconds=60)
        self.ground.lead.download(f"/videos/{video_id}/proxy.mp4", self.ground.folder / "proxy.mp4")

    def check_track(self, masklet: str, track_id: str) -> None:
        """One track, done, of every picture."""
        with self.site.database.read() as session:
            tracks = list(session.scalars(select(Track).where(Track.masklet_id == UUID(masklet))))
            current = session.get_one(Masklet, UUID(masklet)).current_track_id
        [track] = tracks
        assert (str(track.id), track.state.value, current) == (track_id, "done", track.id)
        ann = self.site.client("ann")
        masks = [
            frame["picture"]
            for start in range(0, FOLLOWED, 200)
            for frame in ann.get(f"/masklets/{masklet}/masks", start=start, stop=start + 200)["frames"]
        ]
        assert masks == list(range(FOLLOWED))

    def check_release(self, release_id: str) -> None:
        """Its files are in the storage byte for byte, numbers are given once, and its clips are those of the ground."""
        with self.site.database.read() as session:
            release = session.get_one(Release, UUID(release_id))
            same = list(session.scalars(select(Release.id).where(Release.name == release.name)))
            files = list(session.scalars(select(ReleaseFile).where(ReleaseFile.release_id == release.id)))
            numbers = list(session.scalars(select(Release.number).where(Release.project_id == release.project_id)))
        assert (same, release.state.value) == ([release.id], "ready"), release.error
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert len({file.path for file in files}) == len(files) > 0
        for file in files:
            data = b"".join(self.site.storage.read(blob_key(file.sha256)))
            assert hashlib.sha256(data).hexdigest() == file.sha256, f"{file.path} is damaged"
        clips = {f.path: f.sha256 for f in files if f.path.endswith(".mp4")}
        listed = self.ground.lead.get(f"/releases/{self.ground.release['id']}/files", media=True, limit=200)["items"]
        ground = {f["path"]: f["sha256"] for f in listed if f["path"].endswith(".mp4")}
        assert clips == ground

    def check_run(self, run_id: str) -> None:
        """The training came to its end, each of its steps is told once, and what it wrote is there."""
        with self.site.database.read() as session:
            run = session.get_one(Run, UUID(run_id))
            files = list(session.scalars(select(RunFile).where(RunFile.run_id == run.id)))
        assert (run.state.value, run.status["step"]) == ("done", STEPS), run.error
        steps = [row["step"] for row in run.metrics if row.get("loss") is not None]
        assert steps == list(range(1, STEPS + 1)), steps
        assert len({file.path for file in files}) == len(files)
        for file in files:
            assert self.site.storage.stat(blob_key(file.sha256)).size == file.bytes, file.path
        assert any(file.path.startswith("export/") for file in files)

    def refusals(self) -> list[Refusal]:
        """Every answer that was not good, of everybody."""
        return [refusal for ledger in (*self.ledgers, self.reading) for refusal in ledger.refusals]


def clear(refusals: list[Refusal]) -> None:
    """Each refusal is one that a person understands: 503 as problem+json that says when to come back."""
    for refusal in refusals:
        told = (refusal.what, refusal.status, refusal.problem)
        assert refusal.status == 503, told
        assert {"type", "title", "detail", "status"} <= refusal.problem.keys(), told
        assert refusal.retry_after is not None, told


def sees(client: Client, path: str) -> tuple[int, dict[str, Any]]:
    """Status and problem of a GET; (200, {}) when all is well."""
    try:
        client.get(path)
    except Refused as refused:
        return refused.status, refused.problem
    return 200, {}
