"""HTTP of releases: ask for one, follow it, read its files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.access import Actor, CurrentActor, RoleTooLow, actor, require
from server.db import Db, Page, in_turn, page
from server.errors import NotFound, Unprocessable, responses
from server.events import topic_guard
from server.projects.find import ProjectNotFound, find_project
from server.received import check_text
from server.releases.build import ask, asked_of, earlier_of
from server.releases.compare import compare
from server.releases.errors import (
    NotComparable,
    NothingAccepted,
    NothingSelected,
    OtherRequest,
    PreviewsWait,
    ReleaseDeleted,
    ReleaseFileNotFound,
    ReleaseKept,
    ReleaseNotFound,
    ReleaseNotReady,
)
from server.releases.preview import look_in_turn, preview
from server.releases.rule import Rule
from server.releases.say import delete_release, say
from server.releases.schemas import (
    FileOut,
    ProblemOut,
    ReleaseDeletion,
    ReleaseDiff,
    ReleaseIn,
    ReleaseJob,
    ReleaseOut,
    ReleasePreviewOut,
    ReleaseSaid,
    WithdrawnOut,
)
from server.releases.withdrawn import tombstone, withdrawn_of
from server.sparse import BadFields, Fields, only, wanted_fields
from server.storage import Storage, read_bytes
from server.storage.named import blob_key
from server.storage.threads import apart
from server.tables.jobs import Job
from server.tables.projects import Project, Role
from server.tables.releases import Release, ReleaseFile, ReleaseProblem, ReleaseState
from server.tables.videos import Video
from server.videos.media import serve, tag

router = APIRouter(tags=["releases"])


class BadRule(Unprocessable):
    """This is no rule for a release."""


TYPES = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "mp4": "video/mp4",
    "md": "text/plain; charset=utf-8",
    "yaml": "text/plain; charset=utf-8",
    "zst": "application/zstd",
    "svg": "application/octet-stream",  # never shown from this site: it could run scripts
}


def find_release(db: Session, who: Actor, release_id: UUID) -> Release:
    """The release, for leads of its project. ReleaseNotFound for a foreign one."""
    release = db.get(Release, release_id)
    if release is None:
        raise ReleaseNotFound
    try:
        require(db, who, release.project_id, Role.LEAD)
    except NotFound as error:
        raise ReleaseNotFound from error
    return release


@topic_guard("release")
def _may_listen(db: Session, who: Actor, release_id: UUID) -> bool:
    release = db.get(Release, release_id)
    try:
        return release is not None and require(db, who, release.project_id, Role.LEAD) is not None
    except (NotFound, RoleTooLow):
        return False


def _outs(db: Session, releases: Sequence[Release], *, files: bool) -> list[ReleaseOut]:
    jobs = {j.id: j for j in db.scalars(select(Job).where(Job.id.in_([r.job_id for r in releases if r.job_id])))}
    of_release: dict[UUID, list[FileOut]] = {}
    if files:
        ids = [release.id for release in releases if release.state is ReleaseState.READY]
        rows = select(ReleaseFile).where(ReleaseFile.release_id.in_(ids), ReleaseFile.media.is_(False))
        for row in db.scalars(rows.order_by(ReleaseFile.path)):
            of_release.setdefault(row.release_id, []).append(_file(row))
    return [
        ReleaseOut(
            id=r.id,
            project_id=r.project_id,
            number=r.number,
            name=r.name,
            state=r.state,
            rule=(asked := asked_of(r)).rule.model_dump(mode="json"),
            test_share=asked.test_share,
            split_by_annotator=asked.split_by_annotator,
            since_id=r.since_id,
            licence=r.licence,
            counts=r.counts,
            problems=r.problems,
            manifest_sha256=r.manifest_sha256,
            job=_job(jobs.get(r.job_id)) if r.job_id else None,
            error=r.error,
            kept_why=r.kept_why,
            deprecated_why=r.deprecated_why,
            deleted_why=r.deleted_why,
            deleted_at=r.deleted_at,
            created_at=r.created_at,
            changed_at=r.changed_at or r.created_at,
            files=of_release.get(r.id, []),
        )
        for r in releases
    ]


def _file(row: ReleaseFile) -> FileOut:
    return FileOut(path=row.path, sha256=row.sha256, bytes=row.bytes, rows=row.rows)


def _job(row: Job | None) -> ReleaseJob | None:
    return None if row is None else ReleaseJob(id=row.id, fraction=row.progress, message=row.message)


def _rule(text: str | None) -> Rule:
    if not text:
        return Rule()
    try:
        found = Rule.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(["rule", *(str(part) for part in first["loc"])])
        raise BadRule(f"{field}: {first['msg']}", field=field) from error
    check_text({"rule": found.model_dump(mode="json")})  # escapes hide from what looks at queries
    return found


@router.get(
    "/projects/{project_id}/releases/preview",
    responses=responses(ProjectNotFound, RoleTooLow, BadRule, ReleaseNotReady, PreviewsWait),
)
async def preview_release(
    project_id: UUID,
    request: Request,
    rule: Annotated[str | None, Query(max_length=20_000, description="A Rule as JSON; left out: everything")] = None,
    since: UUID | None = None,
) -> ReleasePreviewOut:
    """What a release would hold now, and what of it breaks a rule of texts. Leads only."""

    def lead(db: Session) -> Project:
        return find_project(db, actor(request, db), project_id, Role.LEAD)[0]

    def look(db: Session) -> ReleasePreviewOut:
        project, wanted = lead(db), ReleaseIn(rule=asked, since=since)
        earlier = earlier_of(db, project, wanted)
        return preview(db, project, asked, earlier.id if earlier else None)

    await in_turn(request, lead, writing=False)  # whoever may not look waits for nobody
    asked = _rule(rule)
    return await look_in_turn(lambda: in_turn(request, look, writing=False))


@router.post(
    "/projects/{project_id}/releases",
    status_code=202,
    responses=responses(ProjectNotFound, RoleTooLow, NothingAccepted, NothingSelected, OtherRequest, ReleaseNotReady),
)
def create_release(  # noqa: PLR0917 - FastAPI passes them by name
    project_id: UUID,
    wanted: ReleaseIn,
    db: Db,
    who: CurrentActor,
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
) -> ReleaseOut:
    """Release what meets the rule now. Leads only. The build is a job; follow `release:{id}` or ask again."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    out = _outs(db, [ask(db, project, who, wanted, idempotency_key)], files=True)[0]
    response.headers["Location"] = f"/api/releases/{out.id}"
    return out


@router.get("/projects/{project_id}/releases", responses=responses(ProjectNotFound, RoleTooLow, BadFields))
def list_releases(  # noqa: PLR0917 - FastAPI passes them by name
    project_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    updated_since: AwareDatetime | None = None,
    fields: Fields = None,
) -> Page[ReleaseOut]:
    """The releases of a project, newest first, without their files; `fields=a,b` asks for less. Leads only."""
    project, _ = find_project(db, who, project_id, Role.LEAD)
    shown = wanted_fields(ReleaseOut, fields)
    statement = select(Release).where(Release.project_id == project.id)
    if updated_since is not None:
        statement = statement.where(func.coalesce(Release.changed_at, Release.created_at) >= updated_since)
    rows, following = page(db, statement, [Release.id], cursor=cursor, limit=limit, newest_first=True)
    out: Page[ReleaseOut] = Page(items=_outs(db, rows, files=False), next=following)
    return only(out, shown)


@router.get("/releases/{release_id}", responses=responses(ReleaseNotFound, RoleTooLow, BadFields))
def read_release(release_id: UUID, db: Db, who: CurrentActor, fields: Fields = None) -> ReleaseOut:
    """One release with its files, clips and masks aside."""
    release = find_release(db, who, release_id)
    shown = wanted_fields(ReleaseOut, fields)
    out = _outs(db, [release], files=shown is None or "files" in shown)[0]
    return only(out, shown)


@router.patch("/releases/{release_id}", responses=responses(ReleaseNotFound, RoleTooLow, ReleaseDeleted))
def say_of_release(release_id: UUID, said: ReleaseSaid, db: Db, who: CurrentActor) -> ReleaseOut:
    """Say that it is kept, or should not be used any more, and why. What it holds never changes."""
    return _outs(db, [say(db, find_release(db, who, release_id), said)], files=True)[0]


@router.post(
    "/releases/{release_id}/delete",
    responses=responses(ReleaseNotFound, RoleTooLow, ReleaseDeleted, ReleaseKept, ReleaseNotReady),
)
def delete_a_release(release_id: UUID, wanted: ReleaseDeletion, db: Db, who: CurrentActor) -> ReleaseOut:
    """Give up its files, for a reason. Its number, rule and manifest stay."""
    return _outs(db, [delete_release(db, find_release(db, who, release_id), wanted.reason)], files=True)[0]


@router.get(
    "/releases/{release_id}/files", responses=responses(ReleaseNotFound, RoleTooLow, ReleaseNotReady, ReleaseDeleted)
)
def list_release_files(  # noqa: PLR0917 - FastAPI passes them by name
    release_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    media: bool | None = None,
) -> Page[FileOut]:
    """All files of a release by path, clips and masks too; `media` asks for only these, or only the others."""
    release = _built(find_release(db, who, release_id))
    statement = select(ReleaseFile).where(ReleaseFile.release_id == release.id)
    if media is not None:
        statement = statement.where(ReleaseFile.media.is_(media))
    rows, following = page(db, statement, [ReleaseFile.path], cursor=cursor, limit=limit)
    return Page(items=[_file(row) for row in rows], next=following)


@router.get("/releases/{release_id}/problems", responses=responses(ReleaseNotFound, RoleTooLow))
def list_release_problems(
    release_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Page[ProblemOut]:
    """What the checks of the build found, in the order of the release: each with its task and document."""
    release = find_release(db, who, release_id)
    statement = select(ReleaseProblem).where(ReleaseProblem.release_id == release.id)
    rows, following = page(db, statement, [ReleaseProblem.position], cursor=cursor, limit=limit)
    found = [
        ProblemOut(task_id=r.task_id, document_id=r.document_id, field=r.field, code=r.code, message=r.message)
        for r in rows
    ]
    return Page(items=found, next=following)


@router.get("/releases/{release_id}/withdrawn", responses=responses(ReleaseNotFound, RoleTooLow))
def list_withdrawn(
    release_id: UUID,
    db: Db,
    who: CurrentActor,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Page[WithdrawnOut]:
    """The videos of this release that were set aside since it was built: tombstones for whoever holds it."""
    statement = withdrawn_of(find_release(db, who, release_id), only_its_own=True)
    rows, following = page(db, statement, [Video.sha256], cursor=cursor, limit=limit)
    return Page(items=[WithdrawnOut(**tombstone(row.sha256)) for row in rows], next=following)


@router.get("/releases/{release_id}/diff", responses=responses(ReleaseNotFound, RoleTooLow, NotComparable))
def diff_releases(  # noqa: PLR0917 - FastAPI passes them by name
    release_id: UUID,
    db: Db,
    who: CurrentActor,
    other: Annotated[UUID, Query(alias="with")],
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
) -> ReleaseDiff:
    """What this release has and the other has not, and the other way round, by pieces of work."""
    mine, theirs = find_release(db, who, release_id), find_release(db, who, other)
    return compare(db, mine, theirs, cursor=cursor, limit=limit)


_FILE = responses(ReleaseNotFound, ReleaseNotReady, ReleaseDeleted, RoleTooLow)


def _built(release: Release) -> Release:
    if release.deleted_at is not None:
        raise ReleaseDeleted(f"It was deleted: {release.deleted_why}")
    if release.state is not ReleaseState.READY:
        raise ReleaseNotReady(release.error or "")
    return release


@router.head("/releases/{release_id}/manifest.json", name="head_manifest", include_in_schema=False)
@router.get("/releases/{release_id}/manifest.json", response_class=Response, responses=_FILE)
async def read_manifest(release_id: UUID, request: Request) -> Response:
    """The manifest: every file with its hash, counts, splits and lineage."""

    def find(db: Session) -> Release:
        return find_release(db, actor(request, db), release_id)

    # No transaction is open while the store is read: it may hang.
    release = await in_turn(request, find, writing=False)
    if release.state is not ReleaseState.READY or release.manifest_sha256 is None:
        raise ReleaseNotReady(release.error or "")
    if release.deleted_at is not None:
        return await apart(partial(_tombstone, request, release))
    return await _blob(request, release.manifest_sha256, "manifest.json")


def _tombstone(request: Request, release: Release) -> Response:
    """The manifest of a deleted release: what it was and why it went, without files that nobody can have any more. It
    is not what `manifest_sha256` is of; whoever holds the release has that one."""
    storage: Storage = request.app.state.parts.storage
    told = orjson.loads(read_bytes(storage, blob_key(release.manifest_sha256 or "")))
    gone = {"at": release.deleted_at, "why": release.deleted_why}
    raw = orjson.dumps(told | {"files": [], "media": [], "deleted": gone}, option=orjson.OPT_INDENT_2)
    return Response(raw, media_type=TYPES["json"], headers={"Cache-Control": "no-store"})


@router.head(
    "/releases/{release_id}/files/{path:path}", name="head_release_file", responses=_FILE, include_in_schema=False
)
@router.get(
    "/releases/{release_id}/files/{path:path}",
    response_class=Response,
    responses={**_FILE, **responses(ReleaseNotFound, ReleaseFileNotFound)},
)
async def read_release_file(release_id: UUID, path: str, request: Request) -> Response:
    """One file of a release, whole or by range; its entity tag is its SHA-256."""

    def find(db: Session) -> ReleaseFile:
        release = _built(find_release(db, actor(request, db), release_id))
        row = db.scalar(select(ReleaseFile).where(ReleaseFile.release_id == release.id, ReleaseFile.path == path))
        if row is None:
            raise ReleaseFileNotFound(f"Release “{release.name}” has no file {path[:200]!r}.", field="path")
        return row

    row = await in_turn(request, find, writing=False)
    return await _blob(request, row.sha256, path)


async def _blob(request: Request, sha256: str, path: str) -> Response:
    storage: Storage = request.app.state.parts.storage
    name = path.rsplit("/", 1)[-1]
    media_type = TYPES.get(name.rsplit(".", 1)[-1], "application/octet-stream")
    return await serve(request, storage, blob_key(sha256), media_type=media_type, etag=tag(sha256), download_as=name)
