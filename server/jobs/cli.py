"""`vidgrain jobs`: what waits, runs and failed, from the command line; try again, cancel. And who works on it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import select

from server import jobs
from server.db import now
from server.errors import DomainError, NotFound, Unprocessable
from server.jobs import routes as background
from server.jobs.workoff import command_parts
from server.settings import Settings
from server.tables.jobs import Job, JobState
from server.terminal import terminal

commands = typer.Typer(name="jobs", no_args_is_help=True, help="Background work: list it, try it again, cancel it.")

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of jobs, as `vidgrain jobs list` shows them.")]
Kind = Annotated[str, typer.Option(help="Only this kind, as ingest, track, build_release, train.")]


class NoSuchJob(NotFound):
    """There is no job of this id."""


class NothingNamed(Unprocessable):
    """Name jobs by their ids, or say --failed."""


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.add_typer(commands)


@commands.command("list")
def list_(
    context: typer.Context,
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    kind: Kind = "",
    everything: Annotated[bool, typer.Option("--all", help="Housekeeping that went well, too.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1, max=10_000)] = 50,
) -> None:
    """List jobs, the newest first."""
    statement = select(Job).order_by(Job.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(Job.state == state)
    if kind:
        statement = statement.where(Job.kind == kind)
    if not everything:
        statement = statement.where((Job.lane != jobs.HOUSEKEEPING) | (Job.state == JobState.FAILED))
    parts = command_parts(Settings())
    with parts.database.read() as session:
        rows = [background.JobDetail.model_validate(row, from_attributes=True) for row in session.scalars(statement)]
    parts.close()
    lines = [
        f"{row.id}  {row.kind:<14} {row.state.value:<9} {row.progress:>4.0%}  {_ago(row.created_at):>6}  "
        f"{row.error or row.message}".rstrip()
        for row in rows
    ]
    terminal(context).show([row.model_dump(mode="json") for row in rows], "\n".join(lines) or "No jobs.")


@commands.command()
def retry(
    context: typer.Context,
    ids: Ids = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed (of --kind).")] = False,
    kind: Kind = "",
) -> None:
    """Try failed or cancelled jobs once more. Those that cannot be are named with the reason (exit status 1)."""
    if not ids and not failed:
        raise NothingNamed(field="ids")
    parts = command_parts(Settings())
    wanted = [_id(text) for text in ids or ()]
    if failed:
        statement = select(Job.id).where(Job.state == JobState.FAILED).order_by(Job.id)
        with parts.database.read() as session:
            wanted += session.scalars(statement.where(Job.kind == kind) if kind else statement)
    done, refused = [], {}
    for job_id in dict.fromkeys(wanted):
        try:
            with parts.database.begin() as session:
                jobs.retry(session, _row(session.get(Job, job_id), job_id))
            done.append(str(job_id))
        except DomainError as error:
            refused[str(job_id)] = error.detail
    parts.close()
    lines = [f"Queued again: {len(done)}", *(f"{job_id}: {why}" for job_id, why in refused.items())]
    terminal(context).show({"queued": done, "refused": refused}, "\n".join(lines))
    if refused:
        raise typer.Exit(1)


@commands.command()
def cancel(context: typer.Context, ids: Annotated[list[str], typer.Argument(help="Ids of jobs.")]) -> None:
    """Ask for the end of jobs. Waiting ones end at once, running ones as soon as they look."""
    parts = command_parts(Settings())
    states = {}
    for job_id in [_id(text) for text in ids]:
        with parts.database.begin() as session:
            row = jobs.cancel(session, _row(session.get(Job, job_id), job_id))
            asked = row.state is JobState.RUNNING and row.cancel_requested
            states[str(job_id)] = "cancelling" if asked else row.state.value
    parts.close()
    terminal(context).show(states, "\n".join(f"{job_id}: {state}" for job_id, state in states.items()))


@commands.command()
def queues(context: typer.Context) -> None:
    """Say for each lane what waits, for how long, what runs, and how many workers serve it."""
    parts = command_parts(Settings())
    with parts.database.read() as session:
        found = background.queues_of(session)
    parts.close()
    lines = [f"{'lane':<8} {'waiting':>7} {'delayed':>7} {'running':>7} {'oldest':>8} {'workers':>7}"]
    for lane in found:
        oldest = "" if lane.oldest_wait_seconds is None else f"{lane.oldest_wait_seconds:.0f} s"
        counts = f"{lane.waiting:>7} {lane.delayed:>7} {lane.running:>7} {oldest:>8} {lane.workers:>7}"
        lines.append(f"{lane.lane:<8} {counts}")
    terminal(context).show([lane.model_dump(mode="json") for lane in found], "\n".join(lines))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchJob(f"There is no job {text}: ids look like 0192f0c1-….", field="ids") from None


def _row(row: Job | None, job_id: UUID) -> Job:
    if row is None:
        raise NoSuchJob(f"There is no job {job_id}.", field="ids")
    return row


def _ago(moment: datetime) -> str:
    seconds = max(0, int((now() - moment).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
