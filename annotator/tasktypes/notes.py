"""Notes to the next person: any kind of task may carry them."""

from __future__ import annotations

from annotator.records import NoteRecord, Problem, Record
from annotator.tasktypes.tasktype import Context


def note_fits(path: str, record: Record, context: Context) -> list[Problem]:
    """At save: a note pinned to a picture that the video does not have is refused."""
    if isinstance(record, NoteRecord) and record.picture is not None and record.picture >= context.pictures:
        message = f"Picture {record.picture} does not exist: the last one is {context.pictures - 1}."
        return [Problem(field=f"{path}.picture", code="outside_video", message=message)]
    return []
