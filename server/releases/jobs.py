"""The job that builds a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from server.jobs import JobFailed, JobNotRetryable, job
from server.releases.build import BUILD, finish, pinned_items, store_blob
from server.releases.version import code_version
from server.tables.jobs import Job
from server.tables.projects import Project
from server.tables.releases import Release, ReleaseState

if TYPE_CHECKING:
    from server.jobs.run import JobContext


def _failed(session: Session, row: Job) -> None:
    release = session.get(Release, UUID(row.payload["release_id"]))
    if release is not None and release.state is ReleaseState.BUILDING:
        release.state = ReleaseState.FAILED
        release.error = row.error or "The build was cancelled."


def _again(session: Session, row: Job) -> None:
    release = session.get(Release, UUID(row.payload["release_id"]))
    if release is None or release.state is not ReleaseState.FAILED:
        raise JobNotRetryable("The release was built or deleted meanwhile.")
    release.state, release.error, release.job_id = ReleaseState.BUILDING, None, row.id


@job(BUILD, lane="release", on_failure=_failed, on_retry=_again)
def build_release(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Snapshot, folder, checks, storage, rows. When its worker dies it is done again: no half release."""
    # Decoders, pyarrow and numpy load here, in the process of the job, and not in the web server.
    from model.data.release import file_sha256
    from server.releases.folder import FaultyWork, build_folder
    from server.releases.snapshot import take

    release_id = UUID(payload["release_id"])
    with ctx.read() as session:
        release = session.get_one(Release, release_id)
        if release.state is ReleaseState.READY:
            return {"release_id": str(release.id)}
        project = session.get_one(Project, release.project_id)
        try:
            snapshot = take(
                session,
                pinned_items(session, release),
                release_id=release.id,
                name=release.name,
                project={"id": str(project.id), "name": project.name, "kind": project.kind.value},
                code_version=code_version(),
                key=ctx.parts.key,
            )
        except ValueError as error:
            raise JobFailed(f"Not released: {error}") from error
    folder = ctx.folder / "release"
    folder.mkdir()
    try:
        manifest = build_folder(snapshot, ctx.storage, folder, lambda done, what: ctx.progress(0.9 * done, what))
    except FaultyWork as error:
        raise JobFailed(str(error)) from error
    for place, entry in enumerate(manifest["files"]):
        ctx.progress(0.9 + 0.1 * place / len(manifest["files"]), "storing")
        store_blob(ctx.storage, folder / entry["path"], entry["sha256"])
    manifest_sha256 = file_sha256(folder / "manifest.json")
    store_blob(ctx.storage, folder / "manifest.json", manifest_sha256)
    with ctx.db() as session:
        finish(session, session.get_one(Release, release_id), manifest, manifest_sha256)
    return {"release_id": str(release_id)}
