"""The tiny SAM 2 of these tests, loaded once for a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.propagate.sam2 import Sam2Propagator
from tests.annotator.propagate import scenes, tiny_sam2


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sam2.write_checkpoint(tmp_path_factory.mktemp("sam2") / "tiny.pt")


@pytest.fixture(scope="module")
def propagator(checkpoint: Path) -> Sam2Propagator:
    return Sam2Propagator(tiny_sam2.options(checkpoint))


@pytest.fixture(scope="module")
def scene() -> scenes.Scene:
    return scenes.render([(40 + i, 50.0) for i in range(48)], size=(128, 96), axes=(20, 14))
