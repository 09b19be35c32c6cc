"""One line for each request and job, on standard error. Every line that a request causes carries its id, also in jobs.

A line says what was done, how long it took and how it ended: no body, no header, no query, no name of a person.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import structlog
import structlog.tracebacks


def configure_logs(*, json: bool, quiet: bool = False) -> None:
    """JSON where machines read it, text where people do; `quiet` keeps warnings and errors only.

    Tracebacks never show the values of variables: these hold passwords and tokens, and drawing them takes minutes.
    """
    renderer = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tracebacks if json else structlog.dev.set_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


# --- whose line it is -----------------------------------------------------------------------------------------------

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def begin_request(given: str) -> str:
    """The id of the request that begins now, bound to all its lines: the caller's when it is well-formed, else ours."""
    request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id)
    return request_id


def current_request() -> str | None:
    """The id of the request that this is done for, also inside the jobs that it enqueued. None where there was none."""
    found = structlog.contextvars.get_contextvars().get("request")
    return found if isinstance(found, str) else None


@contextmanager
def about_job(job_id: UUID, kind: str, request_id: str | None) -> Iterator[None]:
    """Lines in here are about a job, and about the request that asked for it. Jobs that it enqueues inherit the id."""
    bound = {"job": str(job_id), "kind": kind} | ({"request": request_id} if request_id else {})
    with structlog.contextvars.bound_contextvars(**bound):
        yield
