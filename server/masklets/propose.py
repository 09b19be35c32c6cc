"""From a click to candidate masks: the web server asks the clicks lane and waits; nothing is stored."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from annotator.records import PromptRecord
from server.jobs import cancel, enqueue
from server.masklets.errors import PromptRefused, ProposalFailed, ProposalLate
from server.masklets.schemas import Candidate, ProposalOut
from server.masklets.sessions import name_of
from server.parts import Parts
from server.tables.jobs import Job, JobState
from server.tables.projects import PropagatorName
from server.tables.videos import Video

WAIT_SECONDS = 20.0
RING_OTHERS = 0.7
"""Seconds that a click waits for the worker that has its video open before all workers are asked."""
_LOOK_SECONDS = (0.005, 0.05)
"""First and longest pause between two looks at the job."""
_OPEN = (JobState.QUEUED, JobState.RUNNING)


def ask(
    session: Session, *, video: Video, project_id: UUID, user_id: UUID, propagator: PropagatorName, record: PromptRecord
) -> UUID:
    """Queue the question for the worker that has the video open; the job's id. Answered once this is committed."""
    payload = {
        "video_id": str(video.id),
        "propagator": propagator.value,
        "prompt": record.model_dump(mode="json"),
    }
    wants = name_of(propagator, video.sha256)
    return enqueue(session, "propose", payload, project_id=project_id, created_by=user_id, wants=wants).id


async def answer(parts: Parts, job_id: UUID) -> ProposalOut:
    """Wait for the candidates, without a thread and without a transaction: the worker that answers has to write, too.

    Raises ProposalLate, ProposalFailed or PromptRefused. The job's row does not stay.
    """
    begun = time.monotonic()
    end, ring_at = begun + WAIT_SECONDS, begun + RING_OTHERS
    pause, longest = _LOOK_SECONDS
    while True:
        async with parts.database.turn(writing=False):
            found = await run_in_threadpool(_look, parts, job_id)
        if found is None or found.state not in _OPEN:
            break
        if found.state is JobState.QUEUED and time.monotonic() > ring_at:
            # The worker that was rung is gone or busy, or the bell was lost: whoever is free may answer.
            await run_in_threadpool(parts.doorbell.ring, "clicks", job_id)
            ring_at += RING_OTHERS * 3
        if time.monotonic() > end or parts.leaving.begun:
            break
        await asyncio.sleep(pause)
        pause = min(longest, pause * 1.5)
    async with parts.database.turn(writing=True):
        await run_in_threadpool(_forget, parts, job_id)
    if found is not None and found.state in _OPEN:
        raise ProposalLate
    if found is None or found.state is not JobState.DONE:
        raise ProposalFailed((found.error if found else None) or "")
    result: dict[str, Any] = found.result or {}
    if "refused" in result:
        raise PromptRefused(result["refused"], field=result["field"])
    return ProposalOut(candidates=[Candidate(**c) for c in result["candidates"]])


def _look(parts: Parts, job_id: UUID) -> Row[tuple[JobState, dict[str, Any] | None, str | None]] | None:
    with parts.database.read() as session:
        return session.execute(select(Job.state, Job.result, Job.error).where(Job.id == job_id)).one_or_none()


def _forget(parts: Parts, job_id: UUID) -> None:
    """The row goes; a job that is still under way is cancelled first."""
    with parts.database.begin() as session:
        row = session.get(Job, job_id)
        if row is not None and row.state in _OPEN:
            cancel(session, row)
        elif row is not None:
            session.execute(delete(Job).where(Job.id == job_id, Job.state.not_in(_OPEN)))
