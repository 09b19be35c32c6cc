"""Segments with their questions: one from the UI, many from JSONL or CSV, all or none of them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.quality.text import text_problems
from server.errors import FieldProblem, Unprocessable, field_path
from server.jobs import enqueue
from server.tables.videos import ProjectVideo, Question, QuestionOrigin, Segment, Video, VideoState
from server.videos.schemas import RowError, SegmentIn

MAX_ROWS = 20_000
MAX_ERRORS = 200
CSV_COLUMNS = (
    "video", "picture_start", "picture_end", "what", "domain", "source_dataset", "external_id",
    "question", "q_type", "form", "draft",
)  # fmt: skip
"""One question a row; neighbouring rows of the same video, span and external_id make one segment."""


class SegmentRefused(Unprocessable):
    """This segment cannot be made."""


def create_segment(
    session: Session, project_id: UUID, new: SegmentIn, *, origin: QuestionOrigin = QuestionOrigin.LEAD
) -> Segment:
    """One segment with its questions; its task is opened at once. Raises SegmentRefused naming the fields."""
    videos = _videos(session, project_id)
    problems = check_segment(new, videos.get(str(new.video_id)))
    if problems:
        raise SegmentRefused(f"{problems[0].field}: {problems[0].message}", field=problems[0].field, errors=problems)
    if new.external_id is not None and new.external_id in _known_external(session, project_id):
        raise SegmentRefused("This external_id is taken in the project.", field="external_id")
    segment = _add(session, project_id, new, origin)
    _open(session, project_id)
    return segment


def import_segments(
    session: Session, project_id: UUID, body: bytes, *, is_csv: bool, dry_run: bool
) -> tuple[int, int, list[RowError]]:
    """Make all segments of a JSONL or CSV file, or none. (segments, questions, errors by row and field)."""
    videos = _videos(session, project_id)
    known = _known_external(session, project_id)
    errors: list[RowError] = []
    ready: list[SegmentIn] = []
    for row, raw in _csv_rows(body, errors) if is_csv else _json_rows(body, errors):
        if len(errors) >= MAX_ERRORS:
            break
        if row > MAX_ROWS:
            errors.append(RowError(row=row, field="row", message=f"More than {MAX_ROWS} rows: split the file."))
            break
        segment = _checked(row, raw, videos, errors)
        if segment is None:
            continue
        if segment.external_id is not None:
            if segment.external_id in known:
                errors.append(RowError(row=row, field="external_id", message="This name is taken already."))
                continue
            known.add(segment.external_id)
        ready.append(segment)
    if not ready and not errors:
        errors.append(RowError(row=0, field="file", message="The file holds no rows."))
    if errors:
        return 0, 0, errors[:MAX_ERRORS]
    if not dry_run:
        for segment in ready:
            _add(session, project_id, segment, QuestionOrigin.IMPORTED)
        _open(session, project_id)
    return len(ready), sum(len(s.questions) for s in ready), []


def check_segment(new: SegmentIn, video: Video | None) -> list[FieldProblem]:
    """What is wrong with a segment: its video, its span, or text that would break training."""
    if video is None:
        return [FieldProblem(field="video_id", message="The project has no such video.")]
    problems = []
    if video.state != VideoState.READY or video.pictures is None:
        problems.append(FieldProblem(field="video_id", message=f"{video.name} is not imported yet."))
    elif new.picture_end >= video.pictures:
        message = f"{video.name} has pictures 0 to {video.pictures - 1}."
        problems.append(FieldProblem(field="picture_end", message=message))
    for number, question in enumerate(new.questions):
        found = text_problems(f"questions.{number}.text", question.text)
        found += text_problems(f"questions.{number}.draft", question.draft or "", required=False)
        problems += [FieldProblem(field=p.field, message=p.message) for p in found if p.severity == "error"]
    return problems


def _checked(row: int, raw: dict[str, Any], videos: dict[str, Video], errors: list[RowError]) -> SegmentIn | None:
    values = dict(raw)
    if "video" in values:
        # People write the name, the hash or the id; a name that two videos share is refused below.
        named = videos.get(str(values.pop("video")))
        values["video_id"] = str(named.id) if named else "00000000-0000-0000-0000-000000000000"
    try:
        segment = SegmentIn.model_validate(values)
    except ValidationError as error:
        errors += [
            RowError(row=row, field=field_path(e["loc"]) or "row", message=str(e["msg"])) for e in error.errors()
        ]
        return None
    problems = check_segment(segment, videos.get(str(segment.video_id)))
    errors += [
        RowError(row=row, field="video" if "video" in raw and p.field == "video_id" else p.field, message=p.message)
        for p in problems
    ]
    return None if problems else segment


def _json_rows(body: bytes, errors: list[RowError]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        errors.append(RowError(row=row, field="row", message="This line is not UTF-8 text."))
        return
    for row, line in enumerate(body.removeprefix(codecs.BOM_UTF8).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except ValueError:
            errors.append(RowError(row=row, field="row", message="This line is not JSON."))
            continue
        if isinstance(value, dict):
            yield row, value
        else:
            errors.append(RowError(row=row, field="row", message="This line is not a JSON object."))


def _csv_rows(body: bytes, errors: list[RowError]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        errors.append(RowError(row=0, field="file", message="The file is not UTF-8 text."))
        return
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        unknown = [name for name in table.fieldnames or [] if name not in CSV_COLUMNS]
        missing = [name for name in CSV_COLUMNS[:3] if name not in (table.fieldnames or [])]
        for name in (*unknown, *missing):
            what = "There is no such column." if name in unknown else "This column is missing."
            errors.append(RowError(row=0, field=str(name), message=what))
        if errors:
            return
        held: tuple[int, dict[str, Any]] | None = None
        for row, values in enumerate(table, start=1):
            if None in values:
                errors.append(RowError(row=row, field="row", message="This row has more cells than the header."))
                continue
            cells = {name: cell for name, cell in values.items() if cell not in (None, "")}
            question = {
                to: cells.pop(name)
                for name, to in (("question", "text"), ("q_type", "q_type"), ("form", "form"), ("draft", "draft"))
                if name in cells
            }
            same = held is not None and all(held[1].get(k) == cells.get(k) for k in (*CSV_COLUMNS[:3], "external_id"))
            if not same:
                if held is not None:
                    yield held
                held = (row, {**cells, "questions": []})
            if question and held is not None:
                held[1]["questions"].append(question)
        if held is not None:
            yield held
    except csv.Error as error:
        errors.append(RowError(row=table.line_num, field="row", message=f"This is not CSV: {error}."))


def _videos(session: Session, project_id: UUID) -> dict[str, Video]:
    """The project's videos by id, hash, and every name that only one of them has."""
    rows = session.execute(
        select(Video, ProjectVideo.name)
        .join(ProjectVideo, ProjectVideo.video_id == Video.id)
        .where(ProjectVideo.project_id == project_id)
    ).all()
    names: dict[str, list[Video]] = {}
    for video, name in rows:
        names.setdefault(name, []).append(video)
    found = {name: videos[0] for name, videos in names.items() if len(videos) == 1}
    for video, _ in rows:
        found[str(video.id)] = found[video.sha256] = video
    return found


def _known_external(session: Session, project_id: UUID) -> set[str]:
    statement = select(Segment.external_id).where(Segment.project_id == project_id, Segment.external_id.is_not(None))
    return {name for name in session.scalars(statement) if name is not None}


def _add(session: Session, project_id: UUID, new: SegmentIn, origin: QuestionOrigin) -> Segment:
    segment = Segment(project_id=project_id, **new.model_dump(exclude={"questions"}))
    session.add(segment)
    session.flush()
    for position, question in enumerate(new.questions):
        session.add(
            Question(
                segment_id=segment.id,
                text=question.text,
                q_type=question.q_type,
                form=question.form.value,
                draft=question.draft or None,
                origin=origin,
                position=position,
            )
        )
    session.flush()
    return segment


def _open(session: Session, project_id: UUID) -> None:
    enqueue(session, "open_tasks", {"project_id": str(project_id)}, project_id=project_id)


def questions_of(session: Session, segment_ids: Sequence[UUID]) -> dict[UUID, list[Question]]:
    """The questions of segments, in order."""
    found: dict[UUID, list[Question]] = {segment_id: [] for segment_id in segment_ids}
    statement = select(Question).where(Question.segment_id.in_(segment_ids)).order_by(Question.position, Question.id)
    for question in session.scalars(statement):
        found[question.segment_id].append(question)
    return found
