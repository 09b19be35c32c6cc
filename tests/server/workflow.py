"""People who do whole workflows over HTTP, on small clips that are drawn here; for the tests of several slices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import numpy as np
from fastapi.testclient import TestClient

from annotator.masklet.rle import encode

WIDTH, HEIGHT, PICTURES = 96, 64, 25
"""A second at 24 pictures a second: 7 grid frames."""
GRID = 7


def scene(picture: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A textured background with a bright square that moves to the right; RGB picture and mask."""
    rng = np.random.default_rng(seed)
    rgb = cv_smooth(rng.integers(0, 90, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    left = 6 + picture
    mask[20:40, left : left + 20] = True
    rgb[mask] = (230, 200, 40)
    return rgb, mask


def cv_smooth(picture: np.ndarray) -> np.ndarray:
    """Noise that a codec keeps."""
    import cv2

    cv2.setNumThreads(1)
    return np.asarray(cv2.GaussianBlur(picture, (5, 5), 0))


def draw_clip(path: Path, seed: int) -> Path:
    """An H.264 clip of the scene."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, 24)
        for picture in range(PICTURES):
            frame = av.VideoFrame.from_ndarray(scene(picture, seed)[0], format="rgb24")
            frame.pts = picture
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def ok(answer: Any) -> Any:
    """The body of an answer that must be good."""
    assert answer.status_code < 300, (answer.request.method, str(answer.request.url), answer.status_code, answer.text)
    return answer.json() if answer.content else None


class Site:
    """A running app with people: `site["ann"]` is Ann's browser."""

    def __init__(
        self,
        admin: TestClient,
        new_user: Callable[..., Any],
        sign_in: Callable[[Any], TestClient],
        run_jobs: Callable[..., int],
    ) -> None:
        self.admin, self._new_user, self._sign_in, self.run_jobs = admin, new_user, sign_in, run_jobs
        self.people: dict[str, TestClient] = {}
        self.ids: dict[str, str] = {}

    def __getitem__(self, name: str) -> TestClient:
        return self.people[name]

    def project(self, kind: str, members: dict[str, str], review_share: float = 1.0) -> str:
        """A project with these people, by name and role."""
        body = {"name": f"A {kind} project", "kind": kind, "review_share": review_share}
        project = ok(self.admin.post("/api/projects", json=body))["id"]
        for name, role in members.items():
            if name not in self.people:
                user = self._new_user(name)
                self.ids[name] = str(user.id)
                self.people[name] = self._sign_in(user)
            ok(self.admin.put(f"/api/projects/{project}/members/{self.ids[name]}", json={"role": role}))
        return str(project)

    def video(self, project: str, clip: Path) -> dict[str, Any]:
        """Upload a clip and import it."""
        data = clip.read_bytes()
        body = {"name": clip.name, "size": len(data)}
        upload = ok(self.admin.post(f"/api/projects/{project}/uploads", json=body))["id"]
        ok(self.admin.patch(f"/api/uploads/{upload}?offset=0", content=data))
        sha256 = hashlib.sha256(data).hexdigest()
        video = ok(self.admin.post(f"/api/uploads/{upload}/finish", json={"sha256": sha256}))["id"]
        self.run_jobs()
        found: dict[str, Any] = ok(self.admin.get(f"/api/videos/{video}"))
        assert found["state"] == "ready", found
        return found

    def segment(self, project: str, video: str, questions: list[dict[str, Any]], start: int = 0, end: int = 24) -> Any:
        """A segment with questions."""
        body = {
            "video_id": video, "picture_start": start, "picture_end": end, "what": "moving", "domain": "tests",
            "questions": questions,
        }  # fmt: skip
        made = ok(self.admin.post(f"/api/projects/{project}/segments", json=body))
        self.run_jobs()
        return made

    def lease(self, name: str, project: str, kind: str) -> dict[str, Any]:
        """The person's next task of a kind, which must be there."""
        answer = self[name].post(f"/api/projects/{project}/tasks/next", json={"kinds": [kind]})
        assert answer.status_code == 200, f"nothing for {name}: {answer.status_code} {answer.text}"
        return answer.json()  # type: ignore[no-any-return]

    def has_work(self, name: str, project: str, kind: str) -> bool:
        """Whether a task of the kind waits for the person (it is given back at once)."""
        answer = self[name].post(f"/api/projects/{project}/tasks/next", json={"kinds": [kind]})
        if answer.status_code == 204:
            return False
        ok(self[name].post(f"/api/tasks/{ok(answer)['id']}/release"))
        return True

    def save(self, name: str, task: str, operations: Iterable[dict[str, Any]]) -> int:
        """Save operations on the newest revision; gives the revision after them."""
        document = ok(self[name].get(f"/api/tasks/{task}/document"))
        answer = self[name].patch(
            f"/api/documents/{document['id']}",
            json={"operations": list(operations)},
            headers={"If-Match": f'"{document["revision"]}"'},
        )
        return int(ok(answer)["revision"])

    def submit(self, name: str, task: str, operations: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
        """Save, and hand in."""
        operations = list(operations)
        if operations:
            self.save(name, task, operations)
        revision = ok(self[name].get(f"/api/tasks/{task}/document"))["revision"]
        return ok(self[name].post(f"/api/tasks/{task}/submit", json={"revision": revision}))  # type: ignore[no-any-return]

    def decide(self, name: str, task: str, verdict: str = "accept", **more: Any) -> dict[str, Any]:
        """Accept or return."""
        revision = ok(self[name].get(f"/api/tasks/{task}/document"))["revision"]
        body = {"revision": revision, "verdict": verdict, "reasons": [], "comment": "", **more}
        return ok(self[name].post(f"/api/tasks/{task}/decision", json=body))  # type: ignore[no-any-return]

    def follow(self, name: str, task: str, label: str = "square", seed: int = 1) -> str:
        """Choose the square as a subject and track it, with a mask on the first and last picture."""
        masklet = ok(self[name].post(f"/api/tasks/{task}/masklets", json={"label": label}))["id"]
        for picture in (0, PICTURES - 1):
            counts = encode(scene(picture, seed)[1]).counts
            record = {"picture": picture, "points": [{"x": 16 + picture, "y": 30}], "counts": counts}
            ok(self[name].put(f"/api/masklets/{masklet}/prompts/{picture}", json=record))
        ok(self[name].post(f"/api/masklets/{masklet}/tracks", json={}))
        self.run_jobs()
        return str(masklet)

    def subject_done(self, name: str, project: str, seed: int = 1) -> tuple[str, str]:
        """Do the next subject task with one masklet: (task, masklet)."""
        task = self.lease(name, project, "stc_subject")["id"]
        masklet = self.follow(name, task, seed=seed)
        self.submit(name, task)
        return task, masklet

    def masklet_done(self, project: str, people: tuple[str, str, str, str], seed: int = 1) -> None:
        """One masklet through all four steps: subject, caption, verify, review."""
        subject, caption, verify, review = people
        self.subject_done(subject, project, seed)
        task = self.lease(caption, project, "stc_caption")["id"]
        self.submit(caption, task, [event("e1", 0, 2), event("e2", 3, 6, "It leaves to the right.")])
        self.decide(verify, self.lease(verify, project, "stc_verify")["id"])
        self.decide(review, self.lease(review, project, "stc_review")["id"])


def operation(collection: str, record: dict[str, Any], verb: str = "put") -> dict[str, Any]:
    """An operation with an id of its own."""
    return {
        "id": uuid4().hex, "verb": verb, "collection": collection, "record_id": record["id"],
        "record": record if verb == "put" else None,
    }  # fmt: skip


def event(name: str, start: int, end: int, caption: str = "The square moves to the right.") -> dict[str, Any]:
    """The operation that puts an event."""
    return operation("events", {"id": name, "grid_start": start, "grid_end": end, "caption": caption})


def answer(question: str, verdict: str, text: str = "", reason: str | None = None) -> dict[str, Any]:
    """The operation that puts an answer."""
    return operation("answers", {"id": question, "verdict": verdict, "text": text, "reason": reason})
