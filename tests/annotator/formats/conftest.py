"""One drawn release for all tests of forms."""

from __future__ import annotations

import pytest

from tests.annotator.formats.releases import write_release


@pytest.fixture(scope="session")
def drawn_release(tmp_path_factory):
    """A release folder; nobody writes into it."""
    return write_release(tmp_path_factory.mktemp("drawn") / "release")
