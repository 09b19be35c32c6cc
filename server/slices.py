"""The slices of the server in the order of the data, and how their parts are found: no list of imports to keep."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

SLICES = (
    "accounts", "projects", "webhooks", "videos", "tasks", "masklets", "documents", "reviews", "releases", "training",
)  # fmt: skip
"""One folder per noun; a slice imports only slices to its left."""


def load(part: str) -> list[ModuleType]:
    """Import `server.<slice>.<part>` of every slice that has such a file, in order. A broken file raises."""
    found = []
    for name in SLICES:
        package = f"server.{name}"
        if importlib.util.find_spec(package) is None:
            continue
        if importlib.util.find_spec(f"{package}.{part}") is not None:
            found.append(importlib.import_module(f"{package}.{part}"))
    return found
