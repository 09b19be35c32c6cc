"""One small release and one finished training, made once and read by all tests of the model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.model.release_factory import write_release


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that tests only read."""
    return write_release(tmp_path_factory.mktemp("release") / "squares")


@pytest.fixture
def own_release(release: Path, tmp_path: Path) -> Path:
    """A copy of the release that a test may damage."""
    return Path(shutil.copytree(release, tmp_path / "squares"))


@dataclass(frozen=True)
class Trained:
    """The folder of a finished training and its release."""

    out: Path
    release: Path


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """torch on one thread: small networks are quicker so, and sums have one order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def trained(release: Path, tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Trained:
    """The smoke recipe, run as it is on the small release."""
    from model.config import Run
    from model.train import train

    out = tmp_path_factory.mktemp("trained") / "run"
    result = train(Run(release=release, recipe="smoke_cpu", out=out, run_id="r1", code_version="test"))
    assert result.state == "done"
    return Trained(out, release)
