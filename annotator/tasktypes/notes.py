"""Notes to the next person: any kind of task may carry them."""

from __future__ import annotations

from annotator.records import NoteRecord, Problem, Record
from annotator.tasktypes.tasktype import Context


def note_fits(path: str, record: Record, context: Context) -> list[Problem]:
    """At save: a note pinned to a picture that the video does not have is refused."""
    if not isinstance(record, NoteRecord):
        return []
    for name, picture in (("picture", record.picture), ("picture_end", record.picture_end)):
        if picture is not None and picture >= context.pictures:
            message = f"Picture {picture} does not exist: the last one is {context.pictures - 1}."
            return [Problem(field=f"{path}.{name}", code="outside_video", message=message)]
    if record.picture is None and (record.picture_end is not None or record.box is not None):
        message = "A span or a region needs the picture that it begins on."
        return [Problem(field=f"{path}.picture", code="no_picture", message=message)]
    if record.picture is not None and record.picture_end is not None and record.picture_end < record.picture:
        message = f"The note ends at picture {record.picture_end}, before it starts at {record.picture}."
        return [Problem(field=f"{path}.picture_end", code="ends_before_start", message=message)]
    box = record.box
    if box is not None and not (box.x1 < box.x2 and box.y1 < box.y2):
        return [Problem(field=f"{path}.box", code="empty_box", message="Drag a region that has a width and a height.")]
    return []
