"""What a foreign file of captions tells of: the project's videos and masklets by the names that it has for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.formats.spans import ForeignSpan, SpanRow, bad_span, checked
from annotator.records import Body, EventRecord, Operation
from annotator.tasktypes.apply import MAX_RECORDS
from server.documents.schemas_captions import CaptionFormat
from server.masklets.foreign import Refused
from server.tables.masklets import Masklet, MaskletState
from server.tables.videos import ProjectVideo, Video, VideoState

UNSAID = ("", "0")
"""The subject of files that name none. Masklets count from 1."""
_LONGEST = 500
"""Characters of a name that are looked at."""


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for: `path` is the file on this machine, under the name that it has."""

    project_id: UUID
    user_id: UUID
    kind: CaptionFormat
    path: Path
    video_id: UUID | None = None
    """The video that the file is about; None: by the names in the file."""


@dataclass
class Target:
    """A masklet that the file tells of."""

    where: str
    """Of its first caption."""
    video: str
    video_id: UUID
    masklet_id: UUID
    number: int
    label: str
    spans: list[ForeignSpan] = field(default_factory=list)
    task_id: UUID | None = None
    state: str = "new"

    def holds(self, body: Body) -> bool:
        """Whether a draft has these captions and no others."""
        there = {(event.grid_start, event.grid_end, event.caption) for event in body.events.values()}
        return there == {(span.start_frame, span.end_frame, span.caption) for span in self.spans}

    def operations(self) -> list[Operation]:
        """What puts them into an empty draft."""
        records = [
            EventRecord(
                id=f"i{span.start_frame}-{span.end_frame}",
                grid_start=span.start_frame,
                grid_end=span.end_frame,
                caption=span.caption,
            )
            for span in self.spans
        ]
        return [
            Operation(
                id=uuid4().hex,
                verb="put",
                collection="events",
                record_id=record.id,
                record=record.model_dump(mode="json"),
            )
            for record in records
        ]


@dataclass(frozen=True, slots=True)
class _Clip:
    """A video of the project."""

    id: UUID
    name: str
    grid_length: int | None
    """None while it is not imported."""


@dataclass(frozen=True, slots=True)
class _Masklet:
    """A masklet of a video."""

    id: UUID
    number: int
    label: str


class _Site:
    """The videos of a project by every name that a file may call them, and their masklets."""

    def __init__(self, session: Session, project_id: UUID) -> None:
        self._session, self._project_id = session, project_id
        statement = (
            select(ProjectVideo.video_id, ProjectVideo.name, Video.sha256, Video.grid_length, Video.state)
            .join(Video, Video.id == ProjectVideo.video_id)
            .where(ProjectVideo.project_id == project_id)
        )
        self.clips: dict[UUID, _Clip] = {}
        self._called: defaultdict[str, set[UUID]] = defaultdict(set)
        for video_id, name, sha256, length, state in session.execute(statement):
            self.clips[video_id] = _Clip(video_id, name, length if state == VideoState.READY else None)
            # The last one is what our own releases call it.
            for called in {name, PurePosixPath(name).stem, f"v{sha256[:16]}"}:
                self._called[called].add(video_id)
        self._masklets: dict[UUID, tuple[list[_Masklet], dict[str, list[_Masklet]]]] = {}

    def clip(self, name: str) -> _Clip:
        """The video of this name. ValueError says why there is none."""
        found = self._called.get(name, set())
        if len(found) > 1:
            raise ValueError(f"{len(found)} videos of this project are called {name}: say which")
        if not found:
            raise ValueError(f"no video of this project is called {name}: import it first, or say which")
        return self.clips[next(iter(found))]

    def masklet(self, clip: _Clip, subject: str) -> _Masklet:
        """That of this number, else of this label, else the only one. ValueError says why there is none."""
        if clip.id not in self._masklets:
            self._masklets[clip.id] = self._read(clip.id)
        there, named = self._masklets[clip.id]
        found = named.get(subject, [])
        if not found and subject in UNSAID:
            if len(there) != 1:
                raise ValueError(f"the file does not say whose it is, and {clip.name} has {len(there)} masklets")
            found = there
        if len(found) != 1:
            what = f"{len(found)} masklets are" if found else "no masklet is"
            known = ", ".join(f"{one.number} {one.label}".strip() for one in there[:10]) or "none"
            raise ValueError(f"{what} number {subject} or called so in {clip.name} (there: {known})")
        return found[0]

    def _read(self, video_id: UUID) -> tuple[list[_Masklet], dict[str, list[_Masklet]]]:
        """The masklets of a video, and those of each name: a number stands before labels."""
        rows = self._session.execute(
            select(Masklet.id, Masklet.number, Masklet.label)
            .where(Masklet.project_id == self._project_id, Masklet.video_id == video_id)
            .where(Masklet.state != MaskletState.REMOVED)
            .order_by(Masklet.number)
        )
        there = [_Masklet(row[0], row[1], row[2]) for row in rows]
        named: defaultdict[str, list[_Masklet]] = defaultdict(list)
        for one in there:
            if one.label:
                named[one.label].append(one)
        return there, dict(named) | {str(one.number): [one] for one in there}


def targets_of(session: Session, wanted: Wanted, rows: Sequence[SpanRow], refused: Refused) -> list[Target]:
    """The masklets that the rows tell of, each with its captions in order of time."""
    site = _Site(session, wanted.project_id)
    if wanted.video_id is not None and wanted.video_id not in site.clips:
        refused.add("video_id", "There is no such video in this project.")
        return []
    names = {row.span.video for row in rows if row.span is not None}
    if wanted.video_id is not None and len(names) > 1:
        refused.add("video_id", f"The file tells of {len(names)} videos: leave it out.")
        return []
    found: dict[str, Target] = {}
    lengths: dict[str, int] = {}
    for row in checked(_placed(rows, site, wanted.video_id, found, lengths), lengths):
        if row.span is None:
            refused.add(row.where, row.error or "cannot be taken")
        else:
            found[row.span.subject].spans.append(row.span)
    targets = sorted((t for t in found.values() if t.spans), key=lambda target: (target.video, target.number))
    for target in targets:
        target.spans.sort(key=lambda span: span.start_frame)
        if len(target.spans) > MAX_RECORDS:
            message = f"masklet {target.number} of {target.video} would have {len(target.spans)} captions; "
            refused.add(target.where, f"{message}at most {MAX_RECORDS} fit into one document")
    return targets


def _placed(
    rows: Iterable[SpanRow], site: _Site, video_id: UUID | None, found: dict[str, Target], lengths: dict[str, int]
) -> Iterator[SpanRow]:
    """The rows with our ids for video and subject, so that two names of one masklet may not overlap."""
    for row in rows:
        span = row.span
        assert span is not None
        try:
            clip = site.clips[video_id] if video_id is not None else site.clip(span.video[:_LONGEST])
            if clip.grid_length is None:
                raise ValueError(f"{clip.name} is not imported yet")
            masklet = site.masklet(clip, span.subject[:_LONGEST])
        except ValueError as error:
            yield bad_span(row.where, str(error))
            continue
        key = str(masklet.id)
        lengths[str(clip.id)] = clip.grid_length
        found.setdefault(key, Target(row.where, clip.name, clip.id, masklet.id, masklet.number, masklet.label))
        yield replace(row, span=replace(span, video=str(clip.id), subject=key, caption=span.caption.strip()))
