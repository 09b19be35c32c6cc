"""From a click to candidate masks: the web server asks the clicks lane and waits; nothing is stored."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

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
    parts: Parts, *, video: Video, project_id: UUID, user_id: UUID, propagator: PropagatorName, record: PromptRecord
) -> UUID:
    """Queue the question in a transaction of its own, for the worker that has the video open; the job's id."""
    payload = {
        "video_id": str(video.id),
        "propagator": propagator.value,
        "prompt": record.model_dump(mode="json"),
    }
    with parts.database.begin() as session:
        wants = name_of(propagator, video.sha256)
        return enqueue(session, "propose", payload, project_id=project_id, created_by=user_id, wants=wants).id


def answer(parts: Parts, job_id: UUID) -> ProposalOut:
    """Wait for the candidates. Raises ProposalLate, ProposalFailed or PromptRefused. The job's row does not stay."""
    begun = time.monotonic()
    end, ring_at = begun + WAIT_SECONDS, begun + RING_OTHERS
    pause, longest = _LOOK_SECONDS
    while True:
        with parts.database.read() as session:
            found = session.execute(select(Job.state, Job.result, Job.error).where(Job.id == job_id)).one_or_none()
        if found is None or found.state not in _OPEN:
            break
        if found.state is JobState.QUEUED and time.monotonic() > ring_at:
            # The worker that was rung is gone or busy, or the bell was lost: whoever is free may answer.
            parts.doorbell.ring("clicks", job_id)
            ring_at += RING_OTHERS * 3
        if time.monotonic() > end or parts.leaving.begun:
            with parts.database.begin() as session:
                row = session.get(Job, job_id)
                if row is not None:
                    cancel(session, row)
            raise ProposalLate
        time.sleep(pause)
        pause = min(longest, pause * 1.5)
    with parts.database.begin() as session:
        session.execute(delete(Job).where(Job.id == job_id, Job.state.not_in(_OPEN)))
    if found is None or found.state is not JobState.DONE:
        raise ProposalFailed((found.error if found else None) or "")
    result: dict[str, Any] = found.result or {}
    if "refused" in result:
        raise PromptRefused(result["refused"], field=result["field"])
    return ProposalOut(candidates=[Candidate(**c) for c in result["candidates"]])
