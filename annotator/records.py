"""Typed records of documents: what a task produces, as stored, saved by operations, reviewed and released.

A document is a set of named collections, each a map from record id to record. Every edit is an operation that puts or
removes one record, so saving is small, replay is idempotent, and a conflict concerns one record and never the whole.
Frames are integers: `picture` counts the video's pictures, `grid_…` the annotation grid; spans are end inclusive.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

SCHEMA_VERSION = 1
"""Raised when a stored record changes its meaning; written into every document and release."""

MAX_COUNTS = 200_000
"""Characters of a mask that a prompt may hold."""

OUT_OF_FRAME = "Out of frame."
"""The caption that the system gives to spans in which the masklet is absent (PLM-STC's wording)."""

RecordId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Caption = Annotated[str, StringConstraints(max_length=2000)]
MAX_TEXT: Final = 4000
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]


class QuestionType(StrEnum):
    """The twelve question types of PLM-FGQA."""

    ACTION_RECOGNITION = "Action Recognition"
    ACTION_SEQUENCE = "Action Sequence"
    COUNTING_PROBLEMS = "Counting Problems"
    MOVEMENT_DIRECTION = "Movement Direction"
    OBJECT_ATTRIBUTES = "Object Attributes"
    OBJECT_LOCATION = "Object Location"
    OBJECT_RECOGNITION = "Object Recognition"
    OBJECT_STATE = "Object State"
    POSE = "Pose"
    SPATIAL_RELATIONS = "Spatial Relations"
    SPEED_FORCE = "Speed/Force"
    OTHER = "Other"


class QuestionForm(StrEnum):
    """How a question is asked and its answer learned."""

    FGQA = "fgqa"
    """About a fine detail of the clip."""
    SGQA = "sgqa"
    """Open and egocentric: asked by the camera's wearer at the end of the clip (PLM-VideoBench's SGQA)."""


class RejectReason(StrEnum):
    """Why a drafted answer is rejected. The first two close the question, the others open a write task."""

    IRRELEVANT = "irrelevant"
    UNANSWERABLE = "unanswerable"
    INCORRECT = "incorrect"
    LACKS_DETAIL = "lacks_detail"

    @property
    def closes_question(self) -> bool:
        """True when nobody needs to answer the question any more."""
        return self in (RejectReason.IRRELEVANT, RejectReason.UNANSWERABLE)


class Record(BaseModel):
    """Base of all records: unknown fields are refused, so that a typo never silently loses data."""

    model_config = ConfigDict(extra="forbid", strict=False)


class Point(Record):
    """A click, in proxy pixels; `positive` says whether it belongs to the subject."""

    x: float = Field(ge=0, le=16384)
    y: float = Field(ge=0, le=16384)
    positive: bool = True


class Box(Record):
    """A box in proxy pixels, x1 < x2 and y1 < y2."""

    x1: float = Field(ge=0, le=16384)
    y1: float = Field(ge=0, le=16384)
    x2: float = Field(ge=0, le=16384)
    y2: float = Field(ge=0, le=16384)


class PromptRecord(Record):
    """What a person gave on one picture: clicks, a box, the candidate they chose, or that the subject is absent."""

    picture: int = Field(ge=0)
    points: list[Point] = Field(default_factory=list, max_length=100)
    box: Box | None = None
    counts: Annotated[str, StringConstraints(max_length=MAX_COUNTS)] | None = None
    """COCO compressed RLE of the mask the person accepted on this picture; what propagation starts from."""
    absent: bool = False
    """The subject is not visible from this picture on, until the next prompt."""


class SubjectRecord(Record):
    """A subject that a person chose in a video; its id is the masklet's id."""

    id: RecordId
    label: Annotated[str, StringConstraints(max_length=200)] = ""


class EventRecord(Record):
    """A captioned span of a masklet's time, in grid frames, end inclusive."""

    id: RecordId
    grid_start: int = Field(ge=0)
    grid_end: int = Field(ge=0)
    caption: Caption = ""


class QuestionRecord(Record):
    """A question about a segment; `draft` is an answer to verify, or None when the answer is to be written."""

    id: RecordId
    text: Text
    q_type: QuestionType
    form: QuestionForm = QuestionForm.FGQA
    draft: Text | None = None
    origin: Literal["imported", "annotator", "lead"] = "annotator"

    @property
    def subtype(self) -> str:
        """`q_subtype` of the released record: what is not plain FGQA is named."""
        return "" if self.form is QuestionForm.FGQA else self.form.value.upper()


class Evidence(Record):
    """Where the clip shows the answer: a span of pictures, end inclusive."""

    picture_start: int = Field(ge=0)
    picture_end: int = Field(ge=0)


class EvidencePoint(Record):
    """Where in one picture it is to be seen, in proxy pixels."""

    picture: int = Field(ge=0)
    x: float = Field(ge=0, le=16384)
    y: float = Field(ge=0, le=16384)


class Distractor(Record):
    """A wrong answer to choose from; `checked`: somebody watched whether it is plausible, yet false."""

    text: Annotated[str, StringConstraints(max_length=1000)] = ""
    checked: bool = False


class AnswerRecord(Record):
    """What a person says to a question (same id): accepts the draft, rejects with a reason, or writes."""

    id: RecordId
    verdict: Literal["accept", "reject", "write"]
    reason: RejectReason | None = None
    text: Text = ""
    """The written answer, or the explanation of a rejection."""
    evidence: Evidence | None = None
    point: EvidencePoint | None = None
    distractors: list[Distractor] = Field(default_factory=list, max_length=7)
    """For a question with options: the other options."""


class NoteRecord(Record):
    """A remark for the next person, pinned to a picture, a span of pictures, a region, or to nothing."""

    id: RecordId
    text: Text
    picture: int | None = Field(default=None, ge=0)
    picture_end: int | None = Field(default=None, ge=0)
    """The last picture of a span that begins at `picture`; None: that picture alone."""
    box: Box | None = None
    """The region on `picture` that is meant."""
    author: Annotated[str, StringConstraints(max_length=120)] = ""
    """The name of who wrote it, as others see it. Not proof: the log of operations knows who did."""


COLLECTIONS: dict[str, type[Record]] = {
    "subjects": SubjectRecord,
    "events": EventRecord,
    "questions": QuestionRecord,
    "answers": AnswerRecord,
    "notes": NoteRecord,
}
"""Every collection a document may hold, with the type of its records. A task type allows a subset."""

CollectionName = Literal["subjects", "events", "questions", "answers", "notes"]


class Operation(Record):
    """One edit. `put` replaces the whole record of that id, `remove` deletes it; `id` makes a replay harmless."""

    id: RecordId
    verb: Literal["put", "remove"]
    collection: CollectionName
    record_id: RecordId
    record: dict[str, Any] | None = None


class Body(Record):
    """The whole state of a document: its collections by record id."""

    schema_version: int = SCHEMA_VERSION
    subjects: dict[str, SubjectRecord] = Field(default_factory=dict)
    events: dict[str, EventRecord] = Field(default_factory=dict)
    questions: dict[str, QuestionRecord] = Field(default_factory=dict)
    answers: dict[str, AnswerRecord] = Field(default_factory=dict)
    notes: dict[str, NoteRecord] = Field(default_factory=dict)


class Problem(Record):
    """Something a rule found: `field` is a path such as `events.e1.caption`; `error` blocks submitting."""

    field: str
    code: str
    message: str
    severity: Literal["error", "warning"] = "error"
