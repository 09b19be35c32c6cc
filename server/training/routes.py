"""HTTP of runs: start one, watch its loss, read what it wrote, have it scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from server.access import Actor, CurrentActor, RoleTooLow, actor, require
from server.db import Db, Page, in_turn, page
from server.errors import NotFound, responses
from server.events import topic_guard
from server.jobs import cancel
from server.releases.errors import ReleaseNotFound, ReleaseNotReady
from server.releases.routes import find_release
from server.sparse import BadFields, Fields, only, wanted_fields
from server.storage import Storage
from server.storage.named import blob_key
from server.tables.jobs import Job
from server.tables.projects import Membership, Role
from server.tables.releases import Release
from server.tables.training import Evaluation, Run, RunFile, RunState
from server.training.begin import begin_evaluation, begin_run
from server.training.errors import BadOverride, RunFileNotFound, RunNotDone, RunNotFound, UnknownRecipe
from server.training.schemas import (
    EvaluationIn,
    EvaluationOut,
    MetricsOut,
    RunFileOut,
    RunIn,
    RunOut,
    RunRelease,
    RunStatus,
)
from server.videos.media import serve, tag

router = APIRouter(tags=["training"])


def find_run(db: Session, who: Actor, run_id: UUID) -> tuple[Run, Release]:
    """The run and its release, for leads of its project. RunNotFound for a foreign one."""
    run = db.get(Run, run_id)
    if run is None:
        raise RunNotFound
    release = db.get_one(Release, run.release_id)
    try:
        require(db, who, release.project_id, Role.LEAD)
    except NotFound as error:
        raise RunNotFound from error
    return run, release


@topic_guard("run")
def _may_listen(db: Session, who: Actor, run_id: UUID) -> bool:
    try:
        return find_run(db, who, run_id) is not None
    except (NotFound, RoleTooLow):
        return False


def _led(who: Actor) -> ColumnElement[bool]:
    """A condition: the release is of a project that the person leads."""
    if who.is_admin:
        return true()
    mine = select(Membership.project_id).where(Membership.user_id == who.id, Membership.role == Role.LEAD)
    return Release.project_id.in_(mine)


def _outs(db: Session, runs: Sequence[Run], *, files: bool) -> list[RunOut]:
    releases = {r.id: r for r in db.scalars(select(Release).where(Release.id.in_([run.release_id for run in runs])))}
    of_run: dict[UUID, list[RunFileOut]] = {}
    if files:
        rows = select(RunFile).where(RunFile.run_id.in_([run.id for run in runs])).order_by(RunFile.path)
        for row in db.scalars(rows):
            of_run.setdefault(row.run_id, []).append(RunFileOut(path=row.path, sha256=row.sha256, bytes=row.bytes))
    return [_out(run, releases[run.release_id], of_run.get(run.id, [])) for run in runs]


def _out(run: Run, release: Release, files: list[RunFileOut]) -> RunOut:
    return RunOut(
        id=run.id,
        release=RunRelease(id=release.id, name=release.name, number=release.number, project_id=release.project_id),
        recipe=run.recipe,
        overrides=run.overrides,
        state=run.state,
        status=RunStatus(
            step=run.status.get("step", 0),
            steps=run.status.get("steps", 0),
            loss=run.status.get("loss"),
            message=run.status.get("message", ""),
        ),
        error=run.error,
        job_id=run.job_id,
        code_version=run.code_version,
        created_at=run.created_at,
        changed_at=run.changed_at or run.created_at,
        files=files,
    )


@router.post(
    "/runs",
    status_code=202,
    responses=responses(ReleaseNotFound, RoleTooLow, ReleaseNotReady, UnknownRecipe, BadOverride),
)
def create_run(
    wanted: RunIn,
    db: Db,
    who: CurrentActor,
    idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
) -> RunOut:
    """Train on a release by a recipe. Leads only. The same Idempotency-Key again gives the run that it began."""
    release = find_release(db, who, wanted.release_id)
    run = begin_run(db, release, who, wanted, idempotency_key)
    return _outs(db, [run], files=False)[0]


@router.get("/runs", responses=responses(BadFields))
def list_runs(  # noqa: PLR0917 - FastAPI passes them by name
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    updated_since: AwareDatetime | None = None,
    fields: Fields = None,
) -> Page[RunOut]:
    """The runs of the projects that I lead, newest first, without their files; `fields=a,b` asks for less."""
    shown = wanted_fields(RunOut, fields)
    statement = select(Run).join(Release, Release.id == Run.release_id).where(_led(who))
    if updated_since is not None:
        statement = statement.where(func.coalesce(Run.changed_at, Run.created_at) >= updated_since)
    rows, following = page(db, statement, [Run.id], cursor=cursor, limit=limit, newest_first=True)
    out: Page[RunOut] = Page(items=_outs(db, rows, files=False), next=following)
    return only(out, shown)


_RUN = responses(RunNotFound, RoleTooLow)


@router.get("/runs/{run_id}", responses={**_RUN, **responses(RunNotFound, BadFields)})
def read_run(run_id: UUID, db: Db, who: CurrentActor, fields: Fields = None) -> RunOut:
    """One run with the files that it wrote; `fields=a,b` asks for less."""
    run, _ = find_run(db, who, run_id)
    shown = wanted_fields(RunOut, fields)
    out = _outs(db, [run], files=shown is None or "files" in shown)[0]
    return only(out, shown)


@router.get("/runs/{run_id}/metrics", responses=_RUN)
def read_metrics(run_id: UUID, db: Db, who: CurrentActor, after_step: Annotated[int, Query(ge=-1)] = -1) -> MetricsOut:
    """The rows of its metrics after a step."""
    run, _ = find_run(db, who, run_id)
    return MetricsOut(items=[row for row in run.metrics if row.get("step", 0) > after_step])


@router.post("/runs/{run_id}/cancel", status_code=202, responses=_RUN)
def cancel_run(run_id: UUID, db: Db, who: CurrentActor) -> RunOut:
    """Stop a run. One that is over stays as it is."""
    run, _ = find_run(db, who, run_id)
    job = db.get(Job, run.job_id) if run.job_id else None
    if job is not None and run.state in (RunState.QUEUED, RunState.RUNNING):
        cancel(db, job)
        db.flush()
    return _outs(db, [run], files=True)[0]


@router.head("/runs/{run_id}/files/{path:path}", name="head_run_file", include_in_schema=False)
@router.get(
    "/runs/{run_id}/files/{path:path}", response_class=Response, responses=responses(RunNotFound, RunFileNotFound)
)
async def read_run_file(run_id: UUID, path: str, request: Request) -> Response:
    """One file that a run wrote, whole or by range."""

    def find(db: Session) -> RunFile:
        run, _ = find_run(db, actor(request, db), run_id)
        row = db.scalar(select(RunFile).where(RunFile.run_id == run.id, RunFile.path == path))
        if row is None:
            raise RunFileNotFound(f"This run has no file {path[:200]!r}.", field="path")
        return row

    # No transaction is open while the store is read: it may hang.
    row = await in_turn(request, find, writing=False)
    storage: Storage = request.app.state.parts.storage
    name = path.rsplit("/", 1)[-1]
    kinds = {"png": "image/png", "json": "application/json", "jsonl": "application/x-ndjson", "txt": "text/plain"}
    media_type = kinds.get(name.rsplit(".", 1)[-1], "application/octet-stream")
    etag = tag(row.sha256)
    return await serve(request, storage, blob_key(row.sha256), media_type=media_type, etag=etag, download_as=name)


def _evaluation(row: Evaluation) -> EvaluationOut:
    return EvaluationOut(
        id=row.id,
        run_id=row.run_id,
        split=row.split,
        state=row.state,
        report=row.report,
        error=row.error,
        job_id=row.job_id,
        created_at=row.created_at,
    )


@router.post("/runs/{run_id}/evaluations", status_code=202, responses=responses(RunNotFound, RoleTooLow, RunNotDone))
def create_evaluation(run_id: UUID, wanted: EvaluationIn, db: Db, who: CurrentActor) -> EvaluationOut:
    """Score a finished run's network on a split of its release."""
    run, release = find_run(db, who, run_id)
    return _evaluation(begin_evaluation(db, run, release, who, wanted.split))


@router.get("/runs/{run_id}/evaluations", responses=_RUN)
def list_evaluations(
    run_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[EvaluationOut]:
    """The scorings of a run, newest first."""
    run, _ = find_run(db, who, run_id)
    statement = select(Evaluation).where(Evaluation.run_id == run.id)
    rows, following = page(db, statement, [Evaluation.id], cursor=cursor, limit=limit, newest_first=True)
    return Page(items=[_evaluation(row) for row in rows], next=following)
