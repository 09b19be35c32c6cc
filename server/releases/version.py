"""Which program built a release or started a run."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version


def code_version() -> str:
    """The installed version, with the source's revision where the deployment says it (VIDGRAIN_REVISION)."""
    try:
        installed = version("vidgrain")
    except PackageNotFoundError:
        installed = "0.0.0"
    revision = os.environ.get("VIDGRAIN_REVISION", "")
    return f"{installed}+{revision[:40]}" if revision else installed
