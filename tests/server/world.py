"""A project with people of each role, and small real clips: what the tests of these slices stand on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from server.parts import Parts
from server.tables.accounts import User
from server.tables.projects import Membership, Project, ProjectKind, Role
from server.tables.tasks import Task, TaskKind
from server.tables.videos import ProjectVideo, Video, VideoState

cv2.setNumThreads(1)

CLIP_PICTURES = 30
CLIP_SIZE = (160, 96)


def write_disc_clip(
    path: Path, pictures: int = CLIP_PICTURES, size: tuple[int, int] = CLIP_SIZE, seed: int = 0
) -> Path:
    """A red disc that crosses a textured ground; its centre on picture i is `disc_centre(i)`."""
    rng = np.random.default_rng(seed)
    width, height = size
    ground = cv2.resize(rng.integers(60, 160, (height // 8, width // 8, 3)).astype(np.uint8), size)
    # A surface with grain: real ones have it, and a perfectly flat one is GrabCut's slowest case.
    skin = np.clip(np.array((200, 45, 35)) + rng.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=15, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in range(pictures):
            image = ground.copy()
            inside = np.zeros((height, width), np.uint8)
            cv2.circle(inside, disc_centre(picture, size), height // 6, 1, -1)
            image[inside > 0] = skin[inside > 0]
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode(None))
    return path


def disc_centre(picture: int, size: tuple[int, int] = CLIP_SIZE) -> tuple[int, int]:
    """Where the disc is."""
    return size[0] // 4 + picture * size[0] // 80, size[1] // 2


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 30 pictures at 15 a second."""
    return write_disc_clip(tmp_path_factory.mktemp("clips") / "disc.mp4")


@dataclass
class World:
    """A project, its people, and their browsers by name: lead, rhea (reviewer), ann, ben, cho; eve is in no project."""

    parts: Parts
    project: UUID
    users: dict[str, User]
    browsers: dict[str, TestClient]

    def __getitem__(self, name: str) -> TestClient:
        return self.browsers[name]

    def url(self, tail: str = "") -> str:
        """A path below the project."""
        return f"/api/projects/{self.project}{tail}"

    def add_video(self, name: str = "a.mp4", pictures: int = 60) -> UUID:
        """A row of a ready video without files: for what never looks into it."""
        with self.parts.database.begin() as session:
            sha256 = hashlib.sha256(f"{name}{self.project}".encode()).hexdigest()
            video = Video(sha256=sha256, name=name, size=1, state=VideoState.READY, source_key=f"videos/{sha256}")
            video.width, video.height, video.pictures, video.grid_length = 64, 48, pictures, pictures // 5
            session.add(video)
            session.flush()
            by = self.users["lead"].id
            session.add(ProjectVideo(project_id=self.project, video_id=video.id, name=name, added_by=by))
        return video.id

    def add_task(self, video: UUID, kind: TaskKind = TaskKind.STC_CAPTION, **more: Any) -> UUID:
        """A ready task."""
        with self.parts.database.begin() as session:
            task = Task(project_id=self.project, kind=kind, video_id=video, **more)
            session.add(task)
        return task.id

    def task(self, task_id: UUID) -> Task:
        """The task as it is now."""
        with self.parts.database.read() as session:
            return session.get_one(Task, task_id)


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(parts: Parts, new_user: Callable[..., User], sign_in: Callable[[User], TestClient]) -> MakeWorld:
    """`make_world(kind="stc")` makes a project with its people; a second one shares the people."""
    users: dict[str, User] = {}

    def make(kind: str = "stc", **more: Any) -> World:
        if not users:
            for name in ("lead", "rhea", "ann", "ben", "cho", "eve"):
                users[name] = new_user(name)
        with parts.database.begin() as session:
            project = Project(name=f"{kind} project", kind=ProjectKind(kind), lease_minutes=30, **more)
            session.add(project)
            session.flush()
            roles = {"lead": Role.LEAD, "rhea": Role.REVIEWER}
            for name, user in users.items():
                if name != "eve":
                    role = roles.get(name, Role.ANNOTATOR)
                    session.add(Membership(project_id=project.id, user_id=user.id, role=role))
        return World(parts, project.id, users, {name: sign_in(user) for name, user in users.items()})

    return make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """An STC project with its people."""
    return make_world()


def send(
    browser: TestClient, project: UUID, path: Path, *, chunk: int = 20_000, name: str | None = None
) -> dict[str, Any]:
    """Upload a file in pieces, as the web app does; the video's row."""
    data = path.read_bytes()
    begun = browser.post(f"/api/projects/{project}/uploads", json={"name": name or path.name, "size": len(data)})
    assert begun.status_code == 201, begun.text
    upload = begun.json()
    for offset in range(0, len(data), chunk):
        answer = browser.patch(f"/api/uploads/{upload['id']}?offset={offset}", content=data[offset : offset + chunk])
        assert answer.status_code == 200, answer.text
    sha256 = hashlib.sha256(data).hexdigest()
    finished = browser.post(f"/api/uploads/{upload['id']}/finish", json={"sha256": sha256})
    assert finished.status_code == 200, finished.text
    video: dict[str, Any] = finished.json()
    return video
