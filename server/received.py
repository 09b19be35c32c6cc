"""What every request to the API goes through: text that can not be stored and bottomless JSON are refused by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from fastapi import Request

from server.errors import Unprocessable

P = ParamSpec("P")
R = TypeVar("R")
_FILE = "takes_file"

DEEPEST = 32
"""Levels of nesting in a body; ours have six."""


def is_storable(text: str) -> bool:
    """False for NUL, which PostgreSQL keeps nowhere, and for halves of a character, which are no UTF-8."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_text(value: Any) -> None:
    """Raise Unprocessable, naming the field, when a text of a parsed JSON body can not be stored or it is too deep."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while waiting:
        found, place = waiting.pop()
        if isinstance(found, str):
            if not is_storable(found):
                _refuse(place, "This text holds a character that can not be stored (NUL or half a character).")
            continue
        if not isinstance(found, dict | list):
            continue
        if len(place) >= DEEPEST:
            _refuse(place[:4], f"This is nested more than {DEEPEST} levels deep.")
        for key, inner in found.items() if isinstance(found, dict) else enumerate(found):
            if isinstance(key, str) and not is_storable(key):
                _refuse(place, "A name in here holds a character that can not be stored.")
            waiting.append((inner, (*place, str(key))))


def _refuse(place: tuple[str, ...], message: str) -> None:
    field = ".".join(place) or "body"
    raise Unprocessable(f"{field}: {message}", field=field)


def takes_file(endpoint: Callable[P, R]) -> Callable[P, R]:
    """Mark a route whose body is a file, whatever type it says it has: it is not read into memory here."""
    setattr(endpoint, _FILE, True)
    return endpoint


async def storable(request: Request) -> None:
    """A dependency of all routes of the API: check_text for path, query and JSON body."""
    for name, given in (*request.path_params.items(), *request.query_params.multi_items()):
        if isinstance(given, str) and not is_storable(given):
            _refuse((name if is_storable(name) else "query",), "This holds a character that can not be stored.")
    if hasattr(request.scope["endpoint"], _FILE):
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        return
    if not await request.body():
        return
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return  # who reads it says so, or nobody reads it
    check_text(body)
