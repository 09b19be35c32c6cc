"""What a page that leaves its event stream, and a crash, leave behind: no error, no secret in the log."""

from __future__ import annotations

import asyncio
import io

import anyio
import pytest
import structlog

from server.events import MemoryEvents
from server.live import _stream
from server.logs import configure_logs


def test_a_page_that_leaves_raises_nothing() -> None:
    """As Starlette does it: the task that reads the stream is cancelled by its scope while it waits for news."""
    closed: list[bool] = []

    async def read() -> None:
        stream = _stream(MemoryEvents(), ["job:1"], None)
        async for _ in stream:
            pass

    async def visit() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await asyncio.sleep(0.05)
            group.cancel_scope.cancel()
        closed.append(True)

    asyncio.run(visit())
    assert closed


@pytest.mark.parametrize("json", [True, False])
def test_a_traceback_in_the_log_shows_no_values(json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    before = structlog.get_config()
    configure_logs(json=json)
    try:
        _crash("the-pass" + "word")
    finally:
        structlog.configure(**before)
    assert "ValueError" in said.getvalue() and "_crash" in said.getvalue()
    assert "the-password" not in said.getvalue()


def _crash(secret: str) -> None:
    try:
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("crash")
