"""One production-like site for all faults: they hit it in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.site import Production, production
from tests.faults.work import Ground


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """The running site."""
    with production(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.fixture(scope="session")
def ground(site: Production, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Projects, videos, a release and people with tasks."""
    return Ground(site, tmp_path_factory.mktemp("clips"))


@pytest.fixture(autouse=True)
def _whole(request: pytest.FixtureRequest) -> None:
    if "site" in request.fixturenames:
        found = request.getfixturevalue("site")
        if isinstance(found, Production):
            found.heal()
