"""The one stream of server-sent events: who may listen to what, and for how long."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated

import orjson
import structlog
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from sqlalchemy.exc import OperationalError

from server import access, events
from server.access import CurrentActor
from server.db import Db
from server.errors import NotFound, Unauthorized, responses
from server.events import Events, access_topic, may_listen
from server.operations import metrics
from server.operations.leaving import ended, until
from server.parts import Parts

log = structlog.get_logger()

router = APIRouter(tags=["jobs"])

PING_SECONDS = 15.0
CHECK_SECONDS = 60.0
"""Between two looks at whether the listener still may; a change of their access is looked at once it is announced."""
MAX_TOPICS = 50


def _allowed_topics(
    db: Db, who: CurrentActor, topic: Annotated[list[str], Query(min_length=1, max_length=MAX_TOPICS)]
) -> list[str]:
    for name in topic:
        if not may_listen(db, who, name):
            raise NotFound(f"There is no topic {name[:80]}, or you may not see it.", field="topic")
    return topic


@dataclass(frozen=True)
class _Listener:
    """Who listens to a stream, and to which of its topics they may."""

    topic: str
    """On which it is heard that their access changed."""
    allowed: Callable[[], list[str]]
    """The topics that they may still hear; raises Unauthorized when they are no longer signed in."""


async def _stream(source: Events, topics: list[str], after: str | None, who: _Listener) -> AsyncGenerator[bytes]:
    if after is None:
        after = await source.newest()  # what happens from here on is told, also while the connection is made
    # A comment at once: the browser knows that it is connected, and proxies send the headers on.
    yield format_sse_event(comment="listening", retry=2000)
    with metrics.LISTENERS.track_inprogress():
        async with aclosing(_told(source, topics, after, who)) as pieces:
            async for piece in pieces:
                yield piece


async def _told(source: Events, topics: list[str], after: str, who: _Listener) -> AsyncGenerator[bytes]:
    """Events as they come. Each is asked for when the one before is written: a slow listener holds nobody back."""
    loop = asyncio.get_running_loop()
    heard = set(topics)
    check_at = loop.time() + CHECK_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 - not all streams at once
    async with aclosing(source.subscribe([*topics, who.topic], after)) as found:  # type: ignore[type-var]
        pending: asyncio.Task[events.Event] | None = None
        try:
            while True:
                event: events.Event | None = None
                if pending is None:
                    pending = asyncio.ensure_future(anext(found))
                done, _ = await asyncio.wait({pending}, timeout=min(PING_SECONDS, max(0.0, check_at - loop.time())))
                if done:
                    try:
                        event = pending.result()
                    except StopAsyncIteration:
                        return
                    pending = None
                if loop.time() >= check_at or (event is not None and event.topic == who.topic):
                    left = await _still(who, heard)
                    for topic in sorted(heard - left):
                        yield format_sse_event(data_str=orjson.dumps({"topic": topic}).decode(), event="gone")
                    heard = left
                    if not heard:
                        return
                    check_at = loop.time() + CHECK_SECONDS
                if event is None:
                    yield format_sse_event(comment="ping")
                elif event.name == "reset" or event.topic in heard:
                    yield format_sse_event(data_str=event.data.decode(), event=event.name, id=event.id)
        finally:
            if pending is not None:
                await ended(pending)  # a generator can be closed only when its task has ended


async def _still(who: _Listener, heard: set[str]) -> set[str]:
    try:
        return heard & set(await asyncio.to_thread(who.allowed))
    except Unauthorized:
        return set()
    except OperationalError as error:
        log.warning("access_unknown", error=str(error.orig))
        return heard  # asked again at the next look


@router.get("/events", response_class=StreamingResponse, responses=responses(Unauthorized, NotFound))
def listen(
    request: Request,
    who: CurrentActor,
    topics: Annotated[list[str], Depends(_allowed_topics, scope="function")],
    last_event_id: Annotated[str | None, Header()] = None,
    seen: Annotated[str | None, Query(alias="last_event_id")] = None,
) -> StreamingResponse:
    """Server-sent events of topics such as `job:{id}`; the data is JSON.

    A page that opens its connection anew names the last id by the header or by the query. The event `reset` says that
    some were missed: fetch the state anew. The event `gone` names a topic that the listener may no longer hear; the
    stream ends with the last one. Holds no database session while it streams.
    """
    parts: Parts = request.app.state.parts

    def allowed() -> list[str]:
        with parts.database.read() as db:
            listener = access.actor(request, db)
            return [topic for topic in topics if may_listen(db, listener, topic)]

    listener = _Listener(access_topic(who.id), allowed)
    return StreamingResponse(
        # An open stream must not hold up the end of the server; the browser comes back by itself.
        until(parts.leaving, _stream(parts.events, topics, last_event_id or seen or None, listener)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
