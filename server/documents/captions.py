"""Captions that other tools wrote, into the drafts of caption tasks that wait: looked at first, then all or nothing.

They become a draft like any other, with the lead who brought them in its log: whoever takes the task corrects it and
hands it in. Work that somebody began, or that holds other captions, is never written over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.formats.foreign import ForeignError
from annotator.formats.forms import FORMS
from annotator.formats.spans import SpanRow
from annotator.quality.text import MAX_CAPTION, is_out_of_frame
from annotator.records import Body, EventRecord
from server.documents.captioned import Target, Wanted, targets_of
from server.documents.load import begin_document, document_of
from server.documents.save import store
from server.documents.schemas_captions import CaptionedMasklet, CaptionImportOut
from server.masklets.foreign import Refused
from server.parts import Parts
from server.tables.accounts import User
from server.tables.documents import Document
from server.tables.projects import Project, ProjectKind
from server.tables.tasks import Task, TaskKind, TaskState
from server.tasks.locking import flags_of

MOST_CAPTIONS = 50_000
"""Of one import: they are stored in one transaction."""
_MANY = 500
"""Rows of one question to the database."""


@dataclass
class CaptionImport:
    """A file that was read: what would come of it, and what did."""

    wanted: Wanted
    dry_run: bool
    refused: Refused = field(default_factory=Refused)
    rows: int = 0
    out_of_frame: int = 0
    targets: list[Target] = field(default_factory=list)
    made: int = 0

    def make(self, session: Session) -> None:
        """Put all captions into their drafts. Raises ImportRefused when somebody was faster."""
        _look(session, self.wanted.project_id, self.targets, self.refused, lock=True)
        if self.refused.count:
            raise self.refused.error()
        for target in self.targets:
            if target.state == "new":
                self.made += _make(session, target, self.wanted.user_id)

    def report(self) -> CaptionImportOut:
        """What is answered."""
        return CaptionImportOut(
            format=self.wanted.kind,
            dry_run=self.dry_run,
            rows=self.rows,
            out_of_frame=self.out_of_frame,
            masklets=[_out(target) for target in self.targets],
            refused=self.refused.told,
            refused_count=self.refused.count,
            made=self.made,
        )


def import_captions(parts: Parts, wanted: Wanted, *, dry_run: bool) -> CaptionImportOut:
    """Look at a file, and unless this is a dry run put its captions into their drafts, all or none.

    A dry run tells what is wrong and raises nothing; else ImportRefused names every place that is wrong.
    """
    found = look(parts, wanted, dry_run=dry_run)
    if not dry_run:
        with parts.database.begin() as session:
            found.make(session)
    return found.report()


def look(parts: Parts, wanted: Wanted, *, dry_run: bool) -> CaptionImport:
    """Read the file and find what its captions are about. A dry run raises nothing; else ImportRefused."""
    found = CaptionImport(wanted, dry_run)
    rows = _read(found)
    with parts.database.read() as session:
        if session.get_one(Project, wanted.project_id).kind != ProjectKind.STC:
            found.refused.add("project", "Captions belong to projects of spatio-temporal captions.")
        else:
            found.targets = targets_of(session, wanted, rows, found.refused)
            _look(session, wanted.project_id, found.targets, found.refused)
    if found.refused.count and not dry_run:
        raise found.refused.error()
    return found


# The file


def _read(found: CaptionImport) -> list[SpanRow]:
    """The rows with a caption, while no transaction is open; the others are refused or left out."""
    read = FORMS[found.wanted.kind].spans
    assert read is not None
    rows: list[SpanRow] = []
    try:
        for row in read(found.wanted.path):
            found.rows += 1
            if row.span is None:
                found.refused.add(row.where, row.error or "cannot be read")
            elif len(row.span.caption) <= MAX_CAPTION and is_out_of_frame(row.span.caption):
                found.out_of_frame += 1
            elif len(rows) >= MOST_CAPTIONS:
                found.refused.add(row.where, f"is beyond {MOST_CAPTIONS} captions in one import: split the file")
                break
            else:
                rows.append(row)
    except ForeignError as error:
        found.refused.add(error.where, error.message)
    if not rows and not found.refused.count:
        found.refused.add(found.wanted.path.name, "holds no captions")
    return rows


# What is there already


def _look(
    session: Session, project_id: UUID, targets: Sequence[Target], refused: Refused, *, lock: bool = False
) -> None:
    """Which drafts are there already, and whether the others may be written; with `lock` it stays so."""
    flags = flags_of(session, project_id, [target.video_id for target in targets], lock="beside" if lock else None)
    ordered = sorted(targets, key=lambda target: target.masklet_id)  # one order of locks for everybody
    for start in range(0, len(ordered), _MANY):
        some = ordered[start : start + _MANY]
        steps = (
            select(Task)
            .where(Task.masklet_id.in_([target.masklet_id for target in some]), Task.kind == TaskKind.STC_CAPTION)
            .where(Task.project_id == project_id, Task.copy_number == 0)
            .order_by(Task.masklet_id)
            .execution_options(populate_existing=True)
        )
        tasks = {task.masklet_id: task for task in session.scalars(steps.with_for_update() if lock else steps)}
        drafts = (
            select(Document)
            .where(Document.task_id.in_([task.id for task in tasks.values()]))
            .order_by(Document.id)
            .execution_options(populate_existing=True)
        )
        documents = {row.task_id: row for row in session.scalars(drafts.with_for_update() if lock else drafts)}
        for target in some:
            task = tasks.get(target.masklet_id)
            document = documents.get(task.id) if task is not None else None
            _judge(session, target, task, document, flagged=flags.get(target.video_id) is not None, refused=refused)


def _judge(
    session: Session, target: Target, task: Task | None, document: Document | None, *, flagged: bool, refused: Refused
) -> None:
    target.task_id = task.id if task is not None else None
    body = Body.model_validate(document.body) if document is not None else Body()
    if target.holds(body):
        target.state = "present"
        return
    problem = None
    if flagged:
        problem = "its video is set aside in this project: take the flag off first"
    elif task is None:
        problem = "it has no caption task yet: its masks must be handed in first"
    elif task.state != TaskState.READY:
        problem = _why_not(session, task)
    elif body.events:
        problem = f"a draft with {len(body.events)} other captions is there already"
    if problem is None:
        target.state = "new"
        return
    target.state = "refused"
    refused.add(target.where, f"masklet {target.number} of {target.video}: {problem}.")


def _why_not(session: Session, task: Task) -> str:
    if task.state == TaskState.LEASED:
        holder = session.get(User, task.lease_user_id) if task.lease_user_id else None
        return f"{holder.name if holder else 'somebody'} works on its captions: they must be given back first"
    if task.state in (TaskState.SUBMITTED, TaskState.ACCEPTED):
        return "its captions are handed in: reopen the task first"
    return f"its caption task is {task.state.value}{f' ({task.closed_why})' if task.closed_why else ''}"


# Making


def _make(session: Session, target: Target, user_id: UUID) -> int:
    """Put the captions into the draft of a task that is locked; how many."""
    task = session.get_one(Task, target.task_id)
    document = document_of(session, task) or begin_document(session, task)
    body = Body.model_validate(document.body)
    operations = target.operations()
    for operation in operations:
        record = EventRecord.model_validate(operation.record)
        body.events[record.id] = record
    store(session, document.id, document.revision, body, operations, user_id=user_id)
    session.expire(document)  # written past the ORM
    return len(operations)


def _out(target: Target) -> CaptionedMasklet:
    return CaptionedMasklet.model_validate(
        {
            "video_id": target.video_id,
            "video": target.video,
            "masklet_id": target.masklet_id,
            "number": target.number,
            "label": target.label,
            "task_id": target.task_id,
            "captions": len(target.spans),
            "grid_start": target.spans[0].start_frame,
            "grid_end": max(span.end_frame for span in target.spans),
            "state": target.state,
        }
    )
