"""One import of masklets per project at a time, whichever process of the site it runs in: each may take some gigabytes.

The project's row says which import runs and until when that holds; whoever runs it renews that. So nothing has to be
cleaned up after a process that died, and no lock of either database is held while a file is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import anyio
import structlog
from fastapi import Request
from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from server.db import in_turn, new_id, now
from server.errors import UNREACHABLE, Conflict
from server.tables.projects import Project

log = structlog.get_logger()

HELD = timedelta(seconds=60)
"""How long the turn of a process that died is kept from others."""
RENEW_SECONDS = 15.0


class ImportRuns(Conflict):
    """Another file is being imported into this project: wait for it."""


@asynccontextmanager
async def turn_of(request: Request, project_id: UUID) -> AsyncIterator[None]:
    """The project's turn for this import, until the block ends. Raises ImportRuns."""
    mine = new_id()

    def take(db: Session) -> None:
        free = or_(Project.importing_until.is_(None), Project.importing_until < now())
        if not _write(db, project_id, free, importing_id=mine, importing_until=now() + HELD):
            raise ImportRuns

    def renew(db: Session) -> None:
        _write(db, project_id, Project.importing_id == mine, importing_until=now() + HELD)

    def give_back(db: Session) -> None:
        _write(db, project_id, Project.importing_id == mine, importing_id=None, importing_until=None)

    async def keep() -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await in_turn(request, renew)
            except UNREACHABLE as error:
                log.warning("import_turn_not_renewed", error=str(getattr(error, "orig", error)))

    await in_turn(request, take)
    keeping = asyncio.ensure_future(keep())
    try:
        yield
    finally:
        keeping.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.gather(keeping, return_exceptions=True)
            try:
                await in_turn(request, give_back)
            except UNREACHABLE as error:
                log.warning("import_turn_left", error=str(getattr(error, "orig", error)))  # it ends by itself


def _write(db: Session, project_id: UUID, condition: ColumnElement[bool], **values: object) -> bool:
    """Change the project's row where the condition holds; whether it did."""
    changed = (
        update(Project)
        .where(Project.id == project_id, condition)
        .values(**values)
        .returning(Project.id)
        .execution_options(synchronize_session=False)
    )
    return db.scalar(changed) is not None
