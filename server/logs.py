"""One line for each request and job, on standard error."""

from __future__ import annotations

import logging
import sys

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
