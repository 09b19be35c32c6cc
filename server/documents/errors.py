"""What can be wrong when a document is read, saved or handed in."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.records import Problem
from server.errors import (
    Conflict,
    FieldProblem,
    Forbidden,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unavailable,
    Unprocessable,
)


class DocumentNotFound(NotFound):
    """There is no such document, or you may not see it."""


class VersionNotFound(NotFound):
    """Nothing of this id was handed in for this work."""


class OwnCopyOpen(Forbidden):
    """You are to do a copy of this work yourself: hand it in before you look at what others made of it."""


class NoTrackYet(NotFound):
    """This task's subject has no finished track, so there is nothing to show."""


class SheetsWait(Unavailable):
    """Too many people look at the pictures of a preview at this moment: try again."""


class RevisionMissing(PreconditionRequired):
    """Say which revision you have seen: If-Match: "<revision>"."""


class RevisionConflict(PreconditionFailed):
    """The document was changed in the meantime: put your edits on top of the newer revision."""


class OperationsRefused(Unprocessable):
    """An edit cannot be saved."""


class WorkUnfinished(Unprocessable):
    """The work breaks rules of its task: mend what is named and hand it in again."""


class DecideInstead(Conflict):
    """This task ends by a decision: accept or return."""


def field_problems(problems: Sequence[Problem]) -> list[FieldProblem]:
    """The same problems as every error of the API lists them."""
    return [FieldProblem(field=problem.field, message=problem.message) for problem in problems]
