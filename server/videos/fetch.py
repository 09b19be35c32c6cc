"""Videos that are fetched from addresses: http(s) URLs, objects of a bucket, or all videos below a bucket's prefix.

Naming an address again gives the row that is there; a fetch that failed begins anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import jobs, outbound
from server.access import Actor, require
from server.errors import FieldProblem, NotFound
from server.outbound import AddressRefused
from server.settings import Settings
from server.tables.jobs import Job, JobState
from server.tables.projects import Role
from server.tables.videos import Fetch, FetchKind, FetchState, ProjectVideo
from server.videos.errors import AddressesRefused, FetchActive, FetchNotFound
from server.videos.schemas import FetchOut
from server.videos.store import SUFFIXES, plain_name

FETCH = "fetch_video"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OVER = (FetchState.FAILED, FetchState.CANCELLED)


def bucket_of(settings: Settings, address: str) -> tuple[str, str]:
    """(bucket, key or prefix) of `s3://bucket/key`. AddressRefused for buckets that the settings do not name."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise AddressRefused("After s3:// comes the name of a bucket, then / and a name or a prefix.")
    if bucket not in settings.listed("import_buckets"):
        raise AddressRefused(
            f"The bucket {bucket} is not one to import from. Whoever runs this site can allow it: "
            "VIDGRAIN_IMPORT_BUCKETS."
        )
    return bucket, key


def look_at(settings: Settings, address: str) -> tuple[FetchKind, str]:
    """What an address names and what the video will be called. AddressRefused; nothing is looked up or opened."""
    if address.startswith("s3://"):
        if len(address) > outbound.MAX_ADDRESS or any(ord(c) < 0x20 or ord(c) == 0x7F for c in address):
            raise AddressRefused(
                f"An address has at most {outbound.MAX_ADDRESS} characters, and no control characters."
            )
        _, key = bucket_of(settings, address)
        is_file = PurePosixPath(key).suffix.lower() in SUFFIXES and not key.endswith("/")
        return (FetchKind.FILE if is_file else FetchKind.FOLDER), plain_name(key.rstrip("/") or address)
    outbound.check_address(address)
    return FetchKind.FILE, plain_name(unquote(urlsplit(address).path, errors="replace"))


def ask(
    session: Session,
    settings: Settings,
    *,
    project_id: UUID,
    addresses: Sequence[str],
    user_id: UUID,
    source_dataset: str = "",
) -> list[Fetch]:
    """A fetch for each address, in their order, with its job. Raises AddressesRefused, which names each bad one."""
    wanted = dict.fromkeys(address.strip() for address in addresses)
    known: dict[str, tuple[FetchKind, str]] = {}
    problems = []
    for address in wanted:
        try:
            known[address] = look_at(settings, address)
        except AddressRefused as error:
            place = [given.strip() for given in addresses].index(address)
            problems.append(FieldProblem(field=f"addresses.{place}", message=error.detail))
    if problems:
        first = problems[0]
        raise AddressesRefused(f"{first.field}: {first.message}", field=first.field, errors=problems)
    rows = []
    for address, (kind, name) in known.items():
        new = Fetch(
            project_id=project_id,
            created_by=user_id,
            kind=kind,
            address=address,
            address_sha256=hashlib.sha256(address.encode()).hexdigest(),
            name=name,
            source_dataset=source_dataset,
        )
        rows.append(_one(session, new))
    return rows


def _one(session: Session, new: Fetch) -> Fetch:
    """The row of this address: `new`, or the one that is there."""
    same = select(Fetch).where(
        Fetch.project_id == new.project_id, Fetch.kind == new.kind, Fetch.address_sha256 == new.address_sha256
    )
    row = session.scalar(same.with_for_update())
    if row is None:
        try:
            with session.begin_nested():
                session.add(new)
        except IntegrityError:  # named twice at the same moment
            return session.scalars(same).one()
        start(session, new)
        return new
    if row.state in _OVER or (row.state is FetchState.DONE and not _holds(session, row)):
        start(session, row)
    return row


def _holds(session: Session, row: Fetch) -> bool:
    """Whether what came of it is still there. A folder is looked into again: it may have more by now."""
    here = exists().where(ProjectVideo.project_id == row.project_id, ProjectVideo.video_id == row.video_id)
    return row.kind is FetchKind.FILE and row.video_id is not None and bool(session.scalar(select(here)))


def start(session: Session, row: Fetch) -> None:
    """Queue it, from the beginning."""
    row.state, row.reason, row.video_id, row.found = FetchState.QUEUED, None, None, None
    job = jobs.enqueue(
        session,
        FETCH,
        {"fetch_id": str(row.id)},
        dedupe_key=f"{FETCH}:{row.id}",
        project_id=row.project_id,
        created_by=row.created_by,
    )
    row.job_id = job.id
    session.flush()


def find_fetch(session: Session, who: Actor, fetch_id: UUID) -> Fetch:
    """The fetch, for its project's leads; FetchNotFound else."""
    row = session.get(Fetch, fetch_id)
    if row is None:
        raise FetchNotFound
    try:
        require(session, who, row.project_id, Role.LEAD)
    except NotFound as error:
        raise FetchNotFound from error
    return row


def retry(session: Session, row: Fetch) -> None:
    """Begin one anew that failed or was cancelled; another one is left alone."""
    session.refresh(row, with_for_update=True)
    if row.state in _OVER:
        start(session, row)


def forget(session: Session, row: Fetch) -> None:
    """Take one that is over off the list; the video that came of it stays. FetchActive while it runs."""
    session.refresh(row, with_for_update=True)
    if row.state in (FetchState.QUEUED, FetchState.RUNNING):
        raise FetchActive
    session.delete(row)


def over(session: Session, job: Job) -> None:
    """The job of a fetch was given up or cancelled: say so on its row."""
    row = session.get(Fetch, UUID(job.payload["fetch_id"]))
    if row is None or row.state is FetchState.DONE or row.job_id != job.id:
        return
    cancelled = job.state is JobState.CANCELLED
    row.state = FetchState.CANCELLED if cancelled else FetchState.FAILED
    row.reason = None if cancelled else job.error or "It failed."
    session.flush()


def again(session: Session, job: Job) -> None:
    """Somebody wants the job of a fetch tried again: its row says so."""
    row = session.get(Fetch, UUID(job.payload["fetch_id"]))
    if row is None or row.state not in _OVER or row.job_id != job.id:
        raise jobs.JobNotRetryable("What was to be fetched was fetched, begun anew or taken off the list meanwhile.")
    row.state, row.reason = FetchState.QUEUED, None
    session.flush()


def below(session: Session, row: Fetch) -> list[UUID]:
    """The fetches of the videos below a folder, in the order they were added; none for a file."""
    if row.kind is FetchKind.FILE:
        return []
    inside = Fetch.address.startswith(row.address.rstrip("/") + "/", autoescape=True)
    files = select(Fetch.id).where(Fetch.project_id == row.project_id, Fetch.kind == FetchKind.FILE, inside)
    return list(session.scalars(files.order_by(Fetch.id)))


def fetch_outs(session: Session, rows: Sequence[Fetch]) -> list[FetchOut]:
    """Fetches as the wire shows them, with the progress of those on their way."""
    ids = [row.job_id for row in rows if row.job_id and row.state in (FetchState.QUEUED, FetchState.RUNNING)]
    found = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(ids)))} if ids else {}
    return [_out(row, found.get(row.job_id) if row.job_id else None) for row in rows]


def _out(row: Fetch, job: Job | None) -> FetchOut:
    waits = job is not None and job.state is JobState.QUEUED
    return FetchOut(
        id=row.id,
        kind=row.kind,
        address=row.address,
        name=row.name,
        state=FetchState.QUEUED if waits else row.state,
        # Between two attempts the job knows why the last one failed.
        reason=job.error if job is not None and waits else row.reason,
        size=row.size,
        found=row.found,
        video_id=row.video_id,
        job_id=row.job_id if job is not None else None,
        progress=job.progress if job is not None else 0.0 if row.state in _OVER else 1.0,
        message=job.message if job is not None else "",
        created_at=row.created_at,
    )
