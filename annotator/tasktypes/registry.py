"""The closed registry of task types. A new kind is one more `TaskType` here and nothing elsewhere asks for its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from annotator.tasktypes import fgqa, stc
from annotator.tasktypes.tasktype import TaskType

TASK_TYPES: Final[Mapping[str, TaskType]] = {
    task_type.kind: task_type
    for task_type in (stc.SUBJECT, stc.CAPTION, stc.VERIFY, stc.REVIEW, fgqa.ANSWER, fgqa.REVIEW)
}


def task_type(kind: str) -> TaskType:
    """The task type of a kind; KeyError for a name that is not in the registry."""
    return TASK_TYPES[kind]
