"""Everything a build needs from the database, as plain values: taken once, so that building touches no table."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.records import Body
from server.releases.select import Item
from server.tables.documents import Submission
from server.tables.masklets import Masklet, Prompt, Track
from server.tables.releases import SplitAssignment
from server.tables.reviews import Review, Verdict
from server.tables.tasks import Task
from server.tables.videos import ProjectVideo, Segment, Video


@dataclass(frozen=True)
class SourceVideo:
    """A source video of the release."""

    id: UUID
    name: str
    """The stable short name that files and records carry: from the content's hash."""
    sha256: str
    split: str
    seconds: float
    source_width: int
    source_height: int
    proxy_key: str
    frames_key: str
    source_dataset: str


@dataclass(frozen=True)
class MaskletItem:
    """A masklet with its accepted captions."""

    document: str
    video: SourceVideo
    number: int
    body: Body
    track_key: str
    presence: Sequence[Any]
    """Runs of pictures, [first, last], in which it is visible."""
    edited_pictures: int


@dataclass(frozen=True)
class SegmentItem:
    """A segment with its accepted answers."""

    document: str
    video: SourceVideo
    segment: UUID
    external_id: str | None
    picture_start: int
    picture_end: int
    what: str
    domain: str
    source_dataset: str
    body: Body
    answered: frozenset[str]
    audited: bool


@dataclass(frozen=True)
class Snapshot:
    """The whole input of a build, in an order that depends on the accepted work alone."""

    release_id: UUID
    name: str
    project: dict[str, str]
    code_version: str
    masklets: tuple[MaskletItem, ...]
    segments: tuple[SegmentItem, ...]
    lineage: tuple[dict[str, Any], ...]

    def videos(self) -> list[SourceVideo]:
        """The source videos, each once, by name."""
        items: list[MaskletItem | SegmentItem] = [*self.masklets, *self.segments]
        found = {item.video.name: item.video for item in items}
        return [found[name] for name in sorted(found)]


def pseudonym(key: bytes, user_id: UUID) -> str:
    """What a release calls a person: the same in every release of this installation, and nobody's name."""
    return "p-" + hmac.new(key, b"pseudonym:" + user_id.bytes, hashlib.sha256).hexdigest()[:12]


class Collector:
    """Turns selected items into plain values."""

    def __init__(self, session: Session, project_id: UUID, key: bytes) -> None:
        self._session = session
        self._project_id = project_id
        self._key = key
        self._videos: dict[UUID, SourceVideo] = {}

    def masklet(self, item: Item) -> MaskletItem:
        """A masklet item, with the masks that belong to its submission."""
        assert item.task.masklet_id is not None
        masklet = self._session.get_one(Masklet, item.task.masklet_id)
        track_id = item.submission.tracks.get(str(masklet.id))
        track = self._session.get(Track, UUID(track_id)) if track_id else None
        if track is None or track.file_key is None:
            raise ValueError(f"document {item.submission.document_id}: the masks of its submission are missing")
        prompts = select(func.count()).select_from(Prompt).where(Prompt.masklet_id == masklet.id)
        return MaskletItem(
            document=str(item.submission.document_id),
            video=self._video(item.task.video_id),
            number=masklet.number,
            body=Body.model_validate(item.submission.body),
            track_key=track.file_key,
            presence=track.presence or [],
            edited_pictures=len(track.prompts) or self._session.scalar(prompts) or 0,
        )

    def segment(self, item: Item) -> SegmentItem:
        """A segment item."""
        assert item.task.segment_id is not None
        segment = self._session.get_one(Segment, item.task.segment_id)
        video = self._video(item.task.video_id)
        return SegmentItem(
            document=str(item.submission.document_id),
            video=video,
            segment=segment.id,
            external_id=segment.external_id,
            picture_start=segment.picture_start,
            picture_end=segment.picture_end,
            what=segment.what,
            domain=segment.domain,
            source_dataset=segment.source_dataset or video.source_dataset,
            body=Body.model_validate(item.submission.body),
            answered=frozenset(item.answered),
            audited=self._audited(item.steps),
        )

    def lineage(self, item: Item) -> dict[str, Any]:
        """Where an item comes from: its document, guideline and people, none by name."""
        return {
            "document": str(item.submission.document_id),
            "revision": item.submission.revision,
            "submission_sha256": item.submission.body_sha256,
            "task": str(item.submission.task_id),
            "video_sha256": self._video(item.task.video_id).sha256,
            "guideline_version": item.submission.guideline_version,
            "people": {role: pseudonym(self._key, person) for role, person in self._people(item.steps)},
        }

    def _people(self, steps: Sequence[Task]) -> list[tuple[str, UUID]]:
        """(step, person) of each step; a step that was worked twice, as a correction, is numbered."""
        found: list[tuple[str, UUID]] = []
        for step in steps:
            newest = self._session.scalar(
                select(Submission.submitted_by)
                .where(Submission.task_id == step.id)
                .order_by(Submission.id.desc())
                .limit(1)
            )
            if newest is not None:
                role = step.kind.value.split("_", 1)[1]
                times = sum(known.split("_")[0] == role for known, _ in found)
                found.append((role if not times else f"{role}_{times + 1}", newest))
        return found

    def _audited(self, steps: Sequence[Task]) -> bool:
        """Whether a person looked at the answers, and not the policy alone."""
        statement = select(Review.id).where(
            Review.task_id.in_([step.id for step in steps]),
            Review.verdict == Verdict.ACCEPT,
            Review.reviewer_id.is_not(None),
        )
        return self._session.scalars(statement.limit(1)).first() is not None

    def _video(self, video_id: UUID) -> SourceVideo:
        if video_id not in self._videos:
            self._videos[video_id] = self._read_video(video_id)
        return self._videos[video_id]

    def _read_video(self, video_id: UUID) -> SourceVideo:
        video = self._session.get_one(Video, video_id)
        split = self._session.scalar(select(SplitAssignment.split).where(SplitAssignment.video_id == video_id))
        dataset = self._session.scalar(
            select(ProjectVideo.source_dataset).where(
                ProjectVideo.video_id == video_id, ProjectVideo.project_id == self._project_id
            )
        )
        assert split is not None
        assert video.proxy_key is not None
        assert video.frames_key is not None
        return SourceVideo(
            id=video.id,
            name=f"v{video.sha256[:16]}",
            sha256=video.sha256,
            split=split.value,
            seconds=video.seconds or 0.0,
            source_width=video.source_width or 0,
            source_height=video.source_height or 0,
            proxy_key=video.proxy_key,
            frames_key=video.frames_key,
            source_dataset=dataset or "",
        )


def take(
    session: Session,
    items: Sequence[Item],
    *,
    release_id: UUID,
    name: str,
    project: dict[str, str],
    code_version: str,
    key: bytes,
) -> Snapshot:
    """The snapshot of the selected items. ValueError names the document whose masks are missing."""
    collect = Collector(session, UUID(project["id"]), key)
    masklets = [(item, collect.masklet(item)) for item in items if item.task.masklet_id is not None]
    segments = [(item, collect.segment(item)) for item in items if item.task.masklet_id is None]
    masklets.sort(key=lambda pair: (pair[1].video.name, pair[1].number))
    segments.sort(key=lambda pair: (pair[1].video.name, pair[1].picture_start, str(pair[1].segment), pair[1].document))
    return Snapshot(
        release_id=release_id,
        name=name,
        project=project,
        code_version=code_version,
        masklets=tuple(made for _, made in masklets),
        segments=tuple(made for _, made in segments),
        lineage=tuple(collect.lineage(item) for item, _ in (*masklets, *segments)),
    )
