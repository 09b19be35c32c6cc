"""Wire types of imports: what a foreign file holds, what becomes of it, and what cannot be taken."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from annotator.formats.sources import Format


class ImportedSubject(BaseModel):
    """One object of a foreign file. `whole`: masks are known on every picture, so that nothing has to be followed."""

    subject: str
    """Its name in the file."""
    label: str
    state: Literal["new", "present", "removed", "never_visible"]
    """Present: it was imported before. Removed: it was, and somebody took it away; it does not come again."""
    masks: int
    boxes: int
    absent: int
    """Pictures of each kind."""
    picture_start: int | None
    picture_end: int | None
    """Where it is first and last visible; null where never."""
    whole: bool
    prompts: int
    """Prompts that it gets."""
    masklet_id: UUID | None
    """Null while it is not made."""


class ImportedVideo(BaseModel):
    """A video that a foreign file tells of; height and width are of the file's masks."""

    source: str
    video_id: UUID
    name: str
    height: int
    width: int
    counts: Literal["pictures", "grid"]
    """What the file's frames count: pictures, or the grid of 6 a second."""
    notes: list[str]
    subjects: list[ImportedSubject]


class Refusal(BaseModel):
    """A place in a foreign file, or a video, and why it cannot be taken."""

    where: str
    message: str


class MaskletImportOut(BaseModel):
    """What an import would do, or did. With anything refused nothing is made."""

    format: Format
    dry_run: bool
    videos: list[ImportedVideo]
    refused: list[Refusal]
    """The first 500."""
    refused_count: int
    made: int
    """Masklets that were made."""
    tracks: int
    """Of these, how many are followed now."""
