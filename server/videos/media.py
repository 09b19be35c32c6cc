"""Answers with a stored file: whole or a range, fixed type, entity tag, never sniffed."""

from __future__ import annotations

import re
from functools import partial

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from server.errors import RangeNotSatisfiable
from server.storage import Storage, attachment
from server.storage.threads import apart, pieces_apart

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
IMMUTABLE = "private, max-age=31536000, immutable"


def tag(name: str) -> str:
    """An entity tag for content that never changes under this name."""
    return f'"{name}"'


def not_modified(request: Request, etag: str, cache: str = IMMUTABLE) -> Response | None:
    """304 when the client has this very content, else None."""
    given = request.headers.get("if-none-match")
    if given is None:
        return None
    seen = [part.strip().removeprefix("W/") for part in given.split(",")]
    if etag not in seen and "*" not in seen:
        return None
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": cache})


def _bounds(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """[start, stop) of the one range that is asked for; None for the whole file (also for what we may ignore)."""
    asked = request.headers.get("range")
    if asked is None or request.headers.get("if-range", etag) != etag:
        return None
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match.group(0) == "bytes=-":
        return None  # several ranges, or another unit: answering with everything is allowed
    first, last = match.groups()
    if first:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    else:
        start, stop = max(0, size - int(last)), size
    if start >= size or start >= stop:
        raise RangeNotSatisfiable(
            f"The file has {size} bytes.", headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        )
    return start, stop


def _follows(request: Request) -> bool:
    """True where a redirect to another host is followed: a program, or a browser that saves a file.

    What the page itself fetches stays here: from another host the bucket would have to allow it (CORS), and the page's
    own policy forbids it.
    """
    return request.headers.get("sec-fetch-mode", "navigate") == "navigate"


async def serve(
    request: Request,
    storage: Storage,
    key: str,
    *,
    media_type: str,
    etag: str,
    download_as: str | None = None,
    cache: str = IMMUTABLE,
) -> Response:
    """A stored file with one Range, HEAD, ETag, If-None-Match, If-Range. Raises ObjectMissing, RangeNotSatisfiable.

    `media_type` is ours, never the client's; `download_as` makes it an attachment of that (plain) name, which comes
    straight from the store where the settings name the address that browsers reach it at (307). No transaction may be
    open: the store may hang.
    """
    known = not_modified(request, etag, cache)
    if known is not None:
        return known
    if download_as is not None and request.method == "GET" and _follows(request):
        elsewhere = await apart(partial(storage.link, key, media_type=media_type, download_as=download_as))
        if elsewhere is not None:
            return Response(status_code=307, headers={"Location": elsewhere, "Cache-Control": "no-store"})
    size = (await apart(partial(storage.stat, key))).size
    headers = {"ETag": etag, "Cache-Control": cache, "Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff"}
    if download_as is not None:
        headers["Content-Disposition"] = attachment(download_as)
    bounds = _bounds(request, size, etag)
    start, stop = bounds or (0, size)
    headers["Content-Length"] = str(stop - start)
    if bounds is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    status = 200 if bounds is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    pieces = pieces_apart(await apart(partial(storage.read, key, start, stop)))
    return StreamingResponse(pieces, status_code=status, headers=headers, media_type=media_type)
