"""Applying an operation to a body: checks the collection, the record's shape and that it fits the video."""

from __future__ import annotations

from pydantic import ValidationError

from annotator.records import COLLECTIONS, Body, Operation, Problem
from annotator.tasktypes.tasktype import Context, TaskType


class OperationRefused(ValueError):
    """An operation cannot be saved; `problems` name the fields."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


MAX_RECORDS = 2000
"""Records a collection may hold: far beyond any clip, and a bound on what one document can cost."""


def apply(body: Body, operation: Operation, task_type: TaskType, context: Context) -> None:
    """Change `body` by one operation, in place; OperationRefused (with `body` unchanged) when it may not be saved.

    Only what can never be right is refused here: a wrong shape, a foreign collection, a place outside the video. Text
    that submit will refuse is saved, so that no work is lost. Removing what is not there is fine: a replay does that.
    """
    path = f"{operation.collection}.{operation.record_id}"
    if operation.collection not in task_type.collections:
        message = f"This task does not edit {operation.collection}."
        raise OperationRefused([Problem(field=operation.collection, code="collection", message=message)])
    collection = getattr(body, operation.collection)
    if operation.verb == "remove":
        collection.pop(operation.record_id, None)
        return
    if operation.record is None:
        raise OperationRefused([Problem(field=path, code="no_record", message="A put needs the record.")])
    try:
        record = COLLECTIONS[operation.collection].model_validate(operation.record)
    except ValidationError as error:
        raise OperationRefused(_shape_problems(path, error)) from None
    if getattr(record, "id", None) != operation.record_id:
        message = f"The record's id is not {operation.record_id}."
        raise OperationRefused([Problem(field=f"{path}.id", code="id", message=message)])
    if problems := task_type.fits(path, record, context):
        raise OperationRefused(problems)
    if operation.record_id not in collection and len(collection) >= MAX_RECORDS:
        message = f"At most {MAX_RECORDS} {operation.collection} fit into one document."
        raise OperationRefused([Problem(field=operation.collection, code="too_many", message=message)])
    collection[operation.record_id] = record


def _shape_problems(path: str, error: ValidationError) -> list[Problem]:
    return [
        Problem(field=".".join([path, *map(str, fault["loc"])]), code="shape", message=fault["msg"])
        for fault in error.errors(include_url=False, include_input=False)
    ]
