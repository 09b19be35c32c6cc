"""Domain errors that carry their HTTP status, and the one handler that answers them as problem+json (RFC 9457)."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy import exc
from starlette.exceptions import HTTPException

from server.logs import current_request

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field; `field` is a dotted path such as `events.2.caption`."""

    field: str
    message: str


class ProblemDetails(BaseModel):
    """The body of every error (RFC 9457). Extra members are allowed and documented by the error that adds them."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    errors: list[FieldProblem] | None = None


class DomainError(Exception):
    """Base of all errors that a person may see. Subclasses set `status`; their docstring is the default message.

    `field` names the field or file at fault; `members` are added to the answer's body.
    """

    status: ClassVar[int] = 400

    def __init__(
        self,
        detail: str = "",
        *,
        field: str | None = None,
        errors: list[FieldProblem] | None = None,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        self.detail = detail or type(self).title()
        self.field = field
        self.errors = errors
        self.headers = headers
        self.members = members
        super().__init__(self.detail)

    @classmethod
    def slug(cls) -> str:
        """The stable name of the error on the wire: `TaskAlreadySubmitted` is `task_already_submitted`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """The first line of the docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    def problem(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {
            **self.members,
            "type": self.slug(),
            "title": type(self).title(),
            "status": self.status,
            "detail": self.detail,
        }
        if self.field is not None:
            body["field"] = self.field
        if self.errors is not None:
            body["errors"] = [e.model_dump() for e in self.errors]
        return body


class BadRequest(DomainError):
    """The request can not be understood."""

    status = 400


class Unauthorized(DomainError):
    """Sign in first."""

    status = 401


class Forbidden(DomainError):
    """You may not do this."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or you may not see it."""

    status = 404


class Conflict(DomainError):
    """This does not fit the present state."""

    status = 409


class Gone(DomainError):
    """This is no longer there."""

    status = 410


class PreconditionFailed(DomainError):
    """Somebody else changed this in the meantime."""

    status = 412


class TooLarge(DomainError):
    """This is larger than the server accepts."""

    status = 413


class UnsupportedMedia(DomainError):
    """This kind of file is not accepted."""

    status = 415


class RangeNotSatisfiable(DomainError):
    """The requested range lies outside the file."""

    status = 416


class Unprocessable(DomainError):
    """Something in the request is wrong."""

    status = 422


class Locked(DomainError):
    """Somebody else holds this."""

    status = 423


class PreconditionRequired(DomainError):
    """Say which revision you have seen (If-Match)."""

    status = 428


class TooMany(DomainError):
    """Too many attempts: wait a little."""

    status = 429


class TimedOut(DomainError):
    """This took too long: try again."""

    status = 504


RETRY_SECONDS = 2
"""What a client is asked to wait when a part of the server is away."""


class Unavailable(DomainError):
    """A part of the server is not reachable at the moment: try again."""

    status = 503

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(RETRY_SECONDS), **(headers or {})}, **more)


class OutOfSpace(DomainError):
    """The disk is full: nothing was stored."""

    status = 507


def responses(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: documents the errors that it raises, so that clients get a typed union."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        line = f"`{error.slug()}`: {error.title()}"
        entry = by_status.setdefault(error.status, {"model": ProblemDetails, "description": line})
        if line not in entry["description"]:
            entry["description"] += f"\n\n{line}"
    return by_status


def field_path(location: tuple[int | str, ...] | list[int | str]) -> str:
    """A dotted path for a pydantic location; where the value came from (body, query …) is left out."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in ("body", "query", "path", "header", "cookie"):
        parts = parts[1:]
    return ".".join(parts)


def _answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status_code=body["status"], headers=headers, media_type=MEDIA_TYPE)


def _on_domain_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)
    return _answer(error.problem(), error.headers)


def _on_validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [FieldProblem(field=field_path(e["loc"]), message=str(e["msg"])) for e in error.errors()]
    first = errors[0] if errors else FieldProblem(field="body", message="is not valid")
    return _answer(Unprocessable(f"{first.field}: {first.message}", field=first.field, errors=errors).problem())


def _on_http_exception(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kinds = {k.status: k for k in (NotFound, Unauthorized, Forbidden, TooLarge, BadRequest, UnsupportedMedia)}
    kind = kinds.get(error.status_code)
    body = {
        "type": kind.slug() if kind else "http_error",
        "title": kind.title() if kind else str(error.detail),
        "status": error.status_code,
        "detail": str(error.detail),
    }
    return _answer(body, dict(error.headers) if error.headers else None)


UNREACHABLE = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What SQLAlchemy raises when the database is away, is full, ends our connection, or all connections are taken."""

_FULL = ("disk is full", "no space left", "disk quota exceeded", "file too large")


def storage_is_full(error: Exception) -> bool:
    """Whether the database could not write for want of space."""
    cause = getattr(error, "orig", None)
    text = str(cause).lower()
    return getattr(cause, "sqlstate", None) == "53100" or any(words in text for words in _FULL)


def _is_our_mistake(error: Exception) -> bool:
    """SQLite calls a statement that it can not read an operational error, too: waiting mends nothing then."""
    text = str(getattr(error, "orig", error)).lower()
    return any(words in text for words in ("no such table", "no such column", "has no column", "syntax error"))


def _on_database_error(request: Request, error: Exception) -> JSONResponse:
    if _is_our_mistake(error):
        return _on_crash(request, error)
    # The driver's text may carry an address or a statement: it goes to the log only.
    log.error("database_unreachable", error=str(getattr(error, "orig", error)))
    if storage_is_full(error):
        return _answer(OutOfSpace("The database has no space left: nothing was stored.").problem())
    told = Unavailable("The database did not answer: try again.")
    return _answer(told.problem(), told.headers)


def _on_lost_connection(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, exc.DBAPIError)
    # Drivers name a connection that broke in the middle of a statement in many ways.
    return (_on_database_error if error.connection_invalidated else _on_crash)(request, error)


def _on_crash(_: Request, error: Exception) -> JSONResponse:
    log.exception("crash", exc_info=error)
    # This answer passes by what adds the headers to all others.
    headers = {"x-request-id": current_request() or "", "x-content-type-options": "nosniff"}
    return _answer(
        {
            "type": "crash",
            "title": "The server made a mistake.",
            "status": 500,
            "detail": "The server made a mistake. It was written to its log.",
        },
        headers,
    )


def install(app: FastAPI) -> None:
    """Let `app` answer every error as problem+json."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, _on_database_error)
    app.add_exception_handler(exc.DBAPIError, _on_lost_connection)
    app.add_exception_handler(Exception, _on_crash)
