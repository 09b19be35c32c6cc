"""Which work a release takes, and of what: the rule that is asked for, previewed and stored with the release."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from annotator.records import QuestionType

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class WorkStatus(StrEnum):
    """How far work must have come."""

    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    """Handed in, also where nobody has judged it yet."""


class Judged(StrEnum):
    """Who accepted the work."""

    ANYBODY = "anybody"
    REVIEWER = "reviewer"
    """A reviewer looked at it."""
    POLICY = "policy"
    """It was not in the share that is reviewed."""


class Language(StrEnum):
    """Told from the letters: Hangul is Korean, Latin letters are taken for English."""

    EN = "en"
    KO = "ko"
    OTHER = "other"


class Rule(BaseModel):
    """Every condition must hold; an empty list is no condition. Without any, everything accepted is taken."""

    model_config = ConfigDict(extra="forbid")

    status: WorkStatus = WorkStatus.ACCEPTED
    judged: Judged = Judged.ANYBODY
    q_types: list[QuestionType] = Field(default_factory=list, max_length=12)
    """Only questions of these types; masklets have none and are left out by it."""
    submitted_from: AwareDatetime | None = None
    """Handed in (or decided) at or after this moment."""
    submitted_to: AwareDatetime | None = None
    """Handed in before this moment."""
    guideline_from: int | None = Field(default=None, ge=0, le=2**31 - 1)
    """Done under this version of the guideline or a newer one."""
    human_only: bool = False
    """Only texts that no model drafted."""
    languages: list[Language] = Field(default_factory=list, max_length=3)
    annotators: list[UUID] = Field(default_factory=list, max_length=200)
    """Only work of these people; of a masklet, who captioned it."""
    without_annotators: list[UUID] = Field(default_factory=list, max_length=200)
    domains: list[Word] = Field(default_factory=list, max_length=100)
    """Only segments of these domains; masklets have none and are left out by it."""
    source_datasets: list[Word] = Field(default_factory=list, max_length=100)
    leave_out_faulty: bool = False
    """Work that breaks a rule is left out and told in `left_out.jsonl`; else one such document refuses the release."""

    @model_validator(mode="after")
    def _in_order(self) -> Rule:
        if self.submitted_from and self.submitted_to and self.submitted_from >= self.submitted_to:
            raise ValueError("submitted_to must be later than submitted_from")
        both = set(self.annotators) & set(self.without_annotators)
        if both:
            raise ValueError(f"without_annotators: {next(iter(both))} is also in annotators")
        return self

    @property
    def wants_masklets(self) -> bool:
        """Whether any masklet can be meant."""
        return not self.q_types and not self.domains

    def span(self) -> tuple[datetime | None, datetime | None]:
        """When the work was handed in: from, to (exclusive)."""
        return self.submitted_from, self.submitted_to


def language_of(*texts: str) -> Language:
    """The language of texts by their letters."""
    if all(map(str.isascii, texts)):
        return Language.EN
    hangul = latin = other = 0
    for text in texts:
        if text.isascii():
            latin += 1
            continue
        for letter in text:
            if "\uac00" <= letter <= "\ud7a3" or "\u1100" <= letter <= "\u11ff" or "\u3130" <= letter <= "\u318f":
                hangul += 1
            elif letter < "\u0250":
                latin += letter.isalpha()
            elif letter.isalpha():
                other += 1
    if hangul > other and hangul * 3 >= latin:
        return Language.KO
    return Language.OTHER if other * 3 > latin else Language.EN
