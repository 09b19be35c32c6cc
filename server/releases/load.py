"""What a build needs of pinned items from the database, as plain values: a few statements for hundreds of items."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, literal, select
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from annotator.records import Body
from server.documents.follow import wants_correction
from server.releases.said import Said
from server.releases.select import Item
from server.tables.documents import Submission
from server.tables.masklets import Masklet, Track
from server.tables.releases import SplitAssignment
from server.tables.tasks import Task, TaskKind
from server.tables.videos import ProjectVideo, Segment, Video


@dataclass(frozen=True, slots=True)
class SourceVideo:
    """A source video of the release."""

    id: UUID
    name: str
    """The stable short name that files and records carry: from the content's hash."""
    sha256: str
    split: str
    seconds: float
    pictures: int
    grid_length: int
    width: int
    """Pixels of the proxy, which are those of clips, masks and boxes."""
    height: int
    source_width: int
    source_height: int
    proxy_key: str
    frames_key: str
    source_dataset: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A submission, and who made it: (step, person), earliest first."""

    document: UUID
    revision: int
    sha256: str
    task: UUID
    guideline_version: int
    people: tuple[tuple[str, UUID], ...]


@dataclass(frozen=True, slots=True)
class MaskletWork:
    """A masklet with its captions. `fault` says why it cannot be released as it is."""

    item: Item
    handed: Handed
    video: SourceVideo
    number: int
    label: str
    body: Body
    track_key: str
    presence: Sequence[Any]
    """Runs of pictures, [first, last], in which it is visible."""
    edited_pictures: int
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SegmentWork:
    """A segment with its answers."""

    item: Item
    handed: Handed
    video: SourceVideo
    segment: UUID
    external_id: str | None
    picture_start: int
    picture_end: int
    what: str
    domain: str
    source_dataset: str
    said: Said
    answered: tuple[tuple[str, str, str], ...] = field(default=())
    """(id, question, answer) of the answers that count, by id."""

    @property
    def body(self) -> Body:
        """The whole document, validated when it is first asked for."""
        return self.said.body


Work = MaskletWork | SegmentWork


def pseudonym(key: bytes, user_id: UUID) -> str:
    """What a release calls a person: the same in every release of this installation, and nobody's name."""
    return "p-" + hmac.new(key, b"pseudonym:" + user_id.bytes, hashlib.sha256).hexdigest()[:12]


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column is one of hundreds of values: on PostgreSQL as one parameter, where each would be its own."""
    if session.get_bind().dialect.name == "postgresql":
        wanted: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
        return wanted
    return cast("ColumnElement[bool]", column.in_(values))


def load(session: Session, project_id: UUID, items: Sequence[Item]) -> list[Work]:
    """The works of the items, in the same order. Corrections must come in the same call as their first task's item
    where that one is an item, and after it."""
    videos = _videos(session, project_id, {item.video_id for item in items})
    submissions = _by_id(session, (item.submission_id for item in items), *_SUBMISSION)
    segments = _by_id(session, (item.segment_id for item in items), *_SEGMENT)
    masklets = _by_id(session, (item.masklet_id for item in items), *_MASKLET)
    wanted = [
        UUID(track)
        for item in items
        if item.masklet_id and (track := submissions[item.submission_id].tracks.get(str(item.masklet_id)))
    ]
    tracks = _tracks(session, wanted)
    people = _People(session, items)
    open_questions = _Open(session)
    works: list[Work] = []
    for item in items:
        submission, video = submissions[item.submission_id], videos[item.video_id]
        handed = Handed(
            submission.document_id, submission.revision, submission.body_sha256, submission.task_id,
            submission.guideline_version, tuple(people.of(item)),
        )  # fmt: skip
        if item.masklet_id is None:
            assert item.segment_id is not None
            said = Said(submission.body)
            segment = segments[item.segment_id]
            works.append(
                SegmentWork(
                    item, handed, video, segment.id, segment.external_id, segment.picture_start, segment.picture_end,
                    segment.what, segment.domain, segment.source_dataset or video.source_dataset, said,
                    tuple(open_questions.answered(item, said)),
                )
            )  # fmt: skip
            continue
        masklet = masklets[item.masklet_id]
        track_id = submission.tracks.get(str(masklet.id))
        track = tracks.get(UUID(track_id)) if track_id else None
        works.append(
            MaskletWork(
                item, handed, video, masklet.number, masklet.label, Body.model_validate_json(submission.body),
                track.file_key if track else "", track.presence if track else [],
                (track.prompts if track else 0) or masklet.edited_pictures,
                "" if track and track.file_key else "the masks of its submission are missing",
            )
        )  # fmt: skip
    return works


_SUBMISSION = (
    Submission.id, Submission.document_id, Submission.revision, Submission.body_sha256, Submission.task_id,
    Submission.guideline_version, as_type(Submission.body, Text).label("body"), Submission.tracks,
)  # fmt: skip
_SEGMENT = (
    Segment.id, Segment.external_id, Segment.picture_start, Segment.picture_end, Segment.what, Segment.domain,
    Segment.source_dataset,
)  # fmt: skip
_MASKLET = (Masklet.id, Masklet.number, Masklet.label, Masklet.edited_pictures)
_VIDEO = (
    Video.id, Video.sha256, Video.seconds, Video.pictures, Video.grid_length, Video.width, Video.height,
    Video.source_width, Video.source_height, Video.proxy_key, Video.frames_key,
)  # fmt: skip
"""What is read of rows, of which a build reads hundreds of thousands: nothing that it does not need."""


def _by_id(session: Session, ids: Iterable[UUID | None], key: Any, *columns: Any) -> dict[UUID, Any]:
    wanted = {row_id for row_id in ids if row_id is not None}
    if not wanted:
        return {}
    return {
        row.id: row for row in session.connection().execute(select(key, *columns).where(among(session, key, wanted)))
    }


@dataclass(frozen=True, slots=True)
class _Track:
    file_key: str
    presence: Sequence[Any]
    prompts: int


def _tracks(session: Session, ids: Sequence[UUID]) -> dict[UUID, _Track]:
    """Tracks by id. Their prompts, which may hold masks, are counted one row at a time."""
    if not ids:
        return {}
    statement = select(Track.id, Track.file_key, Track.presence, Track.prompts).where(among(session, Track.id, ids))
    rows = session.execute(statement.execution_options(yield_per=20))
    return {row.id: _Track(row.file_key or "", row.presence or [], len(row.prompts)) for row in rows}


def _videos(session: Session, project_id: UUID, ids: set[UUID]) -> dict[UUID, SourceVideo]:
    rows = session.connection().execute(
        select(*_VIDEO, SplitAssignment.split, ProjectVideo.source_dataset)
        .outerjoin(SplitAssignment, SplitAssignment.video_id == Video.id)
        .outerjoin(ProjectVideo, (ProjectVideo.video_id == Video.id) & (ProjectVideo.project_id == project_id))
        .where(among(session, Video.id, ids))
    )
    return {
        row.id: SourceVideo(
            row.id, f"v{row.sha256[:16]}", row.sha256, row.split.value if row.split else "", row.seconds or 0.0,
            row.pictures or 0, row.grid_length or 0, row.width or 0, row.height or 0, row.source_width or 0,
            row.source_height or 0, row.proxy_key or "", row.frames_key or "", row.source_dataset or "",
        )
        for row in rows
    }  # fmt: skip


class _People:
    """Who did the steps of items. Submissions are never changed and only the pinned one and earlier ones count, so
    that a release built again names the same people."""

    def __init__(self, session: Session, items: Sequence[Item]) -> None:
        rows = session.connection().execute
        self._steps: dict[UUID, list[tuple[UUID, TaskKind]]] = defaultdict(list)
        self._handed: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
        answers = {task for item in items if item.segment_id for task in (item.first_task_id, item.task_id) if task}
        masklets = {item.masklet_id for item in items if item.masklet_id}
        if answers:
            for row in rows(select(Task.id, Task.kind).where(among(session, Task.id, answers))):
                self._steps[row.id].append((row.id, row.kind))
            reviews = select(Task.id, Task.kind, Task.target_task_id).where(
                among(session, Task.target_task_id, answers), Task.kind == TaskKind.FGQA_REVIEW
            )
            for review in rows(reviews.order_by(Task.id)):
                if review.target_task_id is not None:
                    self._steps[review.target_task_id].append((review.id, review.kind))
        if masklets:
            subjects = (
                select(Masklet.id.label("masklet_id"), Task.id, Task.kind)
                .join(Task, Task.id == Masklet.task_id)
                .where(among(session, Masklet.id, masklets))
            )
            steps = select(Task.masklet_id, Task.id, Task.kind).where(
                among(session, Task.masklet_id, masklets), Task.copy_number == 0
            )
            found: list[Any] = [*rows(subjects), *rows(steps)]
            for step in found:
                self._steps[step.masklet_id].append((step.id, step.kind))
        tasks = {task for steps in self._steps.values() for task, _ in steps}
        if tasks:
            handed = select(Submission.task_id, Submission.id, Submission.submitted_by).where(
                among(session, Submission.task_id, tasks)
            )
            for each in rows(handed.order_by(Submission.id)):
                self._handed[each.task_id].append((each.id, each.submitted_by))

    def of(self, item: Item) -> Iterable[tuple[str, UUID]]:
        """(step, person) of each step; a step that was worked twice, as a correction, is numbered."""
        of_item = [item.masklet_id] if item.masklet_id else [item.first_task_id, item.task_id]
        found: list[tuple[str, UUID]] = []
        for task, kind in sorted(
            (step for key in dict.fromkeys(of_item) if key for step in self._steps[key]), key=lambda s: _ORDER[s[1]]
        ):
            newest = [person for submission, person in self._handed[task] if submission <= item.submission_id]
            if newest:
                role = kind.value.split("_", 1)[1]
                times = sum(known.split("_")[0] == role for known, _ in found)
                found.append((role if not times else f"{role}_{times + 1}", newest[-1]))
        return found


_ORDER = {kind: place for place, kind in enumerate(TaskKind)}


class _Open:
    """Which answers count: a correction's where the first task still asks for it, and no earlier correction gave it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._first: UUID | None = None
        self._said: Said | None = None
        self._body = Body()
        self._wanted: set[str] | None = None

    def answered(self, item: Item, said: Said) -> Iterable[tuple[str, str, str]]:
        """(id, question, answer) of what counts in the item's document."""
        if item.task_id == item.first_task_id:
            self._first, self._said, self._wanted = item.first_task_id, said, None
            return said.answered
        assert item.first_task_id is not None
        if self._first != item.first_task_id:
            self._first, self._said, self._wanted = item.first_task_id, None, None
        if self._wanted is None:
            self._body = self._said.body if self._said else self._first_body(item)
            self._wanted = {key for key, answer in self._body.answers.items() if wants_correction(answer)}
        wanted, asked = self._wanted, self._body.questions
        mine = [answer for answer in said.answered if answer[0] in wanted or answer[0] not in asked]
        self._wanted = wanted - {key for key, _, _ in mine}
        return mine

    def _first_body(self, item: Item) -> Body:
        """What the first task said when the correction was handed in, where it is no item itself."""
        review = select(Task.id).where(
            Task.target_task_id == item.first_task_id, Task.kind == TaskKind.FGQA_REVIEW
        )  # fmt: skip
        newest = (
            select(Submission.body)
            .where(Submission.task_id == item.first_task_id, Submission.id <= item.submission_id)
            .order_by(Submission.id.desc())
            .limit(1)
        )
        judged = (
            select(Submission.body)
            .where(Submission.task_id.in_(review), Submission.id <= item.submission_id)
            .order_by(Submission.id.desc())
            .limit(1)
        )
        body = self._session.scalar(judged) or self._session.scalar(newest)
        return Body.model_validate(body) if body else Body()
