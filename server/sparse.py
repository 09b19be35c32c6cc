"""`fields=a,b`: answers with only the fields that somebody asks for, so that a script reads no more than it needs."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, cast

from fastapi import Query, Response
from pydantic import BaseModel

from server.db import Page
from server.errors import Unprocessable

Fields = Annotated[
    str | None, Query(max_length=500, description="With commas: only these fields of each; left out: all.")
]

Out = TypeVar("Out", bound=BaseModel)


class BadFields(Unprocessable):
    """The answer has no such field."""


def wanted_fields(item: type[BaseModel], fields: str | None) -> set[str] | None:
    """The fields of `item` that are asked for, None for all. BadFields names one that there is not."""
    if fields is None:
        return None
    wanted = {name.strip() for name in fields.split(",") if name.strip()}
    known = item.model_fields
    unknown = sorted(name for name in wanted if name not in known)
    if unknown or not wanted:
        raise BadFields(
            f"There is no field {', '.join(unknown) or '(empty)'}. Known: {', '.join(known)}.", field="fields"
        )
    return wanted


def only(out: Out, wanted: set[str] | None) -> Out:
    """The answer, or each item of its page, with only these fields; as it is where all are wanted.

    With fewer it is a response that FastAPI sends as it stands, under the type of the whole that it is a part of.
    """
    if wanted is None:
        return out
    include: Any = {"items": {"__all__": wanted}, "next": True} if isinstance(out, Page) else wanted
    return cast("Out", Response(out.model_dump_json(include=include), media_type="application/json"))
