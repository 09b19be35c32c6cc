"""Routes that belong to no slice: events while things are made, and jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

import anyio
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from server import events, jobs, metrics
from server.access import Actor, CurrentActor, CurrentAdmin, RoleTooLow, require
from server.db import Db, Page, page
from server.errors import NotFound, Unauthorized, responses
from server.events import Events, may_listen, topic_guard
from server.leaving import until
from server.parts import Parts
from server.tables.jobs import Job, JobState
from server.tables.projects import Role

router = APIRouter(tags=["jobs"])

PING_SECONDS = 15.0
MAX_TOPICS = 50


class JobOut(BaseModel):
    """A piece of background work."""

    id: UUID
    kind: str
    state: JobState
    progress: float
    message: str
    error: str | None


def _out(row: Job) -> JobOut:
    return JobOut.model_validate(jobs.job_event(row))


def _may_see(db: Session, who: Actor, row: Job | None) -> Job:
    if row is None:
        raise NotFound
    if row.created_by == who.id or who.is_admin:
        return row
    if row.project_id is None:
        raise NotFound
    require(db, who, row.project_id)
    return row


@topic_guard("job")
def _job_topic(db: Session, who: Actor, job_id: UUID) -> bool:
    try:
        _may_see(db, who, db.get(Job, job_id))
    except NotFound:
        return False
    return True


@router.get("/jobs", responses=responses(Unauthorized))
def list_jobs(
    db: Db,
    _: CurrentAdmin,
    state: JobState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[JobOut]:
    """All background work, newest first."""
    statement = select(Job)
    if state is not None:
        statement = statement.where(Job.state == state)
    rows, following = page(db, statement, (Job.id,), cursor=cursor, limit=limit, newest_first=True)
    return Page(items=[_out(row) for row in rows], next=following)


@router.get("/jobs/{job_id}", responses=responses(Unauthorized, NotFound))
def get_job(db: Db, who: CurrentActor, job_id: UUID) -> JobOut:
    """How a piece of background work stands."""
    return _out(_may_see(db, who, db.get(Job, job_id)))


@router.post("/jobs/{job_id}/cancel", responses=responses(Unauthorized, NotFound, RoleTooLow))
def cancel_job(db: Db, who: CurrentActor, job_id: UUID) -> JobOut:
    """Ask for its end. Who asked for the work may, and the project's leads."""
    row = _may_see(db, who, db.get(Job, job_id))
    if row.created_by != who.id and row.project_id is not None:
        require(db, who, row.project_id, Role.LEAD)
    return _out(jobs.cancel(db, row))


def _allowed_topics(
    db: Db, who: CurrentActor, topic: Annotated[list[str], Query(min_length=1, max_length=MAX_TOPICS)]
) -> list[str]:
    for name in topic:
        if not may_listen(db, who, name):
            raise NotFound(f"There is no topic {name[:80]}, or you may not see it.", field="topic")
    return topic


async def _stream(source: Events, topics: list[str], after: str | None) -> AsyncGenerator[bytes]:
    if after is None:
        after = await source.newest()  # what happens from here on is told, also while the connection is made
    # A comment at once: the browser knows that it is connected, and proxies send the headers on.
    yield format_sse_event(comment="listening", retry=2000)
    with metrics.LISTENERS.track_inprogress():
        async for piece in _told(source, topics, after):
            yield piece


async def _told(source: Events, topics: list[str], after: str) -> AsyncIterator[bytes]:
    async with aclosing(source.subscribe(topics, after)) as found:  # type: ignore[type-var]
        pending: asyncio.Task[events.Event] | None = None
        try:
            while True:
                if pending is None:
                    pending = asyncio.ensure_future(anext(found))
                done, _ = await asyncio.wait({pending}, timeout=PING_SECONDS)
                if not done:
                    yield format_sse_event(comment="ping")
                    continue
                try:
                    event = pending.result()
                except StopAsyncIteration:
                    return
                pending = None
                yield format_sse_event(data_str=event.data.decode(), event=event.name, id=event.id)
        finally:
            if pending is not None:
                pending.cancel()
                # A generator can be closed only when its task has ended; a client that left must not cut this short.
                with anyio.CancelScope(shield=True):
                    await asyncio.wait({pending})


@router.get("/events", response_class=StreamingResponse, responses=responses(Unauthorized, NotFound))
def listen(
    request: Request,
    topics: Annotated[list[str], Depends(_allowed_topics, scope="function")],
    last_event_id: Annotated[str | None, Header()] = None,
    seen: Annotated[str | None, Query(alias="last_event_id")] = None,
) -> StreamingResponse:
    """Server-sent events of topics such as `job:{id}`; the data is JSON.

    A page that opens its connection anew names the last id by the header or by the query. The event `reset` says that
    some were missed: fetch the state anew. Holds no database session while it streams.
    """
    parts: Parts = request.app.state.parts
    return StreamingResponse(
        # An open stream must not hold up the end of the server; the browser comes back by itself.
        until(parts.leaving, _stream(parts.events, topics, last_event_id or seen or None)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


