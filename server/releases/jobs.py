"""The job that builds a release, a shard at a time: whoever takes it over goes on at the shard that it was at."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.db import now
from server.jobs import JobFailed, JobNotRetryable, job
from server.releases.build import BUILD, asked_of, begin, finish, items_of, store_blob
from server.releases.select import pin, videos_of
from server.storage import ObjectMissing
from server.tables.jobs import Job
from server.tables.projects import Project
from server.tables.releases import (
    Release,
    ReleaseMedia,
    ReleasePart,
    ReleaseProblem,
    ReleaseState,
    SplitAssignment,
    VideoPrint,
)
from server.tables.videos import Video

if TYPE_CHECKING:
    from server.jobs.run import JobContext
    from server.releases.about import State

SHOWN = 10
PRINTED, SHARDED, MERGED = 0.15, 0.85, 0.95
"""How much of the progress is behind each stage."""


def _failed(session: Session, row: Job) -> None:
    release = session.get(Release, UUID(row.payload["release_id"]))
    if release is not None and release.state is ReleaseState.BUILDING:
        release.state = ReleaseState.FAILED
        release.error = row.error or "The build was cancelled."
        release.changed_at = now()


def _again(session: Session, row: Job) -> None:
    release = session.get(Release, UUID(row.payload["release_id"]))
    if release is not None:
        session.refresh(release, with_for_update=True)
    if release is None or release.state is not ReleaseState.FAILED or release.deleted_at is not None:
        raise JobNotRetryable("The release was built or deleted meanwhile.")
    release.state, release.error, release.job_id = ReleaseState.BUILDING, None, row.id
    row.cursor = None  # what is selected may be mended since: pin it anew


@job(BUILD, lane="release", on_failure=_failed, on_retry=_again)
def build_release(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Prints, splits, pinned items, shards, conversations, manifest. A worker that dies costs one shard's work."""
    # Decoders, pyarrow and numpy load here, in the process of the job, and not in the web server.
    from server.releases.about import State
    from server.releases.shard import Ground
    from server.releases.shards import Builder

    release_id = UUID(payload["release_id"])
    with ctx.read() as session:
        release = session.get_one(Release, release_id)
        if release.state is ReleaseState.READY:
            return {"release_id": str(release.id)}
        asked = asked_of(release)
    if ctx.cursor is None:
        total = _pin(ctx, release_id, asked.test_share)
        ctx.progress(PRINTED, f"{total} documents", cursor={"items": total, "state": State().to_json()})
    assert ctx.cursor is not None
    total = ctx.cursor["items"]
    state = State(**ctx.cursor["state"])
    folder = ctx.folder / "release"
    folder.mkdir()
    ground = Ground(
        release_id, release.project_id, asked.rule, release.licence, ctx.parts.key, ctx.storage, folder,
        ctx.read, ctx.db,
        lambda position: ctx.progress(_part(PRINTED, SHARDED, position, total), f"{position} of {total} documents"),
    )  # fmt: skip
    with closing(Builder(ground, state).shards()) as steps:  # its threads end with it, before the folder goes
        for reached in steps:
            done = _part(PRINTED, SHARDED, reached.position, total)
            told = f"{reached.position} of {total} documents"
            ctx.progress(done, told, cursor={"items": total, "state": reached.to_json()})
    _refuse(ctx, release_id, state, leave_out=asked.rule.leave_out_faulty)
    _finish(ctx, release_id, state)
    return {"release_id": str(release_id)}


def _part(start: float, end: float, done: int, total: int) -> float:
    return start + (end - start) * done / max(total, 1)


def _pin(ctx: JobContext, release_id: UUID, test_share: float) -> int:
    """Look at new videos, give them their split, and pin what the rule selects now; how many items."""
    from server.releases.split import assign

    _look(ctx, release_id)
    with ctx.db() as session:
        release = session.get_one(Release, release_id)
        begin(session, release)
        items = items_of(session.get_one(Project, release.project_id), release)
        assign(session, items, test_share, by_annotator=asked_of(release).split_by_annotator)
        total = release.pinned_items = pin(session, release, items)
    if not total:
        raise JobFailed("Not released: nothing meets the rule any more.")
    return total


def _look(ctx: JobContext, release_id: UUID) -> None:
    """Make the prints that are missing: of the release's videos, and of all that have their split and were looked at
    by an older version, with which new ones could not be compared."""
    from server.releases import likeness

    with ctx.read() as session:
        release = session.get_one(Release, release_id)
        videos = videos_of(session, items_of(session.get_one(Project, release.project_id), release))
        seen = session.execute(select(VideoPrint.video_id, VideoPrint.version))
        version = {row.video_id: row.version for row in seen}
        missing = dict.fromkeys(video for video in videos if version.get(video) != likeness.VERSION)
        with_split = session.scalars(select(SplitAssignment.video_id).order_by(SplitAssignment.id))
        old = [video for video in with_split if version.get(video, likeness.VERSION) != likeness.VERSION]
    look = [*missing, *(video for video in old if video not in missing)]
    for place, video_id in enumerate(look):
        ctx.progress(PRINTED * place / len(look), f"looking at video {place + 1} of {len(look)}")
        with ctx.read() as session:
            video = session.get_one(Video, video_id)
        try:
            with ctx.storage.local(video.proxy_key or "none") as proxy:
                hashes = likeness.print_of(proxy)
        except (likeness.Unreadable, ObjectMissing) as error:
            if video_id in missing:
                raise JobFailed(f"Not released: {video.name} cannot be read ({error}). Set it aside.") from error
            continue  # of earlier releases only, and gone: there is nothing to compare with
        with ctx.db() as session:
            session.merge(VideoPrint(video_id=video_id, version=likeness.VERSION, hashes=hashes))


def _refuse(ctx: JobContext, release_id: UUID, state: State, *, leave_out: bool) -> None:
    """Raise JobFailed when there is work that must not be released, or nothing to release."""
    with ctx.db() as session:
        session.get_one(Release, release_id).problems = state.problems
        shown = session.scalars(
            select(ReleaseProblem)
            .where(ReleaseProblem.release_id == release_id)
            .order_by(ReleaseProblem.position)
            .limit(SHOWN)
        )
        lines = [f"document {row.document_id}: {row.field}: {row.message}" for row in shown]
    if state.problems and not leave_out:
        more = f" (and {state.problems - SHOWN} more)" if state.problems > SHOWN else ""
        raise JobFailed("Not released: " + "; ".join(lines) + more)
    if not sum(state.rows.values()):
        why = f" All {state.left_out} documents were left out: {'; '.join(lines)}" if lines else ""
        raise JobFailed(f"Not released: no row meets the rule.{why}")


def _tell_merge(ctx: JobContext, total: int, rows: int) -> None:
    ctx.progress(_part(SHARDED, MERGED, rows, total), "conversations")


def _finish(ctx: JobContext, release_id: UUID, state: State) -> None:
    from server.releases.manifest import (
        authors_across,
        entry,
        gather,
        manifest_of,
        problem_lines,
        released_videos,
        write_manifest,
        write_texts,
    )
    from server.releases.merge import merge_parts
    from server.releases.split import across

    folder = ctx.folder / "end"
    (folder / "conversations").mkdir(parents=True)
    more: list[dict[str, Any]] = []
    with ctx.read() as session:
        parts: dict[str, list[str]] = {}
        rows = select(ReleasePart).where(ReleasePart.release_id == release_id)
        for part in session.scalars(rows.order_by(ReleasePart.split, ReleasePart.number)):
            parts.setdefault(part.split, []).append(part.sha256)
        facts = gather(session, session.get_one(Release, release_id), ctx.parts.key)
        if state.problems:
            (folder / "left_out.jsonl").write_bytes(b"".join(problem_lines(session, release_id)))
            more.append(entry(folder, "left_out.jsonl", state.problems))
    videos = released_videos(ctx.storage, facts.files)
    with ctx.read() as session:
        facts = replace(facts, videos=videos, alike=across(session, release_id, videos))
        apart = asked_of(session.get_one(Release, release_id)).split_by_annotator
    if apart:
        facts = replace(facts, authors=authors_across(ctx.storage, facts.files))
    for split, names in parts.items():
        total = state.rows[split]
        path = f"conversations/{split}.jsonl"
        found = merge_parts(ctx.storage, names, folder / path, partial(_tell_merge, ctx, total))
        if found != total:
            raise RuntimeError(f"{path} has {found} rows, {total} were made")
        more.append(entry(folder, path, total))
    more += [entry(folder, path) for path in write_texts(folder, facts, state)]
    for place, each in enumerate(more):
        ctx.progress(_part(MERGED, 1.0, place, len(more)), "storing")
        store_blob(ctx.storage, folder / each["path"], each["sha256"])
    manifest = manifest_of(facts, state, more)
    manifest_sha256 = write_manifest(folder, manifest)
    store_blob(ctx.storage, folder / "manifest.json", manifest_sha256)
    with ctx.db() as session:
        finish(session, session.get_one(Release, release_id), manifest, manifest_sha256)
        session.execute(delete(ReleasePart).where(ReleasePart.release_id == release_id))


MEDIA_KEPT = timedelta(days=90)


@job("forget_release_media", lane="light", every=timedelta(hours=6))
def forget_release_media(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Forget clips and masks that no build has used for long. Releases that hold them keep their files."""
    with ctx.db() as session:
        old = delete(ReleaseMedia).where(ReleaseMedia.used_at < now() - MEDIA_KEPT)
        gone = session.execute(old.execution_options(synchronize_session=False))
        return {"forgotten": int(gone.rowcount)}  # type: ignore[attr-defined]  # of a cursor's result
