"""Jobs of tasks: open the first ones, return expired leases, return the leases of somebody who left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from server.db import now
from server.jobs import job
from server.jobs.run import JobContext
from server.tables.jobs import Job, JobState
from server.tasks import lease
from server.tasks.open import BATCH, open_tasks

KEPT = timedelta(hours=1)
"""How long the rows of finished reapers stay."""


@job("open_tasks", lane="light")
def open_tasks_job(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Payload: `video_id` or `project_id`. Enqueued when a video becomes ready, or segments were added."""
    project_id = UUID(payload["project_id"]) if "project_id" in payload else None
    video_id = UUID(payload["video_id"]) if "video_id" in payload else None
    opened = 0
    while True:
        with ctx.db() as session:
            added = open_tasks(session, project_id=project_id, video_id=video_id)
        opened += added
        if added < BATCH:
            break
        ctx.check()
    return {"opened": opened}


@job("reap_leases", lane="light", every=timedelta(minutes=1))
def reap_leases_job(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Return expired leases to the queue. Every lease and heartbeat asks for one at its end."""
    with ctx.db() as session:
        old = (Job.kind == "reap_leases", Job.state == JobState.DONE, Job.finished_at < now() - KEPT)
        session.execute(delete(Job).where(*old))
        return {"returned": lease.reap(session)}


@job("return_leases", lane="light")
def return_leases_job(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Payload: `user_id`, and `project_id` when they left one project only."""
    project_id = UUID(payload["project_id"]) if payload.get("project_id") else None
    with ctx.db() as session:
        return {"returned": lease.return_leases_of(session, UUID(payload["user_id"]), project_id)}
