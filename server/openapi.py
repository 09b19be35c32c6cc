"""`python -m server.openapi` prints the API's description (OpenAPI 3.1); the web client's types are made from it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import orjson

from server.app import create_app
from server.settings import Settings


def document() -> bytes:
    """The description as sorted JSON, the same on every machine."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_folder=Path(folder), database_url="", redis_url="", embedded_worker=False))
        return orjson.dumps(app.openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
