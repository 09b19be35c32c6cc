"""What every save asks of a video beside the document: read from the store once, not while a task is locked."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from annotator.video.frames import FrameTable
from server.documents import surroundings
from server.documents.surroundings import Subject
from server.parts import Parts
from server.tables.tasks import TaskKind
from server.tables.videos import Video
from tests.server.workflow import Site


def test_the_frame_tables_used_last_stay_at_hand(
    site: Site, clips: list[Path], parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = site.video(site.project("stc", {}), clips[0])
    real = surroundings.frame_table
    read: list[int] = []

    def counted(*given: Any) -> FrameTable:
        read.append(1)
        return real(*given)

    monkeypatch.setattr(surroundings, "frame_table", counted)
    monkeypatch.setattr(surroundings, "_frames", type(surroundings._frames)())
    monkeypatch.setattr(surroundings, "PICTURES_KEPT", 2 * made["pictures"])

    def reads(key: str) -> int:
        """Of one of several videos, which are known by where their tables lie."""
        before = len(read)
        with parts.database.read() as session:
            video = session.get_one(Video, UUID(made["id"]))
            subject = Subject(video.id, TaskKind.STC_SUBJECT, None, video.id, video.pictures, video.grid_length, key)
            assert len(surroundings._frames_of(session, parts.storage, subject)) == made["pictures"]
        return len(read) - before

    assert [reads(key) for key in ("a", "b", "a", "b", "a")] == [1, 1, 0, 0, 0]
    assert [reads(key) for key in ("c", "a", "b")] == [1, 0, 1], "the one that was used longest ago went"
