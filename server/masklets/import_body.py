"""The body of an import as a file of a folder of its own, which goes when the answer is made."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import anyio
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from annotator.formats.sources import file_name
from server.settings import Settings
from server.storage import full_disk
from server.videos.errors import UploadTooLarge

SPARE_BYTES = 256 << 20
"""What is left free on the disk: others write there, too."""
ANY_SIZE = 1 << 50
"""The limit of a file is kept while it comes; the router's is one of a body in memory."""
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""What OpenAPI says of such a route."""
_PIECE = 1 << 20


@asynccontextmanager
async def body_file(request: Request, settings: Settings, name: str, most: int) -> AsyncIterator[Path]:
    """The body as `file/<name>` of a folder of its own, until the block ends. Raises UploadTooLarge or StorageFull."""
    place = settings.data_folder / "scratch"
    with full_disk(name):
        place.mkdir(parents=True, exist_ok=True)
        # What a crash leaves is swept like the scratch of jobs.
        root = Path(tempfile.mkdtemp(prefix="job-import-", dir=place))
    try:
        path = root / "file" / file_name(name)
        path.parent.mkdir()
        with full_disk(name), path.open("wb") as file:
            size, waiting = 0, bytearray()
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise UploadTooLarge(f"{name} is larger than {most} bytes.", field="file")
                waiting += piece
                if len(waiting) >= _PIECE:
                    await run_in_threadpool(_write, file, bytes(waiting), root)
                    waiting.clear()
            await run_in_threadpool(_write, file, bytes(waiting), root)
        yield path
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(shutil.rmtree, root, ignore_errors=True)


def _write(file: IO[bytes], piece: bytes, folder: Path) -> None:
    if shutil.disk_usage(folder).free < len(piece) + SPARE_BYTES:
        raise OSError(errno.ENOSPC, "No space left on device")
    file.write(piece)
