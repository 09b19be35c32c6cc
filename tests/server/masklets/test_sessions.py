"""Sessions that a worker keeps between clicks: by number, by what they hold, by age; what goes is made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from annotator.propagate import segment
from annotator.propagate.protocol import PromptError
from annotator.records import Point, PromptRecord
from server.masklets import sessions
from server.masklets.sessions import Sessions, name_of
from server.tables.projects import PropagatorName
from server.tables.videos import Video
from tests.annotator.propagate import tiny_sam2
from tests.server.world import World, disc_centre, send


@pytest.fixture
def video(world: World, clip: Path, run_jobs: Callable[..., int]) -> Video:
    """An imported clip."""
    made = send(world["lead"], world.project, clip)
    run_jobs()
    with world.parts.database.read() as session:
        return session.get_one(Video, UUID(made["id"]))


@pytest.fixture
def kept(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """The cache of a worker whose SAM 2 is the tiny one."""
    checkpoint = tiny_sam2.write_checkpoint(tmp_path / "tiny.pt")
    monkeypatch.setattr(sessions, "options_of", lambda settings: tiny_sam2.options(checkpoint))
    return Sessions(world.parts.storage)


def click(kept: Sessions, world: World, name: PropagatorName, video: Video) -> list[bytes]:
    """Masks for a click by that propagator."""
    x, y = disc_centre(3)
    prompt = PromptRecord(picture=3, points=[Point(x=x, y=y)])
    with kept.for_clicks(name, world.parts.settings, video) as session:
        return [proposal.mask.tobytes() for proposal in session.propose(3, prompt)]


@pytest.mark.parametrize("limit", ["bytes", "number", "age", "none"])
def test_what_is_over_the_limit_is_closed_and_made_again(
    world: World, kept: Sessions, video: Video, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = click(kept, world, PropagatorName.SAM2, video)
    neural, plain = (name_of(name, video.sha256) for name in (PropagatorName.SAM2, PropagatorName.FLOW))
    assert kept.held() == [neural]
    match limit:
        case "bytes":
            monkeypatch.setattr(sessions, "KEPT_BYTES", 1)
        case "number":
            monkeypatch.setattr(sessions, "KEPT", 1)
        case "age":
            for entry in kept._kept.values():
                entry.used -= sessions.IDLE_SECONDS + 1
    click(kept, world, PropagatorName.FLOW, video)
    assert kept.held() == ([neural, plain] if limit == "none" else [plain])
    assert click(kept, world, PropagatorName.SAM2, video) == first


def test_a_session_that_broke_is_opened_anew(
    world: World, kept: Sessions, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can not be read once may be read in a moment; what was refused has broken nothing."""
    first = click(kept, world, PropagatorName.FLOW, video)
    with kept.for_clicks(PropagatorName.FLOW, world.parts.settings, video) as session:
        opened = session
    with pytest.raises(PromptError), kept.for_clicks(PropagatorName.FLOW, world.parts.settings, video) as session:
        session.propose(10_000, PromptRecord(picture=10_000, points=[Point(x=1, y=1)]))
    with kept.for_clicks(PropagatorName.FLOW, world.parts.settings, video) as session:
        assert session is opened

    def broken(*_: object) -> None:
        raise OSError("the file can not be read")

    with monkeypatch.context() as patched:
        patched.setattr(segment, "propose", broken)
        with pytest.raises(OSError, match="can not be read"):
            click(kept, world, PropagatorName.FLOW, video)
    assert kept.held() == []
    assert click(kept, world, PropagatorName.FLOW, video) == first
    with kept.for_clicks(PropagatorName.FLOW, world.parts.settings, video) as session:
        assert session is not opened
