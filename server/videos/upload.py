"""Resumable uploads: a file comes in pieces, each appended at the offset that the client names.

The row says how much was received and is written after the bytes are on the disk, so a crash loses at most the last
piece. The bytes lie beside the storage until the file is whole; no transaction is open while they are written.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.access import Actor, require
from server.db import Database, now
from server.errors import NotFound
from server.settings import Settings
from server.storage import full_disk
from server.tables.projects import Role
from server.tables.videos import Upload, UploadState
from server.videos.errors import OffsetDiffers, UploadFinished, UploadIncomplete, UploadNotFound, UploadTooLarge
from server.videos.quota import check_quota
from server.videos.store import plain_name


def part_path(settings: Settings, upload_id: UUID) -> Path:
    """Where the bytes of an upload lie until it is finished."""
    return settings.data_folder / "uploads" / f"{upload_id}.part"


def begin_upload(
    session: Session, settings: Settings, *, project_id: UUID, name: str, size: int, user_id: UUID
) -> Upload:
    """Announce a file. UploadTooLarge when the server would not take it, QuotaExceeded when it has no room for it."""
    if size > settings.max_upload_bytes:
        raise UploadTooLarge(f"{plain_name(name)} has {size} bytes; at most {settings.max_upload_bytes} are accepted.")
    check_quota(session, settings, project_id, name=plain_name(name), size=size)
    upload = Upload(project_id=project_id, created_by=user_id, name=plain_name(name), size=size)
    session.add(upload)
    session.flush()
    return upload


def held_upload(session: Session, settings: Settings, upload_id: UUID) -> Upload:
    """The row as it is now that its file is held. UploadNotFound when it was deleted while we waited for the file."""
    upload = session.get(Upload, upload_id)
    if upload is None:
        part_path(settings, upload_id).unlink(missing_ok=True)  # taking the lock made the file anew
        raise UploadNotFound
    return upload


def delete_abandoned(database: Database, settings: Settings, before: datetime) -> int:
    """Delete the unfinished uploads that got no piece since `before`, with their bytes; gives how many."""
    left = (Upload.state == UploadState.OPEN, Upload.touched_at < before)
    with database.read() as session:
        found = list(session.scalars(select(Upload.id).where(*left)))
    deleted = 0
    for upload_id in found:
        # Whoever is sending a piece at this moment holds the file: then it is not abandoned any more.
        with locked_part(settings, upload_id):
            with database.begin() as session:
                gone = session.execute(delete(Upload).where(Upload.id == upload_id, *left))
            if gone.rowcount:  # type: ignore[attr-defined]
                part_path(settings, upload_id).unlink(missing_ok=True)
                deleted += 1
    return deleted


def delete_strays(database: Database, settings: Settings, before: datetime) -> int:
    """Delete bytes without a row (its project was deleted), untouched since `before`; gives how many files."""
    deleted = 0
    for path in (settings.data_folder / "uploads").glob("*.part"):
        if path.stat().st_mtime >= before.timestamp():
            continue
        with database.read() as session:
            known = session.get(Upload, UUID(path.stem)) is not None
        if not known:
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def find_upload(session: Session, who: Actor, upload_id: UUID) -> Upload:
    """The upload, for its project's leads; UploadNotFound else."""
    upload = session.get(Upload, upload_id)
    if upload is None:
        raise UploadNotFound
    try:
        require(session, who, upload.project_id, Role.LEAD)
    except NotFound as error:
        raise UploadNotFound from error
    return upload


def standing(settings: Settings, upload: Upload) -> int:
    """How many bytes are safe: what the row says, or less when the disk lost some."""
    if upload.state == UploadState.DONE:
        return upload.size
    try:
        return min(upload.received, part_path(settings, upload.id).stat().st_size)
    except FileNotFoundError:
        return 0


@contextmanager
def locked_part(settings: Settings, upload_id: UUID) -> Iterator[BinaryIO]:
    """The upload's file, held against a second request for the same upload."""
    path = part_path(settings, upload_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def append(settings: Settings, upload: Upload, file: BinaryIO, offset: int, piece: bytes) -> int:
    """Write a piece at `offset`; the number of bytes then received. The row is the caller's to update.

    Raises OffsetDiffers with `received`, UploadFinished, UploadTooLarge, or StorageFull, which leaves what was there.
    """
    _check_open(settings, upload)
    received = standing(settings, upload)
    if offset != received:
        raise OffsetDiffers(f"This upload stands at byte {received}, not {offset}.", received=received)
    if received + len(piece) > upload.size:
        raise UploadTooLarge(f"{upload.name} was announced with {upload.size} bytes; this would make more.")
    try:
        with full_disk(upload.name):
            if shutil.disk_usage(part_path(settings, upload.id).parent).free < len(piece):
                raise OSError(28, "No space left on device")
            file.seek(offset)
            file.truncate()  # what a crash left beyond the row's word
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        file.truncate(offset)
        raise
    return received + len(piece)


def _check_open(settings: Settings, upload: Upload) -> None:
    if upload.state == UploadState.DONE:
        # Taking the lock made the file anew.
        part_path(settings, upload.id).unlink(missing_ok=True)
        raise UploadFinished


def record_received(session: Session, upload_id: UUID, received: int) -> None:
    """Write down how much is on the disk."""
    session.execute(update(Upload).where(Upload.id == upload_id).values(received=received, touched_at=now()))


def check_whole(settings: Settings, upload: Upload) -> None:
    """Raise unless all bytes are there and the upload is open."""
    _check_open(settings, upload)
    received = standing(settings, upload)
    if received != upload.size:
        raise UploadIncomplete(f"{received} of {upload.size} bytes have come.", received=received)
