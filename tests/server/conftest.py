"""A site with people, and two drawn clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.server.workflow import Site, draw_clip


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two short clips of different content."""
    folder = tmp_path_factory.mktemp("clips")
    return [draw_clip(folder / f"clip-{seed}.mp4", seed) for seed in (1, 2)]


@pytest.fixture
def site(
    admin: TestClient,
    new_user: Callable[..., Any],
    sign_in: Callable[[Any], TestClient],
    run_jobs: Callable[..., int],
) -> Site:
    """The app with whoever a test needs."""
    return Site(admin, new_user, sign_in, run_jobs)
