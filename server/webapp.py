"""Serves the built web app: hashed files for ever, the page itself never from a cache, unknown paths by the page."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response

from server.errors import NotFound

_IMMUTABLE = "public, max-age=31536000, immutable"


class WebAppMissing(NotFound):
    """The web app is not built: run `make web`."""


def install(app: FastAPI, folder: Path) -> None:
    """Answer every GET that no route took with a file of `folder`, or its index.html."""
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("application/wasm", ".wasm")
    root = folder.resolve()

    def web_app(path: str) -> Response:
        if path == "api" or path.startswith("api/"):
            raise NotFound("There is no such address.")
        if path and "\0" not in path:
            found = (root / path).resolve()
            if found.is_relative_to(root) and found.is_file() and found.name != "index.html":
                hashed = path.startswith("assets/")
                return FileResponse(found, headers={"Cache-Control": _IMMUTABLE if hashed else "no-cache"})
            if Path(path).suffix:
                # A missing script must not be answered by a page.
                raise NotFound("There is no such file.")
        index = root / "index.html"
        if not index.is_file():
            raise WebAppMissing
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    app.add_api_route("/{path:path}", web_app, methods=["GET", "HEAD"], include_in_schema=False)
