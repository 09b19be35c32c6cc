"""What a page that leaves its event stream, and a crash, leave behind: no error, no secret in the log."""

from __future__ import annotations

import asyncio
import io

import anyio
import pytest
import structlog

from server.events import MemoryEvents
from server.events_redis import RedisEvents
from server.live import _Listener, _stream
from server.logs import configure_logs
from server.operations import metrics
from server.operations.leaving import Leaving, until

LISTENER = _Listener("user:1", lambda: ["job:1"])


def test_a_page_that_leaves_raises_nothing() -> None:
    """As Starlette does it: the task that reads the stream is cancelled by its scope while it waits for news."""
    closed: list[bool] = []

    async def read() -> None:
        async for _ in until(Leaving(), _stream(MemoryEvents(), ["job:1"], None, LISTENER)):
            pass

    async def visit() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await asyncio.sleep(0.05)
            group.cancel_scope.cancel()
        closed.append(True)

    asyncio.run(visit())
    assert closed


def test_pages_that_leave_while_redis_connects_leave_nothing(redis_url: str) -> None:
    """Redis' client swallows a cancel now and then while it connects: such a stream went on for ever."""

    async def visit(source: RedisEvents, seconds: float) -> None:
        async def read() -> None:
            async for _ in until(Leaving(), _stream(source, ["job:1"], None, LISTENER)):
                pass

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await asyncio.sleep(seconds)
            group.cancel_scope.cancel()

    async def visit_all() -> int:
        source = RedisEvents(redis_url)
        for number in range(120):
            await asyncio.wait_for(visit(source, number % 30 / 1000), 10)
        source.close()
        return len(asyncio.all_tasks())

    listeners = metrics.LISTENERS._value.get()
    assert asyncio.run(visit_all()) == 1
    assert metrics.LISTENERS._value.get() == listeners


def test_a_server_that_ends_ends_its_streams() -> None:
    async def visit() -> tuple[list[bytes], float]:
        leaving, source = Leaving(), MemoryEvents()
        heard: list[bytes] = []

        async def read() -> None:
            async for piece in until(leaving, _stream(source, ["job:1"], None, LISTENER)):
                heard.append(piece)

        reading = asyncio.ensure_future(read())
        await asyncio.sleep(0.05)
        source.publish("job:1", "job", {"n": 1})
        await asyncio.sleep(0.05)
        listeners = metrics.LISTENERS._value.get()
        leaving.begin()  # as a signal's handler does
        await asyncio.wait_for(reading, 10)
        return heard, listeners - metrics.LISTENERS._value.get()

    heard, gone = asyncio.run(visit())
    assert len(heard) == 2 and b'"n":1' in heard[1]
    assert gone == 1


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
