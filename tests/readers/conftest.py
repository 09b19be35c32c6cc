"""Other people's readers, as programs in an environment of their own, and one drawn release for them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.annotator.formats.releases import write_release

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv-readers" / "bin" / "python"


@pytest.fixture(scope="session")
def drawn_release(tmp_path_factory):
    """A release folder; nobody writes into it."""
    return write_release(tmp_path_factory.mktemp("drawn") / "release")


@pytest.fixture
def read(tmp_path):
    """`read("webvtt", path, …)`: what the reader's program prints, from JSON."""

    def run(reader, *arguments):
        assert PYTHON.exists(), "other people's readers are not installed: make env"
        plain = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
        done = subprocess.run(
            [PYTHON, HERE / f"read_{reader}.py", *map(str, arguments)],
            capture_output=True, text=True, check=False, env=plain, cwd=tmp_path, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run
