"""Building the record shards of a release, and reading them, against PostgreSQL's COPY of the same rows.

A synthetic collection that is valid in every row lies in a PostgreSQL as a site has it: documents as they were handed
in, masklets with their boxes. Media are made once per video for all releases, so they are given. The peer expands the
same documents to the same records of all four subsets by SQL and writes them by COPY to files on the same disk; it
writes no conversations, no Parquet, no provenance and no hashes, and checks nothing. Small by default;
`VIDGRAIN_BENCH_LONG=1` is 2.4 M answers, 480 k captions and 120 k masklets.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from uuid import UUID

import psycopg
import pyarrow as pa
from sqlalchemy import insert

from annotator.formats.plm import SUBSETS
from annotator.formats.shards import read_table
from annotator.records import QuestionType
from migrations import run as migrations
from server.db import Database, new_id, now
from server.releases.about import State
from server.releases.load import load
from server.releases.media import wanted_media
from server.releases.rule import Rule
from server.releases.select import chosen, pin, pinned
from server.releases.shard import Ground
from server.releases.shards import Builder
from server.storage import LocalStorage
from server.storage.named import blob_key
from server.tables.accounts import User
from server.tables.documents import Document, Submission
from server.tables.masklets import Masklet, MaskletState, Track, TrackState
from server.tables.projects import Project, ProjectKind, PropagatorName
from server.tables.releases import Release, ReleaseFile, ReleaseMedia, Split, SplitAssignment
from server.tables.tasks import Task, TaskKind, TaskState
from server.tables.videos import ProjectVideo, Question, Segment, Video, VideoState
from tests import servers
from tests.bench.measure import Measure

GOAL = 0.5
LIMIT_MIB = 1024
LONG = bool(os.environ.get("VIDGRAIN_BENCH_LONG"))
SEGMENTS = 300_000 if LONG else 4_000
QUESTIONS = 8
MASKLETS = 120_000 if LONG else 1_600
EVENTS = 4
"""Captions of a masklet: 480 k of 120 k masklets."""
A_VIDEO = 10
"""Segments, or masklets, of a video."""
GRID = 60
_WORDS = ("the man lifts a blue cup slowly with his left hand", "and turns to the window", "while a dog watches")
_TYPES = [kind.value for kind in QuestionType]
# The peer's statements: what the documents say, as the records' columns.
COPY_ANSWERS = """
COPY (SELECT s.id || '.' || a.key, s.id, q.value ->> 'text', a.value ->> 'text', 'v' || left(v.sha256, 16),
 s.source_dataset, s.picture_start / 24.0, s.picture_end / 24.0, s.what, q.value ->> 'q_type', '', s.domain, 1
 FROM release_items i JOIN submissions u ON u.id = i.submission_id JOIN segments s ON s.id = i.segment_id
 JOIN videos v ON v.id = i.video_id CROSS JOIN LATERAL jsonb_each(u.body -> 'answers') a
 JOIN LATERAL (SELECT u.body -> 'questions' -> a.key AS value) q ON true
 WHERE i.segment_id IS NOT NULL ORDER BY i.position) TO STDOUT
"""
COPY_CAPTIONS = """
COPY (SELECT 'v' || left(v.sha256, 16) || '.mp4', m.number, v.grid_length, e.value ->> 'caption',
 (e.value ->> 'grid_start')::int, (e.value ->> 'grid_end')::int
 FROM release_items i JOIN submissions u ON u.id = i.submission_id JOIN masklets m ON m.id = i.masklet_id
 JOIN videos v ON v.id = i.video_id CROSS JOIN LATERAL jsonb_each(u.body -> 'events') e
 WHERE i.masklet_id IS NOT NULL ORDER BY i.position) TO STDOUT
"""
# Captions whose words stand once in their masklet; then all of a masklet's in one row.
COPY_LOCALIZABLE = COPY_CAPTIONS.replace(
    " WHERE i.masklet_id IS NOT NULL",
    """ WHERE i.masklet_id IS NOT NULL AND 1 = (SELECT count(*) FROM jsonb_each(u.body -> 'events') o
 WHERE lower(o.value ->> 'caption') = lower(e.value ->> 'caption'))""",
)
COPY_DENSE = """
COPY (SELECT 'v' || left(v.sha256, 16) || '.mp4', m.number, v.grid_length,
 (SELECT jsonb_agg(e.value - 'id' ORDER BY (e.value ->> 'grid_start')::int) FROM jsonb_each(u.body -> 'events') e)
 FROM release_items i JOIN submissions u ON u.id = i.submission_id JOIN masklets m ON m.id = i.masklet_id
 JOIN videos v ON v.id = i.video_id WHERE i.masklet_id IS NOT NULL ORDER BY i.position) TO STDOUT
"""


def _text(seed: int, words: int) -> str:
    step = seed * 2654435761 % 1_000_003
    said = " ".join(_WORDS[(step >> (k % 16)) % 3] for k in range(words // 6 + 1))
    return f"{said} {step} times {seed}."


class Collection:
    """Rows of a project, added in batches."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.project, self.user = new_id(), new_id()
        self._rows: dict[type, list[dict[str, object]]] = {}
        self._captions = 0

    def add(self, table: type, **row: object) -> None:
        """A row, written with some thousand others."""
        self._rows.setdefault(table, []).append(row)

    def write(self) -> None:
        """Write what was added."""
        order = (Video, ProjectVideo, SplitAssignment, Segment, Question, Task, Masklet, Track, Document, Submission)
        with self.database.begin() as session:
            for table in order:
                if rows := self._rows.pop(table, None):
                    session.execute(insert(table), rows)

    def begin(self) -> None:
        """The project and whoever did everything."""
        with self.database.begin() as session:
            session.add(User(id=self.user, email="a@bench.local", name="A"))
            session.flush()
            session.add(Project(id=self.project, name="Bench", kind=ProjectKind.FGQA))

    def video(self, number: int) -> UUID:
        """A ready video with its split."""
        video, sha256 = new_id(), hashlib.sha256(str(number).encode()).hexdigest()
        self.add(
            Video, id=video, sha256=sha256, name=f"{number}.mp4", size=1, state=VideoState.READY, width=640, height=360,
            source_width=640, source_height=360, pictures=240, grid_length=GRID, seconds=10.0,
            source_key=f"videos/{sha256}", proxy_key=f"videos/{sha256}.mp4", frames_key=f"videos/{sha256}.json",
        )  # fmt: skip
        self.add(ProjectVideo, id=new_id(), project_id=self.project, video_id=video, name="a", added_by=self.user)
        split = Split.TEST if number // A_VIDEO % 5 == 0 else Split.TRAIN
        self.add(SplitAssignment, id=new_id(), video_id=video, split=split)
        return video

    def handed(self, task: UUID, kind: TaskKind, body: dict[str, object], tracks: dict[str, str]) -> None:
        """A document and its submission."""
        document = new_id()
        self.add(Document, id=document, task_id=task, kind=kind, revision=9, body={}, seed={})
        self.add(
            Submission, id=new_id(), document_id=document, task_id=task, revision=9, body=body, body_sha256="0" * 64,
            submitted_by=self.user, guideline_version=1, tracks=tracks,
        )  # fmt: skip

    def task(self, kind: TaskKind, video: UUID, **more: object) -> UUID:
        """An accepted task."""
        task = new_id()
        row = {"segment_id": None, "masklet_id": None, **more}
        self.add(Task, id=task, project_id=self.project, kind=kind, state=TaskState.ACCEPTED, video_id=video,
                 submitted_by=self.user, **row)  # fmt: skip
        return task

    def segment(self, video: UUID, number: int) -> None:
        """A segment with its answers."""
        segment = new_id()
        self.add(Segment, id=segment, project_id=self.project, video_id=video, picture_start=0, picture_end=120,
                 what="lifting a cup", domain=f"domain {number % 7}", source_dataset="bench")  # fmt: skip
        keys = [str(new_id()) for _ in range(QUESTIONS)]
        questions = {
            key: {"id": key, "text": _text(number + k, 10), "q_type": _TYPES[k % 12], "origin": "lead"}
            for k, key in enumerate(keys)
        }
        answers = {
            key: {"id": key, "verdict": "write", "text": _text(number * 3 + k, 25)} for k, key in enumerate(keys)
        }
        task = self.task(TaskKind.FGQA_ANSWER, video, segment_id=segment)
        self.handed(task, TaskKind.FGQA_ANSWER, {"questions": questions, "answers": answers}, {})

    def masklet(self, video: UUID, subject: UUID, number: int) -> None:
        """A masklet with captions that cover the grid."""
        masklet, track = new_id(), new_id()
        self.add(Masklet, id=masklet, project_id=self.project, video_id=video, task_id=subject, number=number,
                 state=MaskletState.ACCEPTED, created_by=self.user)  # fmt: skip
        self.add(
            Track, id=track, masklet_id=masklet, version=1, state=TrackState.DONE, propagator=PropagatorName.FLOW,
            prompts_hash="0", prompts={"0": {}}, presence=[[0, 239]], file_key=f"masklets/{masklet}/{track}.masklet",
        )  # fmt: skip
        step = GRID // EVENTS
        self._captions += EVENTS
        said = [_text(self._captions + k, 20) for k in range(EVENTS)]
        events = {
            f"e{k}": {"id": f"e{k}", "grid_start": k * step, "grid_end": k * step + step - 1, "caption": said[k]}
            for k in range(EVENTS)
        }
        task = self.task(TaskKind.STC_VERIFY, video, masklet_id=masklet)
        self.handed(task, TaskKind.STC_VERIFY, {"events": events}, {str(masklet): str(track)})


def furnish(database: Database, storage: LocalStorage, segments: int, masklets: int) -> tuple[UUID, UUID]:
    """A project with a pinned release of everything, and all media that it needs; (project, release)."""
    made = Collection(database)
    made.begin()
    for number in range(0, segments, A_VIDEO):
        video = made.video(number)
        for k in range(A_VIDEO):
            made.segment(video, number + k)
        if number % 2000 == 0:
            made.write()
    for number in range(0, masklets, A_VIDEO):
        video = made.video(10_000_000 + number)
        subject = made.task(TaskKind.STC_SUBJECT, video)
        for k in range(A_VIDEO):
            made.masklet(video, subject, k + 1)
        if number % 2000 == 0:
            made.write()
    made.write()
    release = new_id()
    with database.begin() as session:
        project = session.get_one(Project, made.project)
        row = Release(id=release, project_id=project.id, number=1, name="r", rule={}, created_by=made.user)
        session.add(row)
        session.flush()
        row.pinned_items = pin(session, row, chosen(project, Rule()))
    _media(database, storage, made.project, release)
    return made.project, release


def _media(database: Database, storage: LocalStorage, project: UUID, release: UUID) -> None:
    """One small file stands for all media; its facts are each one's own."""
    blob = hashlib.sha256(b"clip").hexdigest()
    storage.put(blob_key(blob), b"clip")
    clip = {"pictures": GRID, "width": 640, "height": 360, "start_s": 0.0, "end_s": 5.0}
    position = 0
    while True:
        with database.begin() as session:
            items = pinned(session, release, position, A_VIDEO * 50)
            if not items:
                return
            position = items[-1].position
            works = load(session, project, items)
            rows: dict[str, dict[str, object]] = {}
            for video in {work.video.id: work.video for work in works}.values():
                mine = [work for work in works if work.video.id == video.id]
                segments = [work for work in mine if work.item.segment_id]
                masklets = [work for work in mine if work.item.masklet_id]
                for want in wanted_media(video, masklets, segments):  # type: ignore[arg-type]  # parted just above
                    facts: dict[str, object] = dict(clip)
                    if want.path.startswith("masklets/"):
                        boxes = [[float(k), 20.0, k + 40.5, 90.0] for k in range(GRID)]
                        facts = {
                            str(work.number): {"presence": [[0, GRID - 1]], "boxes": boxes, "mean_area": 0.01}  # type: ignore[union-attr]  # masklets
                            for work in masklets
                        }
                    rows[want.key] = {"key": want.key, "sha256": blob, "bytes": 4, "facts": facts, "used_at": now()}
            session.execute(insert(ReleaseMedia), list(rows.values()))


@contextmanager
def site() -> Iterator[str]:
    """The address of a fresh PostgreSQL with all tables."""
    with servers.postgres() as server:
        server.run("CREATE DATABASE bench")
        migrations.upgrade(server.url("bench"))
        yield server.url("bench")


def build(database: Database, storage: LocalStorage, project: UUID, release: UUID, scratch: Path) -> State:
    """All shards."""
    ground = Ground(
        release, project, Rule(), "CC0-1.0", b"k" * 32, storage, scratch, database.read, database.begin, lambda _: None
    )
    builder = Builder(ground, State())
    for _ in builder.shards():
        pass
    return builder.state


def copied(dsn: str, to: Path) -> tuple[int, float]:
    """Rows and seconds of COPY into files in `to`, on the disk that the release is written to."""
    rows, began = 0, perf_counter()
    with psycopg.connect(dsn) as connection:
        for number, statement in enumerate((COPY_ANSWERS, COPY_CAPTIONS, COPY_LOCALIZABLE, COPY_DENSE)):
            with connection.cursor() as cursor:
                with cursor.copy(statement) as copy, (to / f"copied-{number}.tsv").open("wb") as file:
                    for piece in copy:
                        file.write(piece)
                rows += cursor.rowcount
    return rows, perf_counter() - began


def run() -> Iterator[Measure]:
    """Build and read; then the memory of a build in a process of its own."""
    with site() as url, TemporaryDirectory() as name:
        folder, database = Path(name), Database(url)
        storage = LocalStorage(folder / "objects")
        project, release = furnish(database, storage, SEGMENTS, MASKLETS)
        dsn = url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("ANALYZE")
        copied(dsn, folder)  # warm on both sides
        peer_rows, peer_seconds = copied(dsn, folder)
        scratch = folder / "scratch"
        scratch.mkdir()
        pa.array([""])  # the first column of a process loads half a second of modules
        began, worked = perf_counter(), process_time()
        state = build(database, storage, project, release, scratch)
        seconds, worked = perf_counter() - began, process_time() - worked
        ours = sum(state.counts[subset] for subset in SUBSETS)
        assert ours == peer_rows, (state.counts, peer_rows)
        told = f"{ours} rows in {seconds:.1f} s, {worked / ours * 1e6:.0f} µs of processor time a row"
        print(f"      {told}; COPY {peer_rows} in {peer_seconds:.1f} s", file=sys.stderr)
        yield Measure("release-build", GOAL, ours / seconds, peer_rows / peer_seconds, " rows/s")
        with database.read() as session:
            files = {f.path: f.sha256 for f in session.query(ReleaseFile).where(ReleaseFile.media.is_(False))}
        for path, sha256 in files.items():
            target = folder / "release" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(storage.folder / blob_key(sha256))
        began = perf_counter()
        read = sum(
            1 for split in ("train", "test") for table in SUBSETS for _ in read_table(folder / "release", split, table)
        )
        assert read == peer_rows
        yield Measure("release-stream", GOAL, read / (perf_counter() - began), peer_rows / peer_seconds, " rows/s")
        database.dispose()
        command = [sys.executable, "-m", "tests.bench.bench_release", url, str(project), str(release), name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peak = float(done.stdout.split()[-1])
        yield Measure("release-memory", 1.0, LIMIT_MIB / peak, 1.0, f"x of {LIMIT_MIB} MiB")


def _main(url: str, project: UUID, release: UUID, folder: Path) -> float:
    """Builds once more, and gives the MiB that this process took at most."""
    database = Database(url)
    scratch = folder / "again"
    scratch.mkdir()
    build(database, LocalStorage(folder / "objects"), project, release, scratch)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(_main(sys.argv[1], UUID(sys.argv[2]), UUID(sys.argv[3]), Path(sys.argv[4])))
