"""Wire types of imports of captions: what a foreign file tells of which masklet, and what cannot be taken."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from server.masklets.schemas_imports import Refusal

CaptionFormat = Literal["activitynet", "csv", "cvat", "elan", "label_studio", "plm", "webvtt"]


class CaptionedMasklet(BaseModel):
    """A masklet that the file has captions of."""

    video_id: UUID
    video: str
    masklet_id: UUID
    number: int
    label: str
    task_id: UUID | None
    """Its caption task; null while there is none, which is refused."""
    captions: int
    grid_start: int
    grid_end: int
    """First and last grid frame that is told of."""
    state: Literal["new", "present", "refused"]
    """Present: its draft has these captions and no others, so there is nothing to do."""


class CaptionImportOut(BaseModel):
    """What an import of captions would do, or did. With anything refused nothing is made."""

    format: CaptionFormat
    dry_run: bool
    rows: int
    out_of_frame: int
    """Captions of the system, which are left out: they follow from the masks."""
    masklets: list[CaptionedMasklet]
    refused: list[Refusal]
    """The first 500."""
    refused_count: int
    made: int
    """Captions that were put into drafts."""
